"""Programs in the manner of course solutions, and what is wrong in their twins.

Each is a source, and pairs of (a piece of it, what stands there in a wrong twin).
"""

from pathlib import Path
from typing import NamedTuple

EXERCISES = Path(__file__).parents[3] / "docs" / "learn" / "exercises"


class Source(NamedTuple):
    """A program that is right, and how its twins go wrong."""

    text: str
    mistakes: tuple[tuple[str, str], ...] = ()
    name: str = "homework.py"


LOOPS = Source(
    '''\
import numpy as np
import matplotlib.pyplot as plt

x_train = np.array([1.0, 2.0])
y_train = np.array([300.0, 500.0])

def compute_cost(x, y, w, b):
    """Cost over all examples."""
    m = x.shape[0]
    cost = 0
    for i in range(m):
        f_wb = w * x[i] + b
        cost = cost + (f_wb - y[i]) ** 2
    return 1 / (2 * m) * cost

def compute_gradient(x, y, w, b):
    m = x.shape[0]
    dj_dw = 0
    dj_db = 0
    for i in range(m):
        f_wb = w * x[i] + b
        dj_dw += (f_wb - y[i]) * x[i]
        dj_db += f_wb - y[i]
    dj_dw /= m
    dj_db /= m
    return dj_dw, dj_db

plt.scatter(x_train, y_train, marker="x", c="r")
plt.show()
''',
    (("    dj_db /= m\n", ""), ("f_wb - y[i]) * x[i]", "y[i] - f_wb) * x[i]")),
)

MULTIPLE = Source(
    """\
import copy, math
import numpy as np

def predict(x, w, b):
    return np.dot(x, w) + b

def compute_cost(X, y, w, b):
    m = X.shape[0]
    cost = 0.0
    for i in range(m):
        cost += (np.dot(X[i], w) + b - y[i]) ** 2
    return cost / (2 * m)

def compute_gradient(X, y, w, b):
    m, n = X.shape
    dj_dw = np.zeros((n,))
    dj_db = 0.
    for i in range(m):
        err = (np.dot(X[i], w) + b) - y[i]
        for j in range(n):
            dj_dw[j] = dj_dw[j] + err * X[i, j]
        dj_db = dj_db + err
    return dj_db / m, dj_dw / m
""",
    (("dj_db / m, dj_dw / m", "dj_db / m, dj_dw / n"),),
)

NORMAL_THETA = Source(
    """\
import numpy as np

data = np.loadtxt('ex1data1.txt', delimiter=',')
X = np.c_[np.ones(data.shape[0]), data[:, 0]]
y = data[:, 1:2]

def computeCost(X, y, theta):
    m = len(y)
    h = X.dot(theta)
    return np.sum(np.square(h - y)) / (2 * m)

def computeGradient(X, y, theta):
    m = len(y)
    h = X.dot(theta)
    return X.T.dot(h - y) / m
""",
    (("X.T.dot(h - y) / m", "X.T.dot(y - h) / m"),),
)

COST_AND_GRADIENT = Source(
    """\
import numpy as np

def linearRegCostFunction(X, y, theta, lambda_=0.0):
    m = y.size
    h = X @ theta
    J = np.sum((h - y) ** 2) / (2 * m) + lambda_ / (2 * m) * np.sum(theta[1:] ** 2)
    grad = X.T @ (h - y) / m
    grad[1:] = grad[1:] + lambda_ / m * theta[1:]
    return J, grad
""",
    (("grad = X.T @ (h - y) / m", "grad = X.T @ (h - y)"),),
)

REGULARIZED = Source(
    """\
import numpy as np

def cost_function(X, y, theta, lambda_):
    m = len(y)
    cost = ((X @ theta - y) ** 2).sum() / (2 * m)
    return cost + lambda_ / (2 * m) * (theta ** 2).sum()

def gradient_function(X, y, theta, lambda_):
    m = len(y)
    return X.T @ (X @ theta - y) / m + lambda_ / m * theta
""",
    (
        ("/ m + lambda_", "/ (2 * m) + lambda_"),
        ("lambda_ / m * theta", "lambda_ * theta"),
    ),
)

VECTORIZED_COLUMNS = Source(
    """\
import numpy as np

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = np.dot(w.T, X) + b
    cost = np.sum((A - Y) ** 2) / (2 * m)
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    assert dw.shape == w.shape
    cost = np.squeeze(cost)
    grads = {"dw": dw, "db": db}
    return grads, cost
""",
    (("db = np.sum(A - Y) / m", "db = np.sum(A - Y)"), (".T) / m", ".T) * 2 / m")),
)

