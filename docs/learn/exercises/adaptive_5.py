def gradient(w, x, y):
    total = 0
    for i in range(len(x)):
        total = total + 2 * x[i] * (w * x[i] - y[i])
    return total / len(x)


def init(w):
    return 0 * w, 0 * w, 0


def update(w, dw, state, lr=0.001):
    m, v, t = state
    t = t + 1
    m = 0.9 * m + 0.1 * dw
    v = 0.999 * v + 0.001 * dw**2
    m_hat = m / (1 - 0.9**t)
    v_hat = v / (1 - 0.999**t)
    w = w - lr * m_hat / (v_hat**0.5 + 1e-8)
    return w, (m, v, t)
