"""What a user says of a function's parameters and answer: "w, b, X, y -> db, dw".

The parameters stand in their order. Each is x, y, y_pred, w, b, n (how many samples),
d (how many features), points (rows of x and y), error (y_pred − y), or a number that is
given as it is. Beside x stand X.T for X (d, n), and [1, X] for a column of ones in
front; beside w, [b, w] for the intercept as its first entry. A capital is the same. The
parts of the answer are dw, db, loss or grad; what is _ is left out.
"""

import inspect
import re
from typing import Any, NamedTuple

from refgd.testing.programs._forms import Form
from refgd.testing.programs._labels import label
from refgd.testing.programs._slots import Slot

MEANINGS = {
    **{name: name for name in ("x", "y", "y_pred", "w", "b", "n", "d", "error")},
    "x.t": "x",
    "[1,x]": "x",
    "[b,w]": "w",
    "[w,b]": "w",
    "points": "xy",
    "[x,y]": "xy",
    "y.t": "y",
    "m": "n",
}
FORMS = {
    "x.t": {"transposed": True},
    "y.t": {"transposed": True},
    "[1,x]": {"ones": True},
    "[b,w]": {"first": True},
}

#: A comma between parameters, not one inside brackets.
COMMA = re.compile(r",(?![^\[]*\])")


class SignatureError(ValueError):
    """It does not say what it should."""


class Stated(NamedTuple):
    """What a user said of a function."""

    slots: list[Slot] | None  # None: as the names tell
    form: dict[str, Any]  # what the form must have
    labels: tuple[str | None, ...] | None


def read_signature(text: str, returns: str | None, function: Any) -> Stated:
    """Read what a user said of a function.

    Raises:
        SignatureError: If it cannot be read, or is of another number of parameters.
    """
    left, arrow, right = text.partition("->")
    parts = right if arrow else returns
    form: dict[str, Any] = {}
    slots = None
    if left.strip():
        items = [item.strip() for item in COMMA.split(left)]
        names = _list_parameters(function)
        slots = []
        for i, item in enumerate(items):
            given, equals, meaning = item.rpartition("=")
            place = names[i] if i < len(names) else None
            name = given.strip() or (place or item)
            slots.append(_read_item(meaning.strip(), name, by_name=bool(equals)))
            form |= FORMS.get(_plain(meaning), {})
    return Stated(slots, form, _read_returns(parts) if parts else None)


def _plain(item: str) -> str:
    return item.lower().replace(" ", "")


def _read_item(item: str, name: str, *, by_name: bool) -> Slot:
    meaning = MEANINGS.get(_plain(item))
    if meaning is not None:
        return Slot(name, meaning, by_name)
    try:
        number: Any = int(item)
    except ValueError:
        try:
            number = float(item)
        except ValueError:
            known = ", ".join(name for name in MEANINGS if name != "y.t")
            msg = f"--signature: {item!r} is none of {known}, nor a number"
            raise SignatureError(msg) from None
    return Slot(name, "value", by_name, number)


def _list_parameters(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _read_returns(text: str) -> tuple[str | None, ...]:
    names = [name.strip() for name in text.strip().strip("()[]").split(",")]
    labels = tuple("" if name == "_" else label(name) for name in names)
    if None in labels or not {"w", "b"} & {*labels}:
        msg = f"--returns names dw, db, grad, loss or _, such as 'db, dw', got {text!r}"
        raise SignatureError(msg)
    return labels


def suggest(meanings: set[str], names: list[str], known: dict[str, str]) -> str:
    """Return what to type for --signature: what is known, and a guess at the rest."""
    rest = [m for m in ("w", "x", "y", "b") if m not in meanings]
    if "y_pred" in meanings:
        rest = [m for m in ("x", "y") if m not in meanings]
    guessed = iter([*rest, *["0"] * len(names)])
    items = [known.get(name) or next(guessed) for name in names]
    shown = ["X" if item == "x" else item for item in items]
    return ", ".join(shown) + (" -> dw, db" if "b" in items else " -> dw")


def fits(form: Form, stated: Stated) -> bool:
    """Whether a form has what the user said."""
    return all(getattr(form, name) == value for name, value in stated.form.items())
