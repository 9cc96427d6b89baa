"""Read a file of vectors or of results: JSON, or rows of numbers alone."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.vectors._make import FORMAT, SHAPE, VERSION


def read_object(name: str, source: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object; refuse anything that is not one, or of another format."""
    made = _parse(name, source) if isinstance(source, str) else source
    if not isinstance(made, Mapping):
        msg = f"{name}: must be a JSON object, got {type(made).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - a file's contents, not an argument's type
    form = (made.get("format", FORMAT), made.get("version", VERSION))
    if form != (FORMAT, VERSION):
        msg = f"{name}: must be {FORMAT} version {VERSION}, got {form[0]} {form[1]}"
        raise ValueError(msg)
    return made


def _parse(name: str, text: str) -> Any:
    """Return what a text holds: JSON, or the rows of w."""
    words = text.split(maxsplit=1)
    if words and _is_number(words[0]):
        return {"w": [line.split() for line in text.splitlines() if line.strip()]}
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:
        msg = f"{name}: not JSON: {error}"
        raise ValueError(msg) from None


def _is_number(word: str) -> bool:
    try:
        read_number(word)
    except (OverflowError, ValueError):
        return False
    return True


def read_rows(name: str, what: str, made: Any) -> Array:
    """Return the rows of numbers of w, say; from their hex or their decimals."""
    rows = made
    if isinstance(made, Mapping):
        rows = made.get("hex", made.get("decimal"))
    if rows is None:
        msg = f'{name}: no "{what}" with its rows, in "hex" or in "decimal"'
        raise ValueError(msg)
    try:
        return np.array([[read_number(each) for each in row] for row in rows])
    except (OverflowError, TypeError, ValueError) as error:
        msg = f"{name}: {what} must be rows of numbers, all of one length: {error}"
        raise ValueError(msg) from None


def read_weights(name: str, made: Mapping[str, Any]) -> Array:
    """Return the rows of w, of which there must be T + 1."""
    rows = read_rows(name, "w", made.get("w", made))
    if rows.shape != SHAPE:
        msg = f"{name}: w must have {SHAPE} rows and columns, got {rows.shape}"
        raise ValueError(msg)
    return rows


def read_settings(made: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings that results state."""
    settings = made.get("settings", {})
    if not isinstance(settings, Mapping):
        raise ValueError('results: "settings" must be an object, a value by each name')  # noqa: TRY004 - a file's contents, not an argument's type
    return settings


def read_number(value: Any) -> float:
    """Return the number of a hexadecimal float, of a decimal, or as it is."""
    hexadecimal = isinstance(value, str) and "x" in value.lower()
    return float.fromhex(value) if hexadecimal else float(value)
