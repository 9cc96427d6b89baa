def gradient(w, b, x, y):
    n = len(x)
    dw = db = 0
    for i in range(n):
        residual = w * x[i] + b - y[i]
        dw = dw + 2 * x[i] * residual / n
        db = db + 2 * residual / n
    return dw, db
