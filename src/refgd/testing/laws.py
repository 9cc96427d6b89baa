r"""The laws of gradient descent: what holds of any four functions that implement it.

A law is stated once, as sides that must be equal, and then

- *proved* of refgd's own equations, by running them on symbols: for all numbers at
  once (`refgd.testing.proofs`);
- *tested* on any functions, with examples that Hypothesis draws: by ``==`` where the
  functions stay in rational arithmetic, and where they round within the bound that
  `check_gradient` has for them.

`LAWS` lists them, and `parametrize_with_laws` runs them in a test suite of your own.
"""

import copy
import functools
import inspect
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from refgd._types import Array, Scalar, Weights
from refgd.testing._functions import (
    Function,
    Functions,
    LeavesRationalsError,
    in_balls,
    in_fractions,
    make_functions,
    to_balls,
)
from refgd.testing.exact import fractions
from refgd.testing.gradient._examples import Model, examples

#: The numbers of features that a law is stated for; None is x (n,), one weight.
ONE, MANY = (None,), (1, 2, 3)


@dataclass(frozen=True, eq=False)
class Problem:
    """What a law speaks of: data, weights, and numbers that may have any value.

    Attributes:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        w: A weight, a scalar or (d,).
        v: Another weight.
        h: The step of a difference.
        lr: A learning rate.
        c: A factor.
        order: A permutation of the samples.
        times: How many copies, from 2.
        cut: How many samples come first, from 0 to n.
    """

    x: Array
    y: Array
    w: Weights
    v: Weights
    h: Scalar
    lr: Scalar
    c: Scalar
    order: tuple[int, ...]
    times: int
    cut: int

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.y)

    def map(self, change: Callable[[Any], Any]) -> "Problem":
        """Return the problem with its numbers changed."""
        names = ("x", "y", "w", "v", "h", "lr", "c")
        return replace(self, **{name: change(getattr(self, name)) for name in names})


#: A side, how it must compare, and the other side.
Claim = tuple[Any, Callable[[Any, Any], Any], Any]
Claims = Callable[[Functions, Problem], Iterator[Claim]]

EQUAL, AT_MOST, AT_LEAST = operator.eq, operator.le, operator.ge
IN_WORDS = {
    EQUAL: "they must be equal",
    AT_MOST: "the left must be at most the right",
    AT_LEAST: "the left must be at least the right",
}


class LawError(AssertionError):
    """A law does not hold; the text states it, and shows the numbers."""


@dataclass(frozen=True, eq=False)
class Law:
    """A sentence that holds for all data and all weights.

    Attributes:
        name: Its name.
        formula: The sentence as a formula.
        sentence: The same in words.
        page: The page of the documentation that derives it.
        kind: An identity, an inequality, or how functions behave.
        about: Which functions it says something of.
        claims: ``(functions, problem) -> claims``, what must hold.
        features: The numbers of features that it is stated for; None is x (n,).
        varies: The part of a problem with finitely many values that it depends on.
    """

    name: str
    formula: str
    sentence: str
    page: str
    kind: Literal["identity", "inequality", "behaviour"]
    about: tuple[str, ...]
    claims: Claims
    features: tuple[int | None, ...]
    varies: str

    def check(self, functions: Functions, problem: Problem) -> None:
        """Hold the functions against the law, at a problem in Fractions.

        Raises:
            LawError: If it does not hold.
        """
        __tracebackhide__ = True
        if self.kind == "behaviour":
            self._compare(functions, problem.map(_to_floats))
        elif not self._holds_in_fractions(functions, problem):
            self._compare(in_balls(functions), problem.map(to_balls))

    def _holds_in_fractions(self, functions: Functions, problem: Problem) -> bool:
        """Whether functions stay rational here, and the law holds: else a LawError."""
        __tracebackhide__ = True
        try:
            self._compare(in_fractions(functions), problem)
        except LeavesRationalsError:
            return False
        return True

    def _compare(self, functions: Functions, problem: Problem) -> None:
        __tracebackhide__ = True
        for left, relation, right in self.claims(functions, problem):
            if not np.all(relation(left, right)):
                raise LawError(_explain(self, problem, (left, relation, right)))


def _law(
    formula: str,
    page: str,
    *about: str,
    kind: Literal["identity", "inequality", "behaviour"] = "identity",
    features: tuple[int | None, ...] = (*ONE, *MANY),
    varies: str = "",
) -> Callable[[Claims], Law]:
    """Make a law of the function that states its claims."""

    def make(claims: Claims) -> Law:
        sentence = " ".join((inspect.getdoc(claims) or "").split())
        name = claims.__name__
        return Law(name, formula, sentence, page, kind, about, claims, features, varies)

    return make


