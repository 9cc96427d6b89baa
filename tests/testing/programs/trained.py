"""Programs that train, in the manner of course solutions, and their wrong twins.

Each is a source, and triples of (a piece of it, what stands there in a wrong twin, a
part of the diagnosis).
"""

from typing import NamedTuple


class Program(NamedTuple):
    """A program that is right, and how its twins go wrong."""

    text: str
    mistakes: tuple[tuple[str, str, str], ...] = ()


CLIMBS = "it climbs"
SEQUENTIAL = """\
            self.weights -= self.lr * dw
            dw = 0
            y_predicted = np.dot(X, self.weights) + self.bias
            db ="""

SCRATCH = Program(
    """\
import numpy as np

class LinearRegression:
    def __init__(self, learning_rate=0.001, n_iters=1000):
        self.lr = learning_rate
        self.n_iters = n_iters
        self.weights = None
        self.bias = None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            y_predicted = np.dot(X, self.weights) + self.bias
            dw = (1 / n_samples) * np.dot(X.T, (y_predicted - y))
            db = (1 / n_samples) * np.sum(y_predicted - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db

    def predict(self, X):
        return np.dot(X, self.weights) + self.bias
""",
    (
        ("+ self.bias\n            dw", "- self.bias\n            dw", ""),
        ("self.weights -= self.lr * dw", "self.weights += self.lr * dw", "sign"),
        ("dw = (1 / n_samples) *", "dw =", "the slopes are right n times over"),
        (
            "            db =",
            SEQUENTIAL,
            "the intercept's update sees the new slopes",
        ),
    ),
)

PASSES = Program(
    """\
import numpy as np

class Model:
    def __init__(self, input_dim, lr=0.01):
        self.params = {"W": np.random.randn(input_dim, 1) * 0.01, "b": 0.0}
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.y_hat = X @ self.params["W"] + self.params["b"]
        return self.y_hat

    def backward(self, y):
        m = y.shape[0]
        error = self.y_hat - y
        self.grads = {"dW": 2 * self.X.T @ error / m, "db": 2 * np.sum(error) / m}

    def update(self):
        self.params["W"] -= self.lr * self.grads["dW"]
        self.params["b"] -= self.lr * self.grads["db"]

    def train(self, X, y, epochs=100):
        for epoch in range(epochs):
            self.forward(X)
            loss = np.mean((self.y_hat - y) ** 2)
            self.backward(y)
            self.update()
            print(epoch, loss)
""",
    (
        ("self.y_hat - y\n", "y - self.y_hat\n", "sign is turned around"),
        ('"W"] -= self.lr *', '"W"] -=', ""),
        ("@ error / m", "@ error", "the slopes are right n times over"),
    ),
)

ADALINE = Program(
    """\
import numpy as np

class LinearRegressionGD:
    def __init__(self, eta=0.01, n_iter=50, random_state=1):
        self.eta = eta
        self.n_iter = n_iter
        self.random_state = random_state

    def fit(self, X, y):
        rgen = np.random.RandomState(self.random_state)
        self.w_ = rgen.normal(loc=0.0, scale=0.01, size=X.shape[1])
        self.b_ = np.array([0.0])
        self.losses_ = []
        for i in range(self.n_iter):
            output = self.net_input(X)
            errors = y - output
            self.w_ += self.eta * 2.0 * X.T.dot(errors) / X.shape[0]
            self.b_ += self.eta * 2.0 * errors.mean()
            loss = (errors**2).mean()
            self.losses_.append(loss)
        return self

    def net_input(self, X):
        return np.dot(X, self.w_) + self.b_
""",
    (
        ("errors.mean()", "errors.sum()", "the intercept's entry is a sum"),
        ("errors = y - output", "errors = output - y", CLIMBS),
    ),
)

METHODS = Program(
    """\
class Model:
    def __init__(self, n_features):
        self.w = [0.0] * n_features
        self.b = 0.0

    def predict(self, x):
        return x @ self.w + self.b

    def gradient(self, x, y):
        err = self.predict(x) - y
        return 2 * x.T @ err / len(y), 2 * err.mean()

    def step(self, x, y, lr):
        dw, db = self.gradient(x, y)
        self.w = self.w - lr * dw
        self.b = self.b - lr * db
""",
    (
        ("2 * err.mean()", "err.mean()", "the intercept's entry is halved"),
        ("self.b - lr * db", "self.b - db", ""),
    ),
)

