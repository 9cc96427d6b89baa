"""What a user's function returned, as numbers."""

from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array


def flat(answer: Any) -> Array | None:
    """Return the answer as an array of numbers: arrays, tensors, (dw, db) pairs."""
    if answer is None:
        return None
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu()
    try:
        if isinstance(answer, tuple | list) and any(np.ndim(a) for a in answer):
            entries = np.concatenate([np.ravel(np.asarray(a)) for a in answer])
        else:
            entries = np.asarray(answer)
    except (TypeError, ValueError):
        return None
    if entries.dtype.kind in "biu":
        entries = entries.astype(object)
    if entries.dtype.kind not in "fO":
        return None
    if entries.dtype == object and not _rational(entries):
        try:
            return entries.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            return None
    return entries


def _rational(entries: Array) -> bool:
    kinds = (Fraction, int, np.integer, np.bool_)
    return entries.dtype == object and all(isinstance(e, kinds) for e in entries.flat)
