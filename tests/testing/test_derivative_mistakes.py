"""check_derivative names the mistake in any gradient, or says nothing of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd.testing import DerivativeError, check_derivative

Function = Callable[..., Any]

GENERATOR = np.random.default_rng(1)
X, Y = GENERATOR.normal(size=(6, 3)), GENERATOR.normal(size=6)
W = GENERATOR.normal(size=3)
M = GENERATOR.normal(size=(3, 3))
LAM = 0.1
ONES = np.ones(3)
SPOTS = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0]])


def _name(f: Function, df: Function, w: Any, **given: Any) -> str:
    with pytest.raises(DerivativeError) as failed:
        check_derivative(f, df, w, **given)
    diagnosis = failed.value.diagnosis
    assert diagnosis is None or f"likely mistake: {diagnosis}\n" in str(failed.value)
    return str(diagnosis)


# --- a net of three layers, its samples in columns -----------------------------------

NET = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3)}
NET |= {"b3": (1, 1)}
PARAMETERS = {name: GENERATOR.normal(size=shape) for name, shape in NET.items()}
INPUTS, LABELS = GENERATOR.normal(size=(4, 3)), np.array([[1, 0, 1]])


def _run_forward(p: Any, x: Any) -> Any:
    a1 = np.maximum(p["W1"] @ x + p["b1"], 0)
    a2 = np.maximum(p["W2"] @ a1 + p["b2"], 0)
    return a1, a2, 1 / (1 + np.exp(-(p["W3"] @ a2 + p["b3"])))


def _cost(p: Any, x: Any, y: Any) -> Any:
    a3 = _run_forward(p, x)[-1]
    return -np.sum(y * np.log(a3) + (1 - y) * np.log(1 - a3)) / x.shape[1]


def _run_backward(p: Any, x: Any, y: Any) -> Any:
    m = x.shape[1]
    a1, a2, a3 = _run_forward(p, x)
    dz3 = a3 - y
    dz2 = (p["W3"].T @ dz3) * (a2 > 0)
    dz1 = (p["W2"].T @ dz2) * (a1 > 0)
    grads = {"3": (dz3, a2), "2": (dz2, a1), "1": (dz1, x)}
    found: dict[str, Any] = {}
    for layer in ("1", "2", "3"):
        dz, a = grads[layer]
        found |= {f"W{layer}": dz @ a.T / m, f"b{layer}": dz.sum(1, keepdims=True) / m}
    return found


def test_the_two_bugs_of_a_well_known_lab_are_named() -> None:
    """A dW2 that is doubled, and a db1 that is four times too large."""

    def planted(p: Any, x: Any, y: Any) -> Any:
        found = _run_backward(p, x, y)
        return {**found, "W2": found["W2"] * 2, "b1": found["b1"] * 4}

    expected = "b1 is 4 times the derivative; W2 is twice the derivative"
    data = INPUTS, LABELS
    assert check_derivative(_cost, _run_backward, PARAMETERS, args=data)
    assert _name(_cost, planted, PARAMETERS, args=data) == expected

    def unroll(grads: Any) -> Any:
        return np.concatenate([each.ravel() for each in grads.values()])

    def roll(w: Any) -> Any:
        ends = np.cumsum([a * b for a, b in NET.values()])
        parts = np.split(w, ends[:-1])
        return {n: v.reshape(NET[n]) for n, v in zip(NET, parts, strict=True)}

    def flat_cost(w: Any) -> Any:
        return _cost(roll(w), *data)

    def flat(w: Any) -> Any:
        return unroll(planted(roll(w), *data))

    w = unroll(PARAMETERS)
    assert _name(flat_cost, flat, w, blocks=NET) == expected
    assert _name(flat_cost, flat, w) == (
        "entries 20 to 24 are 4 times the derivative; "
        "entries 30 to 39 are twice the derivative"
    )


# --- a line through data -------------------------------------------------------------


def _loss(w: Any, x: Any, y: Any) -> Any:
    return np.mean((x @ w - y) ** 2)


def _gradient(w: Any, x: Any, y: Any) -> Any:
    return 2 * x.T @ (x @ w - y) / len(y)


def _times(factor: Any) -> Function:
    return lambda w, x, y, times=factor: times * _gradient(w, x, y)


def _of_samples(part: slice) -> Function:
    return lambda w, x, y: _gradient(w, x[part], y[part])


OF_DATA: dict[str, tuple[Function, str]] = {
    "sign": (_times(-1), "df has the sign turned around"),
    "half": (_times(0.5), "df is half the derivative"),
    "sum": (
        _times(6),
        "df is 6 times the derivative (n = 6, as in x and y: a sum where the mean",
    ),
    "n-1": (
        _times(6 / 5),
        "df is 6/5 times the derivative (n = 6, as in x and y: divided by n − 1?)",
    ),
    "factor": (_times(1.2345), "df is 1.2345 times the derivative"),
    "zero": (_times(0), "df is zero: the derivative is missing"),
    "one": (_times(np.array([1, 1, 0])), "w[2] is zero: the derivative is missing"),
    "two": (
        _times(np.array([2, -1, 1])),
        "w[0] is twice the derivative; w[1] has the sign turned around",
    ),
    "first": (_of_samples(slice(1)), "df has only the first sample"),
    "last": (_of_samples(slice(-1, None)), "df has only the last sample"),
    "all but the last": (_of_samples(slice(-1)), "df lacks the last sample"),
    "one sample": (_of_samples(slice(2, 3)), "df has only sample 2"),
    "x": (lambda w, x, y: np.full(3, 2 * np.mean(x @ w - y)), "df lacks the factor x"),
    "x twice": (
        lambda w, x, y: 2 * (x**2).T @ (x @ w - y) / 6,
        "df has the factor x twice",
    ),
    "reverse": (
        lambda w, x, y: _gradient(w, x, y)[::-1],
        "df is in reverse order",
    ),
    "rolled": (
        lambda w, x, y: np.roll(_gradient(w, x, y), 1),
        "df is moved by one entry",
    ),
    "cut off": (
        lambda w, x, y: np.clip(_gradient(w, x, y), -0.5, 0.5),
        "df is cut off at 0.5",
    ),
    "norm": (
        lambda w, x, y: _gradient(w, x, y) / np.linalg.norm(_gradient(w, x, y)),
        "df is the derivative over its norm",
    ),
    "offset": (lambda w, x, y: _gradient(w, x, y) + 0.25, "df has 0.25 too much"),
    "noise": (lambda w, x, y: _gradient(w, x, y) * np.cos(w * 40), "None"),
}


@pytest.mark.parametrize("name", OF_DATA)
def test_a_mistake_with_the_data_is_named(name: str) -> None:
    df, words = OF_DATA[name]
    assert _name(_loss, df, W, args=(X, Y)).startswith(words)


def test_samples_are_looked_at_beside_other_arguments() -> None:
    def f(w: Any, x: Any, y: Any, scale: Any, name: str) -> Any:
        if len(y) < 1 or not name:
            raise ValueError
        return scale * _loss(w, x, y)

    def last(w: Any, x: Any, y: Any, scale: Any, _: str) -> Any:
        return scale * _gradient(w, x[-1:], y[-1:])

    given = X, Y, np.float64(2), "name"
    assert _name(f, last, W, args=given) == "df has only the last sample"
    many = np.tile(X, (7, 1)), np.tile(Y, 7), *given[2:]
    assert _name(f, last, W, args=many) == "None"


def test_a_loss_that_one_sample_does_not_have_is_left_alone() -> None:
    def f(w: Any, x: Any, y: Any) -> Any:
        if len(y) == 1:
            raise ValueError
        return _loss(w, x, y)

    assert _name(f, _of_samples(slice(1)), W, args=(X, Y)) == "None"


def _penalized(w: Any) -> Any:
    return _loss(w, X, Y) + LAM * w @ w


@pytest.mark.parametrize(
    ("factor", "penalty", "words"),
    [
        (1, 1, "df lacks the term 0.1·w (LAM·w"),
        (1, 0, "df lacks the term 0.2·w (2·LAM·w"),
        (1, 4, "df has the term 0.2·w too much (2·LAM·w"),
        (6, 2, "df is 6 times the derivative (n = 6, as in X and Y: a sum where the"),
    ],
)
def test_a_mistake_with_the_penalty_is_named(
    factor: int, penalty: int, words: str
) -> None:
    def df(w: Any) -> Any:
        return factor * _gradient(w, X, Y) + penalty * LAM * w

    found = _name(_penalized, df, W)
    assert found.startswith(words)
    if factor == 6:
        assert "but for the term 0.2·w (2·LAM·w" in found


def _raise_elsewhere(w: Any) -> Any:
    if abs(w - W).max() > abs(W - np.round(W, 3)).max() + 2e-2 and np.ndim(w):
        raise ValueError
    return w @ w * 1.2345 + np.sum(w)


OTHERS: dict[str, tuple[Function, Function, Any, str]] = {
    "chain": (
        lambda w: np.sin(w**2),
        lambda w: np.cos(w**2),
        0.7,
        "df lacks the factor 2·w",
    ),
    "power": (lambda w: w**3, lambda w: 3 * w, 0.7, "df lacks the factor w"),
    "known": (
        lambda w: np.sum(np.sin(w * Y[:3])),
        lambda w: np.cos(w * Y[:3]),
        W,
        "None",
    ),
    "transposed": (
        lambda w: np.sum(np.tanh(X @ w)),
        lambda w: (1 - np.tanh(X @ w) ** 2).T @ X,
        M,
        "df is transposed",
    ),
    "blocks": (
        lambda p: np.sum(p["a"] ** 2) + np.sum(p["b"] ** 3),
        lambda p: {"a": 3 * p["b"] ** 2, "b": 2 * p["a"]},
        {"a": W, "b": W + 1},
        "df has a and b exchanged",
    ),
    "absolute": (
        lambda w: np.sum(np.sin(w)),
        lambda w: abs(np.cos(w)),
        np.array([1.0, 2.0, 3.0]),
        "df is the derivative's absolute value",
    ),
    "row": (
        lambda w: np.sum(np.sin(w)),
        lambda w: np.cos(w) * np.array([[1], [3], [1]]),
        M,
        "row 1 of w is 3 times the derivative",
    ),
    "column": (
        lambda w: np.sum(np.sin(w)),
        lambda w: np.cos(w) * np.array([1, 1, 3]),
        M,
        "column 2 of w is 3 times the derivative",
    ),
    "every second": (
        lambda w: np.sum(np.sin(w)),
        lambda w: np.cos(w) * (1 + np.arange(6) % 2),
        Y,
        "entries 1, 3 … 5 are twice the derivative",
    ),
    "order": (
        lambda w: np.sum(np.sin(w)),
        lambda w: np.cos(w)[[1, 0, 2]],
        np.array([0.1, 1.0, 2.0]),
        "df has the right entries in another order",
    ),
    "one of a block": (
        lambda p: np.sum(np.sin(p["a"])) + np.sum(p["b"] ** 2),
        lambda p: {"a": np.cos(p["a"]) * (1 + 6 * SPOTS), "b": 2 * p["b"]},
        {"a": M, "b": W},
        "entries a[0, 1] and a[2, 0] are 7 times the derivative",
    ),
    "parts of a block": (
        lambda p: np.sum(np.sin(p["a"])) + np.sum(p["b"] ** 2),
        lambda p: {"a": np.cos(p["a"]), "b": 2 * p["b"] * [1, 2, 1, 2, 2, 1]},
        {"a": M, "b": Y},
        "entries 1, 3 and 4 of b are twice the derivative",
    ),
    "two of a block": (
        lambda p: np.sum(np.sin(p["a"])) + np.sum(p["b"] ** 2),
        lambda p: {"a": np.cos(p["a"]), "b": 2 * p["b"] * [-1, 2, 1, 1, 1, 1]},
        {"a": M, "b": Y},
        "b[0] has the sign turned around; b[1] is twice the derivative",
    ),
    "many": (
        lambda w: np.sum(np.sin(w)),
        lambda w: np.cos(w) * (1 + np.isin(np.arange(20), [0, 2, 3, 7, 9, 13, 17])),
        np.linspace(0.1, 1, 20),
        "entries 0, 2, 3, 7, 9, 13 and 1 more are twice the derivative",
    ),
    "nothing in common": (
        lambda p: np.sum(np.sin(p["a"])) + np.sum(p["b"] ** 2),
        lambda p: {"a": np.cos(p["a"]), "b": 2 * p["b"] * np.cos(p["b"] * 40)},
        {"a": M, "b": Y},
        "None",
    ),
    "numbers": (
        lambda w: np.sum(w * Y[:3]),
        lambda _: np.ones(3),
        W,
        "None",
    ),
    "a factor of 1": (
        lambda w: np.sum(np.sin(w * ONES)),
        lambda w: np.cos(w * ONES) * np.cos(w * 40),
        W,
        "None",
    ),
    "jacobian": (lambda w: np.sin(M @ w), lambda w: M * np.cos(w * 40), W, "None"),
    "at one point": (_raise_elsewhere, lambda w: 2 * w, W, "None"),
    "bias": (
        lambda p: np.mean((p[0] * Y + p[1] - 1) ** 2),
        lambda p: (
            2 * np.mean(Y * (p[0] * Y + p[1] - 1)),
            2 * np.mean(p[0] * Y + p[1] - 1) + 0.3 * p[1],
        ),
        (np.array(0.4), np.array(0.7)),
        "w[1] has the term 0.3·w too much: is it a penalty's derivative?",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_mistake_in_any_function_is_named(name: str) -> None:
    f, df, w, words = OTHERS[name]
    assert _name(f, df, w) == words


def test_a_factor_that_f_closes_over_is_named() -> None:
    x = Y[:3]
    found = _name(lambda w: np.sum(np.sin(w * x)), lambda w: np.cos(w * x), W)
    assert found == "df lacks the factor x"


def test_a_mistake_at_one_point_alone_is_none_in_general() -> None:
    """At w = 1.5 the claim is 1.5 times the derivative, elsewhere it is not."""
    assert _name(lambda w: w**2, lambda w: w**2 + w + 0.75, 1.5) == "None"


@pytest.mark.parametrize(
    ("df", "words"),
    [
        (lambda w: 2 * M @ w, "df lacks a transpose: twice A·w, where"),
        (lambda w: 2 * M.T @ w, "df lacks a transpose: twice A·w, where"),
        (lambda w: M @ w, "df lacks a transpose: A·w, where (A + Aᵀ)·w is meant"),
        (lambda w: (M + M.T) @ w + (M @ w) ** 2, "None"),
        (lambda w: M @ M @ w, "None"),
    ],
    ids=["twice", "transposed", "once", "not straight", "another"],
)
def test_a_matrix_taken_for_symmetric_is_named(df: Function, words: str) -> None:
    assert _name(lambda w: w @ M @ w, df, W).startswith(words)


def test_the_diagonal_alone_is_named_before_the_sign_of_the_rest() -> None:
    def softmax(w: Any) -> Any:
        return np.exp(w) / np.sum(np.exp(w))

    def diagonal(w: Any) -> Any:
        return np.diag(softmax(w) * (1 - softmax(w)))

    assert _name(softmax, diagonal, W) == "df has only the diagonal"


def test_what_no_mistake_explains_is_located() -> None:
    def f(p: Any) -> Any:
        return np.sum(np.tanh(X @ p["a"])) + p["b"] @ p["b"] + np.sum(np.sin(p["c"]))

    def df(p: Any) -> Any:
        z = X @ p["a"]
        c = np.cos(p["c"]) * (1 + np.arange(3) ** np.e / 7)
        return {"a": X.T @ (1 - z**2), "b": 2 * p["b"], "c": c}

    with pytest.raises(DerivativeError) as failed:
        check_derivative(f, df, {"a": W, "b": W[:2], "c": W + 1})
    assert failed.value.diagnosis is None
    assert "  seen: a and c are wrong: " in str(failed.value)
    assert " times the derivative; b is right\n" in str(failed.value)


def test_a_derivative_that_refuses_other_points_is_wrong_all_the_same() -> None:
    """What df asserts of its domain does not take the place of the verdict."""
    table = np.array([[1.0, 2, 0], [0, 1, 3], [1, 0, 2]])

    def df(w: Any) -> Any:
        assert np.all(abs(w) < 1.5), "w is outside of the domain"
        return np.sin(3 * table @ w)

    with pytest.raises(DerivativeError, match="df is wrong in all 3 entries"):
        check_derivative(lambda w: w @ table @ w, df, np.array([0.5, 0.7, 1.2]))
