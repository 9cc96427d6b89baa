"""What the drivers refuse or forgive; tests/frameworks/ runs what they take."""

import math

import numpy as np
import pytest

from refgd.testing import drivers
from refgd.testing.drivers._driver import take_rate


def test_another_class_is_refused() -> None:
    class Ridge: ...

    with pytest.raises(TypeError, match=r"of SGDRegressor or .*, got Ridge"):
        drivers.sklearn(Ridge)


def test_a_word_is_no_learning_rate() -> None:
    hyper = {"learning_rate": "constant", "lr": 0.5}
    assert take_rate(hyper) == 0.5
    assert hyper == {"learning_rate": "constant"}
    assert take_rate(hyper) is None


def test_a_driver_of_what_has_no_signature_has_no_settings() -> None:
    assert drivers.refgd(dict).settings == {}  # type: ignore[arg-type]  # none has none


def test_python_floats_that_divide_by_zero_are_nan() -> None:
    """An array would hold inf or NaN; single numbers raise."""

    def update(w: float, dw: float, state: None) -> tuple[float, None]:
        return w - math.copysign(1, dw) / int(dw - 1), state

    path = drivers.update(update, lr=1).run(np.ones((2, 1)), np.ones(2), np.zeros(1))
    assert path[0, 0] == 0
    assert np.isnan(path[1:]).all()
