"""Proofs: identities that hold for all numbers, through the lines that compute them."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from inspect import unwrap
from typing import Any

import numpy as np
import pytest
from sympy import sqrt
from sympy import symbols as sympy_symbols

from mutate_core import CORE, MUTANTS, ROOT, SAME, Mutant, mutate
from refgd import _checks, core, optimizers
from refgd.optimizers import Optimizer
from refgd.testing._functions import Functions, make_functions
from refgd.testing.known_bugs import BUGS
from refgd.testing.known_bugs._one_weight import make_remembers
from refgd.testing.laws import LAWS, Law
from refgd.testing.proofs import (
    SAMPLES,
    NotProvedError,
    Polynomial,
    prove,
    prove_law,
    symbols,
)

IDENTITIES = [law for law in LAWS if law.kind == "identity"]


@pytest.mark.parametrize("law", IDENTITIES, ids=lambda law: law.name)
def test_law(law: Law) -> None:
    for n in SAMPLES:
        for d in law.features:
            prove_law(law, n, d)


# --- steps of optimizers: from any state, so from t to t + 1 for every t --------------


class NotZero(Polynomial):
    """A symbol for numbers that are not 0: what `momentum` asks of β, once."""

    def __bool__(self) -> bool:
        return True


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let symbols through to the equations, as ``__wrapped__`` does for the core."""
    monkeypatch.setattr(_checks, "in_kind_of", lambda _, value: value)
    for name in ("rate", "below_one", "not_negative", "none_negative"):
        monkeypatch.setattr(_checks, name, lambda *_, **__: None)


def _array(*entries: Any) -> Any:
    return np.array(entries, dtype=object)


def _steps(optimizer: Optimizer, w: Any, v: Any, h: Any, steps: int) -> list[Any]:
    """Return the errors on a parabola with the second derivative h, from any state."""
    errors, state = [w], optimizers.MomentumState(1, v)
    for _ in range(steps):
        w, state = optimizer.update(w, h * w, state)
        errors.append(w)
    return errors


BETAS = ["beta", Fraction(0)]


def _beta(symbol: Polynomial, beta: Any) -> Any:
    return NotZero(symbol.terms) if beta == "beta" else beta


@pytest.mark.usefixtures("unchecked")
def test_sgd_is_the_step() -> None:
    """Plain descent is `step`, whose error shrinks by one factor (the law)."""
    w, dw, lr = symbols("w dw lr")
    after, _ = optimizers.sgd(lr).update(_array(w), _array(dw), optimizers.SGDState(0))
    prove(after, _array(w - lr * dw))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("beta", BETAS)
def test_momentum_is_the_heavy_ball(beta: Any) -> None:
    """w″ = w′ − η g + β (w′ − w), from any w and w′ and for any gradient g."""
    w, before, g, lr, b = symbols("w before g lr beta")
    share = _beta(b, beta)
    state = optimizers.MomentumState(1, _array(before - w))
    made = optimizers.momentum(lr, beta=share)
    after, kept = made.update(_array(w), _array(g), state)
    prove(after, _array(w - lr * g + share * (w - before)))
    prove(kept.v, _array(w) - after)  # so the next step begins as this one did


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("beta", BETAS)
def test_errors_of_the_heavy_ball_are_a_linear_recurrence(beta: Any) -> None:
    """e″ = (1 + β − η h) e′ − β e, on a parabola with the second derivative h."""
    w, v, h, lr, b = symbols("w v h lr beta")
    share = _beta(b, beta)
    made = optimizers.momentum(lr, beta=share)
    e = _steps(made, _array(w), _array(v), h, 2)
    prove(e[2], (1 + share - lr * h) * e[1] - share * e[0])


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("beta", BETAS)
def test_energy_of_the_heavy_ball_shrinks_by_beta(beta: Any) -> None:
    """Q(e″, e′) = β Q(e′, e), where Q(p, q) is p² − s p q + β q², s is 1 + β − η h."""
    w, v, h, lr, b = symbols("w v h lr beta")
    share = _beta(b, beta)
    e = _steps(optimizers.momentum(lr, beta=share), _array(w), _array(v), h, 2)
    s = 1 + share - lr * h
    now, after = (p * p - s * p * q + share * q * q for q, p in itertools.pairwise(e))
    prove(after, share * now)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("beta", BETAS)
def test_errors_of_nesterov_are_a_linear_recurrence(beta: Any) -> None:
    """e″ = (1 − η h) ((1 + β) e′ − β e)."""
    w, v, h, lr, b = symbols("w v h lr beta")
    share = _beta(b, beta)
    made = optimizers.momentum(lr, beta=share, nesterov=True)
    e = _steps(made, _array(w), _array(v), h, 2)
    prove(e[2], (1 - lr * h) * ((1 + share) * e[1] - share * e[0]))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("beta", BETAS)
