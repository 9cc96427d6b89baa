r"""Proofs by running the code on symbols: an identity for all numbers at once.

`refgd.forward` and its three siblings are one line of ``+``, ``−``, ``×`` and
`numpy.dot` each, behind a guard. That line runs on symbols as it runs on numbers, and
what comes out is the polynomial that the code computes. Two polynomials are equal for
all numbers exactly if their difference has no terms left: that is what `prove` looks
at. Nothing is drawn and nothing is rounded.

What a proof leaves open: it is about the n and d that it runs, and it takes NumPy's
``dot`` of objects for what it is of floats, a sum of products. That the loss and the
gradient are means over samples (`batches_average_to_the_whole`) carries n = 1 to every
n.

SymPy has the polynomials: ``pip install sympy``.
"""

import itertools
import numbers
import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import QQ, ring

from refgd.testing._functions import EQUATIONS, Functions
from refgd.testing._polynomial import BRANCHES, Unknown
from refgd.testing.laws import EQUAL, Law, Problem

#: The sizes that a law is proved for: each n with each d that it is stated for.
SAMPLES = (1, 2, 3, 4)


class NotProvedError(AssertionError):
    """Two sides differ: the text has the polynomial that is not zero."""


class Polynomial(Unknown):
    """A polynomial in symbols with rational coefficients, exact, for code to run on.

    It adds, subtracts and multiplies, with ints, Fractions and finite floats too, and
    divides by numbers. Whatever else code does with it, to compare it, say, or to take
    its root, is a TypeError: then the code is not a polynomial, and nothing is proved.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Any) -> None:
        """Take SymPy's element of a polynomial ring."""
        self.terms = terms

    def __add__(self, other: Any) -> Any:
        return self._combine(operator.add, other)

    def __mul__(self, other: Any) -> Any:
        return self._combine(operator.mul, other)

    def __sub__(self, other: Any) -> Any:
        return self._combine(operator.sub, other)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        if not isinstance(other, numbers.Real):
            return NotImplemented
        return self * (1 / _fraction(other))

    def __pow__(self, power: Any) -> "Polynomial":
        if power != int(power) or power < 0:
            msg = f"a power that is not a whole number from 0: {power}"
            raise TypeError(msg)
        return Polynomial(self.terms ** int(power))

    def __neg__(self) -> "Polynomial":
        return Polynomial(-self.terms)

    def _combine(self, operation: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(other, Polynomial):
            return Polynomial(operation(self.terms, other.terms))
        if not isinstance(other, numbers.Real):
            return NotImplemented
        q = _fraction(other)
        return Polynomial(operation(self.terms, QQ(q.numerator, q.denominator)))

    def __repr__(self) -> str:
        return str(self.terms.as_expr())


def _fraction(value: Any) -> Fraction:
    if isinstance(value, numbers.Integral):  # of NumPy too
        return Fraction(int(value))
    return Fraction(*value.as_integer_ratio())


def symbols(names: str) -> list[Any]:
    """Return symbols, each a `Polynomial`; only those of one call go together.

    Example:
        >>> from refgd.testing.proofs import prove, symbols
        >>> a, b = symbols("a b")
        >>> prove((a + b) * (a - b), a**2 - b**2)
    """
    _, *elements = ring(names.split(), QQ)
    return [*map(Polynomial, elements)]


def prove(left: Any, right: Any) -> None:
    """Prove that two sides are equal for all numbers.

    Args:
        left: A polynomial, or an array of them: what code returned for `symbols`.
        right: The other side, of the same shape; numbers are welcome.

    Raises:
        NotProvedError: If they are not: it shows the difference, which is not zero,
            and numbers at which it is not.

    Example:
        >>> import numpy as np
        >>> from refgd import mse
        >>> from refgd.testing.proofs import prove, symbols
        >>> a, b, c, d = symbols("a b c d")
        >>> loss = mse.__wrapped__(np.array([a, b]), np.array([c, d]))
        >>> prove(2 * loss, (a - c) ** 2 + (b - d) ** 2)
    """
    if np.shape(left) != np.shape(right):
        msg = f"the sides have the shapes {np.shape(left)} and {np.shape(right)}"
        raise NotProvedError(msg)
    sides = np.ravel(_objects(left)), np.ravel(_objects(right))
    for a, b in zip(*sides, strict=True):
        difference = a - b
        terms = getattr(difference, "terms", difference)
        if terms != 0:
            raise NotProvedError(_explain(difference))


def _objects(side: Any) -> Any:
    return np.asarray(side, dtype=object)


def _explain(difference: Any) -> str:
    if not isinstance(difference, Polynomial):
        return f"left − right = {difference}, not 0"
    lines = [f"left − right = {difference}, not 0", f"  {_witness(difference.terms)}"]
    return "\n".join(lines)


def _witness(terms: Any) -> str:
    """Return small whole numbers at which a polynomial is not zero.

    Symbol by symbol the least number that leaves something: a polynomial of degree k in
    one symbol vanishes at k numbers at most.
    """
    chosen = []
    for symbol in terms.ring.gens:
        for value in itertools.count():
            rest = terms.subs(symbol, value)
            if rest != 0:
                break
        terms = rest
        chosen.append(f"{symbol} = {value}")
    used = [each for each in chosen if not each.endswith(" = 0")]
    others = ", and all others 0" if len(used) < len(chosen) else ""
    return f"at {', '.join(used)}{others}, it is {terms.as_expr()}"


def symbolic(n: int, d: int | None) -> Problem:
    """Return the problem that stands for all with n samples of d features."""
    shape, weights = ((n,), ()) if d is None else ((n, d), (d,))
    sizes = {
        "x": shape,
        "y": (n,),
        "w": weights,
        "v": weights,
        "h": (),
        "lr": (),
        "c": (),
    }
    names = {key: _name(key, size) for key, size in sizes.items()}
    entries = iter(symbols(" ".join(itertools.chain(*names.values()))))
    made: dict[str, Any] = {}
    for key, size in sizes.items():
        array = np.empty(size, dtype=object)
        array.flat[:] = [next(entries) for _ in names[key]]
        made[key] = array[()]
    return Problem(**made, order=tuple(range(n)), times=2, cut=n)


def _name(key: str, size: tuple[int, ...]) -> list[str]:
    indices = itertools.product(*(range(1, k + 1) for k in size))
    return [key + "".join(map(str, index)) for index in indices]


def prove_law(
    law: Law, n: int, d: int | None, functions: Functions = EQUATIONS
) -> None:
    """Prove a law that is an identity, for all data of n samples and d features.

    Raises:
        NotProvedError: If the functions do not obey it.
        TypeError: If they are no polynomials.
    """
    problem, before = symbolic(n, d), Unknown.comparisons
    for each in _choices(law, problem):
        for left, relation, right in law.claims(functions, each):
            if relation is not EQUAL:
                msg = f"{law.name} is no identity"
                raise TypeError(msg)
            prove(left, right)
    if Unknown.comparisons > before:  # and the code has caught the error
        raise TypeError(BRANCHES)


def _choices(law: Law, problem: Problem) -> Iterator[Problem]:
    """Yield the problem with every value of what a law depends on besides numbers."""
    n = problem.n
    values: dict[str, Any] = {
        "order": itertools.permutations(range(n)),
        "times": (2, 3),
        "cut": range(n + 1),
    }
    if not law.varies:
        yield problem
        return
    for value in values[law.varies]:
        yield replace(problem, **{law.varies: value})