def _square(a: Any) -> Any:
    return np.dot(a, a)


@_law("2h · ∂L/∂w_j = L(w + h e_j) − L(w − h e_j)", "learn/derivation", "mse", "grad")
def gradient_is_the_central_difference(f: Functions, p: Problem) -> Iterator[Claim]:
    """The loss is quadratic: its central difference is its gradient, for every h."""
    dw = np.atleast_1d(f.grad(p.w, p.x, p.y))
    units = p.h * np.eye(len(dw), dtype=int) if np.ndim(p.w) else [p.h]
    for slope, e in zip(dw, units, strict=True):
        rise = f.loss(p.w + e, p.x, p.y) - f.loss(p.w - e, p.x, p.y)
        yield 2 * p.h * slope, EQUAL, rise


@_law(
    "L(w − η g) = L(w) − η |g|² + (η²/n) |x g|²",
    "learn/descent",
    "forward",
    "mse",
    "grad",
    "step",
)
def descent_identity(f: Functions, p: Problem) -> Iterator[Claim]:
    """What a step against the gradient g does to the loss, at any learning rate."""
    g = f.grad(p.w, p.x, p.y)
    after = f.loss(f.step(p.w, g, p.lr), p.x, p.y)
    change = p.lr**2 * _square(f.forward(g, p.x)) / p.n - p.lr * _square(g)
    yield after, EQUAL, f.loss(p.w, p.x, p.y) + change


@_law(
    "L(w − η g) − L(w) = η (η·mean(x²) − 1) g²",
    "learn/descent",
    "mse",
    "grad",
    "step",
    features=ONE,
)
def rise_of_one_step(f: Functions, p: Problem) -> Iterator[Claim]:
    """One weight, g ≠ 0, η > 0: the loss rises exactly if η is above 1/mean(x²)."""
    g, a = f.grad(p.w, p.x, p.y), _square(p.x) / p.n
    rise = f.loss(f.step(p.w, g, p.lr), p.x, p.y) - f.loss(p.w, p.x, p.y)
    yield rise, EQUAL, p.lr * (p.lr * a - 1) * g * g


@_law(
    "L(w − η g) ≤ L(w) if 0 ≤ η ≤ 1/mean(x²), and ≥ beyond",
    "learn/descent",
    "mse",
    "grad",
    "step",
    kind="inequality",
    features=ONE,
)
def learning_rate_bound_is_sharp(f: Functions, p: Problem) -> Iterator[Claim]:
    """From 0 to 1/mean(x²) no step raises the loss; from there on none lowers it."""
    before, g = f.loss(p.w, p.x, p.y), f.grad(p.w, p.x, p.y)
    bound = p.n / Fraction(_middle(_square(p.x)))
    within = bound * abs(_middle(p.c)) / (1 + abs(_middle(p.c)))
    for lr, relation in ((within, AT_MOST), (bound, EQUAL), (2 * bound, AT_LEAST)):
        yield f.loss(f.step(p.w, g, lr), p.x, p.y), relation, before


@_law(
    "w′ − v′ = (1 − η H)(w − v), H = (2/n) xᵀx",
    "learn/learning-rate",
    "grad",
    "step",
)
def error_shrinks_by_one_factor(f: Functions, p: Problem) -> Iterator[Claim]:
    """A step multiplies the difference of any two weights by one matrix, 1 − η H."""
    hessian = 2 * np.dot(p.x.T, p.x) / p.n
    w, v = (f.step(u, f.grad(u, p.x, p.y), p.lr) for u in (p.w, p.v))
    apart = p.w - p.v
    yield w - v, EQUAL, apart - p.lr * np.dot(hessian, apart)


@_law(
    "∇L(w*) = 0, w* − η ∇L(w*) = w*; L(w*) = 0 if y = x w*",
    "learn/derivation",
    "mse",
    "grad",
    "step",
)
def optimum_is_a_fixed_point(f: Functions, p: Problem) -> Iterator[Claim]:
    """Where the residuals are orthogonal to x the gradient is 0: no step moves w."""
    y = np.dot(p.x, p.v)
    yield f.loss(p.v, p.x, y), EQUAL, 0 * p.c
    if p.x.ndim == 1:  # y, less its part along x: at right angles to x
        y = y + p.y * _square(p.x) - p.x * np.dot(p.x, p.y)
    dw = f.grad(p.v, p.x, y)
    yield dw, EQUAL, 0 * p.v
    yield f.step(p.v, dw, p.lr), EQUAL, p.v


