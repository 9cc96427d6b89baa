"""What a training loop keeps for its second pass is seen, and named if it is known."""

from pathlib import Path

import pytest

from refgd.testing.programs._second import ADDS_UP, TURNS
from testing.programs.checked import check

pytestmark = pytest.mark.usefixtures("few_examples", "own_process")

DATA = "x = [1, 2, 3, 4]\ny = [2, 4, 6, 8]\nw = 0.0\n"
SCRIPT = (
    "{before}for epoch in range(20):\n"
    "    r = [w * a - b for a, b in zip(x, y)]\n"
    "    loss = sum(e * e for e in r) / len(x)\n"
    "    g = 2 * sum(a * e for a, e in zip(x, r)) / len(x)\n"
    "{keep}"
    "    w = w - {rate} * {step}\n"
)
FIT = """\
import numpy as np
def fit(X, y, lr=0.01, epochs=100):
    w, {before} = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for t in range(epochs):
        g = 2 / len(y) * X.T @ (X @ w - y)
        {keep}
        w = w - lr * {step}
        {end}
    return w
"""
TORCH = """\
import torch
X = torch.tensor([1., 2., 3., 4.]); Y = torch.tensor([2., 4., 6., 8.])
w = torch.tensor(0.0, requires_grad=True)
for epoch in range(20):
    loss = ((w * X - Y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    {reset}
"""
CLASS = """\
import numpy as np
class Model:
    def __init__(self, d, lr=0.1):
        self.w, self.v, self.lr = np.zeros(d), np.zeros(d), lr
    def step(self, X, y):
        self.v {keep} 2 * X.T @ (X @ self.w - y) / len(y)
        self.w = self.w - self.lr * self.v
"""


def script(
    before: str = "", keep: str = "", rate: str = "0.01", step: str = "g"
) -> str:
    return DATA + SCRIPT.format(before=before, keep=keep, rate=rate, step=step)


def fit(
    keep: str = "pass", before: str = "old", step: str = "g", end: str = "pass"
) -> str:
    return FIT.format(keep=keep, before=before, step=step, end=end)


ADDING = {
    "script": script(before="v = 0.0\n", keep="    v += g\n", step="v"),
    "function": fit("dw += g", "dw", "dw"),
    "class": CLASS.format(keep="+="),
    "torch": TORCH.format(reset="pass"),
}
KEEPING = {
    "script": script(before="v = 0.0\n", keep="    v = 0.9 * v + g\n", step="v"),
    "function": fit("v = 0.5 * v + g", "v", "v"),
    "class": CLASS.format(keep="= 0.9 * self.v +"),
    "the last gradient": fit("step = g + 0.25 * old", "old", "step", "old = g"),
}
RIGHT = {
    "plain": script(),
    "a decaying rate": script(
        before="lr = 0.01\n", keep="    lr = lr * 0.9\n", rate="lr"
    ),
    "a rate by its number": script(rate="0.01 / (1 + epoch)"),
    "a list of losses": script(
        before="losses = []\n", keep="    losses.append(loss)\n"
    ),
    "the best so far": script(
        before="best = 1e9\n", keep="    best = min(best, loss)\n"
    ),
    "function": fit(end="old = w"),
    "reset in each pass": fit("dw = 0 * g; dw += g", "dw", "dw"),
    "class": CLASS.format(keep="="),
    "torch": TORCH.format(reset="w.grad.zero_()"),
    "a literal count": DATA
    + "for epoch in range(20):\n    dw = loss = 0\n    for i in range(4):\n"
    "        r = w * x[i] - y[i]\n        loss += r ** 2 / 4\n"
    "        dw += 2 * x[i] * r / 4\n    w -= 0.01 * dw\n",
}


def find(folder: Path, text: str) -> tuple[str, str]:
    """Return the verdict on what trains, and what is said of it."""
    if "torch" in text:
        pytest.importorskip("torch")
    (found,) = check(folder, text)["functions"]
    return found["verdict"], found["diagnosis"] or ""


@pytest.mark.parametrize("kind", ADDING)
def test_a_gradient_that_is_not_set_to_zero_is_wrong(kind: str, tmp_path: Path) -> None:
    assert find(tmp_path, ADDING[kind]) == ("wrong", ADDS_UP)


@pytest.mark.parametrize("kind", KEEPING)
def test_what_keeps_a_step_is_never_right(kind: str, tmp_path: Path) -> None:
    verdict, words = find(tmp_path, KEEPING[kind])
    assert verdict == "inconclusive"
    assert "from pass to pass" in words


@pytest.mark.parametrize("kind", RIGHT)
def test_what_keeps_no_step_is_right(kind: str, tmp_path: Path) -> None:
    assert find(tmp_path, RIGHT[kind])[0] == "right"


def test_a_rate_that_turns_negative_is_wrong(tmp_path: Path) -> None:
    text = script(
        before="lr = 0.01\n", keep="    lr = 0.01 - 0.02 * epoch\n", rate="lr"
    )
    assert find(tmp_path, text) == ("wrong", TURNS)


def test_a_loop_that_ends_in_its_first_pass_is_wrong(tmp_path: Path) -> None:
    assert find(tmp_path, fit(end="return w"))[0] == "wrong"


SUMS = """\
x = [1, 2, 3, 4]
y = [2, 4, 6, 8]
w, losses = 0.0, []
for epoch in range(20):
    w = w - 0.01 * sum(2 * a * (w * a - b) for a, b in zip(x, y))
    {shown}
"""
MEAN = "sum((w * a - b) ** 2 for a, b in zip(x, y)) / len(x)"


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        (f"print(epoch, w, {MEAN})", "wrong"),
        (f"print(f'loss {{{MEAN}}}')", "wrong"),
        (f"if epoch % 5 == 0: losses.append({MEAN})", "wrong"),
        (f"print(len(x) * {MEAN})", "right"),
        ("for i in (0, 1): losses.append((w * x[i] - y[i]) ** 2)", "right"),
        ("print(w)", "right"),
    ],
)
def test_a_loss_that_is_only_shown_says_what_is_meant(
    shown: str, verdict: str, tmp_path: Path
) -> None:
    assert find(tmp_path, SUMS.format(shown=shown))[0] == verdict


def test_what_runs_on_its_own_data_alone_is_run_twice_too(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nX = np.array([[1., 2.], [2., 1.], [3., 5.], [4., 0.]])\n"
        "y = X @ np.array([1., -2.])\nw, g = np.zeros(2), np.zeros(2)\n"
        "for t in range(50):\n    for i in range(len(y)):\n"
        "        g += 2 * (X[i] @ w - y[i]) * X[i] / len(y)\n    w = w - 0.05 * g\n"
    )
    assert find(tmp_path, text) == ("wrong", ADDS_UP)
