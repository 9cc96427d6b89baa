"""Wrong gradients that the kit was not made from are caught, by generality."""

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from refgd.testing.gradient import _diagnosis
from refgd.testing.gradient._conditions import Condition, find_condition
from refgd.testing.gradient._mistakes import Terms
from testing.gradient.wrong import WRONG, WRONG_OF_WEIGHTS

#: It says by its answer's dtype that it is float16: that is a note.
SHORT = "float16"


#: Those for which the whole catalogue of mistakes is held against all examples: it
#: explains none of them, of one weight, of many, and with an intercept.
SEARCHED = ("astype_int", "wrong_axis", "line_intercept_of_slope")


pytestmark = pytest.mark.usefixtures("every_condition_holds")


@pytest.fixture
def every_condition_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold each condition that is named against all examples that are shown."""

    def check(terms: list[Terms]) -> Condition | None:
        condition = find_condition(terms)
        if condition is not None:
            right = np.array([t.verdict.right for t in terms])
            assert np.all(condition.met | right)  # met by each that fails
            assert np.any(~condition.met & right)  # and told by those that pass
        return condition

    monkeypatch.setattr(_diagnosis, "find_condition", check)


@pytest.mark.usefixtures("no_rare_mistakes")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_of_predictions_is_caught(name: str) -> None:
    with pytest.raises(GradientError):
        check_gradient(WRONG[name], signature="x, y, y_pred", max_examples=20)


@pytest.mark.usefixtures("no_rare_mistakes")
@pytest.mark.parametrize("name", [name for name in WRONG_OF_WEIGHTS if name != SHORT])
def test_a_wrong_gradient_of_weights_is_caught(name: str) -> None:
    with pytest.raises(GradientError):
        check_gradient(WRONG_OF_WEIGHTS[name], signature="w, x, y", max_examples=20)


@pytest.mark.parametrize("name", SEARCHED)
def test_what_no_mistake_explains_has_no_diagnosis(name: str) -> None:
    roles = "x, y, y_pred" if name in WRONG else "w, x, y"
    wrong = (WRONG | WRONG_OF_WEIGHTS)[name]
    with pytest.raises(GradientError) as caught:
        check_gradient(wrong, signature=roles, max_examples=20)
    assert caught.value.diagnosis is None


def test_a_short_kind_of_number_is_a_note() -> None:
    report = check_gradient(
        WRONG_OF_WEIGHTS[SHORT], signature="w, x, y", max_examples=20
    )
    assert any("shorter kind of number" in note for note in report.notes)