@_law(
    "L and ∇L are those of the samples in another order",
    "learn/derivation",
    "mse",
    "grad",
    varies="order",
)
def order_of_samples_does_not_matter(f: Functions, p: Problem) -> Iterator[Claim]:
    """Samples in another order have the same loss and the same gradient."""
    order = list(p.order)
    yield from _same(f, p, p.x[order], p.y[order])


@_law(
    "L and ∇L are those of the samples taken k times",
    "learn/derivation",
    "mse",
    "grad",
    varies="times",
)
def copies_of_the_data_do_not_matter(f: Functions, p: Problem) -> Iterator[Claim]:
    """Data taken twice have the same loss and gradient: it is a mean, and not a sum."""
    yield from _same(f, p, *(np.concatenate([a] * p.times) for a in (p.x, p.y)))


def _same(f: Functions, p: Problem, x: Array, y: Array) -> Iterator[Claim]:
    yield f.loss(p.w, x, y), EQUAL, f.loss(p.w, p.x, p.y)
    yield f.grad(p.w, x, y), EQUAL, f.grad(p.w, p.x, p.y)


@_law(
    "n L = n₁ L₁ + n₂ L₂, n ∇L = n₁ ∇L₁ + n₂ ∇L₂",
    "learn/batches",
    "mse",
    "grad",
    varies="cut",
)
def batches_average_to_the_whole(f: Functions, p: Problem) -> Iterator[Claim]:
    """The loss and gradient of all samples are the means of two parts', by size."""
    parts = [s for s in (slice(p.cut), slice(p.cut, None)) if len(p.y[s])]
    for function in (f.loss, f.grad):
        total = sum(len(p.y[s]) * function(p.w, p.x[s], p.y[s]) for s in parts)
        yield p.n * function(p.w, p.x, p.y), EQUAL, total


@_law(
    "L(c w; x, c y) = c² L(w; x, y), and ∇L times c",
    "learn/derivation",
    "mse",
    "grad",
)
def scaling_y_and_w(f: Functions, p: Problem) -> Iterator[Claim]:
    """Measure y and w in another unit: the loss changes by its square, ∇L by it."""
    w, y = p.c * p.w, p.c * p.y
    yield f.loss(w, p.x, y), EQUAL, p.c**2 * f.loss(p.w, p.x, p.y)
    yield f.grad(w, p.x, y), EQUAL, p.c * f.grad(p.w, p.x, p.y)


@_law(
    "L(w; c x, y) = L(c w; x, y), and ∇L times c",
    "learn/derivation",
    "mse",
    "grad",
)
def scaling_x(f: Functions, p: Problem) -> Iterator[Claim]:
    """Measure x in another unit: it is as if w were measured in its inverse."""
    w, x = p.c * p.w, p.c * p.x
    yield f.loss(p.w, x, p.y), EQUAL, f.loss(w, p.x, p.y)
    yield f.grad(p.w, x, p.y), EQUAL, p.c * f.grad(w, p.x, p.y)


@_law("x(w + v) = xw + xv, x(c w) = c (xw)", "learn/by-hand", "forward")
def predictions_are_linear(f: Functions, p: Problem) -> Iterator[Claim]:
    """The predictions of w + v are those of w plus those of v, and of c w, c times."""
    both = f.forward(p.w, p.x) + f.forward(p.v, p.x)
    yield f.forward(p.w + p.v, p.x), EQUAL, both
    yield f.forward(p.c * p.w, p.x), EQUAL, p.c * f.forward(p.w, p.x)


@_law(
    "[x 1]·(w, b) = x·w + b, ∂L/∂b = (2/n) Σ (ŷ − y)",
    "scale/features",
    "forward",
    "grad",
    features=MANY,
)
def intercept_is_a_column_of_ones(f: Functions, p: Problem) -> Iterator[Claim]:
    """One more column of ones adds its weight b to each prediction."""
    ones = np.ones((p.n, 1), dtype=int)
    x, w = np.hstack([p.x, ones]), np.append(p.w, p.c)
    y_pred = f.forward(p.w, p.x) + p.c
    yield f.forward(w, x), EQUAL, y_pred
    yield p.n * f.grad(w, x, p.y)[-1], EQUAL, 2 * sum(y_pred - p.y)


