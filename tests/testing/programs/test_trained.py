"""Programs of which only the training can be seen."""

from typing import Any

import pytest

from refgd.testing.programs import _trained
from refgd.testing.programs._load import NAME, Program

CLOSED = """\
import numpy as np

class LinearRegression:
    def fit(self, X, y):
        X = np.c_[np.ones(len(X)), X]
        self.theta = np.linalg.pinv(X) @ y

    def predict(self, X):
        return np.c_[np.ones(len(X)), X] @ self.theta
"""
RECURSIVE = """\
import numpy as np

def train(X, y, epochs=200, lr=0.1):
    def go(w, left):
        if left == 0:
            return w
        return go(w - lr * 2 * X.T @ (X @ w - y) / len(y), left - 1)

    return go(np.zeros(X.shape[1]), epochs)
"""
STATEFUL = """\
import numpy as np

class Model:
    def __init__(self, lr=0.01, epochs=5):
        self.lr, self.epochs = lr, epochs
        self.state = None

    def fit(self, X, y):
        state = self.state
        if state is None:
            state = [np.zeros(X.shape[1])]
        for _ in range(self.epochs):
            state = [s - self.lr * 2 * X.T @ (X @ s - y) / len(y) for s in state]
        self.state = state

    def predict(self, X):
        return X @ self.state[0]
"""
BY_ROWS = """\
import numpy as np

def train(X, y):
    state = [np.zeros(X.shape[1])]
    for row, target in zip(X, y):
        state = [s - 0.1 * row * (row @ s - target) for s in state]
    return state[0]
"""
STUCK = """\
import numpy as np

class Model:
    def __init__(self, lr=0.01, epochs=100):
        self.lr, self.epochs = lr, epochs

    def fit(self, X, y):
        s = [np.zeros(X.shape[1])]
        for _ in range(self.epochs):
            s = [s[0] - self.lr * 2 * X.T @ (X @ s[0] - y / 2) / len(y)]
        self.s = s

    def predict(self, X):
        return X @ self.s[0]
"""
NEAREST = """\
import numpy as np

class Nearest:
    def fit(self, X, y):
        self.X, self.y = X, y

    def predict(self, X):
        near = [((self.X - x) ** 2).sum(axis=-1).argmin() for x in X]
        return self.y[near]
"""
CLASSIFIER = """\
import numpy as np

class Classifier:
    def __init__(self, lr=0.1, epochs=10):
        self.lr, self.epochs = lr, epochs

    def fit(self, X, y):
        s = [np.random.normal(size=X.shape[1])]
        for _ in range(self.epochs):
            s = [s[0] + self.lr * X.T @ (np.sign(y) - np.tanh(X @ s[0]))]
        self.s = s

    def predict(self, X):
        return np.where(X @ self.s[0] > 0, 1, -1)
"""


def judge(text: str) -> Any:
    names: dict[str, Any] = {"__name__": NAME}
    exec(compile(text, "program", "exec"), names)  # noqa: S102 - a program of the tests
    for value in names.values():
        if callable(value) and hasattr(value, "__module__"):
            value.__module__ = NAME
    (found,) = _trained.judge_training(Program(names))
    return found


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [
        (CLOSED, "right", "only its training was seen: it reaches the minimum on 4"),
        (RECURSIVE, "right", "only its training was seen: it reaches the minimum on 2"),
        (RECURSIVE.replace("w - lr", "w + lr"), "wrong", "it climbs"),
        (RECURSIVE.replace(" / len(y)", ""), "inconclusive", "copies of the data"),
        (RECURSIVE.replace("200", "2"), "inconclusive", "not converged?"),
        (STATEFUL, "inconclusive", "a second training goes on from the first"),
        (BY_ROWS, "inconclusive", "the order of the rows"),
        (STUCK, "wrong", "it comes to rest where 25.0% of the loss is left"),
        (NEAREST, "inconclusive", "not converged?"),
        (CLASSIFIER, "inconclusive", "not converged?"),
        (CLASSIFIER.replace("s[0] + self", "s[0] - self"), "inconclusive", ""),
        (CLOSED.replace("@ y", "@ (y + 1e6 * X[:, 1])"), "inconclusive", "rises"),
        (CLOSED.replace("@ y", "@ np.sign(y)"), "inconclusive", "twice the targets"),
        (
            CLOSED.replace(
                "@ y", "@ (y + np.random.default_rng().normal(size=len(y)))"
            ),
            "inconclusive",
            "a second run gives another result",
        ),
        (
            RECURSIVE.replace("X, y,", "X, y, unknown,"),
            "inconclusive",
            "what it needs beside x and y is not known",
        ),
    ],
)
def test_what_is_seen_of_a_training(text: str, verdict: str, words: str) -> None:
    found = judge(text)
    assert found.verdict == verdict, found
    assert words in "; ".join([found.diagnosis or "", *found.notes]), found


SCRIPT = """\
X = [1.0, 2.0, 3.0, 4.0]
Y = [3.0, 5.0, 7.0, 9.0]
w, b = {w}, {b}
"""


@pytest.mark.parametrize(
    ("w", "b", "words"),
    [
        (2.0, 1.0, "only its end was seen"),
        (0.0, 0.0, "w ends where 1 of what it could gain is left"),
    ],
)
def test_the_end_of_a_script(w: float, b: float, words: str) -> None:
    names: dict[str, Any] = {}
    exec(SCRIPT.format(w=w, b=b), names)  # noqa: S102 - a program of the tests
    found = _trained.judge_end(Program(names))
    assert found is not None
    assert words in "; ".join([found.diagnosis or "", *found.notes])
