"""Common implementation mistakes in optimizers, each as an optimizer.

Adam, RMSprop, Adagrad and momentum are here as their equations, one function each, so
that one of them can be written wrongly. `_mistakes` has the mistakes that
need no equation: a flag, a number, a sign.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from refgd._types import Array, Settings
from refgd.optimizers import Optimizer

#: What makes an optimizer from a learning rate.
Make: TypeAlias = Callable[[Callable[[int], Any]], Optimizer]


class Equations(NamedTuple):
    """A rule with two averages, an equation each.

    Attributes:
        m: ``(m, g) -> m``, the average of the gradients.
        v: ``(v, g, m) -> v``, the average of their squares.
        c: ``t -> (c1, c2)``, the corrections.
        down: ``(g, m, v, c1, c2) -> step``, to be taken times lr.
        old: Whether the step is taken with the averages of the step before.
        keep: ``(m, v, c1, c2) -> (m, v)``, what is remembered.
    """

    m: Callable[..., Any]
    v: Callable[..., Any]
    c: Callable[[int], tuple[Any, Any]]
    down: Callable[..., Any]
    old: bool = False
    keep: Callable[..., Any] = lambda m, v, _c1, _c2: (m, v)

    def optimizer(self, lr: Callable[[int], Any]) -> Optimizer:
        def init(w: Array) -> tuple[int, Array, Array]:
            return 0, np.zeros_like(w), np.zeros_like(w)

        def update(w: Array, g: Array, state: Any) -> Any:
            t, m0, v0 = state
            m = self.m(m0, g)
            v = self.v(v0, g, m)
            c1, c2 = self.c(t + 1)
            averages = (m0, v0) if self.old else (m, v)
            w = w - lr(t) * self.down(g, *averages, c1, c2)
            return w, (t + 1, *self.keep(m, v, c1, c2))

        return Optimizer(init, update)


def wrong_equations(rule: str, flags: Settings) -> Iterator[tuple[str, Make]]:
    """Yield each mistake that a rule's equations allow, in words, and its optimizer."""
    if rule == "momentum":
        yield from _momentum(flags)
    elif rule == "adam":
        right = _adam(flags)
        b1, b2 = flags["beta1"], flags["beta2"]
        for words, wrong in (*_of_corrections(right, b1, b2), *_of_m(right, b1)):
            yield words, wrong.optimizer
        for words, wrong in _of_v(right, flags, b2, "beta2"):
            yield words, wrong.optimizer
        both = right._replace(m=lambda m, g: b1 * m + g, v=_sum(b2))
        yield "1 - beta1 and 1 - beta2 are missing: sums, not averages", both.optimizer
    elif rule == "rmsprop" and not (flags["beta"] or flags["centered"]):
        for words, wrong in _of_v(_rmsprop(flags), flags, flags["rho"], "rho"):
            yield words, wrong.optimizer
    elif rule == "adagrad" and not flags["initial_accumulator"]:
        for words, wrong in _of_v(_adagrad(flags), flags, 0.9, None):
            yield words, wrong.optimizer


def _adam(flags: Settings) -> Equations:
    b1, b2, eps = flags["beta1"], flags["beta2"], flags["eps"]
    return Equations(
        m=lambda m, g: b1 * m + (1 - b1) * g,
        v=lambda v, g, _m: b2 * v + (1 - b2) * g * g,
        c=lambda t: (1 - b1**t, 1 - b2**t),
        down=_root(eps),
    )


def _rmsprop(flags: Settings) -> Equations:
    rho, eps = flags["rho"], flags["eps"]
    down = _root(inside=eps) if flags["eps_inside"] else _root(eps)
    return Equations(
        m=lambda _m, g: g,
        v=lambda v, g, _m: rho * v + (1 - rho) * g * g,
        c=lambda _t: (1, 1),
        down=lambda g, _m, v, c1, c2: down(g, g, v, c1, c2),
    )


def _adagrad(flags: Settings) -> Equations:
    return _rmsprop({**flags, "rho": 1})._replace(v=_sum(1))


def _root(eps: Any = 0, *, inside: Any = 0) -> Callable[..., Any]:
    return lambda _g, m, v, c1, c2: m / c1 / (np.sqrt(v / c2 + inside) + eps)


def _sum(b: Any) -> Callable[..., Any]:
    return lambda v, g, _m: b * v + g * g


Wrong = Iterator[tuple[str, Equations]]