@_law(
    "x, y, w, dw after a call = before it",
    "learn/by-hand",
    "forward",
    "mse",
    "grad",
    "step",
    kind="behaviour",
)
def inputs_are_not_changed(f: Functions, p: Problem) -> Iterator[Claim]:
    """Each function is pure: it leaves the arrays that it is given as they were."""
    for function, inputs in _calls(f, p):
        kept = copy.deepcopy(inputs)
        function(inputs)
        yield from ((inputs[role], EQUAL, kept[role]) for role in kept)


@_law(
    "f(a) = f(a)",
    "learn/by-hand",
    "forward",
    "mse",
    "grad",
    "step",
    kind="behaviour",
)
def same_call_same_result(f: Functions, p: Problem) -> Iterator[Claim]:
    """Nothing is remembered: the same call returns the same numbers, also later."""
    first = [np.array(function(inputs)) for function, inputs in _calls(f, p)]
    for before, (function, inputs) in zip(first, _calls(f, p), strict=True):
        yield np.asarray(function(inputs)), EQUAL, before


def _calls(f: Functions, p: Problem) -> list[tuple[Function, dict[str, Any]]]:
    """List the user's own functions, and what each is called with, by role."""
    w, x, y = p.w, p.x, p.y
    step = {"w": w, "dw": p.v, "lr": p.lr}
    return [
        *((g.function, g.inputs(w, x, y)) for g in (f.forward, f.loss, f.grad)),
        (lambda inputs: f.step(*inputs.values()), step),
    ]


def _middle(number: Any) -> Any:
    return getattr(number, "middle", number)


def _to_floats(values: Any) -> Any:
    return np.array(values, dtype=np.float64)[()]


#: The laws. The first says what the gradient is, and the second what descent does.
LAWS = (
    gradient_is_the_central_difference,
    descent_identity,
    rise_of_one_step,
    learning_rate_bound_is_sharp,
    error_shrinks_by_one_factor,
    optimum_is_a_fixed_point,
    predictions_are_linear,
    intercept_is_a_column_of_ones,
    batches_average_to_the_whole,
    order_of_samples_does_not_matter,
    copies_of_the_data_do_not_matter,
    scaling_x,
    scaling_y_and_w,
    inputs_are_not_changed,
    same_call_same_result,
)


def _explain(law: Law, p: Problem, claim: Claim) -> str:
    """Write the law, and the numbers that break it as lines to paste."""
    left, relation, right = claim
    lines = [
        f"{law.name} does not hold",
        f"  law: {law.formula}",
        f"  {law.sentence}",
        "  counterexample:",
        *(f"    {line}" for line in _code(law, p)),
        f"    left side:  {_show(left)}",
        f"    right side: {_show(right)}",
        f"  {IN_WORDS[relation]}",
    ]
    return "\n".join(lines)


def _code(law: Law, p: Problem) -> list[str]:
    used = inspect.getsource(law.claims)
    names = [n for n in ("x", "y", "w", "v", "h", "lr", "c") if f"p.{n}" in used]
    names += [law.varies] if law.varies else []
    values = {
        name: _shorten(getattr(p, name))
        for name in dict.fromkeys(["x", "y", "w", *names])
    }
    lines = ["import numpy as np"]
    lines += ["from fractions import Fraction"] if "Fraction(" in repr(values) else []
    return lines + [
        f"{name} = np.array({value!r})"
        if isinstance(value, list)
        else f"{name} = {value!r}"
        for name, value in values.items()
    ]


def _shorten(values: Any) -> Any:
    """Return lists for arrays, and whole numbers where they are whole."""
    if isinstance(values, tuple):
        return values
    if np.ndim(values):
        return [_shorten(value) for value in values]
    middle = _middle(values)
    return int(middle) if middle == int(middle) else middle


#: A fraction with more characters is shown as a float.
LONGEST = 20


def _show(side: Any) -> str:
    numbers = [_middle(each) for each in np.ravel(np.asarray(side, dtype=object))]
    short = [str(n) if len(str(n)) <= LONGEST else f"{float(n):.17g}" for n in numbers]
    return short[0] if np.ndim(side) == 0 else f"[{', '.join(short)}]"


