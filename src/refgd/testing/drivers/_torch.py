"""Drive torch's optimizers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from refgd._types import Array, Settings
from refgd.testing.drivers._driver import Driver, driver, one_sentence


@contextmanager
def torch_floats(name: str) -> Iterator[None]:
    """Make torch's default dtype float64 or float32."""
    torch = import_module("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, name))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def torch(
    factory: Callable[..., Any], *, dtype: npt.DTypeLike = np.float64, **hyper: Any
) -> Driver:
    """Drive a torch optimizer; the rate is set in its groups, as schedulers do.

    Args:
        factory: A class such as ``torch.optim.Adam``, or a function with its call,
            ``factory([parameter], lr=..., **hyper)``.
        dtype: What its weights are, np.float64 or np.float32.
        **hyper: Its hyperparameters, in its own names.
    """

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        torch = import_module("torch")
        with torch_floats(np.dtype(dtype).name), one_sentence(factory):
            parameter = torch.nn.Parameter(torch.tensor(w))
            optimizer = factory([parameter], lr=float(rates[0]), **settings)
            trajectory = [w]
            for dw, rate in zip(gradients, rates, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = float(rate)
                parameter.grad = torch.tensor(dw)
                optimizer.step()
                trajectory.append(parameter.detach().numpy().copy())
        return np.stack(trajectory)

    return driver(factory, run, dtype, hyper)