SCIPY = Source(
    """\
import numpy as np
import scipy.optimize as opt

def cost(theta, X, y):
    inner = np.power(X @ theta - y, 2)
    return np.sum(inner) / (2 * len(X))

def gradient(theta, X, y):
    parameters = len(theta)
    grad = np.zeros(parameters)
    error = X @ theta - y
    for j in range(parameters):
        term = np.multiply(error, X[:, j])
        grad[j] = np.sum(term) / len(X)
    return grad
""",
    (("X[:, j])\n", "X[:, 0])\n"),),
)

THETA_APART = Source(
    """\
def hypothesis(theta0, theta1, x):
    return theta0 + theta1 * x

def cost(theta0, theta1, x, y):
    total = 0
    for i in range(len(x)):
        total += (hypothesis(theta0, theta1, x[i]) - y[i]) ** 2
    return total / (2 * len(x))

def derivatives(theta0, theta1, x, y):
    d_theta0 = 0
    d_theta1 = 0
    for xi, yi in zip(x, y):
        d_theta0 += theta0 + theta1 * xi - yi
        d_theta1 += (theta0 + theta1 * xi - yi) * xi
    return d_theta0 / len(x), d_theta1 / len(x)
""",
    (("- yi) * xi", "- yi)"), ("d_theta0 += theta0", "d_theta0 += 2 * theta0")),
)

POINTS = Source(
    """\
from numpy import *

def compute_error_for_line_given_points(b, m, points):
    totalError = 0
    for i in range(0, len(points)):
        x = points[i, 0]
        y = points[i, 1]
        totalError += (y - (m * x + b)) ** 2
    return totalError / float(len(points))

def compute_gradient(b_current, m_current, points):
    b_gradient = 0
    m_gradient = 0
    N = float(len(points))
    for i in range(0, len(points)):
        x = points[i, 0]
        y = points[i, 1]
        b_gradient += -(2/N) * (y - ((m_current * x) + b_current))
        m_gradient += -(2/N) * x * (y - ((m_current * x) + b_current))
    return [b_gradient, m_gradient]

def run():
    points = genfromtxt("data.csv", delimiter=",")

if __name__ == '__main__':
    run()
""",
    (("m_gradient += -(2/N)", "m_gradient += (2/N)"),),
)

LISTS = Source(
    """\
def mean_squared_error(slope, intercept, xs, ys):
    errors = [(y - (slope * x + intercept)) ** 2 for x, y in zip(xs, ys)]
    return sum(errors) / len(errors)

def calculate_gradients(slope, intercept, xs, ys):
    if not xs:
        return 0.0, 0.0
    n = len(xs)
    grad_slope = sum(-2 * x * (y - (slope * x + intercept)) for x, y in zip(xs, ys)) / n
    grad_intercept = sum(-2 * (y - (slope * x + intercept)) for x, y in zip(xs, ys)) / n
    return grad_slope, grad_intercept
""",
    (("sum(-2 * x *", "sum(2 * x *"),),
)

LISTS_OF_LISTS = Source(
    """\
def predict_row(row, theta):
    total = theta[0]
    for j in range(len(row)):
        total += theta[j + 1] * row[j]
    return total

def calcGradient(X, y, theta):
    n = len(X)
    grad = [0.0] * len(theta)
    for i in range(n):
        error = predict_row(X[i], theta) - y[i]
        grad[0] += 2 * error / n
        for j in range(len(X[i])):
            grad[j + 1] += 2 * error * X[i][j] / n
    return grad
""",
    (("grad[0] += 2 * error / n", "grad[0] += 2 * error"),),
)

INTERACTIVE = Source(
    """\
import argparse
import sys
import numpy as np

lr = float(input("learning rate: "))
epochs = int(input("epochs: "))

def f(x, w):
    return x * w

def loss(y, y_pred):
    return np.mean((y_pred - y) ** 2)

def grad(x, y, y_pred):
    return np.mean(2 * x * (y_pred - y))

if len(sys.argv) < 2:
    sys.exit("usage: homework.py DATA")
""",
    (("np.mean(2 * x *", "np.sum(2 * x *"),),
)

