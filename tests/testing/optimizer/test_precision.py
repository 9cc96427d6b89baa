"""Optimizers in short floats, or partly in them: the right pass, the wrong do not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd import optimizers
from refgd._rules import MATRICES, RULES
from refgd.dialects import Recipe
from refgd.testing import WrongOptimizer, check_optimizer, drivers, identify
from refgd.testing.optimizer import Inconclusive, _check
from refgd.testing.optimizer._candidates import published
from refgd.testing.optimizer._probes import MATRIX, VECTOR, find_kind, probes
from refgd.testing.optimizer._tolerance import DOUBLE, Expected, error, precisions
from testing.optimizer.wrong import adam, adam_l2_decoupled

Update = Callable[..., Any]
SINGLE = np.float32


def adam_with(scalar: Any, state: Any, eps: float = 1e-8) -> Update:
    """Return Adam with scalars of one kind and states of another, beside any w."""

    def update(w: Any, dw: Any, states: Any, lr: float) -> Any:
        b1, b2, one = scalar(0.9), scalar(0.999), scalar(1)
        p1, p2, m, v = states or (one, one, 0 * w, 0 * w)
        p1, p2 = scalar(p1 * b1), scalar(p2 * b2)
        m = (b1 * m + (one - b1) * dw).astype(state)
        v = (b2 * v + (one - b2) * dw * dw).astype(state)
        rate = scalar(lr) * np.sqrt(one - p2) / (one - p1)
        down = rate * m / (np.sqrt(v) + scalar(eps) * np.sqrt(one - p2))
        return w - down, (p1, p2, m, v)

    return update


def all_in(kind: Any, update: Update) -> Update:
    """Return an update that computes in one kind, whatever it is given."""

    def other(w: Any, dw: Any, state: Any, lr: float) -> Any:
        return update(w.astype(kind), dw.astype(kind), state, kind(lr))

    return other


def heavy_ball(w: Any, dw: Any, v: Any, lr: Any) -> Any:
    """Step by a velocity that keeps nine tenths of itself."""
    v = np.float16(0.9) * (0 if v is None else v) + dw
    return w - lr * v, v


RIGHT = {
    "with its hyperparameters in float32": adam_with(SINGLE, np.float64),
    "with its states or some hyperparameters in float32": adam_with(np.float64, SINGLE),
    "computed in float32": all_in(SINGLE, adam_with(SINGLE, SINGLE)),
}


@pytest.mark.parametrize(("words", "update"), RIGHT.items(), ids=RIGHT)
def test_right_rule_is_named_with_its_precision(words: str, update: Update) -> None:
    check_optimizer(update, "torch.optim.Adam")
    found = identify(update)
    assert found.dialects == ("torch.optim.Adam", "optax.adam")
    assert found.precision == words
    assert f"bias_correction=True), {words}\n" in str(found)


def test_kind_is_found_by_running() -> None:
    """It is driven from float64, but its weights are float32's."""
    mine = drivers.as_driver(all_in(SINGLE, adam))
    (probe,) = probes(mine)
    assert probe.run(mine).dtype == np.float64
    assert find_kind(mine, probe) is SINGLE


def test_few_digits_are_no_float16() -> None:
    """Lr is 1/16: each weight is a few sixteenths, in any float."""
    mine = drivers.refgd(optimizers.lion, lr=1 / 16)
    assert find_kind(mine, probes(mine)[0]) is np.float64


def nadam(w: Any, dw: Any, state: Any, lr: float) -> Any:
    """Wrong: this step's momentum where the next one's should be."""
    t, m, v, product = state or (0, 0 * w, 0 * w, 1.0)
    t += 1
    mu = 0.9 * (1 - 0.5 * 0.96 ** (0.004 * t))
    product *= mu
    m, v = 0.9 * m + w.dtype.type(0.1) * dw, 0.999 * v + w.dtype.type(0.001) * dw * dw
    m_hat = mu * m / (1 - product * mu) + (1 - mu) * dw / (1 - product)
    down = m_hat / (np.sqrt(v / (1 - 0.999**t)) + w.dtype.type(1e-8))
    return (w - w.dtype.type(lr) * down).astype(w.dtype), (t, m, v, product)


def sgd_halved(w: Any, dw: Any, state: Any, lr: float) -> Any:
    return w - w.dtype.type(lr / 2) * dw, state


def momentum_damped(w: Any, dw: Any, state: Any, lr: float) -> Any:
    v = w.dtype.type(0.9) * (0 * w if state is None else state)
    v = v + w.dtype.type(0.1) * dw
    return w - w.dtype.type(lr) * v, v


WRONG = [
    (adam_l2_decoupled, "adam", {"weight_decay": 0.01}),
    (adam, "torch.optim.AdamW", {"weight_decay": 0.01}),
    (nadam, "torch.optim.NAdam", {}),
    (sgd_halved, "sgd", {}),
    (momentum_damped, "torch.optim.SGD", {"momentum": 0.9}),
]


