"""Two parameters in one run step as each does by itself: nothing is shared."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import WrongOptimizer, check_optimizer, drivers, identify


class Adam:
    """Of parameters in a list or a dict, as people write it."""

    t_each = False
    one_m = False

    def __init__(self, lr: float = 1e-3) -> None:
        self.lr, self.t = lr, 0
        self.m: dict[Any, Any] = {}
        self.v: dict[Any, Any] = {}

    def step(self, params: Any, grads: Any) -> None:
        """Change the parameters in place."""
        self.t += not self.t_each
        for key in params if isinstance(params, dict) else range(len(params)):
            self.t += self.t_each
            g, k = grads[key], 0 if self.one_m else key
            self.m[k] = 0.9 * self.m.get(k, 0) + 0.1 * g
            self.v[key] = 0.999 * self.v.get(key, 0) + 0.001 * g * g
            root = np.sqrt(self.v[key] / (1 - 0.999**self.t)) + 1e-8
            step = self.lr * self.m[k] / (1 - 0.9**self.t) / root
            self._take(params, key, step)

    def _take(self, params: Any, key: Any, step: Any) -> None:
        param = params[key]
        param -= step


class CountsEach(Adam):
    """Wrong: its t grows with each parameter."""

    t_each = True


class HasOneM(Adam):
    """Wrong: its m is that of all parameters."""

    one_m = True


class InDict(Adam):
    """It puts new arrays into a dict."""

    def _take(self, params: Any, key: Any, step: Any) -> None:
        params[key] = dict(params)[key] - step


class InDictHasOneM(InDict, HasOneM):
    """Both."""


class LikeTorchs(Adam):
    """Its parameters are its own, and have gradients."""

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(lr)
        self.params = list(params)

    def step(self) -> None:  # type: ignore[override]  # torch's form
        """Change its own parameters."""
        super().step([p.data for p in self.params], [p.grad for p in self.params])


class LikeTorchsCountsEach(LikeTorchs, CountsEach):
    """Both."""


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (CountsEach, "share t: t grows by 1 for each"),
        (LikeTorchsCountsEach, "share t: t grows by 1 for each"),
        (HasOneM, "share m: each goes on from the last one's"),
        (InDictHasOneM, "share m: each goes on from the last one's"),
    ],
)
def test_what_parameters_share_is_said(made: Any, words: str) -> None:
    said = f"with two parameters in one run, parameters {words}"
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(made, "torch.optim.Adam")
    assert caught.value.mistake == said


def test_identify_says_what_parameters_share() -> None:
    found = identify(CountsEach)
    assert not found.matches
    assert found.nearest.match.rule == "adam"
    assert "parameters share t" in str(found)


@pytest.mark.parametrize("made", [Adam, InDict, LikeTorchs])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_parameters_that_share_nothing_are_right(made: Any, dtype: Any) -> None:
    check_optimizer(drivers.step(made, dtype=dtype), "torch.optim.Adam")
