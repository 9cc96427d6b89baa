"""Programs in any language, by what they did on the golden gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd import vectors
from refgd.testing import WrongOptimizer, check_optimizer, drivers, identify

Rows = list[list[float]]


def adam(
    case: str = "plain",
    *,
    corrected: bool = True,
    keep: str = "mvt",
    step: Callable[[Any, Any], Any] = lambda m, root: m / (root + 1e-8),
) -> dict[str, Any]:
    """What somebody's Adam returns; after step 10 it goes on with what it keeps."""
    task = vectors.make("sgd", case=case)
    g, lr, w = (np.array(task[key]["decimal"]) for key in ("gradients", "lr", "w"))
    rows, m, v, t = [w[0]], 0 * w[0], 0 * w[0], 0
    for k, (dw, rate) in enumerate(zip(g, lr, strict=True)):
        if k == task.get("stop"):
            m, v, t = (x * (name in keep) for name, x in [("m", m), ("v", v), ("t", t)])
        t += 1
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        c1, c2 = (1 - 0.9**t, 1 - 0.999**t) if corrected else (1, 1)
        rows.append(rows[-1] - rate * step(m / c1, np.sqrt(v / c2)))
    return {"case": case, "w": [row.tolist() for row in rows]}


@pytest.mark.parametrize("case", ["plain", "schedule", "resume"])
def test_a_right_program_is_named(case: str) -> None:
    found = identify(drivers.recorded(adam(case), name="mine.js"))
    assert found.name == "mine.js"
    assert found.dialects == ("torch.optim.Adam", "optax.adam")
    assert "20 steps of 6 weights, float64, lr = " in found.runs
    check_optimizer(drivers.recorded(adam(case)), "torch.optim.Adam")


@pytest.mark.parametrize(
    ("made", "mistake"),
    [
        (adam(corrected=False), "no bias correction"),
        (adam(step=lambda m, root: m / (root + 1e-8) / 2), "half as long|0.5 times"),
        (adam("resume", keep="mv"), "t .*step 1[01]|step 1[01].* t"),
        (adam("resume", keep="t"), "step 1[01]"),
    ],
    ids=["uncorrected", "half", "without t", "without moments"],
)
def test_the_cause_is_named(made: dict[str, Any], mistake: str) -> None:
    found = identify(drivers.recorded(made)).nearest
    assert found.match.rule == "adam"
    assert found.mistake is not None
    with pytest.raises(WrongOptimizer, match=mistake):
        check_optimizer(drivers.recorded(made), "adam")


def test_float32_is_named() -> None:
    golden = vectors.make("adam", dtype="float32")
    found = identify(drivers.recorded({"w": golden["w"]}))
    assert found.dialects == ("torch.optim.Adam", "optax.adam")
    assert found.precision == "computed in float32"


def test_several_cases_are_one_program() -> None:
    """One has a decay and the others have none; lr and eps are what they say."""
    made = [
        vectors.make("adam", {"lr": 0.25, "eps": 1e-3}, case=case)
        for case in ("plain", "decay", "zeros")
    ]
    found = identify(drivers.recorded(*made))
    (match,) = found.matches
    assert match.flags["eps"] == 1e-3
    assert match.flags["wd"] == 1 / 16
    assert match.decay == ("coupled",)
    assert found.runs.endswith("lr = 0.25 halved midway, wd = 0.0625")


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("torch.optim.NAdam", {}),
        ("optax.adamax", {}),
        ("keras.optimizers.Adadelta", {"rho": 0.9}),
        ("sklearn.linear_model.SGDRegressor", {"fit_intercept": False}),
    ],
)
def test_a_dialect_is_found_again(name: str, settings: dict[str, Any]) -> None:
    made = vectors.make(name, settings)
    stated = {"settings": made["defaults"] | made["settings"]}
    assert name in identify(drivers.recorded({"w": made["w"]} | stated)).dialects


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "give the results of one run"),
        ([{"w": [[1.0]]}], r"results: w must have \(21, 6\) rows and columns"),
        ([adam() | {"case": "odd"}], "results: case must be one of"),
        ([adam() | {"dtype": "int8"}], "results: dtype must be one of"),
        ([adam() | {"settings": []}], 'results: "settings" must be an object'),
        (
            [adam() | {"settings": {"eps": 0.1}}, adam() | {"settings": {"eps": 1}}],
            "results: two values of eps, 0.1 and 1",
        ),
    ],
)
def test_malformed_results_are_refused(made: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drivers.recorded(*made)


def test_a_record_cannot_be_run() -> None:
    driver = drivers.recorded(adam())
    with pytest.raises(TypeError, match="cannot be run on other gradients"):
        driver.run(np.zeros((2, 1)), np.zeros(2), np.zeros(1))
