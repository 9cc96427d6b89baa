"""What is put around a rule, against the second writing of its equations."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers import equations
from refgd import optimizers as o
from refgd.testing.strategies import gradient_sequences

#: A dozen roundings a step of at most 1.1e-16, of six steps: 8e-15, and a margin.
RELATIVE_ERROR = 1e-12

#: A rule inside that remembers, and whose steps do not depend on w.
INSIDE: dict[str, tuple[Callable[[], o.Optimizer], Callable[..., Any], Any]] = {
    "sgd": (lambda: o.sgd(0.1), equations.sgd, {}),
    "momentum": (
        lambda: o.momentum(0.1, beta=0.9),
        equations.momentum,
        {
            "beta": 0.9,
            "nesterov": False,
            "lr_inside": True,
            "dampening": 0.0,
            "damp_first": True,
        },
    ),
}

each_rule = pytest.mark.parametrize("name", INSIDE)
few = settings(max_examples=settings().max_examples // 2)
gradients = gradient_sequences(min_steps=6, max_steps=6, d=2)


def _walk(optimizer: o.Optimizer, dw: Any) -> tuple[Any, list[Any]]:
    """The weights from 1 on, and each state: (T + 1, d)."""
    w = np.ones(dw.shape[1])
    state = optimizer.init(w)
    path, states = [w], [state]
    for g in dw:
        w, state = optimizer.update(w, g, state)
        path.append(w)
        states.append(state)
    return np.array(path), states


def _steps(name: str, columns: Any) -> list[list[float]]:
    """The steps of each weight by the second writing, on its gradients."""
    _, rule, flags = INSIDE[name]
    return [list(rule(gs, [0.1] * len(gs), **flags)) for gs in columns]


def _path(name: str, columns: Any) -> Any:
    """The weights from 1 on."""
    steps = np.array(_steps(name, columns)).T
    return 1 - np.cumsum(np.pad(steps, ((1, 0), (0, 0))), axis=0)


def _near(got: Any, expected: Any) -> bool:
    size = np.maximum.accumulate(np.abs(expected), axis=0)
    return bool(np.all(abs(got - expected) <= RELATIVE_ERROR * size))


#: How a wrapper changes gradients: it, and columns to columns by the second writing.
CHANGES: dict[str, tuple[Callable[[Any], o.Optimizer], Callable[[Any], Any]]] = {
    "maximize": (o.maximize, lambda gs: [equations.maximize(g) for g in gs]),
    "clip_by_value": (
        lambda inner: o.clip_by_value(inner, 0.5),
        lambda gs: [equations.clip_by_value(g, 0.5) for g in gs],
    ),
    "clip_by_norm": (
        lambda inner: o.clip_by_norm(inner, 0.5),
        lambda gs: _of_rows(gs, 0.5, 0.0),
    ),
    "clip_by_global_norm": (
        lambda inner: o.clip_by_global_norm(inner, 0.5, eps=0.25),
        lambda gs: _of_rows(gs, 0.5, 0.25),
    ),
}


def _of_rows(gs: Any, c: float, eps: float) -> Any:
    rows = [equations.clip_by_norm(row, c, eps) for row in zip(*gs, strict=True)]
    return list(zip(*rows, strict=True))


@each_rule
@pytest.mark.parametrize("wrapper", CHANGES)
@few
@given(dw=gradients)
def test_wrappers_change_gradients_by_their_equations(
    wrapper: str, name: str, dw: Any
) -> None:
    around, change = CHANGES[wrapper]
    path, _ = _walk(around(INSIDE[name][0]()), dw)
    assert _near(path, _path(name, change(dw.T.tolist())))


@each_rule
@few
@given(dw=gradients, k=st.integers(1, 4), mean=st.booleans())
def test_accumulate_follows_its_equations(
    name: str, dw: Any, k: int, *, mean: bool
) -> None:
    path, _ = _walk(o.accumulate(INSIDE[name][0](), k, mean=mean), dw)
    whole = [equations.accumulate(g, k, mean=mean) for g in dw.T.tolist()]
    expected = _path(name, whole)
    assert _near(path, np.repeat(expected, k, axis=0)[: len(path)])


@each_rule
@few
@given(
    dw=gradients,
    beta=st.sampled_from([0.0, 0.5, 0.99]),
    start=st.sampled_from(["zero", "first", "initial"]),
)
def test_weight_ema_follows_its_equations(
    name: str, dw: Any, beta: float, start: str
) -> None:
    """Beside the weights, which it leaves."""
    path, states = _walk(o.weight_ema(INSIDE[name][0](), beta, start=start), dw)
    assert np.array_equal(path, _walk(INSIDE[name][0](), dw)[0])
    averages = [equations.weight_ema(w, beta, start) for w in path.T.tolist()]
    assert _near([s.average for s in states], np.array(averages).T)


@each_rule
@few
@given(dw=gradients, start=st.integers(0, 4), every=st.integers(1, 3))
def test_weight_average_follows_its_equations(
    name: str, dw: Any, start: int, every: int
) -> None:
    path, states = _walk(
        o.weight_average(INSIDE[name][0](), start=start, every=every), dw
    )
    assert np.array_equal(path, _walk(INSIDE[name][0](), dw)[0])
    averages = [equations.weight_average(w, start, every) for w in path.T.tolist()]
    assert _near([s.average for s in states], np.array(averages).T)


@each_rule
@few
@given(dw=gradients, k=st.integers(1, 4), alpha=st.sampled_from([0.0, 0.5, 0.8, 1.0]))
def test_lookahead_follows_its_equations(
    name: str, dw: Any, k: int, alpha: float
) -> None:
    path, states = _walk(o.lookahead(INSIDE[name][0](), k=k, alpha=alpha), dw)
    steps = _steps(name, dw.T.tolist())
    expected = [equations.lookahead(column, 1.0, k, alpha) for column in steps]
    assert _near(path[1:], np.array(expected).T)
    slow = path[::k]
    assert all(np.array_equal(s.slow, slow[s.t // k]) for s in states)
