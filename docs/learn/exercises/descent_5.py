def loss(w, x, y):
    n = len(x)
    return sum((w * x[i] - y[i]) ** 2 for i in range(n)) / n


def gradient(w, x, y):
    n = len(x)
    return sum(2 * x[i] * (w * x[i] - y[i]) for i in range(n)) / n


def step(w, x, y, lr):
    return w - lr * gradient(w, x, y)
