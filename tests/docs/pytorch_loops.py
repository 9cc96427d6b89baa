"""The loops that the page on PyTorch shows: by hand, with autograd, with torch.optim.

Importing it needs no torch, and neither does the site; test_pytorch_page.py runs it.
"""

from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np

import refgd
from refgd import dialects

with suppress(ImportError):
    torch: Any = import_module("torch")

#: What the page's table runs: torch's optimizers, with torch's arguments.
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
    ("Adagrad", {"lr": 0.1}),
    ("RMSprop", {"lr": 0.1}),
    ("Adam", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1}),
    ("RAdam", {"lr": 0.1}),
)


def by_hand(x: Any, y: Any, lr: float, n_iters: int) -> Any:
    """Return w after so many steps: refgd's four functions."""
    w = np.zeros((), dtype=x.dtype)
    for _ in range(n_iters):
        y_pred = refgd.forward(w, x)
        dw = refgd.grad(x, y, y_pred)
        w = refgd.step(w, dw, lr)
    return w


def with_autograd(x: Any, y: Any, lr: float, n_iters: int) -> Any:
    """Return the same: torch finds the gradient, the step is by hand."""
    x, y = torch.tensor(x), torch.tensor(y)
    w = torch.zeros((), dtype=x.dtype, requires_grad=True)
    for _ in range(n_iters):
        loss = ((w * x - y) ** 2).mean()
        loss.backward()  # w.grad += dw
        with torch.no_grad():
            w -= lr * w.grad
        w.grad.zero_()
    return w.item()


def with_optim(x: Any, y: Any, lr: float, n_iters: int) -> Any:
    """Return the same: torch finds the gradient and takes the step."""
    x, y = torch.tensor(x), torch.tensor(y)
    w = torch.nn.Parameter(torch.zeros((), dtype=x.dtype))
    mse = torch.nn.MSELoss()
    optimizer = torch.optim.SGD([w], lr=lr)
    for _ in range(n_iters):
        optimizer.zero_grad()
        loss = mse(w * x, y)
        loss.backward()
        optimizer.step()
    return w.item()


def forgetful(x: Any, y: Any, lr: float, n_iters: int) -> Any:
    """Return where autograd's loop ends without zero_."""
    x, y = torch.tensor(x), torch.tensor(y)
    w = torch.zeros((), dtype=x.dtype, requires_grad=True)
    for _ in range(n_iters):
        ((w * x - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= lr * w.grad
    return w.item()


def in_torch(name: str, arguments: dict[str, Any], x: Any, y: Any, n_iters: int) -> Any:
    """Return where one of torch's own optimizers ends."""
    x, y = torch.tensor(x), torch.tensor(y)
    w = torch.nn.Parameter(torch.zeros((), dtype=x.dtype))
    optimizer = getattr(torch.optim, name)([w], **arguments)
    for _ in range(n_iters):
        optimizer.zero_grad()
        torch.nn.MSELoss()(w * x, y).backward()
        optimizer.step()
    return w.item()


def in_refgd(name: str, arguments: dict[str, Any], x: Any, y: Any, n_iters: int) -> Any:
    """Return where refgd's dialect of it ends."""
    optimizer = dialects.get(f"torch.optim.{name}", **arguments)
    return refgd.fit(x, y, optimizer=optimizer, n_iters=n_iters).w