def test_lr_inside_or_outside_the_velocity_is_one_rule(
    beta: Any, *, nesterov: bool
) -> None:
    """While η is constant: the one's velocity is η times the other's, now and next."""
    w, v, g, lr, b = symbols("w v g lr beta")
    share = _beta(b, beta)
    after, kept = [], []
    for inside, velocity in ((True, lr * v), (False, v)):
        made = optimizers.momentum(lr, beta=share, nesterov=nesterov, lr_inside=inside)
        state = optimizers.MomentumState(1, _array(velocity))
        w_next, state = made.update(_array(w), _array(g), state)
        after.append(w_next)
        kept.append(state.v)
    prove(*after)
    prove(kept[0], lr * kept[1])


@pytest.mark.usefixtures("unchecked")
def test_coupled_and_decoupled_decay_are_one_rule_for_sgd() -> None:
    w, g, lr, wd = symbols("w g lr wd")
    decayed = [
        optimizers.weight_decay(optimizers.sgd(lr), wd, kind=kind, **given)
        for kind, given in (("coupled", {}), ("lr", {"lr": lr}))
    ]
    state = optimizers.WeightDecayState(0, optimizers.SGDState(0))
    prove(*(each.update(_array(w), _array(g), state)[0] for each in decayed))


# --- compression ----------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 4])
def test_two_rows_have_the_loss_of_a_line(n: int) -> None:
    """[x y] = QR: the rows of R, times √(2/n), have the mse of the n samples.

    R is written out here, with its roots; `compress` finds it in floats, and is tested.
    """
    x, y = (_array(*sympy_symbols(f"{name}:{n}")) for name in "xy")
    w = sympy_symbols("w")
    a, b = sqrt(np.dot(x, x)), np.dot(x, y) / sqrt(np.dot(x, x))
    c = sqrt(np.dot(y, y) - b**2)
    scale = sqrt(2) / sqrt(n)
    rows = scale * _array(a, 0), scale * _array(b, c)
    forward, mse = unwrap(core.forward), unwrap(core.mse)
    few, all_of_them = (mse(v, forward(w, u)) for u, v in (rows, (x, y)))
    assert (few - all_of_them).expand() == 0


# --- the proofs bite ------------------------------------------------------------------

#: Bugs that are no polynomials: they compare, or take absolute values, or remember.
NOT_POLYNOMIAL = {"positive_only", "residual_size", "remembers", "clipped"}


def _line(w: Any, x: Any) -> Any:
    """Predict from the first column and an intercept."""
    return x[:, 0] * w[0] + w[1]


def _functions(name: str) -> tuple[Functions, int | None]:
    """Return the core with a bug for its gradient, and the d that it is made for."""
    # what remembers the symbols would meet them again in another test
    bug = make_remembers() if name == "remembers" else BUGS[name].function
    mse, step = unwrap(core.mse), unwrap(core.step)
    if "intercept" not in name:
        made = make_functions(unwrap(core.forward), mse, bug, step)
        return made, 2 if name in MANY_WEIGHTS else None

    def grad(w: Any, x: Any, y: Any) -> Any:
        return bug(w, x[:, :1], y)

    return make_functions(_line, mse, grad, step), 2


def _failures(functions: Functions, *features: int | None) -> Iterator[str]:
    """Yield the laws that functions fail to be proved for, n by n and d by d."""
    for law in IDENTITIES:
        for n, d in itertools.product(SAMPLES, features):
            try:
                if d in law.features:
                    prove_law(law, n, d, functions)
            except NotProvedError:
                yield law.name
            except ValueError as error:  # shapes that do not match: it runs for others
                yield str(error)


#: What bugs that are right for one weight, or are not made for it, are shown for.
MANY_WEIGHTS = {"divided_by_size", "features_reversed", "not_transposed", "penalized"}


#: Not those that put parts together: they are no functions of w, x and y.
POLYNOMIAL = [n for n, bug in BUGS.items() if bug.room != "parts"]


@pytest.mark.parametrize("name", sorted({*POLYNOMIAL} - NOT_POLYNOMIAL))
def test_a_known_bug_fails_a_proof(name: str) -> None:
    functions, d = _functions(name)
    assert "gradient_is_the_central_difference" in _failures(functions, d)


@pytest.mark.parametrize("name", sorted(NOT_POLYNOMIAL))
def test_what_is_no_polynomial_is_not_proved(name: str) -> None:
    with pytest.raises(TypeError):
        list(_failures(*_functions(name)))