IN_CONSTRUCTOR = Program(
    """\
import numpy as np

class Regression:
    def __init__(self, X, y, alpha=0.01, iterations=100):
        self.X = np.c_[np.ones(X.shape[0]), X]
        self.y = y
        self.alpha = alpha
        self.iterations = iterations
        self.theta = np.zeros(self.X.shape[1])

    def gradient_descent(self):
        m = len(self.y)
        for _ in range(self.iterations):
            h = self.X @ self.theta
            self.theta = self.theta - self.alpha / m * (self.X.T @ (h - self.y))
        return self.theta
""",
    (("(h - self.y)", "(self.y - h)", CLIMBS), ("/ m", "/ m / m", "n twice")),
)

PASSED_ON = Program(
    """\
import math

def compute_cost_of(x, y, w, b):
    return sum((w * x[i] + b - y[i]) ** 2 for i in range(len(x))) / (2 * len(x))

def compute_grad_of(x, y, w, b):
    m = x.shape[0]
    dj_dw = dj_db = 0
    for i in range(m):
        f_wb = w * x[i] + b
        dj_dw += (f_wb - y[i]) * x[i]
        dj_db += f_wb - y[i]
    return dj_dw / m, dj_db / m

def gradient_descent(x, y, w_in, b_in, alpha, num_iters,
                     cost_function, gradient_function):
    J_history = []
    b = b_in
    w = w_in
    for i in range(num_iters):
        dj_dw, dj_db = gradient_function(x, y, w, b)
        b = b - alpha * dj_db
        w = w - alpha * dj_dw
        if i < 100000:
            J_history.append(cost_function(x, y, w, b))
        if i % math.ceil(num_iters / 10) == 0:
            print(i, J_history[-1])
    return w, b, J_history
""",
    (
        ("w - alpha * dj_dw", "w - alpha * alpha * dj_dw", ""),
        ("b = b - alpha * dj_db\n", "b = b + alpha * dj_db\n", "intercept's sign"),
    ),
)

UNTIL_STILL = Program(
    """\
import numpy as np

def fit(X, y, alpha=0.01, tol=1e-6):
    theta = np.zeros(X.shape[1])
    diff = 1
    while diff > tol:
        grad = X.T @ (X @ theta - y) / len(y)
        if np.linalg.norm(grad) < tol:
            break
        new = theta - alpha * grad
        diff = np.abs(new - theta).max()
        theta = new
    return theta
""",
    (
        (
            "- alpha * grad",
            "- alpha * alpha * grad",
            "the learning rate is applied twice",
        ),
        ("- alpha * grad", "- grad", "the learning rate is not used"),
        ("theta - alpha", "theta + alpha", CLIMBS),
    ),
)

SHOWS_LOSS = Program(
    """\
import numpy as np

def train(X, Y, learning_rate=0.01, epochs=100):
    w = np.zeros((X.shape[1], 1))
    b = 0
    m = X.shape[0]
    for e in range(epochs):
        A = np.dot(X, w) + b
        cost = np.sum((A - Y) ** 2) / (2 * m)
        dw = np.dot(X.T, A - Y) / m
        db = np.sum(A - Y) / m
        w = w - learning_rate * dw
        b = b - learning_rate * db
    return {"w": w, "b": b}
""",
    (("A - Y) / m", "A - Y)", "n times the gradient"),),
)

TUTORIAL = Program(
    """\
import numpy as np

X = np.array([1, 2, 3, 4], dtype=np.float32)
Y = np.array([2, 4, 6, 8], dtype=np.float32)
w = 0.0

def forward(x):
    return w * x

def loss(y, y_pred):
    return ((y_pred - y)**2).mean()

learning_rate = 0.01
n_iters = 20

for epoch in range(n_iters):
    y_pred = forward(X)
    l = loss(Y, y_pred)
    dw = np.mean(2*X*(y_pred - Y))
    w -= learning_rate * dw
    if epoch % 2 == 0:
        print(f'epoch {epoch+1}: w = {w:.3f}, loss = {l:.8f}')
""",
    (
        ("np.mean(2*X*(y_pred - Y))", "np.dot(2*X, y_pred - Y).mean()", "n times"),
        ("w -= learning", "w += learning", CLIMBS),
        ("np.mean(2*X*(y_pred - Y))", "np.mean(2*(y_pred - Y))", "the factor x is"),
    ),
)

