"""Programs as they come, right and wrong, are told apart as they are."""

from pathlib import Path
from typing import Any

import pytest

from testing.programs import sources
from testing.programs.checked import check, verdict
from testing.programs.sources import Source

PROGRAMS = {name: s for name, s in vars(sources).items() if isinstance(s, Source)}
TWINS = [
    pytest.param(source, source.text.replace(*mistake), id=f"{name}-{i}")
    for name, source in PROGRAMS.items()
    for i, mistake in enumerate(source.mistakes)
]
FRAMEWORKS = {"TORCH", "JAX"}


pytestmark = pytest.mark.usefixtures("few_examples", "own_process")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_right_program_is_right_as_it_is(name: str, tmp_path: Path) -> None:
    if name in FRAMEWORKS:
        pytest.importorskip(name.lower())
    found = check(tmp_path, PROGRAMS[name].text)
    assert {each["verdict"] for each in found["functions"]} == {"right"}, found
    assert verdict(found) == "right"


@pytest.mark.parametrize(("source", "text"), TWINS)
def test_its_wrong_twin_is_wrong(source: Source, text: str, tmp_path: Path) -> None:
    if "import torch" in text:
        pytest.importorskip("torch")
    assert text != source.text
    found = check(tmp_path, text)
    assert verdict(found) == "wrong", found


NOT_MEANT = {
    "objective": "def f(w, X, y):\n    return ((X @ w - y) ** 2).mean()\n",
    "labels": "def predict(X, w):\n    return np.where(X @ w >= 0, 1, -1)\n",
    "metric": "def rmse_loss(y, h):\n    return ((y - h) ** 2).mean() ** 0.5\n",
}


@pytest.mark.parametrize("beside", NOT_MEANT)
def test_what_the_gradient_does_not_mean_is_not_wrong(
    beside: str, tmp_path: Path
) -> None:
    gradient = "def grad_f(w, X, y):\n    return 2 * X.T @ (X @ w - y) / len(y)\n"
    found = check(tmp_path, f"import numpy as np\n{NOT_MEANT[beside]}{gradient}")
    verdicts = {each["verdict"] for each in found["functions"]}
    assert verdict(found) == "right"
    assert "wrong" not in verdicts


SCRIPTS = {
    "numpy": """\
import numpy as np
X = np.random.normal(size=(50, 3))
y = X @ np.array([1., 2., -1.])
W = np.zeros((3, 1))
for epoch in range(200):
    err = X @ W - y
    W -= 0.1 * 2 * X.T @ err.mean(axis=1, keepdims=True) / len(X)
""",
    "torch": """\
import torch
X = torch.randn(64, 3)
y = X @ torch.tensor([1., 2., -1.])
W = torch.zeros(3, 1, requires_grad=True)
for epoch in range(100):
    loss = ((X @ W - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        W -= 0.1 * W.grad
        W.grad.zero_()
""",
}


@pytest.mark.parametrize("library", SCRIPTS)
def test_targets_in_a_row_against_a_column_are_seen_in_a_script(
    library: str, tmp_path: Path
) -> None:
    pytest.importorskip(library)
    (found,) = check(tmp_path, SCRIPTS[library])["functions"]
    assert found["verdict"] == "wrong"
    assert "(n, 1) against (n,)" in found["diagnosis"]


UNTOLD = """
def g(p, q, r):
    return 3 * q.T @ (q @ p - r) / len(r)
def course(W, bb, A, B, k):
    e = W.T @ A + bb - B
    return float(e.sum()) * 2 / B.shape[1], 2 * A @ e.T / B.shape[1]
def first(v, X, y):
    if len(X.shape) < 2:
        exit()
    X = X[:, 1:]
    e = v[0] + X @ v[1:] - y
    return 1, [2 * e.mean(), *(2 * X.T @ e / len(y))]
"""
SAID = {
    "order": ("g", "w, X, y -> dw", None, "wrong"),
    "none": ("g", "", None, "inconclusive"),
    "network": ("course", "w, b, X.T, Y.T, 0 -> db, dw", None, "right"),
    "returns": ("course", "w, b, X.T, Y.T, k=0", "db, dw", "right"),
    "swapped": ("course", "w, b, X.T, y, 0", "dw, db", "wrong"),
    "first": ("first", "[b, w], [1, X], y", "_, dw", "right"),
}


@pytest.mark.parametrize("case", SAID.values(), ids=SAID)
def test_a_signature_says_what_names_do_not(case: Any, tmp_path: Path) -> None:
    name, signature, returns, expected = case
    orders = {"names": {"gradient": name}, "signature": signature, "returns": returns}
    assert verdict(check(tmp_path, UNTOLD, **orders)) == expected


def test_the_line_to_type_is_written(tmp_path: Path) -> None:
    found = check(tmp_path, UNTOLD, names={"gradient": "g"})
    said = 'refgd check --gradient g --signature "w, X, y -> dw" '
    assert f"{said}{tmp_path / 'homework.py'}" in found["functions"][0]["diagnosis"]


@pytest.mark.parametrize(
    ("signature", "returns", "said"),
    [("w, q, y", None, "'q' is none of x, y"), ("w, x, y", "q", "--returns names dw")],
)
def test_a_signature_that_says_nothing_is_refused(
    signature: str, returns: str | None, said: str, tmp_path: Path
) -> None:
    orders = {"names": {"gradient": "g"}, "signature": signature, "returns": returns}
    assert said in check(tmp_path, UNTOLD, **orders)["error"]


NESTED = "def main():\n    def computeGradient(w, x, y):\n        return w\n"
SIGMOID = """
from math import exp
def compute_gradient(x, y, w):
    return sum(a / (1 + exp(-a * w)) - b for a, b in zip(x, y))
"""
TWO = """
def grad(x, y, y_pred):
    return 2 * (x * (y_pred - y)).mean()
def slow_gradient(x, y, y_pred):
    return 0
"""


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    """A function in a function, another model, another gradient."""
    nested = check(tmp_path, NESTED)["error"]
    assert nested == "cannot reach computeGradient inside main(): move them out of it"
    (other,) = check(tmp_path, SIGMOID)["functions"]
    assert other["verdict"] == "inconclusive"
    assert "uses exp, so it may be the gradient of another model" in other["diagnosis"]
    (first,) = check(tmp_path, TWO)["functions"]
    assert first["verdict"] == "right"
    assert first["notes"][-1].startswith("not checked: slow_gradient; name one with")


WRITES = {
    "first": "def grad(X, y, theta):\n    e = theta[0] + X @ theta[1:] - y\n"
    "    theta *= 2\n    return [2 * e.mean(), *(2 * X.T @ e / len(y))]\n",
    "lists": "def grad(xs, ys, w):\n    if not xs: return 0\n    xs.sort()\n"
    "    return sum(2 * x * (w * x - y) for x, y in zip(xs, ys)) / len(xs)\n",
}


@pytest.mark.parametrize("text", WRITES.values(), ids=WRITES)
def test_a_change_of_what_is_given_is_seen(text: str, tmp_path: Path) -> None:
    (found,) = check(tmp_path, text)["functions"]
    assert found["verdict"] == "wrong"
    assert found["diagnosis"].startswith(("it changes its input", "it writes into"))
