"""Translations as data: identities, conditions, refusals, and how many there are.

tests/frameworks/test_translate.py runs them in both frameworks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import dialects, schedules
from refgd._types import Array
from refgd.dialects import Recipe
from refgd.dialects._same_path import PROVISOS, simplify, spellings

#: Two ways to compute the same path; 20 steps round some hundred times.
TOLERANCE = 1e-12

SHARES = st.floats(0.1, 0.95)
RATES = st.floats(1e-3, 0.5)
SEEDS = st.integers(0, 2**32 - 1)


def walk(recipe: Recipe, seed: int, add: float = 0.0) -> Array:
    """Return 20 steps from w = 1, with `add` w added to each gradient."""
    optimizer, w = recipe.make(), np.ones(3)
    path, state = [w], optimizer.init(w)
    for dw in np.random.default_rng(seed).normal(size=(20, 3)):
        w, state = optimizer.update(w, dw + add * w, state)
        path.append(w)
    return np.stack(path)


def made(rule: str, wd: float = 0.0, decay: str = "coupled", **flags: Any) -> Recipe:
    return Recipe(rule, flags, wd, decay)


def agree(one: Array, two: Array) -> None:
    np.testing.assert_allclose(one, two, rtol=TOLERANCE, atol=TOLERANCE)


def rewritten(recipe: Recipe, test: Callable[..., Any]) -> Recipe:
    """Return what the condition that names this test rewrites a recipe to."""
    (proviso,) = [p for p in PROVISOS if p.test == test.__name__]
    other = proviso.rewrite(simplify(recipe))
    assert other is not None
    assert other != simplify(recipe)
    return other


@given(seed=SEEDS, lr=RATES, share=SHARES)
@pytest.mark.parametrize(
    "recipe",
    [
        made("sgd", 0.3, "lr"),
        made("momentum", 0.3, beta=0.0, nesterov=True, lr_inside=False),
        made("momentum", 0.3, "lr", damp_first=False),
        made("rmsprop", 0.3, lr_inside=False, nesterov=True, eps=1e-3),
        made("nadam", psi=None, decay_by_mu=True),
    ],
    ids=str,
)
def test_simplified_recipe_walks_the_same_path(
    recipe: Recipe, seed: int, lr: float, share: float
) -> None:
    """Flags without effect, at a rate that falls: the identities of `simplify`."""
    number = {"rmsprop": {"rho": share}, "nadam": {"beta1": share}}
    falling = schedules.inverse_scaling(lr, power=1, decay=0.1)
    flags = {"lr": falling, **number.get(recipe.rule, {}), **recipe.flags}
    recipe = recipe._replace(flags=flags)
    kept = {name: simplify(recipe).flags.get(name) for name in flags}
    assert (kept, simplify(recipe).decay) != (flags, recipe.decay)
    agree(walk(recipe, seed), walk(simplify(recipe), seed))


def _at(recipe: Recipe, lr: Any) -> Recipe:
    return recipe._replace(flags={**recipe.flags, "lr": lr})


@given(seed=SEEDS, lr=RATES, share=SHARES)
def test_adam_without_momentum_is_a_corrected_rmsprop(
    seed: int, lr: float, share: float
) -> None:
    adam = simplify(made("adam", lr=lr, beta1=0.0, beta2=share, eps=1e-3))
    _, rmsprop = spellings(adam)
    assert rmsprop.rule == "rmsprop"
    assert list(spellings(rmsprop)) == [rmsprop, adam]
    agree(walk(adam, seed), walk(rmsprop, seed))


@given(seed=SEEDS, lr=RATES, beta=SHARES, nesterov=st.booleans())
@pytest.mark.parametrize("rule", ["momentum", "rmsprop"])
def test_rate_may_move_while_constant(
    rule: str, seed: int, lr: float, beta: float, nesterov: bool
) -> None:
    recipe = made(rule, lr=lr, beta=beta, nesterov=nesterov)
    other = rewritten(recipe, test_rate_may_move_while_constant)
    agree(walk(recipe, seed), walk(other, seed))


@given(seed=SEEDS, lr=RATES, beta=SHARES, power=st.sampled_from([0, 0.5, 2]))
def test_points_count_alike_while_constant(
    seed: int, lr: float, beta: float, power: float
) -> None:
    """Each point of a schedule-free run has the same share, whatever the power."""
    recipe = made("schedule_free", lr=lr, beta1=beta, power=power)
    other = rewritten(recipe, test_points_count_alike_while_constant)
    agree(walk(recipe, seed), walk(other, seed))


@given(seed=SEEDS, lr=RATES, wd=st.floats(0.1, 2.0))
@pytest.mark.parametrize("decay", ["lr", "clipped"])
def test_decay_is_not_clipped_up_to_one(
    decay: str, seed: int, lr: float, wd: float
) -> None:
    recipe = made("sgd", wd, decay, lr=lr)
    other = rewritten(recipe, test_decay_is_not_clipped_up_to_one)
    agree(walk(recipe, seed), walk(other, seed))


def test_decay_beyond_one_is_no_partner_of_a_clipped_one() -> None:
    call = "keras.optimizers.SGD(2.0, weight_decay=1)"
    found = dialects.translate(call, to="sklearn")
    assert found.tests == (test_coupled_decay_may_be_in_the_loss.__name__,)


@given(seed=SEEDS, lr=RATES, wd=RATES)
@pytest.mark.parametrize("rule", ["momentum", "adam", "adagrad"])
def test_coupled_decay_may_be_in_the_loss(
    rule: str, seed: int, lr: float, wd: float
) -> None:
    recipe = made(rule, wd, lr=lr)
    other = rewritten(recipe, test_coupled_decay_may_be_in_the_loss)
    assert not other.wd
    agree(walk(recipe, seed), walk(other, seed, wd))


@given(seed=SEEDS, lr=st.floats(1e-3, 0.18))
def test_relative_rate_is_no_bound_at_first(seed: int, lr: float) -> None:
    recipe = made("adafactor", lr=lr)
    other = rewritten(recipe, test_relative_rate_is_no_bound_at_first)
    agree(walk(recipe, seed), walk(other, seed))


@given(seed=SEEDS, lr=RATES, wd=RATES)
@pytest.mark.parametrize("rule", ["momentum", "adam", "lion", "nadam"])
def test_decoupled_decay_may_be_outside(
    rule: str, seed: int, lr: float, wd: float
) -> None:
    recipe = made(rule, wd, "lr", lr=lr)
    other = rewritten(recipe, test_decoupled_decay_may_be_outside)
    assert not other.wd
    optimizer, w, path = other.make(), np.ones(3), [np.ones(3)]
    state = optimizer.init(w)
    for dw in np.random.default_rng(seed).normal(size=(20, 3)):
        w, state = optimizer.update((1 - lr * wd) * w, dw, state)
        path.append(w)
    agree(walk(recipe, seed), np.stack(path))


@given(seed=SEEDS, lr=RATES, lambd=st.floats(0.1, 4.0))
def test_intercept_may_be_in_its_own_group(seed: int, lr: float, lambd: float) -> None:
    recipe = made("penalized", lr=lr, lambd=lambd, intercept=True)
    other = rewritten(recipe, test_intercept_may_be_in_its_own_group)
    assert (other.rule, other.wd) == ("sgd", lambd)
    path = walk(recipe, seed)
    agree(path[:, :-1], walk(other, seed)[:, :-1])
    agree(path[:, -1], walk(other._replace(wd=0.0), seed)[:, -1])


@given(seed=SEEDS, lr=RATES, eps=RATES)
def test_sm3_of_a_vector_is_adagrad(seed: int, lr: float, eps: float) -> None:
    recipe = made("sm3", lr=lr, eps=eps)
    other = rewritten(recipe, test_sm3_of_a_vector_is_adagrad)
    back = rewritten(other, test_sm3_of_a_vector_is_adagrad)
    assert simplify(back) == simplify(recipe)
    agree(walk(recipe, seed), walk(other, seed))


@given(seed=SEEDS, lr=RATES, decay=RATES)
@pytest.mark.parametrize("rule", ["momentum", "adam"])
def test_schedule_may_be_set_from_outside(
    rule: str, seed: int, lr: float, decay: float
) -> None:
    """One step at a time, each at the rate of its time: a scheduler does this."""
    curve = schedules.inverse_scaling(lr, power=1, decay=decay)
    recipe = made(rule, lr=curve)
    other = rewritten(recipe, test_schedule_may_be_set_from_outside)
    w, path = np.ones(3), [np.ones(3)]
    state = other.make().init(w)
    for t, dw in enumerate(np.random.default_rng(seed).normal(size=(20, 3))):
        w, state = _at(other, curve(t)).make().update(w, dw, state)
        path.append(w)
    agree(walk(recipe, seed), np.stack(path))


def test_exact_partners_are_many_and_what_has_none_is_apart() -> None:
    """No exact partner is overlooked among the nearest; each loss is named.

    The partners are counted as single calls, without a condition.
    """
    every = dialects.translations()
    for one, two, exact, rows in (
        ("torch", "keras", 3, 30),
        ("torch", "optax", 10, 30),
        ("keras", "torch", 5, 24),
        ("optax", "torch", 9, 24),
    ):
        pair = [t for t in every if (t.source.framework, t.to) == (one, two)]
        single = [t for t in pair if t.verdict == "exact" and len(t.parts) == 1]
        assert len(single) >= exact
        assert len(pair) >= rows
    for found in every:
        if found.verdict == "none":
            assert found.step is not None, found
            assert found.apart > TOLERANCE, found
            assert found.lost, found


@pytest.mark.parametrize(
    ("call", "to", "text"),
    [
        (
            "torch.optim.RMSprop(params, 0.01, momentum=0.9)",
            "optax",
            (
                "exact: optax.chain(optax.scale_by_rms(decay=0.99, eps_in_sqrt=False)"
                ", optax.trace(decay=0.9)"
                ", optax.scale_by_learning_rate(learning_rate=0.01))"
            ),
        ),
        (
            "keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)",
            "optax",
            (
                "exact: optax.chain(optax.scale_by_learning_rate(learning_rate=0.1), "
                "optax.trace(decay=0.9, nesterov=True))"
            ),
        ),
        (
            "optax.rmsprop(0.1, bias_correction=True, eps_in_sqrt=False)",
            "torch",
            "exact: torch.optim.Adam(lr=0.1, betas=(0.0, 0.9))",
        ),
    ],
)
def test_translation_is_this(call: str, to: str, text: str) -> None:
    assert str(dialects.translate(call, to=to)) == text


FALLING = schedules.inverse_scaling(0.1, power=1, decay=0.5)


@pytest.mark.parametrize(
    ("name", "given", "to", "call", "tests"),
    [
        (
            "torch.optim.Adam",
            {"lr": FALLING},
            "optax",
            "optax.adam(learning_rate=lambda t: 0.1 / (1 + 0.5 * t) ** 1)",
            (),
        ),
        (
            "torch.optim.Adam",
            {"lr": schedules.constant(0.1)},
            "optax",
            "optax.adam(learning_rate=constant(0.1))",
            (),
        ),
        (
            "optax.sgd",
            {"learning_rate": FALLING},
            "torch",
            "torch.optim.SGD(lr=0.1)",
            (test_schedule_may_be_set_from_outside.__name__,),
        ),
    ],
)
def test_schedule_is_a_function_in_optax_alone(
    name: str, given: dict[str, Any], to: str, call: str, tests: tuple[str, ...]
) -> None:
    """Elsewhere a scheduler sets it."""
    found = dialects.translate(name, to=to, **given)
    assert (found.call, found.tests) == (call, tests)
    (rate,) = found.parts[0].arguments.values()
    assert not callable(rate) or rate(2) in {0.05, 0.1}


@pytest.mark.parametrize(
    ("call", "to", "error", "message"),
    [
        ("torch.optim.Adam(lr=x)", "optax", ValueError, "lr of torch.optim.Adam must"),
        ("torch.optim.Adam(", "optax", ValueError, "a call such as"),
        ("torch.optim.Adma()", "optax", ValueError, "near it: torch.optim.Adam"),
        (
            "keras.optimizers.SGD(loss_scale_factor=2.0)",
            "optax",
            ValueError,
            "loss_scale_factor=2.0",
        ),
        ("optax.adam()", "torch", TypeError, "asks for learning_rate"),
        ("optax.sgd(1, 2, 3, 4, 5)", "torch", TypeError, "takes 4 arguments, got 5"),
        ("optax.sgd(0.1)", "jax", ValueError, "to must be one of torch, optax, keras"),
    ],
)
def test_refusals(call: str, to: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dialects.translate(call, to=to)


@pytest.mark.parametrize(
    ("state", "call", "to", "message"),
    [
        ({}, "torch.optim.Adam()", "keras", "no exact partner in keras"),
        ({}, "torch.optim.Adam()", "optax", "no 'exp_avg'; it has nothing"),
        (0, "optax.sgd(0.1, 0.9)", "torch", "no 'trace'; it has nothing"),
        ({}, "torch.optim.SGD()", "sklearn", "sgd in sklearn is not modelled"),
    ],
)
def test_state_that_cannot_be_carried_is_refused(
    state: Any, call: str, to: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        dialects.translate_state(state, call, to)


def test_state_of_adam_without_momentum_comes_from_a_corrected_rmsprop() -> None:
    """A first moment that the other rule does not have starts at 0: beta1 is 0."""
    call = "optax.rmsprop(0.1, bias_correction=True, eps_in_sqrt=False)"
    carried = dialects.translate_state({"count": 3, "nu": [4.0]}, call, "torch")
    assert carried == {"step": 3, "exp_avg": 0.0, "exp_avg_sq": 4.0}


def test_velocity_of_a_chain_has_the_sign_of_its_trace() -> None:
    call = "keras.optimizers.SGD(0.1, momentum=0.9)"
    carried = dialects.translate_state({"sgd/w_momentum": [2.0]}, call, "optax")
    assert carried == {"trace": 2.0}
