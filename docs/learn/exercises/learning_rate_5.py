def gradient(w, x, y):
    n = len(x)
    return sum(2 * x[i] * (w * x[i] - y[i]) for i in range(n)) / n


def train(x, y, lr, n_iters):
    w = 0
    for _ in range(n_iters):
        w = w - lr * gradient(w, x, y)
    return w
