"""The page on PyTorch: its loops, run by torch itself, give refgd's numbers."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import refgd
from docs import pytorch_loops as loops
from refgd import theory
from refgd.testing import bounds, exact
from refgd.testing.strategies import datasets

torch = pytest.importorskip("torch", reason="the page's loops are torch's")

STEPS = 20
FEW = 5  # exact numbers grow with each step
#: Twenty steps of some ten roundings each: 2e-14, times what a β₂ of 0.999 amplifies.
TOLERANCE = 1e-11
SHARES = st.integers(1, 64)  # of the largest learning rate, in 64ths


def _rounding(x: Any, y: Any, lr: Fraction, dtype: Any) -> tuple[Fraction, Any]:
    """The exact w after FEW steps, and how far any of the loops may be from it.

    A gradient has n + 6 roundings at the most: its prediction, residual, square's
    derivative, mean (1/n and a product) and x, and the sum of n terms. A step has
    three: lr's own, a product, a difference. What was wrong before shrinks by
    |1 − lr H|.
    """
    x, y = exact.fractions(x), exact.fractions(y)
    n, w, error = len(y), Fraction(0), Fraction(0)
    keep = abs(1 - 2 * lr * np.dot(x, x) / n)
    least = bounds.smallest_subnormal(dtype) * (8 * n + 8) * (1 + max(abs(x)))
    for _ in range(FEW):
        dw = refgd.grad(x, y, refgd.forward(w, x))
        size = 2 * np.dot(abs(x), abs(x) * (abs(w) + error) + abs(y)) / n
        of_dw = bounds.gamma(n + 6, dtype) * size
        after = refgd.step(w, dw, lr)
        of_step = bounds.gamma(3, dtype) * (lr * size + lr * of_dw)
        of_w = bounds.unit_roundoff(dtype) * (abs(w) + error + lr * (size + of_dw))
        error = keep * error + lr * of_dw + of_step + of_w + least
        w = after
    return w, error


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=settings().max_examples // 5)  # each runs three loops
@given(data=st.data(), share=SHARES)
def test_the_three_loops_are_one(dtype: Any, data: st.DataObject, share: int) -> None:
    """By hand, with autograd and with torch.optim: the exact w but for rounding."""
    x, y = data.draw(datasets(kind=dtype, max_n=3))
    lr = float(share * Fraction(theory.max_lr(exact.fractions(x))) / 64)
    w, error = _rounding(x, y, Fraction(lr), dtype)
    for loop in (loops.by_hand, loops.with_autograd, loops.with_optim):
        assert abs(Fraction(float(loop(x, y, lr, FEW))) - w) <= error


@pytest.mark.parametrize(
    ("name", "arguments"), loops.ROWS, ids=[f"{n} {a}" for n, a in loops.ROWS]
)
def test_the_table_is_torchs(name: str, arguments: dict[str, Any]) -> None:
    """What the page prints of refgd's dialects is what torch itself computes."""
    x, y = refgd.datasets.tutorial()[1:3]
    ours = loops.in_refgd(name, arguments, x, y, STEPS)
    theirs = loops.in_torch(name, arguments, x, y, STEPS)
    assert abs(ours - theirs) <= TOLERANCE * abs(theirs)
    assert f"{ours:.6f}" == f"{theirs:.6f}"


def test_forgetting_zero_grad_is_momentum_one() -> None:
    """A heavy ball that forgets nothing: v ← v + ∇L, w ← w − η v."""
    x, y = refgd.datasets.tutorial()[1:3]
    w, v = 0.0, 0.0
    for _ in range(STEPS):
        v = v + refgd.grad(x, y, refgd.forward(w, x))
        w = w - 0.01 * v
    assert abs(loops.forgetful(x, y, 0.01, STEPS) - w) <= TOLERANCE * abs(w)


def test_the_reduction_sum_is_n_times_the_mean() -> None:
    """Of the loss, and so of the gradient; both exact here."""
    x, y = refgd.datasets.tutorial()[1:3]
    w = torch.zeros((), dtype=torch.float64, requires_grad=True)
    loss = torch.nn.MSELoss(reduction="sum")(w * torch.tensor(x), torch.tensor(y))
    loss.backward()
    assert loss.item() == len(y) * refgd.mse(y, 0 * y)
    assert w.grad.item() == len(y) * refgd.grad(x, y, 0 * y)


def test_a_step_outside_no_grad_is_refused() -> None:
    w = torch.zeros((), requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        w -= 1.0


def test_torchs_own_dtype_is_float32() -> None:
    assert torch.tensor(0.5).dtype == torch.get_default_dtype() == torch.float32
