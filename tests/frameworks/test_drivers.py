"""The drivers themselves, against a path worked out by hand."""

from typing import Any

import numpy as np
import pytest

from refgd._rules import in_refgd_names
from refgd.testing import check_optimizer, drivers, identify
from refgd.testing.optimizer._probes import probes

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


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("torch.optim:LBFGS", "it needs the loss too, as a line search does"),
        ("optax:lbfgs", "it needs the loss too"),
        ("optax.contrib:momo", "it needs the loss too"),
        ("optax:polyak_sgd", "its learning rate cannot change from step to step"),
    ],
)
def test_what_cannot_be_driven_is_one_sentence(name: str, why: str) -> None:
    package, _, optimizer = name.partition(":")
    reason = f"{package} not installed"
    made = getattr(pytest.importorskip(package, reason=reason), optimizer)
    with pytest.raises(TypeError, match=f"^{optimizer} cannot be driven: {why}"):
        identify(made)


def test_a_vector_is_no_matrix() -> None:
    torch = pytest.importorskip("torch", reason="torch not installed")
    driver = drivers.torch(torch.optim.Muon)
    with pytest.raises(TypeError, match=r"^Muon cannot be driven: its weights must"):
        driver.run(np.ones((2, 3)), np.ones(2), np.ones(3))


def test_what_a_framework_raises_otherwise_is_kept() -> None:
    torch = pytest.importorskip("torch", reason="torch not installed")
    with pytest.raises(TypeError, match="unexpected keyword argument 'beta3'"):
        identify(drivers.torch(torch.optim.Adam, beta3=1))


def test_a_frameworks_class_is_driven_as_it_is_and_its_object_refused() -> None:
    torch = pytest.importorskip("torch", reason="torch not installed")
    assert drivers.as_driver(torch.optim.Adam).complete
    made = torch.optim.Adam([torch.zeros(1)])
    with pytest.raises(
        TypeError, match=r"give what makes it: drivers\.torch.*got Adam"
    ):
        identify(made)


def test_a_number_that_is_two_is_not_changed() -> None:
    """Adafactor's eps is a pair, whose first is None: that of the dtype."""
    torch = pytest.importorskip("torch", reason="torch not installed")
    driver = drivers.as_driver(torch.optim.Adafactor)
    assert [probe.changed for probe in probes(driver)] == [{}]
    numbers = in_refgd_names(driver.settings)
    assert (numbers["eps"], numbers["eps_rms"], numbers["power"]) == (None, 1e-3, 0.8)


def test_a_class_that_takes_nothing_but_tensors_is_given_tensors() -> None:
    torch = pytest.importorskip("torch", reason="torch not installed")

    class RMSprop:
        def __init__(self, params: Any, lr: float = 0.01, alpha: float = 0.99) -> None:
            self.params, self.lr, self.alpha = list(params), lr, alpha
            self.v = [torch.zeros_like(p) for p in self.params]

        def step(self) -> None:
            with torch.no_grad():
                for p, v in zip(self.params, self.v, strict=True):
                    v.mul_(self.alpha).addcmul_(p.grad, p.grad, value=1 - self.alpha)
                    p.addcdiv_(p.grad, v.sqrt().add_(1e-8), value=-self.lr)

    check_optimizer(RMSprop, "torch.optim.RMSprop")


def test_sparse_adam_lets_rest_what_has_no_entry() -> None:
    """Neither w nor an average moves where a gradient leaves an entry out."""
    torch = pytest.importorskip("torch", reason="torch not installed")
    paths = {}
    for whole in (True, False):
        w = torch.nn.Parameter(torch.zeros(2))
        optimizer = torch.optim.SparseAdam([w], lr=0.5)
        for g in ([1.0, 1.0], [1.0, 0.0]):
            places = [[0, 1]] if whole else [[i for i in (0, 1) if g[i]]]
            values = [g[i] for i in places[0]]
            w.grad = torch.sparse_coo_tensor(
                places, values, (2,), check_invariants=True
            )
            optimizer.step()
        paths[whole] = w.detach().tolist()
    assert paths[True][0] == paths[False][0]
    assert paths[False][1] == pytest.approx(-0.5)
    assert paths[True][1] < -0.6
