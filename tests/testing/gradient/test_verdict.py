"""No alarms: right gradients at every scale and size, in float64 and float32."""

import numpy as np
import pytest

from refgd.testing import conventions
from refgd.testing.gradient import _oracle
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._signature import Subject
from refgd.testing.gradient._verdict import attempt
from testing.gradient.right import SCALAR


def _example(kind: type, scale: float, n: int) -> Example:
    generator = np.random.default_rng(n)
    x, y = (generator.normal(size=n) * scale for _ in range(2))
    return Example(x.astype(kind), y.astype(kind), kind(generator.normal()))


KINDS, SCALES = (np.float64, np.float32), (1e-8, 1e-4, 1.0, 1e4, 1e8)
EXAMPLES = [_example(k, s, n) for k in KINDS for s in SCALES for n in (1, 50)]
LARGE = _example(np.float64, 1e4, 10_000)


@pytest.mark.parametrize("name", SCALAR)
def test_a_right_gradient_is_within_its_bound_at_every_scale(name: str) -> None:
    question = _oracle.of_grad(Subject(SCALAR[name]), conventions.get("mse"))
    trials = [attempt(question, example) for example in EXAMPLES]
    assert all(trial is not None and trial.right for trial in trials)


@pytest.mark.parametrize("name", ["mean", "loop", "expanded", "centred", "scaled"])
def test_a_right_gradient_is_within_its_bound_for_many_samples(name: str) -> None:
    question = _oracle.of_grad(Subject(SCALAR[name]), conventions.get("mse"))
    trial = attempt(question, LARGE)
    assert trial is not None
    assert trial.right
