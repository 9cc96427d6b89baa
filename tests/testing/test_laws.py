"""The kit's laws: wrong functions break the right ones, right functions none."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd import core
from refgd.testing import laws
from refgd.testing._functions import make_functions
from refgd.testing.laws import LAWS, LawError, check_law, parametrize_with_laws

BY_NAME = {law.name: law for law in LAWS}

#: So many examples are drawn of what breaks no law, beside the small ones.
FEW = 5


def broken(**functions: Any) -> set[str]:
    """Return the names of the laws that functions break."""
    own = make_functions(**functions)
    found = set()
    for law in LAWS:
        try:
            check_law(law, own, (None,), max_examples=FEW)
        except AssertionError:
            found.add(law.name)
    return found


def _norm(y: Any, y_pred: Any) -> Any:
    return np.linalg.norm(np.asarray(y - y_pred, dtype=float)) ** 2 / len(y)


def _loop(x: Any, y: Any, y_pred: Any) -> Any:
    return sum(2 * a * (q - b) for a, b, q in zip(x, y, y_pred, strict=True)) / len(y)


def _in_floats(w: Any, x: Any, y: Any) -> Any:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return (2 * x * (x * float(w) - y)).mean()


@pytest.mark.parametrize(
    "functions",
    [{"grad": _in_floats}, {"mse": _norm, "grad": _loop}],
)
def test_right_functions_break_no_law(functions: Any) -> None:
    """Fractions, floats, or one of each; by loops, norms and means."""
    assert broken(**functions) == set()


def _writes(x: Any, y: Any, y_pred: Any) -> Any:
    y_pred -= y
    return 2 * np.dot(x.T, y_pred) / len(y)


CALLS: list[Any] = []


def _remembers(w: Any, x: Any) -> Any:
    CALLS.append(w)
    return np.dot(x, w) + (len(CALLS) % 2)


@pytest.mark.parametrize(
    ("functions", "law"),
    [
        (
            {"grad": lambda x, y, y_pred: np.dot(2 * x.T, y_pred - y).mean()},
            "copies_of_the_data_do_not_matter",
        ),
        (
            {"grad": lambda x, y, y_pred: np.dot(x.T, y_pred - y) / len(y)},
            "gradient_is_the_central_difference",
        ),
        ({"mse": lambda y, y_pred: ((y - y_pred) ** 2).sum()}, "descent_identity"),
        ({"step": lambda w, dw, lr: w + lr * dw}, "learning_rate_bound_is_sharp"),
        ({"step": lambda w, dw, lr: w - 2 * lr * dw}, "rise_of_one_step"),
        ({"step": lambda w, dw, lr: w - lr * dw / 2}, "error_shrinks_by_one_factor"),
        ({"forward": lambda w, x: np.dot(x, w) + 1}, "predictions_are_linear"),
        (
            {"grad": lambda x, y, y_pred: 2 * np.mean(x * (y_pred - y)) + 1},
            "optimum_is_a_fixed_point",
        ),
        (
            {"grad": lambda x, y, y_pred: 2 * x[0] * (y_pred[0] - y[0])},
            "order_of_samples_does_not_matter",
        ),
        (
            {"mse": lambda y, y_pred: ((y - y_pred) ** 2).sum() / (len(y) + 1)},
            "batches_average_to_the_whole",
        ),
        ({"mse": lambda y, y_pred: abs(y - y_pred).sum() / len(y)}, "scaling_y_and_w"),
        ({"grad": lambda x, y, y_pred: (y_pred - y).mean() + 0 * x[0]}, "scaling_x"),
        (
            {"mse": lambda y, y_pred: np.dot(y_pred, y_pred - 2 * y) / len(y)},
            "optimum_is_a_fixed_point",
        ),
        ({"grad": _writes}, "inputs_are_not_changed"),
        ({"forward": _remembers}, "same_call_same_result"),
    ],
)
def test_a_wrong_function_breaks_its_law(functions: Any, law: str) -> None:
    with pytest.raises(LawError):
        check_law(BY_NAME[law], make_functions(**functions), (None,))


def test_an_intercept_that_is_not_a_column_breaks_its_law() -> None:
    own = make_functions(
        grad=lambda x, y, y_pred: np.full(x.shape[1], np.mean(y_pred - y))
    )
    with pytest.raises(LawError, match="intercept_is_a_column_of_ones does not hold"):
        check_law(BY_NAME["intercept_is_a_column_of_ones"], own)


def test_a_float_that_is_off_in_the_eighth_digit_breaks_a_law() -> None:
    off = make_functions(grad=lambda w, x, y: _in_floats(w, x, y) * (1 + 1e-8))
    with pytest.raises(LawError):
        check_law(BY_NAME["gradient_is_the_central_difference"], off, (None,))


def test_the_text_states_the_law_and_the_smallest_numbers() -> None:
    own = make_functions(grad=lambda x, y, y_pred: 2 * np.dot(x.T, y_pred - y))
    with pytest.raises(LawError) as caught:
        check_law(BY_NAME["copies_of_the_data_do_not_matter"], own)
    text = str(caught.value)
    assert "law: L and ∇L are those of the samples taken k times" in text
    assert "Data taken twice have the same loss and gradient" in text
    lines = [line.strip() for line in text.splitlines()]
    code = lines[lines.index("counterexample:") + 1 :]
    names: dict[str, Any] = {}
    exec("\n".join(code[:-3]), names)  # noqa: S102 - the lines that the error prints
    assert len(names["x"]) == 1
    assert names["times"] == 2
    assert code[-3].startswith("left side:")
    assert code[-1] == "they must be equal"


def test_predictions_in_float32_are_right_as_such() -> None:
    def forward(w: Any, x: Any) -> Any:
        return np.dot(np.asarray(x, np.float32), np.asarray(w, np.float32))

    assert broken(forward=forward) == set()


def test_an_answer_that_is_not_finite_is_said() -> None:
    own = make_functions(mse=lambda y, y_pred: np.inf + np.dot(y, y_pred))
    with pytest.raises(AssertionError, match="returned inf, which is not finite"):
        check_law(BY_NAME["rise_of_one_step"], own, (None,))


def test_an_answer_of_another_shape_is_said() -> None:
    own = make_functions(grad=lambda x, y, y_pred: 2 * x * (y_pred - y))
    with pytest.raises(
        AssertionError, match=r"returned shape \(2,\), where shape \(\)"
    ):
        check_law(BY_NAME["gradient_is_the_central_difference"], own, (None,))


@parametrize_with_laws(step=lambda w, dw, lr: -lr * dw + w)
def test_a_step_alone_gets_its_laws(check: Any) -> None:
    check(max_examples=FEW)


def _names(mark: Any) -> list[str]:
    return [each.id for each in mark.args[1]]


def test_only_laws_about_what_is_given_are_run() -> None:
    assert _names(parametrize_with_laws()) == [law.name for law in LAWS]
    assert "predictions_are_linear" not in _names(parametrize_with_laws(grad=_loop))
    of_step = _names(parametrize_with_laws(step=core.step))
    assert "rise_of_one_step" in of_step
    assert "order_of_samples_does_not_matter" not in of_step


def test_what_takes_one_weight_is_held_against_its_laws() -> None:
    """A mean over everything is right for x (n,), and one number for x (n, d)."""

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        return (2 * x * (y_pred - y)).mean()

    mark: Any = parametrize_with_laws(grad=grad)
    assert "intercept_is_a_column_of_ones" not in _names(mark)
    for each in mark.args[1]:
        each.values[0](max_examples=FEW)


def test_the_laws_agree_with_their_pages() -> None:
    """Each names a page that is there, and its sentence ends as one."""
    for law in LAWS:
        assert law.sentence.endswith("."), law.name
        assert law.formula, law.name


def test_a_rate_within_the_bound_is_tried_at_the_bound_too() -> None:
    """A step that is right but for the bound itself is caught."""
    x = [Fraction(1), Fraction(2)]
    bound = Fraction(2, 5)

    def step(w: Any, dw: Any, lr: Any) -> Any:
        return w - lr * dw * (1 + (lr == bound))

    problem = laws.Problem(
        np.array(x, dtype=object), np.array(x, dtype=object), Fraction(0), Fraction(1),
        Fraction(1), Fraction(1), Fraction(1), (0, 1), 2, 1,
    )  # fmt: skip
    with pytest.raises(LawError):
        BY_NAME["learning_rate_bound_is_sharp"].check(
            make_functions(step=step), problem
        )
