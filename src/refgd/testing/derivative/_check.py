"""Is df the derivative of f at w? Right, wrong, or not decidable in floats."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from refgd import _checks
from refgd.testing import _clock
from refgd.testing.derivative._diagnosis import diagnose
from refgd.testing.derivative._pair import Pair
from refgd.testing.derivative._report import Derivative, DerivativeError, make_report
from refgd.testing.derivative._section import Section
from refgd.testing.derivative._structure import Layout, lay_out, name_blocks
from refgd.testing.derivative._user import ShapeError, WritesError

__tracebackhide__ = True  # pytest shows the test, not the kit

Function = Callable[..., Any]

#: That no w is given.
NOTHING = object()


def check_derivative(  # noqa: PLR0913 - each keyword is one thing the user may state
    f: Function,
    df: Function,
    w: Any = NOTHING,
    *,
    at: Sequence[Any] | None = None,
    args: Sequence[Any] = (),
    blocks: Mapping[str, Any] | None = None,
    hessian: Function | None = None,
    on_inconclusive: Literal["return", "raise"] = "return",
    max_seconds: float | None = _clock.MAX_SECONDS,
) -> Derivative:
    r"""Check whether df is the derivative of f.

    **Definition**
    $$\frac{f(w + h e_j) - f(w - h e_j)}{2h}
    = \partial_j f + c_2 h^2 + c_4 h^4 + \dots$$

    Such differences at h, h/2, h/4 … are extrapolated to h = 0 (Richardson), and what
    rounding makes of them is measured. On Fractions a polynomial is run on w + h for an
    unknown h instead: the coefficient of h is the derivative, exactly.

    Args:
        f: The function: ``f(w, *args)`` to a number; or to an array, whose derivative
            is the Jacobian.
        df: Its derivative, ``df(w, *args)``: of the structure and the shapes of w, or
            flat; of an f of shape (m,) every array has this axis before its own.
        w: Where: a number or an array; a tuple, list or dict of arrays, nested too;
            tensors of torch or jax, which f and df are then given too; of tensors in
            float32 f is computed on copies in float64, where it can be. NumPy's numbers
            are taken in float64; Fractions for an exact answer on polynomials.
        at: Several points instead of one w.
        args: Further arguments of f and df.
        blocks: The names and shapes of the parts of a flat w, in order, such as
            ``{"W1": (25, 15), "b1": (25,)}``: what is wrong is said by these names.
        hessian: ``hessian(w, *args)``, checked as the Jacobian of df.
        on_inconclusive: "raise", if that is to be an error as well.
        max_seconds: How long the check may take beside what your own calls take; None
            for no limit. Up to 256 partial derivatives are checked one by one, with
            some 200 calls of f for each entry of w; of more, those in random directions
            are, and entries where these are wrong.

    Returns:
        A report, true if df is right, and false if that is inconclusive: where an entry
        lies between the bound and what is clearly wrong, or the bound is as large as
        the derivative itself. At a kink of f what lies between its slopes is right,
        with a note.

    Raises:
        DerivativeError: If df is clearly wrong; an AssertionError, whose text names the
            likely mistake. Also if f or df writes into its arguments, or df has not the
            shape of w.
        TypeError: If a function cannot be called or returns no real numbers.
        ValueError: If w is not finite, or f has no value there.

    Example:
        >>> from refgd.testing import check_derivative
        >>> assert check_derivative(lambda w: w**3, lambda w: 3 * w**2, 0.7)
        >>> try:
        ...     check_derivative(lambda w: w**3, lambda w: w**2, 0.5)
        ... except AssertionError as error:
        ...     print(error)
        df is wrong in its only entry
          likely mistake: df is 1/3 of the derivative
               df    derivative of f  ±      ratio
            w  0.25  0.75             4e-13  0.333333

    References:
        Moré and Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).
    """
    _checks.choice("on_inconclusive", on_inconclusive, ("return", "raise"))
    if (w is NOTHING) == (at is None):
        raise TypeError("give either w or at=[w, ...], the points to check df at")
    places = [w] if at is None else list(at)
    if not places:
        raise ValueError("at must have a point at least, got none")
    _clock.check_seconds(max_seconds)
    layouts = [name_blocks(lay_out(place, "w"), blocks) for place in places]
    if len({each.blocks for each in layouts}) > 1:
        raise ValueError("the points of at must all have the same shapes")
    pairs = [Pair("df", df, "f", f, args)]
    if hessian is not None:
        pairs.append(Pair("hessian", hessian, "df", df, args))
    try:
        with _clock.limited(max_seconds):
            sections = [
                _check_pair(each, places, layouts, several=at is not None)
                for each in pairs
            ]
    except (WritesError, ShapeError) as error:
        raise DerivativeError(str(error)) from None
    report = make_report(sections[0], *map(make_report, sections[1:]))
    if report.answer == "wrong" or (not report and on_inconclusive == "raise"):
        diagnoses = [each.diagnosis for each in sections if each.diagnosis]
        raise DerivativeError(report.text, "; ".join(diagnoses) or None, report)
    return report


def _check_pair(
    pair: Pair, places: Sequence[Any], layouts: Sequence[Layout], *, several: bool
) -> Section:
    points = tuple(map(pair.check, places, layouts))
    section = Section(pair.name, pair.of, layouts[0], points, several)
    if section.answer != "wrong":
        return section
    name = functools.partial(diagnose, pair, layouts[0], points)
    return replace(section, diagnosis=_clock.unless_late(name, None))
