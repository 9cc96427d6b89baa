"""The rational rules on Fractions: closed forms and recurrences, with ==."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import optimizers, schedules
from refgd.optimizers import Optimizer
from refgd.testing.strategies import gradient_sequences, numbers

quadratics = st.fixed_dictionaries(
    {
        "h": numbers(kind=Fraction),
        "best": numbers(kind=Fraction),
        "start": numbers(kind=Fraction),
    }
)
rates = st.fractions(0, 2, max_denominator=64)
betas = st.fractions(0, Fraction(63, 64), max_denominator=64)
falling = st.builds(
    lambda lr: schedules.inverse_scaling(lr, power=1), st.fractions(0, 2)
)
schedules_or_rates = st.one_of(rates, falling)


def _errors(optimizer: Optimizer, q: dict[str, Any], steps: int) -> list[Fraction]:
    """The distances w_t − w* on the quadratic with the gradient h (w − w*)."""
    w, state = q["start"], optimizer.init(q["start"])
    path = [w - q["best"]]
    for _ in range(steps):
        w, state = optimizer.update(w, q["h"] * (w - q["best"]), state)
        path.append(w - q["best"])
    return path


def _walk(optimizer: Optimizer, w: Fraction, gradients: Any) -> list[Fraction]:
    """The weights after each step."""
    state, path = optimizer.init(w), []
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        path.append(w)
    return path


def _value(lr: Any, t: int) -> Any:
    return lr(t) if callable(lr) else lr


@given(q=quadratics, lr=rates)
def test_sgd_is_its_closed_form(q: Any, lr: Fraction) -> None:
    """w_t − w* = (1 − lr h)ᵗ (w_0 − w*)."""
    errors = _errors(optimizers.sgd(lr), q, 4)
    assert errors == [(1 - lr * q["h"]) ** t * errors[0] for t in range(5)]


@pytest.mark.parametrize("lr_inside", [True, False])
@given(q=quadratics, lr=rates, beta=betas)
def test_momentum_is_a_linear_recurrence(
    q: Any, lr: Fraction, beta: Fraction, *, lr_inside: bool
) -> None:
    """e_{t+1} = (1 + β − lr h) e_t − β e_{t−1}, from e_1 = (1 − lr h) e_0."""
    e = _errors(optimizers.momentum(lr, beta=beta, lr_inside=lr_inside), q, 4)
    assert e[1] == (1 - lr * q["h"]) * e[0]
    for t in range(1, 4):
        assert e[t + 1] == (1 + beta - lr * q["h"]) * e[t] - beta * e[t - 1]


@pytest.mark.parametrize("lr_inside", [True, False])
@given(q=quadratics, lr=rates, beta=betas)
def test_nesterov_is_a_linear_recurrence(
    q: Any, lr: Fraction, beta: Fraction, *, lr_inside: bool
) -> None:
    """e_{t+1} = (1 − lr h) ((1 + β) e_t − β e_{t−1}): the look-ahead's own."""
    optimizer = optimizers.momentum(lr, beta=beta, nesterov=True, lr_inside=lr_inside)
    e, keep = _errors(optimizer, q, 4), 1 - lr * q["h"]
    assert e[1] == (1 + beta) * keep * e[0] - beta * e[0]
    for t in range(1, 4):
        assert e[t + 1] == keep * ((1 + beta) * e[t] - beta * e[t - 1])


@given(q=quadratics, lr=schedules_or_rates, beta=betas)
def test_momentum_is_polyaks_heavy_ball(q: Any, lr: Any, beta: Fraction) -> None:
    """w_{t+1} = w_t − η_t g_t + β (w_t − w_{t−1}), with any schedule."""
    e = _errors(optimizers.momentum(lr, beta=beta), q, 4)
    for t in range(4):
        before = e[t - 1] if t else e[0]
        assert e[t + 1] == (1 - _value(lr, t) * q["h"]) * e[t] + beta * (e[t] - before)


@given(q=quadratics, lr=schedules_or_rates, beta=betas)
def test_nesterov_is_the_point_that_looks_ahead(
    q: Any, lr: Any, beta: Fraction
) -> None:
    """Refgd's w is Sutskever's θ − βv, with any schedule (his v is −v here)."""
    errors = _errors(optimizers.momentum(lr, beta=beta, nesterov=True), q, 4)
    theta, v = errors[0], Fraction(0)
    for t in range(4):
        assert errors[t] == theta - beta * v
        v = beta * v + _value(lr, t) * q["h"] * (theta - beta * v)
        theta = theta - v


