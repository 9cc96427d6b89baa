"""Every rule, with all its flags, against the second writing of its equations.

Both sides see the same drawn gradients, so nothing of a data set enters.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from optimizers import equations
from refgd import optimizers, schedules
from refgd.testing.strategies import gradient_sequences

#: A dozen steps of some twenty roundings each, every one at most 1.1e-16 of the way
#: that it is added to: 3e-14 at the worst, and a margin. Where a rule cancels, its
#: domain is cut such that the condition number fits (see `_well_conditioned`).
RELATIVE_ERROR = 1e-12

# --- the flags, and where the rules are well-conditioned ------------------------

flag = st.booleans()
decays = st.one_of(st.just(0.0), st.floats(0.1, 0.999))
small = st.sampled_from([0.0, 1e-8, 1e-3, 0.5])
MOMENTS = {"beta1": decays, "beta2": decays, "eps": small}

FLAGS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "sgd": {},
    "momentum": {
        "beta": decays,
        "nesterov": flag,
        "lr_inside": flag,
        "dampening": st.sampled_from([0.0, 0.25, 0.9]),
        "damp_first": flag,
    },
    "adagrad": {"eps": small, "eps_inside": flag, "initial_accumulator": small},
    "rmsprop": {
        "rho": decays,
        "eps": small,
        "eps_inside": flag,
        "centered": flag,
        "beta": decays,
        "nesterov": flag,
        "lr_inside": flag,
        "bias_correction": flag,
        "initial_accumulator": small,
    },
    "adadelta": {"rho": decays, "eps": small},
    "adam": {**MOMENTS, "eps_root": small, "eps_hat": flag, "bias_correction": flag},
    "amsgrad": {
        **MOMENTS,
        "eps_root": small,
        "eps_hat": flag,
        "correct_m": flag,
        "correct_v": st.sampled_from(["none", "before_max", "after_max"]),
    },
    "adamax": {**MOMENTS, "eps_inside": flag},
    "nadam": {
        **MOMENTS,
        "eps_root": small,
        "psi": st.one_of(st.none(), st.sampled_from([0.0, 0.004, 1.0])),
        "decay_by_mu": flag,
        "correct_ahead": flag,
        "beta2_factor": flag,
    },
    "radam": {
        **MOMENTS,
        "eps_root": small,
        "eps_hat": flag,
        "threshold": st.sampled_from([4, 5, 6.5]),
    },
    "lion": {"beta1": decays, "beta2": decays},
    "adan": {
        "beta1": decays,
        "beta2": st.floats(0.1, 0.99),
        "beta3": st.floats(0.9, 0.999),
        "eps": st.sampled_from([1e-3, 0.5]),
        "eps_root": small,
        "share_kept": flag,
    },
    "optimistic": {
        "share": st.sampled_from([1, 0.5]),
        "optimism": st.sampled_from([0.0, 0.25, 1]),
    },
    "yogi": {
        "beta1": decays,
        "beta2": st.floats(0.9, 0.999),  # eight steps from 0 do not come up to g²
        "eps": small,
        "initial_accumulator": st.sampled_from([0.0, 1e-6]),
    },
    "adabelief": {
        "beta1": st.floats(0.1, 0.99),
        "beta2": st.floats(0.5, 0.999),
        "eps": small,
        "eps_root": st.sampled_from([1e-3, 0.5]),  # else g − m may be rounding alone
        "nesterov": flag,
    },
    "signum": {"beta": decays},
    "asgd": {
        "lambd": st.sampled_from([0.0, 1e-4, 0.5]),
        "power": st.sampled_from([0.0, 0.75, 1]),
        "t0": st.sampled_from([0, 2, 1e6]),
        "lr_lag": flag,
    },
    "ftrl": {
        "eps": small,
        "l1": st.sampled_from([0.0, 0.01, 0.5]),
        "l2": small,
        "l2_doubled": flag,
        "shrinkage": st.sampled_from([0.0, 0.01]),
        "rate_power": st.sampled_from([-0.5, -1, 0]),
        "initial_accumulator": small,
    },
    "rprop": {
        "shrink": decays,
        "grow": st.sampled_from([1, 1.2, 3.0]),
        "least": st.sampled_from([0.0, 1e-6, 1e-4]),
        "most": st.sampled_from([1.0, 50]),
        "backtrack": flag,
        "lag": flag,
    },
}

rates = st.one_of(
    st.floats(1e-4, 0.9),
    st.builds(lambda lr: schedules.step(lr, every=3), st.floats(1e-3, 1.0)),
    st.builds(lambda lr: schedules.warm_up(lr, n_iters=4), st.floats(1e-3, 1.0)),
)


def _defined(name: str, flags: dict[str, Any]) -> bool:
    """Whether refgd takes these flags together (it refuses the rest by name)."""
    if name == "momentum":
        return not (flags["nesterov"] and flags["dampening"])
    if name == "adam":
        return flags["bias_correction"] or not flags["eps_hat"]
    if name == "rprop":
        return not (flags["backtrack"] and flags["lag"])
    if name == "amsgrad":
        return not flags["eps_hat"] or flags["correct_v"] == "after_max"
    return True


def _well_conditioned(name: str, flags: dict[str, Any], gradients: Any) -> bool:
    """Whether no subtraction costs the digits that RELATIVE_ERROR stands for.

    - A zero under the bar, with a gradient above it, is a pole (β₂ = 0, no eps).
    - Centered RMSprop subtracts m² from v. With weights that sum to S = 1 − ρᵗ,
      Cauchy and Schwarz give m² ≤ S v, so (v + m²) / (v − m²) ≤ 2 / ρᵗ: ρ ≥ 0.8 keeps
      it below 30 for 12 steps. Corrected for its bias S is 1, and only an eps inside
      bounds it, by 2 max g² / eps.
    - RAdam subtracts two numbers of the size of ρ∞ from each other, and 4 or its
      threshold from the rest: ρ_t errs by 4 u ρ∞, r_t by half of that over ρ_t − 4.
    """
    if flags.get("beta2") == 0 and "eps" in flags:
        return bool(max(flags["eps"], flags.get("eps_root", 0.0)) > 0)
    if flags.get("centered"):
        if flags["bias_correction"]:
            top = float(np.max(gradients**2))
            return bool(flags["eps_inside"] and 2 * top <= 100 * flags["eps"])
        return bool(flags["rho"] >= 0.8)
    if name == "radam":
        rhos = [
            equations.length(flags["beta2"], t) for t in range(1, len(gradients) + 1)
        ]
        gap = min(abs(rho - c) for rho in rhos for c in (4, flags["threshold"]))
        return bool(2 / (1 - Fraction(flags["beta2"])) <= 4000 * gap)
    return True


def _run(optimizer: optimizers.Optimizer, gradients: Any, start: float = 0.0) -> Any:
    """The weights after each step, (steps, d)."""
    w = np.full(gradients.shape[1:], start)
    state, path = optimizer.init(w), []
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        path.append(w)
    return np.array(path)


def _rates(lr: Any, steps: int) -> list[float]:
    return [lr(t) if callable(lr) else lr for t in range(steps)]


def _steps(name: str, flags: dict[str, Any], lr: Any, gradients: Any) -> Any:
    """The steps of the second writing, (steps, d)."""
    lrs = _rates(lr, len(gradients))
    rule = getattr(equations, name)
    columns = [list(rule(column.tolist(), lrs, **flags)) for column in gradients.T]
    return np.array(columns).T


#: Beside what is drawn, so that no draw of the flags is spent on zeros alone.
LIVELY = np.array([[1.0, -0.5, 2.0, 0.0, 0.25, -3.0, 1.5, -0.75]]).T


@pytest.mark.parametrize("name", FLAGS)
@given(
    data=st.data(),
    drawn=gradient_sequences(min_steps=8, max_steps=8, d=1),
    lr=rates,
)
def test_optimizers_follow_their_equations(
    name: str, data: Any, drawn: Any, lr: Any
) -> None:
    """Each w, to RELATIVE_ERROR of the way that |g| would have gone.

    The way of |g| has the same v under every bar and no cancellation above it.
    """
    gradients = np.hstack([drawn, LIVELY])
    flags = data.draw(st.fixed_dictionaries(FLAGS[name]))
    assume(_defined(name, flags) and _well_conditioned(name, flags, gradients))
    assume(name != "ftrl" or min(_rates(lr, len(gradients))) > 0)  # it divides by lr
    path = _run(getattr(optimizers, name)(lr, **flags), gradients)
    steps = _steps(name, flags, lr, gradients)
    own_bar = name == "adabelief" or flags.get("centered")
    free = flags | ({"l1": 0.0} if "l1" in flags else {})  # else it may rest
    bare = steps if own_bar else _steps(name, free, lr, abs(gradients))
    way = np.cumsum(abs(bare), axis=0)
    assert np.all(abs(path + np.cumsum(steps, axis=0)) <= RELATIVE_ERROR * way)


AVERAGES = {"beta1": st.just(0.9), "beta2": st.just(0.99)}
SMALL = {"eps": st.sampled_from([1e-3, 0.5]), "lambd": st.sampled_from([0.0, 0.25])}

#: Their step depends on all weights, or on w itself: a whole path is compared.
WHOLE: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "lamb": {**AVERAGES, **SMALL, "eps_root": st.just(0.0)},
    "lars": {**SMALL, "trust": small, "beta": decays, "nesterov": flag},
    "novograd": {**AVERAGES, **SMALL, "eps_root": small},
    "sm3": {"beta": decays, "eps": st.sampled_from([0.0, 1e-3])},
    "penalized": {
        "lambd": st.sampled_from([0.0, 0.25, 4.0]),
        "l1_share": st.sampled_from([0.0, 0.25, 1]),
        "intercept": flag,
        "average": st.sampled_from([0, 1, 3]),
    },
    "schedule_free": {
        **SMALL,
        "beta1": st.sampled_from([0.5, 0.9]),
        "beta2": st.sampled_from([None, 0.0, 0.99]),
        "power": st.sampled_from([0, 0.5, 2]),
        "lr_ahead": flag,
    },
}


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=settings().max_examples // 2)
@given(data=st.data(), drawn=gradient_sequences(max_steps=6, d=6), lr=rates)
def test_whole_arrays_follow_their_equations(
    name: str, data: Any, drawn: Any, lr: Any
) -> None:
    """Each w, to RELATIVE_ERROR of the largest so far; each step at most adds to it."""
    flags = data.draw(st.fixed_dictionaries(WHOLE[name]))
    gradients = drawn.reshape(-1, 2, 3) if name == "sm3" else drawn
    path = _run(getattr(optimizers, name)(lr, **flags), gradients, start=1.0)
    lrs = [lr(t) if callable(lr) else lr for t in range(len(gradients))]
    lrs.append(lr(len(lrs)) if callable(lr) else lr)  # which lr_ahead reads
    w = np.ones(gradients.shape[1:]).tolist()
    rule = getattr(equations, name)
    if name != "schedule_free":
        lrs.pop()
    expected = np.array(list(rule(gradients.tolist(), lrs, w, **flags)))
    largest = max(1.0, np.max(abs(expected)))
    assert np.all(abs(path - expected) <= RELATIVE_ERROR * largest)


ADAFACTOR = {
    "power": st.sampled_from([0.5, 0.8]),
    "eps": st.sampled_from([1e-3, 0.5]),
    "eps_rms": st.sampled_from([1e-3, 2.0]),
    "clip": st.sampled_from([math.inf, 0.5, 1.0]),
    "lambd": st.sampled_from([0.0, 0.25]),
    "min_size": st.sampled_from([math.inf, 2, 3]),
    "relative_rate": flag,
    "weight_scale": flag,
    "eps_floor": flag,
    "lambd_lr": flag,
}


@pytest.mark.parametrize("shape", [(6,), (2, 3), (3, 2)])
@given(
    gradients=gradient_sequences(max_steps=6, d=6),
    lr=rates,
    flags=st.fixed_dictionaries(ADAFACTOR),
)
def test_adafactor_follows_its_equations(
    shape: tuple[int, ...], gradients: Any, lr: Any, flags: dict[str, Any]
) -> None:
    """Each w, to RELATIVE_ERROR of the largest so far; each step at most adds to it."""
    gradients = gradients.reshape(-1, *shape)
    path = _run(optimizers.adafactor(lr, **flags), gradients, start=1.0)
    lrs = [lr(t) if callable(lr) else lr for t in range(len(gradients))]
    rows = gradients.reshape(len(gradients), -1, shape[-1]).tolist()
    start = np.ones(shape).reshape(-1, shape[-1]).tolist()
    expected = np.array(list(equations.adafactor(rows, lrs, start, **flags)))
    expected = expected.reshape(path.shape)
    assert np.all(abs(path - expected) <= RELATIVE_ERROR * np.max(abs(expected)))


MUON = {
    "beta": st.sampled_from([0.0, 0.5, 0.95]),
    "nesterov": flag,
    "ema": flag,
    "bias_correction": flag,
    "eps": st.sampled_from([1e-7, 0.5]),
    "eps_floor": flag,
    "ns_a": st.sampled_from([1.5, 3.4445]),
    "ns_b": st.sampled_from([-0.5, -4.775]),
    "ns_c": st.sampled_from([0.0, 2.0315]),
    "ns_steps": st.integers(0, 2),
    "bfloat16": flag,
    "aspect": st.sampled_from(["rows", "columns", "larger", "none"]),
    "rms": st.sampled_from([0.2, 1.0]),
}


@pytest.mark.parametrize("shape", [(2, 3), (3, 2)])
@given(
    gradients=gradient_sequences(max_steps=4, d=6),
    lr=rates,
    flags=st.fixed_dictionaries(MUON),
)
def test_muon_follows_its_equations(
    shape: tuple[int, ...], gradients: Any, lr: Any, flags: dict[str, Any]
) -> None:
    """Each w, to RELATIVE_ERROR of the largest so far.

    Two of Schulz's steps make a change of X at most (a + 3|b| + 5c)² times as large.
    """
    assume(flags["ema"] or not flags["bias_correction"])
    gradients = gradients.reshape(-1, *shape)
    path = _run(optimizers.muon(lr, **flags), gradients, start=1.0)
    lrs = [lr(t) if callable(lr) else lr for t in range(len(gradients))]
    start = np.ones(shape).tolist()
    expected = np.array(
        list(equations.muon(gradients.tolist(), lrs, start, **flags))
    ).reshape(path.shape)
    assert np.all(abs(path - expected) <= RELATIVE_ERROR * np.max(abs(expected)))


#: What is decayed: nothing remembered; a velocity; two averages.
INNER: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {
        "beta": 0.9,
        "nesterov": False,
        "lr_inside": True,
        "dampening": 0.0,
        "damp_first": True,
    },
    "adam": {
        "beta1": 0.9,
        "beta2": 0.99,
        "eps": 1e-3,
        "eps_root": 0.0,
        "eps_hat": False,
        "bias_correction": True,
    },
}


def _left(kind: str, lr: Any, wd: float, t: int) -> float:
    """The share of w that is left beside the step t."""
    eta: float = lr(t) if callable(lr) else lr
    first: float = lr(0) if callable(lr) else lr
    return {
        "coupled": 1.0,
        "lr": 1 - eta * wd,
        "schedule": 1 - eta / first * wd,
        "clipped": max(0.0, 1 - eta * wd),
    }[kind]


@pytest.mark.parametrize("name", INNER)
@pytest.mark.parametrize("kind", ["coupled", "lr", "schedule", "clipped"])
@settings(max_examples=settings().max_examples // 5)  # twelve pairs share them
@given(
    gradients=gradient_sequences(max_steps=6, d=1),
    lr=rates.filter(lambda lr: not callable(lr) or lr(0) > 0),
    wd=st.sampled_from([0.0, 0.1, 0.9, 4.0]),
)
def test_weight_decay_follows_its_equations(
    name: str, kind: str, gradients: Any, lr: Any, wd: float
) -> None:
    """Each w from the w before: its share that is left, minus the rule's step.

    Coupled, the rule sees g + wd w; else it sees g alone.
    """
    inner = getattr(optimizers, name)(lr, **INNER[name])
    decay = None if kind == "coupled" else lr
    optimizer = optimizers.weight_decay(inner, wd, kind=kind, lr=decay)
    after = _run(optimizer, gradients, start=1.0)
    before = np.concatenate([np.ones((1, 1)), after[:-1]])
    seen = gradients + (wd * before if kind == "coupled" else 0.0)
    steps = _steps(name, INNER[name], lr, seen)
    bare = _steps(name, INNER[name], lr, abs(gradients) + wd * abs(before))
    for t, (w, moved) in enumerate(zip(before, after, strict=True)):
        left = _left(kind, lr, wd, t) * w
        size = (1 + wd) * abs(w) + bare[t] + abs(steps[t])
        assert np.all(abs(moved - (left - steps[t])) <= RELATIVE_ERROR * size)


@given(g=st.floats(0.1, 10), rho=st.floats(0.1, 0.9))
@example(g=0.1, rho=0.5)
def test_rmsprop_takes_a_constant_gradient(g: float, rho: float) -> None:
    """The variance of a constant is 0, not what rounding leaves of it."""
    optimizer = optimizers.rmsprop(
        0.1, rho=rho, eps=1e-30, centered=True, bias_correction=True
    )
    path = _run(optimizer, np.full((20, 1), g))
    assert np.all(np.diff(path, axis=0) < 0)