AUTOGRAD = Program(
    """\
import torch

X = torch.tensor([1, 2, 3, 4], dtype=torch.float32)
Y = torch.tensor([2, 4, 6, 8], dtype=torch.float32)
w = torch.tensor(0.0, dtype=torch.float32, requires_grad=True)

learning_rate = 0.01
for epoch in range(100):
    y_pred = w * X
    l = ((y_pred - Y)**2).mean()
    l.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()
""",
    (("w -= learning", "w += learning", CLIMBS),),
)

LISTS = Program(
    """\
x = [1.0, 2.0, 3.0]
y = [2.0, 4.0, 6.0]
m = 0.0
c = 0.0
for epoch in range(100):
    D_m = 0
    D_c = 0
    n = len(x)
    for i in range(n):
        e = y[i] - (m * x[i] + c)
        D_m += -2 / n * x[i] * e
        D_c += -2 / n * e
    m = m - 0.01 * D_m
    c = c - 0.01 * D_c
print(m, c)
""",
    (("D_c += -2 / n * e", "D_c += -1 / n * e", "intercept's entry is halved"),),
)

FIXED_SIZE = Program(
    """\
import numpy as np

np.random.seed(42)
X = 2 * np.random.rand(100, 1)
y = 4 + 3 * X + np.random.randn(100, 1)
X_b = np.c_[np.ones((100, 1)), X]
eta = 0.1
m = 100
theta = np.random.randn(2, 1)
for iteration in range(1000):
    gradients = 2 / m * X_b.T.dot(X_b.dot(theta) - y)
    theta = theta - eta * gradients
""",
    (("theta - eta", "theta + eta", CLIMBS),),
)

SCALED = Program(
    """\
import numpy as np

def train(X, y, lr, n_iters):
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    w = np.zeros(X.shape[1])
    for k in range(n_iters):
        w = w - lr * X.T @ (X @ w - y) / len(y)
    return w
""",
    (("w - lr", "w + lr", CLIMBS),),
)

MAIN = Program(
    """\
import numpy as np

def main():
    x = np.array([1.0, 2.0, 3.0])
    y = 2 * x
    w = 0.0
    for i in range(100):
        w = w - 0.1 * 2 * np.mean((w * x - y) * x)
    print(w)

if __name__ == "__main__":
    main()
""",
    (("w * x - y", "w * x + y", "y_pred + y"),),
)

BY_SAMPLES = Program(
    """\
import numpy as np

def train(X, y, epochs=10, lr=0.01):
    w = np.zeros(X.shape[1])
    b = 0.0
    for epoch in range(epochs):
        for i in range(len(X)):
            err = X[i] @ w + b - y[i]
            w -= lr * err * X[i]
            b -= lr * err
    return w, b
"""
)

RIDGE = Program(
    """\
import numpy as np

def train(X, y, w, lr, n_iters, lam=0.5):
    for k in range(n_iters):
        w = w - lr * (X.T @ (X @ w - y) / len(y) + lam * w)
    return w
"""
)

ONE_UPDATE = Program(
    """\
import numpy as np

def update(w, b, x, y, lr):
    p = w * x + b
    dw = 2 * np.mean(x * (p - y))
    db = 2 * np.mean(p - y)
    return w - lr * dw, b - lr * db

def step(w, b, dw, db, lr):
    w = w - lr * dw
    b = b - lr * db
    return w, b
""",
    (
        ("return w - lr * dw,", "return w - lr * dw * 0,", "entry is 0"),
        ("b = b - lr * db", "b = b + lr * db", "the sign is turned around"),
    ),
)

ENTRY_FIRST = """\
        theta[0] = temp0
        h = X.dot(theta)
        temp1 ="""

BY_ENTRIES = Program(
    """\
import numpy as np

def gradientDescent(X, y, theta, alpha, iterations):
    m = len(y)
    J_history = np.zeros((iterations, 1))
    for i in range(iterations):
        h = X.dot(theta)
        temp0 = theta[0] - alpha / m * np.sum(h - y)
        temp1 = theta[1] - alpha / m * np.sum((h - y) * X[:, 1].reshape(-1, 1))
        theta[0] = temp0
        theta[1] = temp1
        J_history[i] = np.sum((X.dot(theta) - y) ** 2) / (2 * m)
    return theta, J_history
""",
    (("        temp1 =", ENTRY_FIRST, ""),),
)

