"""What parameters mean, by their names and beside each other."""

import signal
from pathlib import Path
from typing import Any

import pytest

from refgd.testing.programs import _load, _slots
from testing.programs.checked import check, verdict

pytestmark = pytest.mark.usefixtures("few_examples", "own_process")

MEANT = {
    "X, y, theta": "x y w",
    "theta0, theta1, x, y": "b w x y",
    "m, b, points": "w b xy",
    "b, m, x, y": "b w x y",
    "X, y, theta, m": "x y w n",
    "X, Y, A": "x y y_pred",
    "x_train, yTrain, weights, bias, lambda_": "x y w b penalty",
    "X_batch, y_batch, w, n_samples, num_features": "x y w n d",
    "feature, errors": "x error",
    "w, x=None, y=None, verbose=False": "w x y",
    "a, b, x, y": "w b x y",
    "points, x, y, w": "x y w",
    "errors, y, w": "y w",
    "b, y": "y",
    "q, r": "",
}


@pytest.mark.parametrize(("parameters", "meant"), MEANT.items(), ids=MEANT)
def test_parameters_mean_what_they_are_called(parameters: str, meant: str) -> None:
    function = eval(f"lambda {parameters}: 0")  # noqa: S307 - the table above
    slots, _ = _slots.read_parameters(function)
    assert " ".join(slot.meaning for slot in slots) == meant


LOSS = "def loss(w, x, y):\n    {}\n"
GRADIENT = """
def grad(w, x, y, {}):
    {}
    return 2 * x.T @ (x @ w - y) / len(y) {}
"""
PAIR = """
def grad(x, y, y_pred):
    r = 2 * (y_pred - y)
    return {'one': (x * r).mean(), 'two': r.mean()}
"""
ODD = {
    "too little": ("def grad(x):\n    return x\n", "inconclusive", "takes neither all"),
    "ends": (GRADIENT.format("*_", "exit()", ""), "could not be called", "it ends the"),
    "dict": (PAIR, "right", ""),
    "penalty alone": (GRADIENT.format("lam", "", " + lam * w"), "right", ""),
    "loss": (
        LOSS.format("raise ValueError") + GRADIENT.format("*_", "", "* 3"),
        "inconclusive",
        "rounding hides",
    ),
    "predictions": (
        "def grad(q, y_pred):\n    return q\n",
        "inconclusive",
        '"X, y_p',
    ),
}


@pytest.mark.parametrize("case", ODD.values(), ids=ODD)
def test_what_is_odd_is_said(case: tuple[str, str, str], tmp_path: Path) -> None:
    text, expected, said = case
    found = check(tmp_path, text)
    assert verdict(found) == expected, found
    assert said in str(found["functions"][0]["diagnosis"])


def test_what_does_not_tell_its_parameters_is_unclear(tmp_path: Path) -> None:
    orders: dict[str, Any] = {"names": {"gradient": "g"}}
    assert verdict(check(tmp_path, "g = max\n", **orders)) == "inconclusive"
    found = check(tmp_path, "g = max\n", **orders, signature="w, x, y")
    assert verdict(found) != "right"


def test_without_an_alarm_a_program_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "setitimer")
    path = tmp_path / "program.py"
    path.write_text("w = 1\n")
    assert _load.load(str(path), 1.0).names["w"] == 1
