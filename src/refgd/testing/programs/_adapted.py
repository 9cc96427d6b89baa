"""A program's function, called as it is meant to be, seen as one of (w, x, y)."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Self

import numpy as np

from refgd.testing import _clock
from refgd.testing.gradient._examples import INPUTS
from refgd.testing.gradient._signature import ROLES, UserFunction
from refgd.testing.programs._forms import USUAL, Form, average
from refgd.testing.programs._labels import label_key
from refgd.testing.programs._slots import Slot, get_scope, list_all

#: The input that a slot is made from, where it is not of the same name.
SOURCE = {"b": "w", "xy": "x", "error": "y_pred"}

Labels = tuple[str | None, ...]


def name_of(function: Any) -> str:
    """Return the name of a function, or what stands for one."""
    return getattr(function, "__name__", None) or repr(function)


class AdaptedFunction(UserFunction):
    """A function of a program's, the slots of its parameters, and its form.

    It is given examples as any user's function is; what it gets and returns is
    converted there and back.
    """

    def __init__(  # noqa: PLR0913 - each is one thing to know of a call
        self,
        function: Any,
        kind: str,
        slots: Sequence[Slot],
        from_globals: Sequence[Slot] = (),
        *,
        form: Form = USUAL,
        labels: Labels | None = None,
    ) -> None:
        self.function = function
        self.name = name_of(function)
        self.kind, self.form, self.labels = kind, form, labels
        self.slots, self.from_globals = slots, from_globals
        self.meanings = list_all((*slots, *from_globals))
        known = {*ROLES.values()}
        self.roles = tuple(m for m in sorted(self.meanings) if m in known)
        self.keywords = {}
        self.arrangement = None
        self.too_short = False
        self.reads_global = False  # the globals are among the arguments

    @property
    def takes_weights(self) -> bool:
        """Whether it works from w, and not from predictions."""
        return not {"y_pred", "error"} & self.meanings

    def __call__(self, inputs: dict[str, Any]) -> Any:
        """Call it with an example; return its answer as for rows of data.

        Raises:
            UnfitError: If the example is of a kind of model that the form is not for.
        """
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = self.form.convert(inputs, self.meanings)
            _protect(values, inputs)
            kept = {m: _copy(v) for m, v in values.items()}
            answer = self._call(values, len(inputs["y"]))
        _report_changes(values, kept, inputs)
        if self.arrangement:
            answer = self.arrangement.of(answer)
        return self.form.restore(answer, inputs, self.kind)

    def _call(self, values: dict[str, Any], n: int) -> Any:
        if not self.form.each:
            return self._call_once(values)

        def call(i: int) -> Any:
            one = {m: values[m][i] for m in SAMPLED & values.keys()}
            return self._call_once({**values, **one, "n": 1})

        return average(call, n)

    def _call_once(self, values: dict[str, Any]) -> Any:
        given = [(s, _value(s, values)) for s in self.slots]
        by_place = [value for slot, value in given if not slot.by_name]
        by_name = {slot.name: value for slot, value in given if slot.by_name}
        with self._set_globals(values), _clock.stopped():
            try:
                answer = self.function(*by_place, **by_name)
            except SystemExit:
                raise RuntimeError("it ends the program") from None
        return pick(answer, self.labels, self.kind)

    @contextlib.contextmanager
    def _set_globals(self, values: dict[str, Any]) -> Iterator[None]:
        """Set the globals that the function reads, as the script around it does."""
        if not self.from_globals:
            yield
            return
        scope = get_scope(self.function)
        kept = {slot.name: scope[slot.name] for slot in self.from_globals}
        scope.update((slot.name, _value(slot, values)) for slot in self.from_globals)
        try:
            yield
        finally:
            scope.update(kept)

    @property
    def needs(self) -> tuple[str, ...]:
        """All of an example: a form converts the predictions too."""
        return INPUTS

    def with_penalty(self, factor: int) -> Self:
        """Return the same function, of whose penalty the factor is another."""
        return self.varied(form=self.form._replace(penalty=factor))

    def arguments(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return the values of its parameters, and of the globals that it reads."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # np.matrix is no longer recommended
            values = self.form.convert(inputs, self.meanings)
        every = (*self.slots, *self.from_globals)
        return {s.name: _value(s, values) for s in every if s.meaning != "value"}

    def write_call(self) -> str:
        """Write how it is called, with a variable for each parameter."""
        names = [
            f"{'' if not s.by_name else s.name + '='}"
            f"{s.value if s.meaning == 'value' else s.name}"
            for s in self.slots
        ]
        return f"{self.name}({', '.join(names)})"


#: What has an entry for each sample.
SAMPLED = {"x", "y", "y_pred", "error", "xy"}


def _value(slot: Slot, values: dict[str, Any]) -> Any:
    if slot.keys:
        return {key: values[meaning] for key, meaning in slot.keys}
    return slot.value if slot.meaning == "value" else values[slot.meaning]


def _protect(values: dict[str, Any], inputs: dict[str, Any]) -> None:
    """Make copies as read-only as what they are made from."""
    if not inputs["x"].flags.writeable:
        for value in values.values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def _report_changes(
    values: dict[str, Any], kept: dict[str, Any], inputs: dict[str, Any]
) -> None:
    """Put a copy that was written to where it will be noticed: among the inputs."""
    for meaning, before in kept.items():
        if not _is_same(before, values[meaning]):
            inputs[SOURCE.get(meaning, meaning)] = np.array([])


def _copy(value: Any) -> Any:
    """Copy an array or a list, and leave what is in it: it may be no number."""
    if isinstance(value, list):
        return [_copy(each) for each in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def _is_same(value: Any, other: Any) -> bool:
    """Whether nothing was written into an array or a list."""
    if isinstance(value, list):
        return len(value) == len(other) and all(map(_is_same, value, other))
    if not isinstance(value, np.ndarray):
        return value is other or not isinstance(value, float | int | Fraction)
    if value.dtype == object:
        return all(a is b for a, b in zip(value.flat, other.flat, strict=True))
    return np.array_equal(value, other)


def pick(answer: Any, labels: Labels | None, kind: str) -> Any:
    """Return the parts of an answer that are of a kind, if their names tell them."""
    parts = list(_list_parts(answer, labels))
    wanted = ("loss",) if kind == "loss" else ("w", "b")
    known = [name for name, _ in parts]
    chosen = [v for want in wanted for name, v in parts if name == want]
    if kind == "predictions" or None in known or not chosen:
        if not isinstance(answer, dict):
            return answer
        chosen = [v for _, v in parts]
    return chosen[0] if len(chosen) == 1 else tuple(chosen)


def _list_parts(
    answer: Any, labels: Labels | None, whole: str | None = None
) -> Iterator[tuple[str | None, Any]]:
    """Yield the parts of an answer with their labels; those of a dict by its keys."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            yield from _list_parts(value, None, label_key(str(key)))
    elif isinstance(answer, tuple | list) and labels and len(labels) == len(answer):
        for value, name in zip(answer, labels, strict=True):
            yield from _list_parts(value, None, name)
    else:
        yield (whole, answer)
