def gradient(w, x, y):
    n = len(x)
    dw = [0] * len(w)
    for i in range(n):
        residual = -y[i]
        for j in range(len(w)):
            residual = residual + w[j] * x[i][j]
        for j in range(len(w)):
            dw[j] = dw[j] + 2 * x[i][j] * residual / n
    return dw
