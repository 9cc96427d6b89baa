"""One contract over one table of all optimizers, and what each rule promises."""

import copy
import inspect
import multiprocessing
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import refgd
from refgd import optimizers
from refgd.optimizers import Optimizer
from refgd.testing.strategies import arrays, gradient_sequences


class Case(NamedTuple):
    """An optimizer with its defaults, and what is known of it.

    Attributes:
        make: ``lr -> Optimizer``.
        exact: Whether it is rational, and so exact on Fractions.
        scale_free: Whether, without an eps, gradients times c > 0 change nothing.
        first: The size of the first step over lr, whatever the gradient; None where
            it depends on it.
    """

    make: Callable[[Any], Optimizer]
    exact: bool = False
    scale_free: bool = False
    first: float | None = None


def _decayed(kind: str) -> Callable[[Any], Optimizer]:
    lr = None if kind == "coupled" else 0.1
    return lambda eta: optimizers.weight_decay(
        optimizers.momentum(eta), 0.125, kind=kind, lr=lr
    )


OPTIMIZERS = {
    "sgd": Case(optimizers.sgd, exact=True),
    "momentum": Case(optimizers.momentum, exact=True),
    "nesterov": Case(lambda lr: optimizers.momentum(lr, nesterov=True), exact=True),
    "adagrad": Case(optimizers.adagrad, scale_free=True, first=1),
    # v = 0.1 g², and its root is under the bar
    "rmsprop": Case(optimizers.rmsprop, scale_free=True, first=10**0.5),
    # v − m² = 0.1 g² − 0.01 g²
    "rmsprop, centered": Case(
        lambda lr: optimizers.rmsprop(lr, centered=True, beta=0.5),
        scale_free=True,
        first=1 / 0.3,
    ),
    "adadelta": Case(optimizers.adadelta),
    "adam": Case(lambda lr: optimizers.adam(lr, eps=0), scale_free=True, first=1),
    "adam, eps_hat": Case(
        lambda lr: optimizers.adam(lr, eps=0, eps_hat=True), scale_free=True, first=1
    ),
    "adam, as by default": Case(optimizers.adam),
    "adamw": Case(lambda lr: optimizers.adamw(lr, wd=0.125)),
    # m = 0.1 g and √v = √0.001 |g|
    "amsgrad": Case(optimizers.amsgrad, scale_free=True, first=0.1 / 0.001**0.5),
    "adamax": Case(optimizers.adamax, exact=True, scale_free=True, first=1),
    "nadam": Case(lambda lr: optimizers.nadam(lr, eps=0), scale_free=True),
    # too short an average to divide by: the first steps are those of momentum
    "radam": Case(optimizers.radam),
    "lion": Case(optimizers.lion, exact=True, scale_free=True, first=1),
    "rprop": Case(optimizers.rprop, exact=True, scale_free=True, first=1),
    "asgd": Case(optimizers.asgd),
    "signum": Case(optimizers.signum, exact=True, scale_free=True, first=1),
    # m = 0.1 g, and g − m = 0.9 g
    "adabelief": Case(
        lambda lr: optimizers.adabelief(lr, eps=0, eps_root=0),
        scale_free=True,
        first=1 / 0.9,
    ),
    "adabelief, as by default": Case(optimizers.adabelief),
    "yogi": Case(
        lambda lr: optimizers.yogi(lr, eps=0, initial_accumulator=0),
        scale_free=True,
        first=1,
    ),
    "optimistic": Case(optimizers.optimistic, exact=True),
    "adan": Case(lambda lr: optimizers.adan(lr, eps=0), scale_free=True, first=1),
    "ftrl": Case(optimizers.ftrl, scale_free=True, first=1),
    # its norms are of all weights
    "lamb": Case(lambda lr: optimizers.lamb(lr, eps=0), first=None),
    # it is as large as all weights are
    "adafactor": Case(optimizers.adafactor),
    "adafactor, as torch's": Case(
        lambda lr: optimizers.adafactor(lr, eps=None, eps_floor=True)
    ),
    "lars": Case(lambda lr: optimizers.lars(lr, trust=1)),
    "novograd": Case(lambda lr: optimizers.novograd(lr, eps=0), scale_free=True),
    # a vector's is Adagrad's
    "sm3": Case(optimizers.sm3, scale_free=True, first=1),
    "penalized": Case(
        lambda lr: optimizers.penalized(lr, lambd=1e-9, l1_share=0.5), exact=True
    ),
    "schedule_free": Case(optimizers.schedule_free),
    "schedule_free, Adam's": Case(
        lambda lr: optimizers.schedule_free(lr, beta2=0.99, eps=0),
        scale_free=True,
        first=1,
    ),
    "coupled decay": Case(_decayed("coupled"), exact=True),
    "lr decay": Case(_decayed("lr"), exact=True),
    "schedule decay": Case(_decayed("schedule"), exact=True),
    "clipped decay": Case(_decayed("clipped"), exact=True),
    "maximize": Case(  # twice, which is down
        lambda lr: optimizers.maximize(optimizers.maximize(optimizers.sgd(lr))),
        exact=True,
    ),
    "clip_by_value": Case(
        lambda lr: optimizers.clip_by_value(optimizers.momentum(lr), 0.5), exact=True
    ),
    "clip_by_norm": Case(
        lambda lr: optimizers.clip_by_norm(optimizers.momentum(lr), 0.5)
    ),
    "clip_by_global_norm": Case(
        lambda lr: optimizers.clip_by_global_norm(optimizers.momentum(lr), 0.5, eps=0.1)
    ),
    "weight_ema": Case(
        lambda lr: optimizers.weight_ema(optimizers.momentum(lr), 0.5, every=2),
        exact=True,
    ),
    "weight_average": Case(
        lambda lr: optimizers.weight_average(optimizers.momentum(lr)), exact=True
    ),
    "lookahead": Case(
        lambda lr: optimizers.lookahead(optimizers.momentum(lr), k=2), exact=True
    ),
    "accumulate": Case(
        lambda lr: optimizers.accumulate(optimizers.momentum(lr), 2), exact=True
    ),
}

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301 - our own
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