def test_the_lines_that_those_bugs_stand_in_are_right() -> None:
    """With the right gradient of a line, nothing about gradients fails."""

    def grad(w: Any, x: Any, y: Any) -> Any:
        r = _line(w, x) - y
        return 2 * _array(np.dot(x[:, 0], r), r.sum()) / len(y)

    line = make_functions(_line, unwrap(core.mse), grad, unwrap(core.step))
    assert "gradient_is_the_central_difference" not in _failures(line, 2)


EQUATION_MUTANTS = [mutant for mutant in MUTANTS if "guard" not in mutant.line]

#: The same but for single numbers, which tests/core/test_numbers.py has.
SAME_FOR_ARRAYS = {"return 2 * np.matmul(x.T, y_pred - y) / y.size"}


@pytest.mark.parametrize("mutant", EQUATION_MUTANTS, ids=str)
def test_a_changed_token_of_an_equation_fails_a_proof(mutant: Mutant) -> None:
    """Or it cannot be run on symbols any more; or it computes the same."""
    names: dict[str, Any] = {"__name__": "mutated"}
    exec(mutate((ROOT / CORE).read_text("utf-8"), mutant), names)  # noqa: S102 - core.py, changed
    equations = (unwrap(names[name]) for name in ("forward", "mse", "grad", "step"))
    try:
        caught = any(_failures(make_functions(*equations), None, 1, 2))
    except (ArithmeticError, TypeError):
        caught = True
    assert caught != (mutant.changed in SAME | SAME_FOR_ARRAYS)


# --- prove itself ---------------------------------------------------------------------


def test_a_proof_that_fails_shows_the_polynomial_and_numbers() -> None:
    a, b = symbols("a b")
    with pytest.raises(NotProvedError) as caught:
        prove((a + b) ** 2, a**2 + b**2)
    assert (
        str(caught.value) == "left − right = 2*a*b, not 0\n  at a = 1, b = 1, it is 2"
    )


def test_the_numbers_are_such_that_the_difference_is_not_zero() -> None:
    """The polynomial a (a − 1) (a − 2) vanishes at 0, 1 and 2."""
    a, _ = symbols("a b")
    with pytest.raises(NotProvedError, match="at a = 3, and all others 0, it is 6"):
        prove(a * (a - 1) * (a - 2), 0 * a)


def test_sides_of_two_shapes_are_not_equal() -> None:
    a, b = symbols("a b")
    with pytest.raises(NotProvedError, match=r"shapes \(2,\) and \(1,\)"):
        prove(_array(a, b), _array(a))


def test_code_that_branches_is_not_proved() -> None:
    (a,) = symbols("a")
    with pytest.raises(TypeError, match="it branches"):
        prove(max(a, 0), a)
    with pytest.raises(TypeError, match="not a whole number"):
        prove(a**0.5, a)


def test_code_that_is_wrong_at_one_number_is_not_proved() -> None:
    """To ask whether a symbol is 7 is to branch: the answer No would prove too much."""
    (a,) = symbols("a")
    with pytest.raises(TypeError, match="it branches"):
        prove(0 if a == 7 else a, a)
    with pytest.raises(TypeError, match="it branches"):
        prove({7: 0}.get(a, a), a)


def test_a_comparison_whose_error_is_caught_is_not_proved() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        try:
            seven = bool(np.any(w == 7))
        except TypeError:
            seven = False
        right = unwrap(core.grad)(x, y, np.dot(x, w))
        return 0 * right if seven else right

    own = make_functions(unwrap(core.forward), unwrap(core.mse), grad)
    with pytest.raises(TypeError, match="it branches"):
        prove_law(LAWS[0], 2, None, own)


def test_the_loss_without_its_constant_is_not_proved() -> None:
    """Its differences are right: only a perfect fit, whose loss is 0, tells."""
    own = make_functions(
        unwrap(core.forward), lambda y, y_pred: np.dot(y_pred, y_pred - 2 * y) / y.size
    )
    law = next(law for law in LAWS if law.name == "optimum_is_a_fixed_point")
    with pytest.raises(NotProvedError):
        prove_law(law, 1, None, own)


def test_a_law_that_is_no_identity_is_not_proved() -> None:
    inequality = next(law for law in LAWS if law.kind == "inequality")
    with pytest.raises(TypeError):
        prove_law(inequality, 2, None)


def test_floats_in_code_are_the_fractions_that_they_are() -> None:
    (a,) = symbols("a")
    prove(a / 2 + 0.5 * a, a)
    with pytest.raises(NotProvedError):
        prove(0.1 * a, a / 10)