APART = Source(
    """\
import numpy as np

def J(w, b, x, y):
    return np.mean((w * x + b - y) ** 2)

def dJ_dw(w, b, x, y):
    return np.mean(2 * (w * x + b - y) * x)

def dJ_db(w, b, x, y):
    return np.mean(2 * (w * x + b - y))
""",
    (("return np.mean(2 * (w * x + b - y))", "return np.mean(w * x + b - y)"),),
)

GLOBAL_DATA = Source(
    """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3))
y = X @ np.array([1.0, 2.0, 3.0])
m = len(y)

def loss(w):
    return ((X @ w - y) ** 2).sum() / m

def grad(w):
    return 2 * X.T @ (X @ w - y) / m

w = np.zeros(3)
for _ in range(100):
    w -= 0.1 * grad(w)
""",
    (("return 2 * X.T", "return X.T"),),
)

ADDS_ONES = Source(
    """\
import numpy as np

def add_bias(X):
    return np.c_[np.ones((X.shape[0], 1)), X]

def getLoss(X, y, beta):
    return np.mean((add_bias(X) @ beta - y) ** 2)

def getGrad(X, y, beta, verbose=False):
    Xb = add_bias(X)
    g = 2 / Xb.shape[0] * Xb.T @ (Xb @ beta - y)
    if verbose:
        print(g)
    return g
""",
    (("2 / Xb.shape[0]", "2 / Xb.shape[1]"),),
)

TORCH = Source(
    """\
import torch

def loss_fn(y, y_pred):
    return torch.mean((y_pred - y) ** 2)

def gradient(x, y, y_pred):
    return torch.mean(2 * x * (y_pred - y))
""",
    (("torch.mean(2 * x", "torch.sum(2 * x"),),
)

JAX = Source(
    """\
import jax
import jax.numpy as jnp

def loss(w, x, y):
    return jnp.mean((jnp.dot(x, w) - y) ** 2)

gradient = jax.jit(jax.grad(loss))
""",
)

LOGISTIC = Source(
    """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def compute_loss(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z)

def compute_gradient(w, X, y):
    return X.T @ (sigmoid(X @ w) - y) / len(y)
""",
    (("- y) / len(y)", "- y)"),),
)

PENALIZED = Source(
    """\
import numpy as np

def ridge_loss(w, X, y, alpha=3.0):
    return np.mean((X @ w - y) ** 2) + alpha * np.sum(w ** 2)

def ridge_gradient(w, X, y, alpha=3.0):
    return 2 * X.T @ (X @ w - y) / len(y) + 2 * alpha * w
""",
    (("+ 2 * alpha", "+ alpha"),),
)

KEYWORDS = Source(
    """\
def grad(*, x, y, w):
    return 2 * (x * (x * w - y)).mean()
""",
    (("return 2 * (", "return 2 * -("),),
)

SAMPLE = Source(
    """\
def sample_gradient(x_i, y_i, w):
    # for one example
    error = sum(float(xj) * float(wj) for xj, wj in zip(x_i, w)) - float(y_i)
    return [2 * error * float(xj) for xj in x_i]
""",
    (("[2 * error", "[-2 * error"),),
)

DEFAULT_PENALTY = Source(
    """\
import numpy as np

def compute_cost(X, y, w, b, lambda_=1):
    return ((X @ w + b - y) ** 2).sum() / (2 * len(y)) + lambda_ / (2 * len(y)) * w @ w

def compute_gradient(X, y, w, b, lambda_):
    e = X @ w + b - y
    return e.mean(), X.T @ e / len(y) + lambda_ / len(y) * w
""",
    (("+ lambda_ / len(y) * w", "- lambda_ / len(y) * w"), ("X.T @ e /", "X.T @ e *")),
)

PENALTY_IN_GRADIENT = Source(
    """\
import numpy as np

def loss(w, X, y, lam):
    return ((X @ w - y) ** 2).mean() + lam * w @ w

def gradient(w, X, y, lam=0.1):
    return 2 * X.T @ (X @ w - y) / len(y) + 2 * lam * w
""",
    (("2 * lam", "lam"),),
)

PLAIN_LISTS = Source(  # of one slope, where x has one column
    (EXERCISES / "eigenvalue_5.py").read_text("utf-8"),
    (("* residual / n", "* residual"), ("dw[j] + 2", "dw[j] - 2")),
)

