def gradient(w, x, y):
    return 2 * x.T @ (x @ w - y) / len(y)
