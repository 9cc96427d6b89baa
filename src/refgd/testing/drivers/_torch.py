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

    What refuses dense gradients, as SparseAdam does, gets sparse ones that leave no
    entry out, not even a zero.

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
            trajectory, give = [w], torch.tensor
            for dw, rate in zip(gradients, rates, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = float(rate)
                parameter.grad = give(dw)
                try:
                    optimizer.step()
                except RuntimeError as error:
                    if "dense gradients" not in str(error):
                        raise
                    give = _every_entry
                    parameter.grad = give(dw)
                    optimizer.step()
                trajectory.append(parameter.detach().numpy().copy())
        return np.stack(trajectory)

    return driver(factory, run, dtype, hyper)


def _every_entry(dw: Array) -> Any:
    """Return a gradient as a sparse tensor with all its entries."""
    torch = import_module("torch")
    places = torch.tensor(np.indices(dw.shape).reshape(dw.ndim, -1))
    values = torch.tensor(dw).flatten()
    return torch.sparse_coo_tensor(places, values, dw.shape, check_invariants=True)