SUM = Source(
    """\
import numpy as np

def rss(X, y, w):
    r = y - X @ w
    return r @ r

def rss_gradient(X, y, w):
    return -2 * X.T @ (y - X @ w)
""",
    (("-2 * X.T", "-X.T"),),
)

LAMBDAS = Source(
    """\
import numpy as np

mse = lambda y, y_pred: ((y_pred - y) ** 2).mean()
gradient = lambda x, y, y_pred: np.dot(2 * x, y_pred - y) / len(x)
""",
    (("/ len(x)", "/ (len(x) - 1)"),),
)

ERRORS = Source(
    """\
import numpy as np

def feature_derivative(errors, feature):
    return 2 * np.dot(errors, feature) / len(errors)
""",
    (("2 * np.dot", "3 * np.dot"),),
)

CHINESE = Source(
    """\
# -*- coding: gbk -*-
import numpy as np

def loss(预测, y):
    return np.mean((预测 - y) ** 2)

def gradient(x, y, y_pred):
    # 均方误差的梯度
    return np.mean(2 * x * (y_pred - y))
""".replace("预测", "y_pred"),
    (("np.mean(2 * x", "2 * np.mean(2 * x"),),
)

COLUMNS = Source(
    """\
import numpy as np

def forward(X, W, b):
    return X @ W + b

def loss(X, W, b, y):
    return np.mean((forward(X, W, b) - y) ** 2)

def backward(X, W, b, y):
    n = X.shape[0]
    error = forward(X, W, b) - y.reshape(-1, 1)
    dW = X.T @ error * 2 / n
    db = error.sum() * 2 / n
    return dW, db
""",
    (("* 2 / n\n    db", "/ n\n    db"),),
)

NESTED_LIST = Source(
    """\
import numpy as np

def compute_grad(x, y, m, c):
    n = float(len(x))
    y_pred = m * x + c
    D_m = (-2 / n) * sum(x * (y - y_pred))
    D_c = (-2 / n) * sum(y - y_pred)
    return [[D_m], [D_c]]
""",
    (("D_c = (-2 / n)", "D_c = (-1 / n)"),),
)

ENDLESS = Source(
    """\
import numpy as np

X = np.arange(5.0)
Y = 2 * X
w = 0.0

def forward(x):
    return w * x

def loss(y, y_predicted):
    return ((y_predicted - y) ** 2).mean()

def gradient(x, y, y_predicted):
    return (2 * x * (y_predicted - y)).mean()

while True:
    w -= 0.001 * gradient(X, Y, forward(X))
""",
    (("(2 * x * (y_predicted - y)).mean()", "np.dot(2 * x, y_predicted - y).mean()"),),
)

MATRICES = Source(
    """\
import numpy as np
import pandas as pd

data = pd.read_csv('ex1data1.txt', header=None, names=['Population', 'Profit'])
data.insert(0, 'Ones', 1)
X = np.matrix(data.iloc[:, 0:2].values)
y = np.matrix(data.iloc[:, 2:3].values)
theta = np.matrix(np.array([0, 0]))

def computeCost(X, y, theta):
    inner = np.power(((X * theta.T) - y), 2)
    return np.sum(inner) / (2 * len(X))

def gradient(theta, X, y):
    grad = np.zeros(theta.shape[1])
    error = (X * theta.T) - y
    for i in range(theta.shape[1]):
        term = np.multiply(error, X[:, i])
        grad[i] = np.sum(term) / len(X)
    return grad
""",
    (("np.sum(term) / len(X)", "np.sum(term)"),),
)

DOWNHILL = Source(
    """\
import numpy as np

def cost_fn(theta, X, Y):
    error = X.dot(theta.reshape(-1, 1)) - Y
    return float(np.sum(error ** 2)) / len(Y)

def grad_fn(theta, X, Y):
    theta = theta.reshape(-1, 1)
    return (2 / len(Y) * X.T.dot(X.dot(theta) - Y)).ravel()
""",
    (("2 / len(Y)", "1 / len(Y)"),),
)

DICTS = Source(
    """\
import numpy as np

def forward(params, X):
    return X @ params["W"] + params["b"]

def mse_loss(params, X, y):
    return np.mean((forward(params, X) - y) ** 2)

def compute_grads(params, X, y):
    error = X @ params["W"] + params["b"] - y
    grads = {}
    grads["W"] = 2 * X.T @ error / len(y)
    grads["b"] = 2 * error.mean()
    return grads
""",
    (('grads["b"] = 2 * error', 'grads["b"] = error'),),
)
