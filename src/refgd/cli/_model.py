"""A fit as plain JSON: what `refgd fit --save` writes and `refgd predict` reads.

```json
{"format": "refgd model", "version": 1, "y": "dist",
 "weights": {"speed": 3.93}, "intercept": -17.6}
```

The prediction is the sum of weight times column, and the intercept where it is not
null. That is all that is read; what else is there tells of the fit. A number that is
not finite is null, and a loss of null is that of a fit that diverged, which is refused.
A change of what is read raises the version.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import refgd
from refgd._outcome import Fit
from refgd._types import Array
from refgd.cli._arguments import UserError, writing
from refgd.cli.fit._problem import Problem

FORMAT, VERSION = "refgd model", 1


class Model(NamedTuple):
    """What predicts y from columns with names."""

    y: str
    weights: dict[str, float]
    intercept: float | None

    def predict(self, columns: Array) -> Array:
        """Return y for the columns, a row each, in the order of the weights."""
        y: Array = np.array([*self.weights.values()]).dot(columns)
        return y if self.intercept is None else y + self.intercept


def describe(problem: Problem, run: Fit) -> dict[str, Any]:
    """Return a fit as JSON has it."""
    weights = [_finite(w) for w in np.atleast_1d(run.w)]
    intercept = weights.pop() if problem.intercept else None
    names = problem.names[: len(weights)]
    return {
        "format": FORMAT,
        "version": VERSION,
        "y": problem.y_name,
        "weights": dict(zip(names, weights, strict=True)),
        "intercept": intercept,
        "loss": _finite(run.loss),
        "rmse": _finite(np.sqrt(run.loss)),
        "r2": _finite(problem.r2(run)),
        "validation": None if run.validation is None else _finite(run.validation),
        "rows": problem.n_rows,
        "steps": run.n_iters,
        "converged": run.converged,
        "reason": str(run.reason),
        "refgd": refgd.__version__,
    }


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def write(model: dict[str, Any]) -> str:
    return json.dumps(model, indent=1, ensure_ascii=False) + "\n"


def save(path: str, model: dict[str, Any]) -> None:
    """Write the model to a file, or say why that cannot be."""
    with writing(path):
        Path(path).write_text(write(model), "utf-8")


def load(path: str) -> Model:
    """Read a model, or say in a line what is wrong with it."""
    try:
        read = json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        msg = f"{path}: no such file"
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
    except (ValueError, RecursionError):
        msg = f"{path} is no model: it is not JSON"
    else:
        return _check(path, read)
    raise UserError(msg)


def _check(path: str, read: Any) -> Model:
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        msg = f"{path} is no model: refgd fit --save writes one"
        raise UserError(msg)
    if read.get("version") != VERSION:
        msg = (
            f"{path} is of version {read.get('version')!r}; this refgd reads {VERSION}"
        )
        raise UserError(msg)
    if read.get("loss", 0) is None:
        msg = f"{path} is of a fit that diverged"
        raise UserError(msg)
    y, weights, intercept = map(read.get, ("y", "weights", "intercept"))
    if not isinstance(y, str) or not isinstance(weights, dict) or not weights:
        msg = f"{path}: a model has y, a name, and weights by the names of columns"
        raise UserError(msg)
    numbers = {**weights, "intercept": 0 if intercept is None else intercept}
    for name, value in numbers.items():
        if type(value) not in {int, float} or not abs(value) <= sys.float_info.max:
            msg = (
                f"{path}: the weight of {name!r} must be a finite number, got {value!r}"
            )
            raise UserError(msg)
    return Model(y, weights, intercept)
