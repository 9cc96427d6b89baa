def gradient(w, x, y):
    total = 0
    for i in range(len(x)):
        total = total + 2 * x[i] * (w * x[i] - y[i])
    return total / len(x)


def init(w):
    return 0 * w


def update(w, dw, v, lr=0.01, beta=0.9):
    v = beta * v + lr * dw
    return w - v, v
