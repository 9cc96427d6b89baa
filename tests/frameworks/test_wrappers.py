"""What frameworks put around an optimizer, against the frameworks themselves."""

from contextlib import nullcontext
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from refgd import dialects, optimizers
from refgd._rules import MATRICES
from refgd.dialects import DIALECTS
from refgd.dialects._chain import read_source

from .drivers import run
from .problems import STEPS, TOLERANCE, error, gradients, recipe_of, refgd_path
from .test_translate import run_source, run_target

DW, W = gradients(0, STEPS), np.linspace(0.25, 0.75, 6)
RATES = np.where(np.arange(STEPS) < STEPS // 2, 0.05, 0.025)

#: So many steps of keras take a fifth of a second.
FEW = 9

#: What each optimizer of keras takes, one and together.
AROUND: dict[str, dict[str, Any]] = {
    "clipvalue": {"clipvalue": 0.5},
    "clipnorm": {"clipnorm": 0.5},
    "global_clipnorm": {"global_clipnorm": 0.5},
    "use_ema": {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3},
    "gradient_accumulation_steps": {
        "gradient_accumulation_steps": 3,
        "clipnorm": 0.5,
        "use_ema": True,
        "ema_overwrite_frequency": 2,
    },
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", [d for d in DIALECTS if d.startswith("keras.")])
def test_wrapper_of_keras_is_keras(name: str, around: str) -> None:
    """With a decay, so that it matters which is outside; not compiled: few steps."""
    jax = pytest.importorskip("jax", reason="jax not installed")
    given = {"weight_decay": 0.1} | AROUND[around]
    dw, w, rates = DW[:FEW], W, RATES[STEPS // 2 - 3 :]  # halved after the third
    recipe = recipe_of(DIALECTS[name], given, rates)
    if recipe.rule in MATRICES:  # of entries that are as large as each other
        dw = np.random.default_rng(0).normal(size=(FEW, 2, 3))
        w = W.reshape(2, 3)
    with jax.disable_jit():
        reference = run(name, given, dw, rates[:FEW], w)
    assert error(refgd_path(recipe, dw, w), reference) <= TOLERANCE


def test_average_of_keras_is_in_the_state() -> None:
    """What finalize_variable_values puts in place of the weights, after each step."""
    keras = pytest.importorskip("keras", reason="keras not installed")
    name, given = "keras.optimizers.SGD", {"use_ema": True, "ema_momentum": 0.9}
    theirs = keras.optimizers.SGD(0.1, **given)
    variable = keras.Variable(W)
    theirs.build([variable])
    ours = dialects.get(name, learning_rate=0.1, **given)
    w, state = W, ours.init(W)
    for dw in DW[:4]:
        theirs.apply([keras.ops.convert_to_tensor(dw)], [variable])
        w, state = ours.update(w, dw, state)
        kept = keras.Variable(variable)
        theirs.finalize_variable_values([kept])
        assert error(state.average[None], np.asarray(kept.value)[None]) <= TOLERANCE


def _optax_path(optimizer: Any, w: Any, dw: Any) -> list[Any]:
    """The weights, or pairs of them, after each step."""
    optax, jnp = import_module("optax"), import_module("jax.numpy")
    state, path = optimizer.init(w), []
    for g in dw:
        updates, state = optimizer.update(jnp.array(g), state, w)
        w = optax.apply_updates(w, updates)
        path.append(w)
    return path


def _states(optimizer: optimizers.Optimizer, dw: Any) -> tuple[Any, list[Any]]:
    w, state = W, optimizer.init(W)
    path, states = [], []
    for g in dw:
        w, state = optimizer.update(w, g, state)
        path.append(w)
        states.append(state)
    return np.array(path), states


@pytest.mark.parametrize("reset", [False, True])
def test_lookahead_is_optax(reset: bool) -> None:
    """Its fast weights, and its slow ones."""
    optax = pytest.importorskip("optax", reason="optax not installed")
    jnp = import_module("jax.numpy")
    theirs = optax.lookahead(optax.sgd(0.1, momentum=0.9), 3, 0.5, reset_state=reset)
    start = optax.LookaheadParams.init_synced(jnp.array(W))
    pairs = _optax_path(theirs, start, DW)
    inner = dialects.get("optax.sgd", learning_rate=0.1, momentum=0.9)
    path, states = _states(optimizers.lookahead(inner, k=3, reset=reset), DW)
    assert error(path, np.array([pair.fast for pair in pairs])) <= TOLERANCE
    slow = np.array([state.slow for state in states])
    assert error(slow, np.array([pair.slow for pair in pairs])) <= TOLERANCE


@pytest.mark.parametrize("mean", [False, True])
def test_accumulate_is_optax(mean: bool) -> None:
    """With a learning rate by the steps that are taken."""
    optax = pytest.importorskip("optax", reason="optax not installed")
    jnp = import_module("jax.numpy")
    rates = jnp.array(RATES)
    theirs = optax.MultiSteps(
        optax.adam(rates.__getitem__), 3, use_grad_mean=mean, accumulator_dtype=W.dtype
    )
    with import_module("jax").disable_jit():
        path = _optax_path(theirs, jnp.array(W), DW)
    inner = dialects.get("optax.adam", learning_rate=lambda t: float(RATES[t]))
    ours = _states(optimizers.accumulate(inner, 3, mean=mean), DW)[0]
    assert error(ours, np.array(path)) <= TOLERANCE


def test_multi_steps_of_optax_sum_in_float32_by_default() -> None:
    optax = pytest.importorskip("optax", reason="optax not installed")
    jnp = import_module("jax.numpy")
    with import_module("jax").disable_jit():
        path = _optax_path(optax.MultiSteps(optax.sgd(0.1), 3), jnp.array(W), DW)
    ours = _states(optimizers.accumulate(optimizers.sgd(0.1), 3), DW)[0]
    assert path[0].dtype == np.float64
    assert TOLERANCE < error(ours, np.array(path)) < np.finfo(np.float32).eps


def test_weight_ema_is_optax_and_torch() -> None:
    """Of the weights: optax's corrected for its start at 0, torch's from the first."""
    optax = pytest.importorskip("optax", reason="optax not installed")
    torch = pytest.importorskip("torch", reason="torch not installed")
    jnp = import_module("jax.numpy")
    zero = _states(optimizers.weight_ema(optimizers.sgd(0.1), 0.9), DW)
    path, first = _states(
        optimizers.weight_ema(optimizers.sgd(0.1), 0.9, start="first"), DW
    )
    ema = optax.ema(0.9)
    state, theirs = ema.init(jnp.array(W)), []
    for w in path:
        average, state = ema.update(jnp.array(w), state)
        theirs.append(np.asarray(average))
    ours = np.array([s.average for s in zero[1]])
    assert error(ours, np.array(theirs)) <= TOLERANCE
    swa = torch.optim.swa_utils
    ema_of_torch = swa.get_ema_multi_avg_fn(0.9)
    ours = np.array([s.average for s in first])
    assert error(ours, _averaged(path, multi_avg_fn=ema_of_torch)) <= TOLERANCE


@pytest.mark.parametrize(("start", "every"), [(1, 1), (2, 3)])
def test_weight_average_is_torch(start: int, every: int) -> None:
    """Updated after each step, or after some."""
    pytest.importorskip("torch", reason="torch not installed")
    inner = optimizers.sgd(0.1)
    path, states = _states(
        optimizers.weight_average(inner, start=start, every=every), DW
    )
    ours = np.array([state.average for state in states])[start - 1 :: every]
    assert error(ours, _averaged(path[start - 1 :: every])) <= TOLERANCE


def _averaged(path: Any, **how: Any) -> Any:
    """The averages of torch's AveragedModel, updated with each of the weights."""
    torch = import_module("torch")
    model = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(W))])
    averaged = torch.optim.swa_utils.AveragedModel(model, **how)
    kept = []
    for w in path:
        model[0].data = torch.tensor(w)
        averaged.update_parameters(model)
        kept.append(averaged.module[0].detach().numpy().copy())
    return np.array(kept)