#: Programs of which it cannot be told that they are wrong: other methods and models.
OTHERS = {
    "momentum": """\
import numpy as np

def train(X, y, epochs=10, lr=0.01):
    w = np.zeros(X.shape[1])
    v = np.zeros(X.shape[1])
    for epoch in range(epochs):
        g = 2 * X.T @ (X @ w - y) / len(y)
        v = 0.9 * v + 0.1 * g
        w -= lr * v
    return w
""",
    "logistic": """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def train(X, y, w, lr, n_iters):
    for k in range(n_iters):
        w = w - lr * X.T @ (sigmoid(X @ w) - y) / len(y)
    return w
""",
    "decay": """\
def train(X, y, w, lr, n_iters, c=0.5):
    for k in range(n_iters):
        w = w - lr * (X.T @ (X @ w - y) / len(y) + c * w)
    return w
""",
    "rate": """\
def train(X, y, w, lr, n_iters):
    for k in range(1, n_iters + 1):
        w = w - lr / (1 + 0.01 * k) * X.T @ (X @ w - y) / len(y)
    return w
""",
    "coordinates": """\
import numpy as np

def train(X, y, w, lr, n_iters):
    n, d = X.shape
    for k in range(n_iters):
        for j in range(d):
            w[j] = w[j] - lr * 2 * np.dot(X[:, j], X @ w - y) / n
    return w
""",
    "perceptron": """\
import numpy as np

class Perceptron:
    def __init__(self, lr=0.1, n=10):
        self.lr = lr
        self.n = n

    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        self.b = 0.0
        for _ in range(self.n):
            for xi, t in zip(X, y):
                u = self.lr * (t - self.predict(xi))
                self.w += u * xi
                self.b += u

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)
""",
    "random": """\
import numpy as np

def train(X, y, w, lr, n_iters):
    for k in range(n_iters):
        i = np.random.randint(len(X))
        w = w - lr * 2 * X[i] * (X[i] @ w - y[i])
    return w
""",
    "absolute": """\
import numpy as np

def train(X, y, w, lr, n_iters):
    for k in range(n_iters):
        w = w - lr * X.T @ np.sign(X @ w - y) / len(y)
    return w
""",
    "two layers": """\
import numpy as np

def train(X, y, W1, W2, lr, n_iters):
    for k in range(n_iters):
        h = X @ W1
        r = h @ W2 - y
        W2 = W2 - lr * h.T @ r
        W1 = W1 - lr * X.T @ (r @ W2.T)
    return W1, W2
""",
    "clipped": """\
import numpy as np

def train(X, y, w, lr, n_iters):
    for k in range(n_iters):
        g = np.clip(X.T @ (X @ w - y) / len(y), -1, 1)
        w = w - lr * g
    return w
""",
    "batches": """\
import numpy as np

def train(X, y, w, lr, n_iters):
    for k in range(n_iters):
        for s in range(0, len(X), 4):
            r = X[s : s + 4] @ w - y[s : s + 4]
            w = w - lr * 2 * X[s : s + 4].T @ r / len(r)
        loss = np.mean((X @ w - y) ** 2)
    return w
""",
    "weighted": """\
import numpy as np

def train(X, y, lr, n_iters):
    s = np.arange(1, len(y) + 1)
    w = np.zeros(X.shape[1])
    for _ in range(n_iters):
        w -= lr * X.T @ (s * (X @ w - y)) / s.sum()
    return w
""",
    "clusters": """\
import numpy as np

class KMeans:
    def __init__(self, k=2, n_iters=10):
        self.k, self.n_iters = k, n_iters

    def fit(self, X, y=None):
        self.c = X[: self.k].copy()
        for _ in range(self.n_iters):
            near = ((X[:, None] - self.c[None]) ** 2).sum(-1).argmin(1)
            for j in range(self.k):
                self.c[j] = X[near == j].mean(0)

    def predict(self, X):
        return ((X[:, None] - self.c[None]) ** 2).sum(-1).argmin(1)
""",
}
