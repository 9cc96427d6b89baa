def gradient(w, x, y):
    total = 0
    for first in range(0, len(x), 2):
        xs, ys = x[first : first + 2], y[first : first + 2]
        slope = 0
        for i in range(len(xs)):
            slope = slope + 2 * xs[i] * (w * xs[i] - ys[i])
        slope = slope / len(xs)
        total = total + slope * len(xs) / len(x)
    return total
