"""convention=None on drawn losses, whose gradients are known: no wrong word.

A loss is the mean over the samples of g(x·w − y), and a penalty. Where g is a
polynomial it must be decided on Fractions, and exactly. Where g is a sum of smooth
parts and of kinks at known places an example may decide nothing, but not "wrong" of
what is right, nor a decisive "right" of what is wrong by a factor.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._own_loss import _is_decisive, own_loss_oracle
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.gradient._verdict import Verdict, run_example
from testing.test_derivative_drawn import DRAWN, RATIONALS, Drawn

Function = Callable[[Any], Any]

FACTORS = st.sampled_from([Fraction(k, 100) for k in (-100, 0, 50, 99, 101, 200, 3000)])


def _judge(
    g: Function, dg: Function, penalty: Any, factor: Any, example: Example
) -> Verdict | None:
    """Judge factor times the gradient of mean g(x·w − y) + penalty · w²."""

    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.mean([g(r) for r in np.dot(x, w) - y]) + penalty * np.sum(w * w)

    def grad(w: Any, x: Any, y: Any) -> Any:
        slopes = np.array([dg(r) for r in np.dot(x, w) - y])
        return factor * (np.dot(x.T, slopes) / len(y) + 2 * penalty * w)

    oracle = own_loss_oracle(UserFunction(grad), UserFunction(loss))
    return run_example(oracle, example)


@st.composite
def examples(draw: st.DrawFn, number: st.SearchStrategy[Any], dtype: Any) -> Example:
    n, d = draw(st.integers(1, 4)), draw(st.sampled_from([None, 1, 2, 3]))

    def array(*shape: int) -> Any:
        size = int(np.prod(shape))
        entries = draw(st.lists(number, min_size=size, max_size=size))
        return np.array(entries, dtype).reshape(shape)

    if d is None:
        return Example(array(n), array(n), array(1)[0])
    return Example(array(n, d), array(n), array(d))


@given(
    st.lists(RATIONALS, min_size=2, max_size=8),
    RATIONALS,
    examples(RATIONALS, object),
    FACTORS,
)
def test_a_polynomial_loss_is_decided_exactly(
    coefficients: list[Fraction], penalty: Fraction, example: Example, factor: Fraction
) -> None:
    def g(r: Any) -> Any:
        return sum(c * r**k for k, c in enumerate(coefficients))

    def dg(r: Any) -> Any:
        return sum(
            (k * c * r ** (k - 1) for k, c in enumerate(coefficients) if k), Fraction(0)
        )

    right = _judge(g, dg, penalty, 1, example)
    assert right is not None
    assert right.right
    assert right.exact
    wrong = _judge(g, dg, penalty, factor, example)
    assert wrong is not None
    assert wrong.right == (not np.any(right.expected))


#: Residuals this near a kink are on it, but for rounding: the loss has no derivative.
ON_A_KINK = 1e-12

FLOATS = examples(st.floats(-3, 3, allow_subnormal=False), float)


def _keep_off_kinks(drawn: Drawn, example: Example) -> None:
    residuals = np.dot(example.x, example.w) - example.y
    assume(all(drawn.distance(r) > ON_A_KINK for r in residuals))


@given(DRAWN, st.sampled_from([0.0, 0.1, 2.0]), FLOATS)
def test_the_right_gradient_of_a_drawn_loss_is_never_wrong(
    drawn: Drawn, penalty: float, example: Example
) -> None:
    _keep_off_kinks(drawn, example)
    verdict = _judge(drawn.f, drawn.df, penalty, 1.0, example)
    assert verdict is None or verdict.right


@given(DRAWN, st.sampled_from([0.0, 0.1, 2.0]), FLOATS, FACTORS)
def test_a_factor_is_never_decisively_right(
    drawn: Drawn, penalty: float, example: Example, factor: Fraction
) -> None:
    _keep_off_kinks(drawn, example)
    verdict = _judge(drawn.f, drawn.df, penalty, float(factor), example)
    assume(verdict is not None and np.any(verdict.expected))
    assert verdict is not None
    assert not (verdict.right and _is_decisive(verdict))
