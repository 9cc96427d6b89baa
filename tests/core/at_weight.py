"""The loss and its gradient at a weight: what the laws are about."""

from typing import Any

from refgd import forward, grad, mse


def loss(w: Any, x: Any, y: Any) -> Any:
    """Return the loss at w."""
    return mse(y, forward(w, x))


def gradient(w: Any, x: Any, y: Any) -> Any:
    """Return the gradient of the loss at w."""
    return grad(x, y, forward(w, x))