def test_clips_are_torch() -> None:
    """clip_grad_norm_ has an eps of 1e-6."""
    torch = pytest.importorskip("torch", reason="torch not installed")
    utils, inner = torch.nn.utils, optimizers.sgd(1.0)
    for ours, clip in [
        (optimizers.clip_by_value(inner, 0.5), utils.clip_grad_value_),
        (optimizers.clip_by_global_norm(inner, 0.5, eps=1e-6), utils.clip_grad_norm_),
    ]:
        clipped = []
        for dw in DW:
            parameter = torch.nn.Parameter(torch.tensor(W))
            parameter.grad = torch.tensor(dw)
            clip([parameter], 0.5)
            clipped.append(parameter.grad.numpy())
        assert error(_states(ours, DW)[0], W - np.cumsum(clipped, 0)) <= TOLERANCE


@pytest.mark.parametrize("decoupled", [False, True])
def test_maximize_of_torch_decays_still(decoupled: bool) -> None:
    """The sign is changed first, and the decay is added to that."""
    name = "torch.optim.Adam"
    given = {
        "maximize": True,
        "weight_decay": 0.1,
        "decoupled_weight_decay": decoupled,
    }
    path = run(name, given, DW, RATES, W)
    recipe = recipe_of(DIALECTS[name], given, RATES)
    assert error(refgd_path(recipe, DW, W), path) <= TOLERANCE
    inside = recipe._replace(around={})
    assert error(refgd_path(inside, -DW, W), path) <= TOLERANCE
    assert error(refgd_path(inside, DW, W), path) > TOLERANCE


