"""Wrong gradients that the kit was not made from are caught, by generality."""

import pytest

from refgd.testing import GradientError, check_gradient
from testing.gradient.wrong import WRONG, WRONG_OF_WEIGHTS

#: It says by its answer's dtype that it is float16: that is a note.
SHORT = "float16"


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_of_predictions_is_caught(name: str) -> None:
    with pytest.raises(GradientError):
        check_gradient(WRONG[name], signature="x, y, y_pred", max_examples=20)


@pytest.mark.parametrize("name", [name for name in WRONG_OF_WEIGHTS if name != SHORT])
def test_a_wrong_gradient_of_weights_is_caught(name: str) -> None:
    with pytest.raises(GradientError):
        check_gradient(WRONG_OF_WEIGHTS[name], signature="w, x, y", max_examples=20)


def test_a_short_kind_of_number_is_a_note() -> None:
    report = check_gradient(
        WRONG_OF_WEIGHTS[SHORT], signature="w, x, y", max_examples=20
    )
    assert any("shorter kind of number" in note for note in report.notes)
