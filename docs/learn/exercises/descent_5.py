def loss(w, x, y):
    total = 0
    for i in range(len(x)):
        total = total + (w * x[i] - y[i]) ** 2
    return total / len(x)


def gradient(w, x, y):
    total = 0
    for i in range(len(x)):
        total = total + 2 * x[i] * (w * x[i] - y[i])
    return total / len(x)


def step(w, x, y, lr):
    return w - lr * gradient(w, x, y)
