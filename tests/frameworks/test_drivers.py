"""The drivers themselves, against a path worked out by hand."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import drivers

from .drivers import run

#: 1 + FINE is a float64, but not a float32.
FINE = 2.0**-40

PLAIN = pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("torch.optim.SGD", {}),
        ("optax.sgd", {}),
        ("keras.optimizers.SGD", {}),
        (
            "sklearn.linear_model.SGDRegressor",
            {"penalty": None, "learning_rate": "constant"},
        ),
        ("sklearn.neural_network.MLPRegressor", {"solver": "sgd", "momentum": 0.0}),
    ],
    ids=["torch", "optax", "keras", "SGDRegressor", "MLPRegressor"],
)


@PLAIN
def test_driver_of_plain_descent_walks_the_path_worked_by_hand(
    name: str, arguments: dict[str, Any]
) -> None:
    """All numbers are sums of few powers of two: the path is exact."""
    dw = np.array([[1 + FINE, -2.0], [0.5, 0.0], [0.25, 4.0]])
    path = run(name, arguments, dw, np.array([0.5, 0.5, 0.25]), np.array([1.0, 2.0]))
    assert path.tolist() == [
        [1.0, 2.0],
        [0.5 - FINE / 2, 3.0],
        [0.25 - FINE / 2, 3.0],
        [0.1875 - FINE / 2, 2.0],
    ]


@PLAIN
def test_driver_leaves_its_arguments_alone(
    name: str, arguments: dict[str, Any]
) -> None:
    dw, rates, w = np.ones((3, 2)), np.full(3, 0.5), np.ones(2)
    run(name, arguments, dw, rates, w)
    assert (dw == 1).all()
    assert (rates == 0.5).all()
    assert (w == 1).all()


def test_optax_factory_may_ask_what_its_numbers_are() -> None:
    """Or take what has no hash: then it is compiled for these numbers alone."""
    optax = pytest.importorskip("optax", reason="optax not installed")

    def chosen(lr: Any, decay: float = 0.0, more: Any = ()) -> Any:
        return optax.sgd(lr, momentum=decay if decay > 0 and not more else None)

    dw, rates, w = np.ones((2, 1)), np.full(2, 0.5), np.zeros(1)
    for hyper, last in (({"decay": 0.5}, -1.25), ({}, -1.0), ({"more": [1]}, -1.0)):
        path = drivers.optax(chosen, **hyper).run(dw, rates, w)
        assert path[:, 0].tolist() == [0.0, -0.5, last]