@pytest.mark.parametrize("kind", [np.float32, np.float16])
@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: w[0].__name__)
@pytest.mark.parametrize("lr", [1e-3, 1e-4])
def test_wrong_rule_in_short_floats_does_not_pass(
    wrong: tuple[Update, str, dict[str, Any]],
    kind: Any,
    lr: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    update, like, hyper = wrong
    monkeypatch.setattr(_check, "find_cause", lambda *_, **__: None)  # another's matter
    error = WrongOptimizer if kind is SINGLE else (WrongOptimizer, Inconclusive)
    with pytest.raises(error):
        check_optimizer(
            drivers.update(update, dtype=kind, **hyper), like, lr=lr, **hyper
        )


def test_float16_is_right_only_where_it_can_tell() -> None:
    """A decay of lr / 100 is rounded away, and so is Adan's thousandth of a change."""
    heavy = all_in(np.float16, heavy_ball)
    check_optimizer(heavy, "torch.optim.SGD", momentum=0.9)
    half = all_in(np.float16, adam_with(np.float16, np.float16, 1e-3))
    with pytest.raises(Inconclusive, match=r"optax.adan\(b1=0.9, b2=0.999"):
        check_optimizer(half, "torch.optim.Adam", eps=1e-3)
    assert "cannot be told apart in float16: it may" in str(identify(half, eps=1e-3))
    found = identify(half, eps=1e-3, weight_decay=0)
    assert "bias_correction=True), computed in float16\n" in str(found)


def test_nan_is_no_rule() -> None:
    """Where nothing is divided by eps, 0 / 0 is NaN; inf is no better."""

    def bare(w: Any, dw: Any, v: Any, lr: float) -> Any:
        v = dw**2 + (0 if v is None else v)
        return w - lr * dw / np.sqrt(v), v

    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(bare, "torch.optim.Adagrad")
    assert caught.value.mistake is None
    infinite = np.full((2, 1), np.inf)
    assert (error(infinite, infinite) == np.inf).all()
    assert not identify(lambda w, _dw, s, lr: (w * lr * np.nan, s)).matches


NUMBERS = {"wd": 0.125, "dampening": 0.25}


@pytest.mark.parametrize("rule", [name for name in RULES if name != "adamw"])
def test_lines_are_the_rule(rule: str) -> None:
    """Each rule with all its flags, and each decay, takes refgd's own path."""
    shape = MATRIX if rule in MATRICES else VECTOR
    runs = [p._replace(shape=shape) for p in probes(drivers.refgd(optimizers.adam))]
    every = {each.identity: each for each in published(runs, NUMBERS)}
    mine = [e.expected for e in every.values() if e.candidate.recipe.rule == rule]
    assert len(mine) >= 3
    for expected in mine:
        pairs = zip(runs, expected.rules, strict=True)
        own = np.stack([probe.trajectory(r) for probe, r in pairs], axis=1)
        assert expected.first_difference(own, DOUBLE) is None
        assert error(expected.trajectories, own).max() < 1e-11


def test_bounds_are_worked_by_hand() -> None:
    """Of w - lr g, twice the rounding of each product and of each sum."""
    made = drivers.refgd(optimizers.sgd, dtype=SINGLE)
    expected = Expected([Recipe("sgd", {"lr": 0.0625}, 0.0, "coupled")], probes(made))
    seen = expected.trajectories
    (_, first), (_, second), *_ = expected.bounds(seen, precisions(SINGLE)[-1])
    assert not first.any()
    unit, step, w = 2.0**-24, 7 / 256, 1 - 7 / 256
    assert second[0, 6] == pytest.approx(2 * unit * (step + w), rel=1e-6)


def radam_in_floats(w: Any, dw: Any, state: Any, lr: float) -> Any:
    """As a float32 program may have it: running products, all in w's own dtype."""
    kind = type(w[0])
    b1, b2 = kind(0.9), kind(0.999)
    t, m, v, p1, p2 = state or (0, kind(0), kind(0), kind(1), kind(1))
    t, p1, p2 = t + 1, p1 * b1, p2 * b2
    m, v = b1 * m + (1 - b1) * dw, b2 * v + (1 - b2) * dw * dw
    last = kind(2 / (1 - 0.999) - 1)  # once, in double
    rho = last - 2 * t * p2 / (1 - p2)
    down = m / (1 - p1)
    if rho > 4:
        r = (rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho)
        down = np.sqrt(r) * down * np.sqrt(1 - p2) / (np.sqrt(v) + kind(1e-8))
    return w - kind(lr) * down, (t, m, v, p1, p2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_radam_may_lose_what_its_rho_loses_and_no_more(
    dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32 its scalars do not tell rho > 5 from 4; but a tenth more is wrong."""
    monkeypatch.setattr(_check, "find_cause", lambda *_, **__: None)
    hyper: dict[str, Any] = {"eps": 1e-8, "eps_hat": True}
    mine = drivers.update(radam_in_floats, dtype=dtype)
    if dtype is SINGLE:
        with pytest.raises(Inconclusive, match="told apart in float32") as inconclusive:
            check_optimizer(mine, "radam", **hyper)
        assert "torch.optim.RAdam()" in inconclusive.value.others
        assert "cannot be told apart in float32: it may be\n" in str(
            identify(mine, eps=1e-8)
        )
    else:
        check_optimizer(mine, "radam", **hyper)

    def more(w: Any, dw: Any, state: Any, lr: float) -> Any:
        after, made = radam_in_floats(w, dw, state, lr)
        return w + type(w[0])(1.1 if made[0] > 5 else 1) * (after - w), made

    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(drivers.update(more, dtype=dtype), "radam", **hyper)
    assert caught.value.t > 5