def parametrize_with_laws(
    *,
    forward: Function | None = None,
    mse: Function | None = None,
    grad: Function | None = None,
    step: Function | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the laws on functions of your own: each law is one line of your pytest run.

    What is not given is refgd's, and only laws about what is given are run: who has
    but a gradient gets the laws of the gradient. Functions that take x (n,) alone are
    held against the laws of one weight.

    Args:
        forward: ``forward(w, x)``.
        mse: ``mse(y, y_pred)`` or ``mse(w, x, y)``, the mean of the squared residuals.
        grad: ``grad(x, y, y_pred)`` or ``grad(w, x, y)``, its gradient. As in
            `check_gradient`, the names of the parameters say which is which.
        step: ``step(w, dw, lr)``.

    Returns:
        A mark for a test with one parameter, ``check``; its call checks one law on
        examples that Hypothesis draws, and returns how many there were.

    Raises:
        TypeError: If the parameters of a function cannot be told apart.

    Example:
        >>> import numpy as np
        >>> from refgd.testing import parametrize_with_laws
        >>> def grad(x, y, y_pred):
        ...     return 2 * np.dot(x.T, y_pred - y) / len(y)
        >>> @parametrize_with_laws(grad=grad)
        ... def test_my_gradient(check):
        ...     check()
    """
    import pytest  # noqa: PLC0415 - only who has tests has pytest

    given = {"forward": forward, "mse": mse, "grad": grad, "step": step}
    named = {name for name, function in given.items() if function is not None}
    own = make_functions(**given)
    features = _accepted(own)
    checks = [
        pytest.param(_Check(check_law, law, own, features), id=law.name)
        for law in LAWS
        if (not named or named & set(law.about)) and set(law.features) & set(features)
    ]
    return pytest.mark.parametrize("check", checks)


class _Check(functools.partial[int]):
    """The check of one law, as pytest shows it where it fails."""

    def __repr__(self) -> str:
        return f"the check of {self.args[0].name}"


def check_law(
    law: Law,
    functions: Functions,
    features: tuple[int | None, ...] = (*ONE, *MANY),
    max_examples: int | None = None,
) -> int:
    """Check a law on the small examples of `check_gradient`, then on drawn ones.

    Args:
        law: The law.
        functions: What `make_functions` returns.
        features: The numbers of features to check it for; None is x (n,).
        max_examples: How many to draw for each; None is Hypothesis's own setting.

    Returns:
        How many there were.

    Raises:
        LawError: If it does not hold: for the smallest example that was found.
    """
    from hypothesis import (  # noqa: PLC0415 - Hypothesis is optional
        HealthCheck,
        given,
        settings,
    )

    from refgd.testing import strategies  # noqa: PLC0415 - likewise

    __tracebackhide__ = True
    count = 0

    def holds(problem: Problem) -> None:
        __tracebackhide__ = True
        nonlocal count
        count += 1
        law.check(functions, problem)

    calm = settings(  # a busy machine says nothing about a law
        max_examples=max_examples or settings().max_examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    for d in (each for each in law.features if each in features):
        for problem in _small_problems(d):
            holds(problem)
        calm(given(strategies.law_problems(d=d))(holds))()
    return count


def _small_problems(d: int | None) -> Iterator[Problem]:
    """Yield small problems first, so that what breaks a law is soon a small one."""
    for example in examples(Model(d, intercept=False), SMALL):
        if example.exact:
            n, one = example.n, Fraction(1)
            order, v = tuple(reversed(range(n))), 0 * example.w + one
            data = example.x, example.y, example.w, v
            yield Problem(*data, one, one / 2, 2 * one, order, 2, n // 2)


#: How many rational examples of `check_gradient` come before the drawn ones.
SMALL = 10


def _accepted(functions: Functions) -> tuple[int | None, ...]:
    """Return the numbers of features that functions take; all, if they take none."""
    taken = tuple(d for d in (*ONE, *MANY) if _takes(functions, d))
    return taken or (*ONE, *MANY)


def _takes(functions: Functions, d: int | None) -> bool:
    """Whether functions run on 5 samples of d features, with answers of that shape."""
    shape = (5,) if d is None else (5, d)
    generator = np.random.default_rng(0)
    x, y, w = (generator.normal(size=size) for size in (shape, 5, d))
    try:
        seen = in_balls(functions)  # which has an error for an answer of another shape
        for function in (seen.loss, seen.grad):
            function(*map(to_balls, map(fractions, (w, x, y))))
        seen.forward(*map(to_balls, map(fractions, (w, x))))
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return False
    return True
