"""check_derivative on what people's functions take and return, and how it answers."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd.testing import DerivativeError, _clock, check_derivative

Function = Callable[[Any], Any]


class Line(NamedTuple):
    """A pair of weights that have names."""

    w: Any
    b: Any


A = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
V = np.array([0.3, -0.7, 0.2])

#: Parameters in structures, with the sum of the sines of all numbers and its gradient.
STRUCTURES: dict[str, Any] = {
    "number": 0.3,
    "numbers": [0.1, 0.2],
    "matrix": A,
    "lists": [[0.1, 0.2], [0.3, 0.4]],
    "tuple": (A, 0.5),
    "list": [V, A],
    "dict": {"W": A, "b": 0.5},
    "ragged": [[0.1, 0.2], [0.3]],
    "default": defaultdict(float, W=A, b=V),
    "ordered": OrderedDict(W=A, b=V),
    "nested": {"layer": {"W": A, "b": V}, "rest": (0.1, V)},
    "named": Line(V, 0.5),
}


def _map(f: Function, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _map(f, each) for key, each in value.items()}
    if hasattr(value, "_fields"):
        return type(value)(*(_map(f, each) for each in value))
    if isinstance(value, tuple | list):
        return type(value)(_map(f, each) for each in value)
    return f(value)


def _sum(value: Any) -> Any:
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | tuple | list):
        return sum(_sum(part) for part in parts)
    return np.sum(np.sin(value))


@pytest.mark.parametrize("name", STRUCTURES)
def test_w_may_be_any_structure_of_arrays(name: str) -> None:
    w = STRUCTURES[name]
    assert check_derivative(_sum, lambda w: _map(np.cos, w), w)
    with pytest.raises(DerivativeError, match="df is half the derivative"):
        check_derivative(_sum, lambda w: _map(lambda v: np.cos(v) / 2, w), w)


def test_a_gradient_of_one_array_may_come_in_a_tuple() -> None:
    assert check_derivative(_sum, lambda w: (np.cos(w),), V)


def test_a_gradient_of_blocks_may_be_flat() -> None:
    def flat(w: Any) -> Any:
        return np.cos(np.append(w["W"], w["b"]))

    assert check_derivative(_sum, flat, STRUCTURES["dict"])


@pytest.mark.parametrize(
    ("df", "words"),
    [
        (lambda w: {"W": w["W"]}, r"must have W of \(2, 3\), b of \(\), as w has"),
        (lambda w: {**w, "W": w["W"].T}, r"got W of \(3, 2\), b of \(\)"),
        (lambda w: w["W"], r"got shape \(2, 3\)"),
    ],
)
def test_another_structure_is_said(df: Function, words: str) -> None:
    with pytest.raises(DerivativeError, match=words):
        check_derivative(_sum, df, STRUCTURES["dict"])


def test_further_arguments_are_given_to_both() -> None:
    def f(w: Any, x: Any, power: int) -> Any:
        return np.sum(x * w) ** power

    def df(w: Any, x: Any, power: int) -> Any:
        return power * np.sum(x * w) ** (power - 1) * x

    assert check_derivative(f, df, V, args=(A[0], 3))


# --- Jacobians and Hessians ----------------------------------------------------------


@pytest.mark.parametrize("shape", [(3,), (1, 3)])
def test_a_jacobian_has_the_axes_of_f_before_those_of_w(shape: tuple[int, ...]) -> None:
    def f(w: Any) -> Any:
        return np.sin(A @ w.ravel())

    def df(w: Any) -> Any:
        return (np.cos(A @ w.ravel())[:, None] * A).reshape(2, *shape)

    report = check_derivative(f, df, V.reshape(shape))
    assert report
    assert report.numeric.shape == (2, 3)
    with pytest.raises(DerivativeError, match=r"row 1 of .* twice(?s:.)*∂f\[1\]/∂w"):
        check_derivative(f, lambda w: (df(w).T * [1, 2]).T, V.reshape(shape))


def test_a_loss_that_is_not_summed_is_told() -> None:
    with pytest.raises(DerivativeError, match="it lacks a sum or a mean"):
        check_derivative(lambda w: (A @ w) ** 2, lambda w: 2 * A.T @ (A @ w), V)


def test_a_jacobian_may_be_transposed() -> None:
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(DerivativeError, match="df is transposed"):
        check_derivative(lambda w: square @ w, lambda _: square.T, V[:2])


def test_a_hessian_is_the_jacobian_of_the_gradient() -> None:
    square = np.array([[1.0, 2.0], [3.0, 4.0]])

    def f(w: Any) -> Any:
        return w @ square @ w + w[0] ** 3

    def df(w: Any) -> Any:
        return (square + square.T) @ w + [3 * w[0] ** 2, 0]

    def hessian(w: Any) -> Any:
        return square + square.T + np.diag([6 * w[0], 0])

    report = check_derivative(f, df, V[:2], hessian=hessian)
    assert report.hessian
    assert "hessian is right in all 4 entries" in str(report)
    with pytest.raises(DerivativeError, match="hessian has only the diagonal"):
        check_derivative(f, df, V[:2], hessian=lambda w: np.diag(np.diag(hessian(w))))
    with pytest.raises(DerivativeError, match="∂²f/∂w") as failed:
        check_derivative(
            f, df, V[:2], hessian=lambda w: hessian(w) + A[:, :2] * [[0, 1], [0, 0]]
        )
    assert "is not symmetric" in str(failed.value.diagnosis)


def test_a_hessian_of_blocks_is_blocks_of_blocks() -> None:
    def f(p: Any) -> Any:
        return p["a"] ** 2 * p["b"]

    def df(p: Any) -> Any:
        return {"a": 2 * p["a"] * p["b"], "b": p["a"] ** 2}

    def hessian(p: Any) -> Any:
        cross = 2 * p["a"]
        return {"a": {"a": 2 * p["b"], "b": cross}, "b": {"a": cross, "b": 0.0}}

    assert check_derivative(f, df, {"a": 0.5, "b": 2.0}, hessian=hessian)


# --- tensors -------------------------------------------------------------------------


def test_torch_takes_and_returns_tensors() -> None:
    torch: Any = pytest.importorskip("torch")

    def f(w: Any) -> Any:
        return torch.sum(torch.tanh(w["W"])) * w["b"]

    def backward(w: Any) -> Any:
        grads = torch.autograd.grad(f(w), list(w.values()))
        return dict(zip(w, grads, strict=True))

    for kind in (torch.float32, torch.float64):
        w = {
            "W": torch.tensor(A, dtype=kind, requires_grad=True),
            "b": torch.tensor(0.5, dtype=kind, requires_grad=True),
        }
        assert check_derivative(f, backward, w)
        with pytest.raises(DerivativeError, match="b has the sign turned around"):
            check_derivative(f, lambda w: {**backward(w), "b": -backward(w)["b"]}, w)


def test_tensors_in_float32_are_judged_by_copies_in_float64() -> None:
    torch: Any = pytest.importorskip("torch")
    x = torch.tensor(np.linspace(-2, 2, 15).reshape(5, 3), dtype=torch.float32)
    w = torch.tensor([0.2, -0.4, 0.02])

    def f(w: Any, x: Any) -> Any:
        return torch.logsumexp(x @ w, 0)

    def df(w: Any, x: Any) -> Any:
        return torch.softmax(x @ w, 0) @ x

    report = check_derivative(f, df, w, args=(x,))
    assert report
    assert report.notes == ("f is computed on copies of the tensors in float64",)
    with pytest.raises(DerivativeError):
        check_derivative(f, lambda w, x: 1.001 * df(w, x), w, args=(x,))
    for own in (lambda w: f(w, x), lambda w: f(w.float(), x)):  # it stays in float32
        report = check_derivative(own, lambda w: df(w, x), w)
        assert report.answer != "wrong"
        assert not report.notes
    with pytest.raises(DerivativeError, match="df must have shape"):
        check_derivative(f, lambda w, x: x @ w, w, args=(x,))


def test_jax_takes_and_returns_its_arrays() -> None:
    jax: Any = pytest.importorskip("jax")

    def f(w: Any) -> Any:
        return jax.numpy.sum(jax.numpy.tanh(w))

    w = jax.numpy.asarray(V)
    gradient = jax.jit(jax.grad(f))
    assert check_derivative(jax.jit(f), gradient, w)
    with pytest.raises(DerivativeError, match="df is twice the derivative"):
        check_derivative(jax.jit(f), lambda w: 2 * gradient(w), w)


def test_random_directions_are_said() -> None:
    w = np.linspace(-1, 1, 300)
    report = check_derivative(lambda w: w @ w, lambda w: 2 * w, w)
    assert str(report).endswith(
        "by 3 random directions of each block, and 4 entries one by one"
    )


def test_a_float32_function_is_judged_by_its_own_digits() -> None:
    def f(w: Any) -> Any:
        return np.float32(np.sum(np.sin(w)))

    report = check_derivative(f, np.cos, V)
    assert report
    assert np.all(report.bound > 1e-6)


# --- the answer ----------------------------------------------------------------------


def test_several_points_are_one_check() -> None:
    assert check_derivative(np.sin, np.cos, at=[0.1, 0.2, 3.0]).numeric.shape == (3, 1)
    with pytest.raises(DerivativeError, match=r"1 of 3 entries\n(?s:.)*w at point 2"):
        check_derivative(np.sin, lambda w: abs(np.cos(w)), at=[0.1, 0.2, 3.0])


@given(st.floats(-10, 10))
def test_an_assert_under_hypothesis_means_right(w: float) -> None:
    assert check_derivative(lambda w: w**3 + w, lambda w: 3 * w**2 + 1, w)


def test_a_report_is_true_only_if_df_is_right() -> None:
    assert check_derivative(np.sin, np.cos, 0.3)
    unclear = check_derivative(np.sin, np.cos, 1e100)
    assert not unclear
    assert repr(unclear).startswith("<Derivative: df is inconclusive in its only entry")
    with pytest.raises(DerivativeError, match="inconclusive"):
        check_derivative(np.sin, np.cos, 1e100, on_inconclusive="raise")


def test_a_right_report_says_how_near() -> None:
    text = str(check_derivative(_sum, lambda w: _map(np.cos, w), STRUCTURES["dict"]))
    first, *blocks = text.splitlines()
    assert first.startswith("df is right in all 7 entries, within ")
    assert blocks == ["    W  (2, 3)  6 right", "    b  ()      1 right"]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({}, TypeError, "give either w or at"),
        ({"w": 1.0, "at": [1.0]}, TypeError, "give either w or at"),
        ({"at": []}, ValueError, "at must have a point"),
        ({"at": [1.0, V]}, ValueError, "the same shapes"),
        ({"w": 1.0, "on_inconclusive": "no"}, ValueError, "on_inconclusive must be"),
        ({"w": 1.0, "max_seconds": 0}, ValueError, "max_seconds must be above 0"),
        ({"w": V, "blocks": {"b": 2}}, ValueError, "name the 3 entries of a flat w"),
        ({"w": 1j}, TypeError, "w must be real numbers"),
        ({"w": []}, TypeError, "w must be real numbers"),
        ({"w": "a"}, TypeError, "w must be real numbers"),
    ],
)
def test_bad_input_is_said(given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check_derivative(np.sum, np.ones_like, **given)


def test_what_f_raises_is_said() -> None:
    def lookup(w: Any) -> Any:
        return {}[w]

    with pytest.raises(TypeError, match="f could not be called: KeyError"):
        check_derivative(lookup, np.cos, 1.0)
    with pytest.raises(ValueError, match="f has no value at w: ZeroDivisionError"):
        check_derivative(lambda w: 1 / int(w), np.cos, 0.0)
    report = check_derivative(lambda w: np.float64(np.nan) * w, np.cos, 1.0)
    assert "f is nan at w" in str(report)


def test_a_derivative_that_is_nan_is_wrong() -> None:
    with pytest.raises(DerivativeError, match="nan"):
        check_derivative(np.sin, lambda w: np.nan * w, 1.0)


class _Odd:
    """What calls itself a tensor, and has no numbers."""

    def detach(self) -> None:
        """Refuse, as a tensor of a dtype that NumPy does not know."""
        raise TypeError


@pytest.mark.parametrize("name", ["f", "df"])
def test_what_has_no_numbers_is_said(name: str) -> None:
    functions: dict[str, Function] = {"f": np.sin, "df": np.cos}
    functions[name] = lambda _: _Odd()
    with pytest.raises(TypeError, match=f"{name} must return real numbers"):
        check_derivative(functions["f"], functions["df"], 1.0)


def test_what_changes_its_shape_has_no_value_there() -> None:
    def f(w: Any) -> Any:
        return w**2 if w < 1.1 else [w, w]

    def df(w: Any) -> Any:
        return 2 * w if w < 1.1 else np.ones(2)

    assert check_derivative(f, df, 1.0)
    assert not check_derivative(np.sqrt, lambda _: 1.0, 0.0)


def test_many_kinks_are_not_all_told() -> None:
    report = check_derivative(lambda w: np.sum(abs(w)), np.sign, np.zeros(9))
    assert report
    assert report.notes[-1] == "and so at 3 more entries"


@pytest.mark.parametrize("answer", [3, True, np.array([[2.0]]), 2 + 0j])
def test_any_real_number_is_one(answer: Any) -> None:
    assert check_derivative(lambda _: answer, lambda w: 0 * w, 1.0)


def test_time_that_runs_out_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_clock, "ENABLED", True)
    for w in (V, Fraction(2)):
        report = check_derivative(
            lambda w: np.sum(w**2), lambda w: 2 * w, w, max_seconds=1e-9
        )
        assert not report
        assert "time ran out" in str(report)


# --- many entries --------------------------------------------------------------------

N = 4000
MANY = np.random.default_rng(0).normal(size=N)


def _sines(w: Any) -> Any:
    return np.sum(np.sin(w))


def _spoil(part: slice, factor: float, more: float = 0.0) -> Function:
    def df(w: Any) -> Any:
        g = np.cos(w)
        g[part] = factor * g[part] + more
        return g

    return df


def test_many_entries_are_checked_together() -> None:
    calls = []

    def f(w: Any) -> Any:
        calls.append(w)
        return _sines(w)

    report = check_derivative(f, np.cos, MANY)
    assert report
    assert f"right in all {N} entries" in str(report)
    assert len(calls) < N / 4


def test_a_block_may_be_empty() -> None:
    w = {"a": MANY, "none": np.empty(0)}
    assert check_derivative(_sum, lambda w: _map(np.cos, w), w)


def test_rounding_may_hide_one_entry_of_many() -> None:
    for offset, kind in ((1e12, np.float64), (2e3, np.float32)):

        def f(w: Any, offset: float = offset, kind: Any = kind) -> Any:
            return kind(offset + np.sum(np.sin(w)))

        assert check_derivative(f, np.cos, MANY).answer == "inconclusive"


@pytest.mark.parametrize("j", [0, 1234, N - 1])
def test_one_wrong_entry_of_many_is_found(j: int) -> None:
    with pytest.raises(DerivativeError, match=rf"\n    w\[{j}\] "):
        check_derivative(_sines, _spoil(slice(j, j + 1), 1, 1e-3), MANY)


def test_a_wrong_block_of_many_is_named() -> None:
    blocks = {"W1": (30, 100), "b1": (30,), "rest": (970,)}
    with pytest.raises(DerivativeError, match=r"b1 is twice(?s:.)*b1 .* 30 wrong"):
        check_derivative(_sines, _spoil(slice(3000, 3030), 2), MANY, blocks=blocks)
    with pytest.raises(DerivativeError, match="W1 has the sign turned around"):
        check_derivative(_sines, _spoil(slice(3000), -1), MANY, blocks=blocks)


def test_a_large_jacobian_is_checked_in_directions() -> None:
    many = MANY[:300]

    def df(w: Any) -> Any:
        return np.diag(np.cos(w))

    assert check_derivative(np.sin, df, many)
    with pytest.raises(DerivativeError, match="df is wrong"):
        check_derivative(np.sin, lambda w: df(w) * 1.01, many)
