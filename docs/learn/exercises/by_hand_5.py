def gradient(w, x, y):
    total = 0
    for i in range(len(x)):
        residual = w * x[i] - y[i]
        total = total + x[i] * residual
    return 2 * total / len(x)
