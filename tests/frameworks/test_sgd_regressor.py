"""scikit-learn's SGDRegressor on samples, in their own order, against its dialect."""

from typing import Any

import numpy as np
import pytest

from refgd import dialects
from refgd._types import Array

from .problems import TOLERANCE, error

EPOCHS = 3
X = np.random.default_rng(0).normal(size=(20, 3))
Y = X @ [1.0, 0.05, -2.0] + 0.5 + 0.1 * X[:, 0] * X[:, 1]

#: With the ones of the intercept.
SAMPLES = [*zip(np.column_stack([X, np.ones(20)]), Y, strict=True)] * EPOCHS


def _ours(**arguments: Any) -> tuple[Array, Array]:
    """Return the weights in the end, the intercept last, and their average."""
    optimizer = dialects.get("sklearn.linear_model.SGDRegressor", **arguments)
    w = np.zeros(4)
    state = optimizer.init(w)
    for x, y in SAMPLES:
        w, state = optimizer.update(w, (x @ w - y) * x, state)
    return w, getattr(state, "average", w)


def _theirs(**arguments: Any) -> Any:
    sklearn = pytest.importorskip("sklearn.linear_model")
    run = {"shuffle": False, "max_iter": EPOCHS, "tol": None}
    return sklearn.SGDRegressor(**run, **arguments).fit(X, Y)


def _weights(coefficients: Array, intercept: Array) -> Array:
    return np.append(coefficients, intercept)[None]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"alpha": 0.5},
        {"penalty": None},
        {"penalty": "l1", "alpha": 0.05},
        {"penalty": "elasticnet", "alpha": 0.05, "l1_ratio": 0.5},
        {"penalty": "l1", "alpha": 0.05, "learning_rate": "constant"},
    ],
    ids=str,
)
def test_fit_is_the_dialect(arguments: dict[str, Any]) -> None:
    """By its own defaults, but for the shuffle and how long it goes on."""
    model = _theirs(**arguments)
    theirs = _weights(model.coef_, model.intercept_)
    assert error(_ours(**arguments)[0][None], theirs) <= TOLERANCE


@pytest.mark.parametrize("average", [True, 10])
def test_average_is_in_the_state(average: int) -> None:
    """And told apart from the weights themselves."""
    model = _theirs(average=average, alpha=0.05)
    w, mean = _ours(average=average, alpha=0.05)
    assert error(mean[None], _weights(model.coef_, model.intercept_)) <= TOLERANCE
    plain = _weights(model._standard_coef, model._standard_intercept)  # noqa: SLF001 - the weights themselves are nowhere else
    assert error(w[None], plain) <= TOLERANCE
    assert error(w[None], mean[None]) > 1e-3


def test_average_with_l1_is_not_that_of_the_weights() -> None:
    """The reason of its refusal: neither before the cut nor after it."""
    model = _theirs(penalty="l1", alpha=0.05, average=True)
    plain = _weights(model._standard_coef, model._standard_intercept)  # noqa: SLF001 - as above
    assert error(_ours(penalty="l1", alpha=0.05)[0][None], plain) <= TOLERANCE
    optimizer = dialects.get(
        "sklearn.linear_model.SGDRegressor", penalty="l1", alpha=0.05
    )
    w, before, after = np.zeros(4), np.zeros(4), np.zeros(4)
    state = optimizer.init(w)
    for t, (x, y) in enumerate(SAMPLES, 1):
        w, state = optimizer.update(w, (x @ w - y) * x, state)
        before += (state.average - before) / t
        after += (w - after) / t
    theirs = _weights(model.coef_, model.intercept_)
    assert min(error(mean[None], theirs) for mean in (before, after)) > 1e-3
