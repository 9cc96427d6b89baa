"""What is around an optimizer, in translations: composed, or done from outside.

tests/frameworks/test_translate.py runs them in both frameworks.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import dialects
from refgd.dialects import Recipe
from refgd.dialects._same_path import OF_WRAPPERS

#: The same arithmetic on both sides, but for the mean of gradients and for a norm.
TOLERANCE = 1e-13

SEEDS = st.integers(0, 2**32 - 1)
BOUNDS = st.floats(0.1, 2.0)

INSIDE = Recipe("momentum", {"lr": 0.1}, 0.1, "coupled")


def walk(recipe: Recipe, dw: Any) -> Any:
    """Return the weights from 1 on."""
    optimizer, w = recipe.make(), np.ones(3)
    path, state = [w], optimizer.init(w)
    for g in dw:
        w, state = optimizer.update(w, g, state)
        path.append(w)
    return np.stack(path)


def rewritten(recipe: Recipe, test: Any) -> Recipe:
    """Return what the condition that names this test rewrites a recipe to."""
    (name,) = recipe.around
    (proviso,) = [p for p in OF_WRAPPERS[name] if p.test == test.__name__]
    other = proviso.rewrite(recipe)
    assert other is not None
    return other


def gradients(seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=(12, 3))


def agree(one: Any, two: Any) -> None:
    np.testing.assert_allclose(one, two, rtol=TOLERANCE, atol=TOLERANCE)


@given(seed=SEEDS, bound=BOUNDS)
@pytest.mark.parametrize(
    "name", ["clip_by_value", "clip_by_norm", "clip_by_global_norm"]
)
def test_gradients_may_be_clipped_before(name: str, seed: int, bound: float) -> None:
    dw, given = gradients(seed), {"max_value": bound}
    clipped = np.clip(dw, -bound, bound)
    if name != "clip_by_value":
        long = np.linalg.norm(dw, axis=1, keepdims=True)
        clipped, given = dw * np.minimum(1, bound / long), {"max_norm": bound}
    recipe = INSIDE._replace(around={name: given})
    other = rewritten(recipe, test_gradients_may_be_clipped_before)
    agree(walk(recipe, dw), walk(other, clipped))


@given(seed=SEEDS, bound=BOUNDS)
def test_norm_of_one_array_is_the_global_one(seed: int, bound: float) -> None:
    recipe = INSIDE._replace(around={"clip_by_norm": {"max_norm": bound}})
    other = rewritten(recipe, test_norm_of_one_array_is_the_global_one)
    assert [*other.around] == ["clip_by_global_norm"]
    agree(walk(recipe, gradients(seed)), walk(other, gradients(seed)))


@given(seed=SEEDS)
def test_loss_may_be_negated(seed: int) -> None:
    """The decay, which is added after that, still goes to 0."""
    recipe = INSIDE._replace(around={"maximize": {}})
    other = rewritten(recipe, test_loss_may_be_negated)
    agree(walk(recipe, gradients(seed)), walk(other, -gradients(seed)))


@given(seed=SEEDS, k=st.sampled_from([2, 3, 4]))
def test_mean_of_gradients_may_be_given(seed: int, k: int) -> None:
    recipe = INSIDE._replace(around={"accumulate": {"k": k}})
    other = rewritten(recipe, test_mean_of_gradients_may_be_given)
    dw = gradients(seed)
    means = dw.reshape(-1, k, 3).mean(axis=1)
    agree(walk(recipe, dw)[::k], walk(other, means))


@given(seed=SEEDS, beta=st.floats(0.1, 0.99))
def test_average_may_be_kept_beside(seed: int, beta: float) -> None:
    """It is not what is trained, unless the weights become it."""
    ema = {"start": "first", "beta": beta}
    recipe = INSIDE._replace(around={"weight_ema": ema})
    other = rewritten(recipe, test_average_may_be_kept_beside)
    path = walk(recipe, gradients(seed))
    assert np.array_equal(path, walk(other, gradients(seed)))
    taken = INSIDE._replace(around={"weight_ema": ema | {"every": 2}})
    assert OF_WRAPPERS["weight_ema"][0].rewrite(taken) is None
    assert not np.array_equal(path, walk(taken, gradients(seed)))


def test_each_condition_has_its_test() -> None:
    named = {p.test for provisos in OF_WRAPPERS.values() for p in provisos}
    assert named <= {*globals()}


@pytest.mark.parametrize(
    ("call", "to", "text"),
    [
        (
            "keras.optimizers.SGD(0.1, clipvalue=0.5)",
            "optax",
            (
                "exact: optax.chain(optax.clip(max_delta=0.5), "
                "optax.sgd(learning_rate=0.1))"
            ),
        ),
        (
            "keras.optimizers.SGD(0.1, global_clipnorm=0.5, momentum=0.9)",
            "optax",
            (
                "exact: optax.chain(optax.clip_by_global_norm(max_norm=0.5), "
                "optax.scale_by_learning_rate(learning_rate=0.1), "
                "optax.trace(decay=0.9))"
            ),
        ),
        (
            "torch.optim.Adam(lr=0.1, maximize=True, weight_decay=0.5)",
            "optax",
            (
                "exact: optax.chain(optax.scale(step_size=-1.0), "
                "optax.add_decayed_weights(weight_decay=0.5), "
                "optax.adam(learning_rate=0.1))"
            ),
        ),
        (
            "torch.optim.SGD(lr=0.1, maximize=True)",
            "keras",
            (
                "exact while: keras.optimizers.SGD(learning_rate=0.1)\n  while it is "
                "given the gradient of -loss (test_loss_may_be_negated)"
            ),
        ),
        (
            "keras.optimizers.SGD(0.1, gradient_accumulation_steps=4)",
            "torch",
            (
                "exact while: torch.optim.SGD(lr=0.1)\n  while it is given the mean of "
                "each 4 gradients alone, at the learning rate of the last "
                "(test_mean_of_gradients_may_be_given)"
            ),
        ),
        (
            "optax.chain(optax.clip_by_global_norm(1.0), optax.lion(0.1))",
            "keras",
            (
                "exact: keras.optimizers.Lion(learning_rate=0.1, weight_decay=0.001, "
                "global_clipnorm=1.0)"
            ),
        ),
        (
            (
                "optax.chain(optax.scale(-1), optax.add_decayed_weights(0.5), "
                "optax.adam(0.1))"
            ),
            "torch",
            "exact: torch.optim.Adam(lr=0.1, weight_decay=0.5, maximize=True)",
        ),
        (
            (
                "optax.chain(optax.clip(2.0), optax.clip_by_global_norm(1.0), "
                "optax.sgd(0.1))"
            ),
            "optax",
            (
                "exact: optax.chain(optax.clip(max_delta=2.0), "
                "optax.clip_by_global_norm(max_norm=1.0), optax.sgd(learning_rate=0.1))"
            ),
        ),
    ],
)
def test_translation_of_what_is_around_is_this(call: str, to: str, text: str) -> None:
    assert str(dialects.translate(call, to=to)) == text


@pytest.mark.parametrize(
    ("call", "to", "nearest", "conditions", "lost"),
    [
        (
            "keras.optimizers.Adam(0.1, clipvalue=0.5, epsilon=0.5)",
            "torch",
            "torch.optim.Adam(lr=0.1, eps=0.5)",
            ["gradients are cut off before at ±0.5"],
            ["eps_hat"],
        ),
        (
            "keras.optimizers.Adam(0.1, clipvalue=0.5, epsilon=0.5)",
            "optax",
            (
                "optax.chain(optax.clip(max_delta=0.5), "
                "optax.adam(learning_rate=0.1, eps=0.5))"
            ),
            [],
            ["eps_hat"],
        ),
        (
            "keras.optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=3)",
            "torch",
            "torch.optim.SGD(lr=0.1)",
            [],
            ["use_ema", "ema_momentum", "ema_overwrite_frequency"],
        ),
    ],
)
def test_nearest_leaves_out_only_what_cannot_be_said(
    call: str, to: str, nearest: str, conditions: list[str], lost: list[str]
) -> None:
    found = dialects.translate(call, to=to)
    assert (found.verdict, found.call) == ("none", nearest)
    assert [*found.conditions] == conditions
    assert [words.split(":")[0].split(" ")[0] for words in found.lost] == lost


@pytest.mark.parametrize(
    "around", [{"gradient_accumulation_steps": 2}, {"use_ema": True}]
)
def test_state_of_what_is_around_is_not_carried(around: dict[str, Any]) -> None:
    given = ", ".join(f"{name}={value}" for name, value in around.items())
    call = f"keras.optimizers.SGD(0.1, {given})"
    with pytest.raises(ValueError, match=r"^the state of \w+ is not modelled: keras"):
        dialects.translate_state({}, call, to="torch")


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ("optax.scale(2.0), optax.sgd(0.1)", r"optax\.scale\(step_size=2\.0\) is not"),
        ("optax.clip(), optax.sgd(0.1)", r"optax\.clip\(\) is not modelled there"),
        (
            "optax.clip(1), optax.clip(2), optax.sgd(0.1)",
            r"optax\.clip\(max_delta=1\) is not modelled there",
        ),
        (
            "optax.add_decayed_weights(0.1), optax.clip(1.0), optax.sgd(0.1)",
            r"optax\.add_decayed_weights\(weight_decay=0\.1\) is not modelled there",
        ),
        (
            "optax.add_decayed_weights(0.1, mask=1), optax.sgd(0.1)",
            "mask=1.* is not modelled there",
        ),
        (
            "optax.add_decayed_weights(0.1), optax.adamw(0.1)",
            "where the optimizer itself has no decay",
        ),
        ("optax.trace(0.9), optax.sgd(0.1)", r"optax\.trace\(\) is not modelled there"),
        ("optax.clip(x), optax.sgd(0.1)", r"max_delta of optax\.clip must be written"),
        ("optax.clip(1.0)", "no dialect is named 'optax.clip'"),
        ("", "no dialect is named 'optax.chain'"),
    ],
)
def test_chain_that_is_not_modelled_is_refused(chain: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dialects.translate(f"optax.chain({chain})", to="keras")
