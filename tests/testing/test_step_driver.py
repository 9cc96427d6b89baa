"""Objects that remember their state themselves, in the forms that people write."""

from typing import Any

import pytest

from refgd.testing import check_optimizer, drivers, identify

#: Momentum of 0.9 with the rate outside the velocity, as torch has it, in each.
MOMENTA = """
import math
import numpy as np

class Returns:
    def __init__(self, lr=0.1, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, None
    def step(self, w, g):
        self.v = g if self.v is None else self.beta * self.v + g
        return w - self.lr * self.v

class InPlace(Returns):
    def step(self, w, g):
        w[...] = super().step(w, g)

class GradientFirst:
    def __init__(self):
        self.inner = Returns()
    def update(self, grads, params, lr):
        self.inner.lr = lr
        return self.inner.step(params, grads)

class Lists:
    "Keeps its state by the arrays' id."
    def __init__(self, learning_rate, beta=0.9):
        self.learning_rate, self.beta, self.v = learning_rate, beta, {}
    def update(self, params, grads):
        for w, g in zip(params, grads):
            self.v[id(w)] = self.beta * self.v.get(id(w), np.zeros_like(w)) + g
            w -= self.learning_rate * self.v[id(w)]

class Dicts:
    "As in many a book."
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, None
    def update(self, params, grads):
        if self.v is None:
            self.v = {key: np.zeros_like(w) for key, w in params.items()}
        for key in params.keys():
            self.v[key] = self.momentum * self.v[key] + grads[key]
            params[key] -= self.lr * self.v[key]

class Numbers(Returns):
    def __init__(self, n_weights, lr=0.1):
        super().__init__(lr)
    def step(self, w, g):
        return super().step(math.fsum([w]), g)

class LikeTorch:
    def __init__(self, params, lr=0.1, momentum=0.9):
        self.param_groups = [{"params": params, "lr": lr}]
        self.momentum = momentum
        self.v = [0 * p.data for p in params]
    def step(self, closure=None):
        (group,) = self.param_groups
        for i, p in enumerate(group["params"]):
            self.v[i] = self.momentum * self.v[i] + p.grad
            p.data -= group["lr"] * self.v[i]

class IsGivenGradients(LikeTorch):
    def step(self, grads):
        (group,) = self.param_groups
        (p,), (g,) = group["params"], grads
        self.v[0] = self.momentum * self.v[0] + g
        p.data = p.data - group["lr"] * self.v[0]

class Pair:
    def init(self, w):
        return 0 * w
    def update(self, w, dw, v, lr):
        return w - lr * (0.9 * v + dw), 0.9 * v + dw
"""
OTHERS = """
import numpy as np

class Adagrad:
    def __init__(self):
        self.lr, self.eps, self.v = 0.1, 1e-3, 0.0
    def step(self, w, g):
        self.v = self.v + g * g
        return w - self.lr * g / (np.sqrt(self.v) + self.eps)

class Fixed:
    def step(self, w, g):
        return w - 0.5 * g

class Forgets:
    def step(self, w, g, lr):
        w = w - lr * g

class Wants:
    def step(self, w, g, loss):
        return w

class NeedsBeta:
    def __init__(self, shape, beta):
        self.v, self.beta, self.eta = np.zeros(shape), beta, 0.1
    def step(self, w, g):
        self.v = self.beta * self.v + g
        return w - self.eta * self.v

class Decided:
    lr = 0.25
    def step(self, w, g):
        return w - self.lr * g
"""
OF_TORCH = """
import torch

class Tensors(Returns):
    def step(self, w, g):
        return super().step(w, torch.clone(g))

class Parameters(LikeTorch):
    @torch.no_grad()
    def step(self, closure=None):
        (group,) = self.param_groups
        (p,) = group["params"]
        self.v[0] = torch.add(p.grad, self.v[0], alpha=self.momentum)
        p.sub_(group["lr"] * self.v[0])
"""


def classes(*texts: str) -> dict[str, Any]:
    """Return what somebody's file defines."""
    names: dict[str, Any] = {"__name__": "mine"}
    for text in texts:
        exec(text, names)  # noqa: S102 - the file of a user, as it is
    return names


MINE = classes(MOMENTA, OTHERS)


@pytest.mark.parametrize(
    "made",
    [
        "Returns",
        "Returns(0.5)",
        "InPlace",
        "GradientFirst",
        "Lists",
        "Lists(0.01)",
        "Dicts",
        "Numbers",
        "LikeTorch",
        "IsGivenGradients",
        "Pair()",
    ],
)
def test_every_form_is_driven_as_it_is(made: str) -> None:
    """And each run begins anew: the second says the same."""
    subject = eval(made, MINE)  # noqa: S307 - a row of the table
    for _ in range(2):
        check_optimizer(subject, "torch.optim.SGD", momentum=0.9)


def test_an_object_is_identified_and_not_changed() -> None:
    mine = MINE["Returns"](lr=0.25)
    found = identify(mine)
    assert "torch.optim.SGD" in found.dialects
    assert found.runs.endswith("lr = 0.25 halved midway")
    assert (mine.lr, mine.v) == (0.25, None)


def test_a_class_is_made_with_its_settings() -> None:
    (match,) = identify(drivers.step(MINE["Returns"], beta=0.5)).matches
    assert match.flags["beta"] == 0.5


def test_an_eps_of_an_object_is_changed_for_a_run() -> None:
    found = identify(MINE["Adagrad"]())
    assert [match.rule for match in found.matches] == ["adagrad"]
    assert "its own eps, eps = 0.01, eps = 1e-08" in found.runs


def test_a_rate_that_cannot_be_changed_is_stated() -> None:
    check_optimizer(drivers.step(MINE["Fixed"]), "sgd", lr=0.5)
    with pytest.raises(TypeError, match="Fixed has no parameter lr: state the rate"):
        identify(MINE["Fixed"]())


def test_a_class_is_given_what_its_arguments_are_called() -> None:
    check_optimizer(
        drivers.step(MINE["NeedsBeta"], beta=0.5), "torch.optim.SGD", momentum=0.5
    )
    assert identify(MINE["Decided"]).runs.endswith("lr = 0.25 halved midway")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (MINE["NeedsBeta"], "it has no default of beta: state it, beta=..."),
        (MINE["Forgets"], "its step neither returns the weights nor changes them"),
        (MINE["Wants"], r"Wants cannot be driven: it has step\(w, g, loss\), not step"),
        (object(), "or something with a method step"),
        (int, r"int has no method step\(w, g\)"),
    ],
)
def test_what_cannot_be_driven_is_said(made: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        identify(made)


@pytest.mark.parametrize("name", ["Tensors", "Parameters"])
def test_tensors_are_tried_where_torch_is(name: str) -> None:
    pytest.importorskip("torch", reason="torch not installed")
    check_optimizer(classes(MOMENTA, OF_TORCH)[name], "torch.optim.SGD", momentum=0.9)