#: Optimizers with something around; each is translated to each other framework.
SOURCES = (
    "keras.optimizers.SGD(0.05, momentum=0.9, clipvalue=0.5)",
    "keras.optimizers.Lion(0.05, global_clipnorm=0.5)",
    "keras.optimizers.RMSprop(0.05, clipnorm=0.5, weight_decay=0.1)",
    "keras.optimizers.Adagrad(0.05, clipnorm=0.5, use_ema=True)",
    "keras.optimizers.SGD(0.05, clipvalue=0.5, gradient_accumulation_steps=4)",
    "torch.optim.SGD(lr=0.05, momentum=0.9, maximize=True, weight_decay=0.1)",
    "torch.optim.AdamW(lr=0.05, maximize=True)",
    "optax.chain(optax.clip(0.5), optax.adam(0.05))",
    "optax.chain(optax.clip_by_global_norm(0.5), optax.adagrad(0.05))",
    "optax.chain(optax.scale(-1.0), optax.add_decayed_weights(0.1), optax.sgd(0.05))",
)


def _translated() -> list[dialects.Translation]:
    found = [each for call in SOURCES for each in dialects.translate_to_all(call)]
    return [each for each in found if each.verdict != "none"]


def _from_outside(found: dialects.Translation, dw: Any) -> Any:
    """Do to the gradients what the conditions say."""
    around, tests = read_source(DIALECTS, found.source).around, {*found.tests}
    if "test_mean_of_gradients_may_be_given" in tests:
        k = around["accumulate"]["k"]
        dw = dw.reshape(-1, k, dw.shape[1]).mean(axis=1)
    if "test_gradients_may_be_clipped_before" in tests:
        if "clip_by_value" in around:
            bound = around["clip_by_value"]["max_value"]
            dw = np.clip(dw, -bound, bound)
        else:
            (norm,) = (given["max_norm"] for given in around.values())
            dw = dw * np.minimum(1, norm / np.linalg.norm(dw, axis=1, keepdims=True))
    return -dw if "test_loss_may_be_negated" in tests else dw


@pytest.mark.parametrize("found", _translated(), ids=lambda t: f"{t.source} in {t.to}")
def test_translation_of_what_is_around(found: dialects.Translation) -> None:
    """Composed there, or done to the gradients, it is the path in the other."""
    for framework in (found.to, found.source.framework):
        pytest.importorskip(framework, reason=f"{framework} not installed")
    recipe = read_source(DIALECTS, found.source)
    said = " ".join(found.conditions)
    rates = np.full(STEPS, 0.05) if "stays constant" in said else RATES
    k = recipe.around.get("accumulate", {"k": 1})["k"]
    with import_module("jax").disable_jit() if k > 1 else nullcontext():
        path = run_source(found.source, rates, DW, W)[::k]
    dw = _from_outside(found, DW)
    if "added to the gradient" in said:
        dw = dw + recipe.wd * path[:-1]
    assert error(run_target(found, rates[k - 1 :: k], dw, W), path) <= TOLERANCE
