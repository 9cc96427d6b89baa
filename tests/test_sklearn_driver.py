"""What scikit-learn's driver refuses; tests/frameworks/ runs what it takes."""

import pytest

from refgd.testing import drivers
from refgd.testing._driver import taken_rate


def test_another_class_is_refused() -> None:
    class Ridge: ...

    with pytest.raises(TypeError, match="of SGDRegressor or MLPRegressor, got Ridge"):
        drivers.sklearn(Ridge)


def test_a_word_is_no_learning_rate() -> None:
    hyper = {"learning_rate": "constant", "lr": 0.5}
    assert taken_rate(hyper) == 0.5
    assert hyper == {"learning_rate": "constant"}
    assert taken_rate(hyper) is None