@given(
    gradients=gradient_sequences(kind=Fraction, max_steps=5, d=1),
    lr=schedules_or_rates,
    beta=betas,
    dampening=betas,
    damp_first=st.booleans(),
)
def test_momentum_outside_is_a_sum_of_sums(
    gradients: Any, lr: Any, beta: Fraction, dampening: Fraction, *, damp_first: bool
) -> None:
    """w_T = w_0 − Σ_t η_t Σ_{s ≤ t} βᵗ⁻ˢ (1 − d_s) g_s, with d_0 = 0 if undamped."""
    g = gradients[:, 0]
    optimizer = optimizers.momentum(
        lr, beta=beta, lr_inside=False, dampening=dampening, damp_first=damp_first
    )
    damped = [
        (1 - dampening) * entry if s or damp_first else entry
        for s, entry in enumerate(g)
    ]
    down = sum(
        _value(lr, t) * sum(beta ** (t - s) * damped[s] for s in range(t + 1))
        for t in range(len(g))
    )
    assert _walk(optimizer, Fraction(1), g)[-1] == 1 - down


@pytest.mark.parametrize("kind", ["coupled", "lr"])
@given(q=quadratics, lr=schedules_or_rates, wd=rates)
def test_plain_decay_is_a_penalty(q: Any, lr: Any, wd: Fraction, kind: str) -> None:
    """For sgd, and for it alone, both are descent on L + ½ wd w²."""
    decay = None if kind == "coupled" else lr
    optimizer = optimizers.weight_decay(optimizers.sgd(lr), wd, kind=kind, lr=decay)
    e = _errors(optimizer, q, 4)
    for t in range(4):
        dw = q["h"] * e[t] + wd * (e[t] + q["best"])
        assert e[t + 1] == e[t] - _value(lr, t) * dw


@given(
    gradients=gradient_sequences(kind=Fraction, max_steps=5, d=1),
    wd=st.fractions(0, 1),
    lr=st.fractions(Fraction(1, 64), 1),
)
def test_schedule_decay_goes_by_the_multiplier(
    gradients: Any, wd: Fraction, lr: Fraction
) -> None:
    """W ← w − (η_t / η_0) wd w − the step: lr itself cancels out of the decay."""
    g, eta = gradients[:, 0], schedules.inverse_scaling(lr, power=1)
    inner = optimizers.sgd(eta)
    optimizer = optimizers.weight_decay(inner, wd, kind="schedule", lr=eta)
    w = Fraction(1)
    for t, moved in enumerate(_walk(optimizer, w, g)):
        w = w - Fraction(1, 1 + t) * wd * w - lr / (1 + t) * g[t]
        assert moved == w


@given(
    gradients=gradient_sequences(kind=Fraction, max_steps=5, d=1),
    beta1=betas,
    beta2=betas.filter(bool),  # with none of u kept, m / 0 is a pole
)
def test_adamax_is_a_sum_over_a_maximum(
    gradients: Any, beta1: Fraction, beta2: Fraction
) -> None:
    """m̂ is the weighted mean of all g, u the largest β₂ᵏ |g| k steps ago."""
    g = gradients[:, 0].tolist()
    path = _walk(optimizers.adamax(1, beta1=beta1, beta2=beta2), Fraction(0), g)
    w = Fraction(0)
    for t, moved in enumerate(path):
        ages = [t - s for s in range(t + 1)]
        shares = [beta1**age for age in ages]
        mean = sum(a * b for a, b in zip(shares, g, strict=False)) / sum(shares)
        top = max(beta2**age * abs(b) for age, b in zip(ages, g, strict=False))
        assert top > 0 or mean == 0
        w = w - (mean / top if top else 0)
        assert moved == w


@given(
    gradients=gradient_sequences(kind=Fraction, max_steps=5, d=1),
    beta1=betas,
    beta2=betas,
)
def test_lion_steps_by_the_sign_of_a_sum(
    gradients: Any, beta1: Fraction, beta2: Fraction
) -> None:
    """m_t = (1 − β₂) Σ_s β₂ᵗ⁻ˢ g_s, and the step is the sign of β₁ m_{t−1} + …."""
    g = gradients[:, 0].tolist()
    optimizer = optimizers.lion(1, beta1=beta1, beta2=beta2)
    w, state = Fraction(0), optimizer.init(Fraction(0))
    for t, dw in enumerate(g):
        before = (1 - beta2) * sum(beta2 ** (t - 1 - s) * g[s] for s in range(t))
        assert state.m == before
        c = beta1 * before + (1 - beta1) * dw
        moved, state = optimizer.update(w, dw, state)
        assert w - moved == (c > 0) - (c < 0)
        w = moved
