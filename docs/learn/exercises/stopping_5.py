def gradient(w, x, y):
    total = 0
    for i in range(len(x)):
        total = total + 2 * x[i] * (w * x[i] - y[i])
    return total / len(x)


def train(x, y, lr, tol):
    w, steps = 0.0, 0
    first = abs(gradient(w, x, y))
    while abs(gradient(w, x, y)) > tol * first:
        w = w - lr * gradient(w, x, y)
        steps = steps + 1
    return w, steps
