"""How a program wants its data: in rows or columns, as lists, the intercept first."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing._answers import flat


class UnfitError(ValueError):
    """The example is of a kind of model that this form is not made for."""


class Form(NamedTuple):
    """How data and weights go in.

    Attributes:
        transposed: X (d, n), Y (1, n) and w (d, 1), as in courses on networks.
        columns: Y (n, 1), and w (d, 1).
        row: w (1, d) with either.
        flat: w (d,) with columns.
        matrix: All of them are of np.matrix.
        first: The intercept is the first entry of w, not the last.
        ones: X has a column of ones in front.
        each: One sample is given a call, and the answers are averaged.
        negated: The error is y − y_pred.
        lists: Lists are given in place of arrays.
        tensors: The library whose tensors are given: "torch" or "jax.numpy".
        penalty: What a penalty's factor is.
    """

    transposed: bool = False
    columns: bool = False
    row: bool = False
    flat: bool = False
    matrix: bool = False
    first: bool = False
    ones: bool = False
    each: bool = False
    negated: bool = False
    lists: bool = False
    tensors: str = ""
    penalty: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether it is likely enough for parameters that are guessed."""
        return not (self.each or self.lists or self.columns or self.row)

    @property
    def rank(self) -> int:
        """Return how far-fetched it is: it is tried where none below it runs."""
        return 2 * self.each + self.lists + (not self.tensors)

    def __str__(self) -> str:
        """Name what is not as usual."""
        words = (
            (self.transposed, "X (d, n) and Y (1, n)"),
            (self.columns, "Y (n, 1)"),
            (self.row, "w (1, d)"),
            (self.matrix, "np.matrix"),
            (self.first, "the intercept as the first entry of w"),
            (self.ones, "a column of ones in front of X"),
            (self.each, "one sample a call"),
            (self.lists, "lists"),
            (self.tensors, f"tensors of {self.tensors.partition('.')[0]}"),
        )
        return ", ".join(word for holds, word in words if holds)

    def convert(self, inputs: dict[str, Any], meanings: set[str]) -> dict[str, Any]:
        """Return what each meaning stands for in an example.

        Raises:
            UnfitError: If the example is of another kind of model.
        """
        x, y, w, p = (inputs[role] for role in ("x", "y", "w", "y_pred"))
        column, line = y.ndim > 1, x.ndim == 1
        size = np.size(w)
        intercept = size > (1 if line else x.shape[1])
        apart = "b" in meanings
        if not intercept and (apart or self.first or self.ones):
            raise UnfitError("there is no intercept")
        shaped = self.transposed or self.columns
        if (shaped and (column or (line and not self.ones))) or (
            "xy" in meanings and not line
        ):
            raise UnfitError("the data are of another shape")
        values: dict[str, Any] = {"y": y, "y_pred": p, "n": len(y)}
        values["penalty"] = self.penalty
        values["w"], values["b"] = self._split(w, apart=apart, line=line)
        if self.ones:
            x = np.column_stack([np.ones(len(y), dtype=x.dtype), x])
        values["d"] = 1 if line and not self.ones else x.shape[1]
        if "xy" in meanings:
            values["xy"] = np.column_stack([x, y])
        if "error" in meanings:
            values["error"] = y - p if self.negated else p - y
        values["x"] = x.T if self.transposed else x
        if shaped:
            self._shape(values)
        kept = {name: values[name] for name in meanings if name in values}
        return {name: self._wrap(value, x.dtype) for name, value in kept.items()}

    def _shape(self, values: dict[str, Any]) -> None:
        """Make columns or rows of what has one entry a sample, and of w."""
        for name in ("y", "y_pred", "error"):
            if name in values:
                a = values[name]
                values[name] = a[None, :] if self.transposed else a[:, None]
        if np.ndim(values["w"]) and not self.flat:
            w = values["w"]
            values["w"] = w[None, :] if self.row else w[:, None]

    def _split(self, w: Any, *, apart: bool, line: bool) -> tuple[Any, Any]:
        """Return the weights as they are meant, and the intercept."""
        if not np.ndim(w) or not (apart or self.first):
            return w, None
        slopes, b = w[:-1], w.ravel()[-1]
        if apart:
            return (slopes[0] if line else slopes), b
        return np.concatenate([w[-1:], slopes]), b

    def _wrap(self, value: Any, dtype: Any) -> Any:
        if isinstance(value, int):
            return value
        if self.lists:
            return value.tolist() if hasattr(value, "tolist") else value
        if self.tensors:
            library = importlib.import_module(self.tensors)
            make = library.asarray if self.tensors == "jax.numpy" else library.tensor
            kind = dtype if dtype.kind == "f" else np.float64
            return make(np.array(value, dtype=kind, order="C"))
        return np.asmatrix(value) if self.matrix and np.ndim(value) > 1 else value

    def restore(self, answer: Any, inputs: dict[str, Any], kind: str) -> Any:
        """Return an answer as it would be for rows, the intercept last."""
        if kind == "gradient" and self.first:
            entries = flat(answer)
            if entries is not None and entries.size == np.size(inputs["w"]):
                return _roll(entries, np.shape(inputs["w"]))
        shaped = self.transposed or self.columns
        if shaped and not isinstance(answer, tuple | list):
            entries = flat(answer)
            if entries is not None and entries.size == max(entries.shape, default=1):
                return entries.ravel() if entries.size > 1 else answer
        return answer


#: Rows, and the intercept as the last entry of w.
USUAL = Form()


def _roll(entries: Array, shape: tuple[int, ...]) -> Array:
    """Move the first entry to the end."""
    whole = entries.ravel()
    moved = np.concatenate([whole[1:], whole[:1]])
    return moved.reshape(shape) if entries.shape == shape else moved


#: How data and weights may be laid out, the usual ways first.
SHAPES = (
    USUAL,
    Form(transposed=True),
    Form(transposed=True, row=True),
    Form(columns=True),
    Form(columns=True, row=True),
    Form(columns=True, flat=True),
)


def list_forms(
    meanings: set[str], libraries: Iterable[str], *, matrix: bool = False
) -> Iterator[Form]:
    """Yield the forms that a function may be made for, the usual ones first."""
    shapes = list(SHAPES if "xy" not in meanings else SHAPES[:1])
    if "w" not in meanings:
        shapes = [form for form in shapes if not form.row and not form.flat]
    elif "b" not in meanings:
        rows = [form for form in shapes if not form.transposed]
        shapes += [form._replace(first=True) for form in rows]
        shapes += [form._replace(first=True, ones=True) for form in rows]
    if matrix:
        shapes += [form._replace(matrix=True) for form in shapes if form.columns]
    if "error" in meanings:
        shapes += [form._replace(negated=True) for form in shapes]
    rows = [form for form in shapes if not form.transposed and not form.columns]
    found = [form._replace(tensors=name) for name in libraries for form in shapes]
    found += [*shapes, *(form._replace(lists=True) for form in rows)]
    yield from found
    if "xy" not in meanings:
        plain = [form for form in found if not form.transposed and not form.columns]
        yield from (form._replace(each=True) for form in plain)


def average(call: Callable[[int], Any], n: int) -> Any:
    """Return the mean of the answers for each of n samples."""
    answers = [call(i) for i in range(n)]
    if isinstance(answers[0], tuple | list):
        parts = zip(*answers, strict=True)
        return tuple(_mean(each) for each in parts)
    return _mean(answers)


def _mean(values: Sequence[Any]) -> Any:
    return sum(values[1:], start=values[0]) / len(values)