DECAYING = {
    "adamw",
    "ftrl",  # z does not know where w began
    "asgd",
    "penalized",
    "coupled decay",
    "lr decay",
    "schedule decay",
    "clipped decay",
}

#: Their lr is where a step size begins: only its value at t = 0 counts.
INITIAL = {"rprop"}

#: So many gradients are one step.
SEVERAL = {"accumulate": 2}

CLIPPED = {"clip_by_norm", "clip_by_global_norm"}

KINDS = [np.float32, np.float64, np.longdouble]
SHAPES = [(), (1,), (3,), (2, 3)]

#: The first step of a rule is a handful of operations.
ROUNDING = 8 * np.finfo(np.float64).eps

#: Twenty optimizers share a property, so each has a fifth of its examples.
few = settings(max_examples=settings().max_examples // 5)
any_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def _where(attribute: str) -> pytest.MarkDecorator:
    """The optimizers of which something is known."""
    names = [name for name, case in OPTIMIZERS.items() if getattr(case, attribute)]
    return pytest.mark.parametrize("name", names)


def _walk(optimizer: Optimizer, w: Any, gradients: Any) -> list[Any]:
    """The weights after each step."""
    state, path = optimizer.init(w), []
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        path.append(w)
    return path


def _structure(value: Any) -> Any:
    """Types, dtypes and shapes of a state, all the way down."""
    if isinstance(value, tuple):
        return type(value), [_structure(entry) for entry in value]
    return type(value), getattr(value, "dtype", None), np.shape(value)


def _frozen(value: Any) -> Any:
    """The state with every array in it made read-only."""
    if isinstance(value, tuple):
        return type(value)(*map(_frozen, value))
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    return value


@any_optimizer
@few
@given(data=st.data())
def test_optimizers_are_pure(name: str, data: Any) -> None:
    """Read-only inputs are enough, and the same call gives the same answer."""
    optimizer = OPTIMIZERS[name].make(0.1)
    w: Any
    w, *gradients = data.draw(arrays((4, 3)))
    state = optimizer.init(_frozen(w))
    for dw in gradients:
        once = optimizer.update(_frozen(w), _frozen(dw), _frozen(state))
        again = optimizer.update(w, dw, state)
        assert _structure(once) == _structure(again)
        assert repr(once) == repr(again)
        w, state = again


@any_optimizer
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_optimizers_keep_shape_dtype_and_structure(
    name: str, kind: Any, shape: tuple[int, ...]
) -> None:
    w = np.ones(shape, dtype=kind)[()]
    optimizer = OPTIMIZERS[name].make(0.1)
    state = optimizer.init(w)
    before = _structure(state), _structure(w)
    for size in (0.0, 1.0, -2.0):
        dw = (np.full(shape, size, dtype=kind))[()]
        w, state = optimizer.update(w, dw, state)
        assert (_structure(state), _structure(w)) == before


@any_optimizer
def test_optimizers_take_python_floats(name: str) -> None:
    """A float is float64, to the same bits as an array of one."""
    optimizer = OPTIMIZERS[name].make(0.1)
    gradients = [0.0, 1.5, -2.0, 0.25]
    scalars = _walk(optimizer, 1.0, gradients)
    columns = _walk(optimizer, np.ones(1), [np.array([g]) for g in gradients])
    assert scalars == [w[0] for w in columns]


#: Their step depends on the norm of all weights.
WHOLE = {
    "lamb",
    "adafactor",
    "adafactor, as torch's",
    "lars",
    "novograd",
    *CLIPPED,
}


@any_optimizer
@few
@given(gradients=gradient_sequences(max_steps=6, d=4))
def test_optimizers_work_weight_by_weight(name: str, gradients: Any) -> None:
    """The whole array moves as each of its entries alone would, to the bit."""
    if name in WHOLE:
        gradients = gradients[:, :1]
    optimizer = OPTIMIZERS[name].make(0.1)
    together = np.array(_walk(optimizer, np.ones(gradients.shape[1]), gradients))
    alone = [_walk(optimizer, np.float64(1), column) for column in gradients.T]
    assert together.tolist() == np.array(alone).T.tolist()


@any_optimizer
@few
@given(steps=st.integers(1, 5))
def test_optimizers_rest_without_a_gradient(name: str, steps: int) -> None:
    """Zero gradients from the start move nothing; there is no 0 / 0 on the way."""
    w = np.array([0.0, -0.0]) if name in DECAYING else np.array([1.0, -2.0])
    path = _walk(OPTIMIZERS[name].make(0.1), w, [np.zeros(2)] * steps)
    assert all(np.array_equal(moved, w) for moved in path)


@any_optimizer
@few
@given(g=arrays((3,)))
def test_optimizers_first_go_against_the_gradient(name: str, g: Any) -> None:
    gradients = [g] * SEVERAL.get(name, 1)
    path = _walk(OPTIMIZERS[name].make(0.1), np.zeros(3), gradients)
    assert np.array_equal(np.sign(path[-1]), -np.sign(g))


@_where("first")
@few
@given(g=arrays((3,)), lr=st.floats(1e-3, 1))
def test_optimizers_first_step_has_its_size(name: str, g: Any, lr: float) -> None:
    """Whatever the size of the gradient, without an eps."""
    case = OPTIMIZERS[name]
    first = _walk(case.make(lr), np.zeros(3), [g])[0]
    expected = -lr * float(case.first or 0) * np.sign(g)
    assert np.all(abs(first - expected) <= ROUNDING * abs(expected))


@_where("scale_free")
@few
@given(gradients=gradient_sequences(max_steps=6), power=st.integers(-80, 80))
def test_optimizers_do_not_see_the_gradients_scale(
    name: str, gradients: Any, power: int
) -> None:
    """To the bit for powers of two: they scale m and v and their roots exactly."""
    optimizer = OPTIMIZERS[name].make(0.1)
    path = _walk(optimizer, np.zeros(3), gradients)
    scaled = _walk(optimizer, np.zeros(3), gradients * 2.0**power)
    assert np.array_equal(path, scaled)


@pytest.mark.parametrize("name", ["lion", "adamax", "rprop", "signum"])
@few
@given(
    gradients=gradient_sequences(kind=Fraction, max_steps=5),
    scale=st.fractions(Fraction(1, 1000), 1000),
)
def test_exact_scale_free_optimizers_take_any_scale(
    name: str, gradients: Any, scale: Fraction
) -> None:
    """On Fractions any positive scale leaves the path as it is, with ==."""
    optimizer = OPTIMIZERS[name].make(Fraction(1, 10))
    zeros = np.array([Fraction(0)] * 3)
    path = _walk(optimizer, zeros, gradients)
    assert np.array_equal(path, _walk(optimizer, zeros, gradients * scale))


@any_optimizer
def test_optimizers_are_exact_or_say_why_not(name: str) -> None:
    case, w = OPTIMIZERS[name], Fraction(1)
    optimizer = case.make(Fraction(1, 10))
    if not case.exact:
        with pytest.raises(TypeError, match=r"square roots, which Fractions do not"):
            optimizer.init(w)
        return
    state = optimizer.init(w)
    moved, after = optimizer.update(w, Fraction(2, 3), state)
    assert isinstance(moved, Fraction)
    assert _structure(after) == _structure(state)


@any_optimizer
@few
@given(gradients=gradient_sequences(max_steps=5))
def test_optimizers_take_a_schedule_for_lr(name: str, gradients: Any) -> None:
    """A constant function of t is the number; and t counts from 0."""
    case, seen = OPTIMIZERS[name], []

    def lr(t: int) -> float:
        seen.append(t)
        return 0.1

    path = _walk(case.make(0.1), np.ones(3), gradients)
    assert np.array_equal(path, _walk(case.make(lr), np.ones(3), gradients))
    read = 1 if name in INITIAL else len(gradients) // SEVERAL.get(name, 1)
    assert sorted(set(seen)) == list(range(read))


@any_optimizer
def test_optimizers_go_down_the_tutorials_line(name: str) -> None:
    run = refgd.fit(
        [1, 2, 3, 4], [2, 4, 6, 8], optimizer=OPTIMIZERS[name].make(0.01), n_iters=50
    )
    assert run.loss < run.history.loss[0]


@any_optimizer
@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_optimizers_survive_a_copy(name: str, duplicate: Callable[[Any], Any]) -> None:
    """The copy prints the same and takes the same steps, and so does a copy of it."""
    optimizer = OPTIMIZERS[name].make(0.1)
    gradients = np.array([[1.0, -2.0], [0.5, 0.0], [-3.0, 4.0]])
    path = _walk(optimizer, np.ones(2), gradients)
    once = duplicate(optimizer)
    for each in (once, duplicate(once)):
        assert type(each) is Optimizer
        assert repr(each) == repr(optimizer)
        assert each.lr == optimizer.lr
        assert np.array_equal(_walk(each, np.ones(2), gradients), path)


@any_optimizer
def test_optimizers_functions_are_pickled_alone(name: str) -> None:
    optimizer = OPTIMIZERS[name].make(0.1)
    copied = Optimizer(*map(COPIES["pickle"], optimizer))
    gradients = np.array([[1.0, -2.0], [0.5, 0.0], [-3.0, 4.0]])
    path = _walk(copied, np.ones(2), gradients)
    assert np.array_equal(path, _walk(optimizer, np.ones(2), gradients))


def test_optimizers_go_to_another_process() -> None:
    """And the run comes back."""
    x, y, optimizer = [1, 2, 3, 4], [2, 4, 6, 8], optimizers.adam(0.1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        run = pool.apply(refgd.fit, (x, y), {"optimizer": optimizer})
    assert run.w == refgd.fit(x, y, optimizer=optimizer).w


NO_SQUARES = {"asgd", "schedule_free", *CLIPPED}  # but powers of the rate
ROOTS = [
    name
    for name, case in OPTIMIZERS.items()
    if not case.exact and name not in NO_SQUARES
]


@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize(("kind", "g"), [(np.float32, 1e30), (np.float64, 1e200)])
def test_optimizers_squares_overflow_aloud(name: str, kind: Any, g: float) -> None:
    """Divided by a root of inf, the step would be 0 and look like rest."""
    with np.errstate(over="ignore", invalid="ignore"):
        path = _walk(OPTIMIZERS[name].make(0.1), kind(0), [kind(g)] * 8)
    assert not np.isfinite(path[-1])


RULES = [name for name in optimizers.__all__ if name.islower()]


@pytest.mark.parametrize("rule", RULES)
def test_optimizers_policy_is_keyword_only(rule: str) -> None:
    """Only lr is positional; of a wrapper what is wrapped, and its one number."""
    parameters = inspect.signature(getattr(optimizers, rule)).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ["lr"] or (
        positional[0] == "optimizer" and len(positional) <= 2
    )


@pytest.mark.parametrize("rule", RULES)
def test_optimizers_table_has_every_rule(rule: str) -> None:
    assert rule == "weight_decay" or rule in {*OPTIMIZERS, "muon"}
