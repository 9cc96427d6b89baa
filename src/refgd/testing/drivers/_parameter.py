"""A parameter as torch has them, of NumPy's numbers."""

from importlib import import_module
from typing import Any, Self

import numpy as np

from refgd._types import Array


class Parameter(np.ndarray[Any, Any]):
    """An array with ``.grad``, and with ``.data``, the array itself."""

    grad: Any

    def __new__(cls, w: Array) -> Self:
        return w.view(cls)

    def __array_finalize__(self, _: Any) -> None:
        self.grad = None

    @property
    def data(self) -> Any:
        """The numbers; what is assigned is written into the same array."""
        return self.view(np.ndarray)

    @data.setter
    def data(self, value: Any) -> None:
        self[...] = value


def as_torch(a: Any) -> Any:
    """Return the array as a tensor."""
    return import_module("torch").tensor(np.asarray(a))