def _of_corrections(right: Equations, b1: Any, b2: Any) -> Wrong:
    """The mistakes in m / (1 - beta1^t) and v / (1 - beta2^t)."""
    c = right.c
    for words, wrong in (
        ("no bias correction", lambda _t: (1, 1)),
        ("no bias correction of m", lambda t: (1, c(t)[1])),
        ("no bias correction of v", lambda t: (c(t)[0], 1)),
        ("the bias corrections are exchanged: m has that of v", lambda t: c(t)[::-1]),
        (
            "the bias correction is 1 - beta at all times, not 1 - beta^t",
            lambda _t: (1 - b1, 1 - b2),
        ),
        (
            "the bias correction multiplies where it should divide",
            lambda t: (1 / c(t)[0], 1 / c(t)[1]),
        ),
        ("beta1's bias correction is used for both", lambda t: (c(t)[0], c(t)[0])),
        ("beta2's bias correction is used for both", lambda t: (c(t)[1], c(t)[1])),
        (
            "t grows by 2 a step, as where the powers of beta are multiplied twice",
            lambda t: c(2 * t),
        ),
        (
            "the bias correction of v is that of the step before",
            lambda t: (c(t)[0], c(max(t - 1, 1))[1]),
        ),
        (
            "the bias correction of v is outside the root",
            lambda t: (c(t)[0], c(t)[1] ** 2),
        ),
    ):
        yield words, right._replace(c=wrong)
    exchanged = right._replace(keep=lambda m, v, _c1, _c2: (v, m))
    yield "m and v are exchanged in the state", exchanged
    corrected = right._replace(keep=lambda m, v, c1, c2: (m / c1, v / c2))
    yield "m and v are overwritten by their corrected values", corrected


def _of_m(right: Equations, b1: Any) -> Wrong:
    """The mistakes in the average of the gradients."""
    summed = right._replace(m=lambda m, g: b1 * m + g)
    yield "1 - beta1 is missing: m is a sum, not an average", summed
    by_g = right._replace(down=lambda g, _m, v, _c1, c2: right.down(g, g, v, 1, c2))
    yield "the step is g over the root, not m", by_g
    of_m = right._replace(v=lambda v, _g, m: right.v(v, m, m))
    yield "v averages the squares of m, not of g", of_m


def _of_v(right: Equations, flags: Settings, b2: Any, share: str | None) -> Wrong:
    """The mistakes in the average of the squares, and in its root."""
    eps = flags["eps"]
    rootless = right._replace(down=lambda _g, m, v, c1, c2: m / c1 / (v / c2 + eps))
    yield "no square root", rootless
    if not flags.get("eps_inside"):
        yield "eps is inside the root", right._replace(down=_root(inside=eps))
        both = _root(eps, inside=eps)
        yield "eps is inside the root, and outside too", right._replace(down=both)
    squared = _root(inside=eps * eps)
    yield "eps is squared, inside the root", right._replace(down=squared)
    of_sizes = right._replace(v=lambda v, g, m: right.v(v, np.sqrt(np.abs(g)), m))
    yield "v averages |g|, not its square", of_sizes
    belief = right._replace(v=lambda v, g, m: right.v(v, g - m, m))
    yield "v averages (g - m)^2, as AdaBelief's", belief
    late = right._replace(old=True)
    yield "the averages of the step before are used, without this gradient", late
    if share is None:
        alone = right._replace(v=lambda _v, g, _m: g * g)
        yield "v is the square of this gradient alone, not the sum", alone
        yield "v is the mean of the squares", right._replace(c=lambda t: (1, t))
        for b in (0.9, 0.95, 0.99, 0.999):
            mean = right._replace(v=lambda v, g, _m, b=b: b * v + (1 - b) * g * g)
            yield f"v is an average with share {b}, as RMSprop's, not a sum", mean
        return
    summed = right._replace(v=_sum(b2))
    yield f"1 - {share} is missing: v is a sum, not an average", summed
    as_adagrad = right._replace(v=_sum(1))
    yield f"{share} is missing: v sums all squares, as Adagrad's", as_adagrad
    growing = right._replace(v=lambda v, g, _m: v + (1 - b2) * g * g)
    yield f"{share} is missing: v is v + (1 - {share}) g^2", growing


def _momentum(flags: Settings) -> Iterator[tuple[str, Make]]:
    """The mistakes in the velocity."""
    b = flags["beta"]
    for words, velocity, down in (
        ("beta multiplies the gradient too", lambda v, g: b * (v + g), None),
        ("the share of the gradient is beta", lambda v, g: (1 - b) * v + b * g, None),
        ("the velocity keeps everything: beta is missing", lambda v, g: v + g, None),
        ("the old velocity is subtracted", lambda v, g: g - b * v, None),
        ("the velocity of the step before is taken", None, lambda v0, _v, _g: v0),
        (
            "the step is g + the velocity, which has g already",
            None,
            lambda _v0, v, g: v + g,
        ),
        (
            "the step looks ahead with the old velocity: beta v + g twice",
            None,
            lambda v0, _v, g: b * (b * v0 + g),
        ),
    ):
        for inside in (True, False):
            v_next = velocity or (lambda v, g: b * v + g)
            chosen = down or (lambda _v0, v, _g: v)
            yield words, _velocity(v_next, chosen, inside=inside, outside=not inside)
    twice = _velocity(lambda v, g: b * v + g, lambda _v0, v, _g: v)
    yield "lr is applied twice, inside the velocity and outside", twice


def _velocity(
    v_next: Callable[..., Any],
    down: Callable[..., Any],
    *,
    inside: bool = True,
    outside: bool = True,
) -> Make:
    def make(lr: Callable[[int], Any]) -> Optimizer:
        def update(w: Array, g: Array, state: Any) -> Any:
            t, v0 = state
            g, outer = g * (lr(t) if inside else 1), lr(t) if outside else 1
            v = v_next(v0, g)
            return w - outer * down(v0, v, g), (t + 1, v)

        return Optimizer(lambda w: (0, np.zeros_like(w)), update)

    return make
