def gradient(w, x, y):
    residuals = []
    for i in range(len(x)):  # forward
        prediction = w * x[i]
        residuals.append(prediction - y[i])
    # the loss is the mean of the squares of these residuals

    d_w = 0
    for i in reversed(range(len(x))):  # backward
        d_square = 1 / len(x)  # the mean
        d_residual = d_square * 2 * residuals[i]  # the square
        d_prediction = d_residual * 1  # minus y
        d_w = d_w + d_prediction * x[i]  # times x
    return d_w
