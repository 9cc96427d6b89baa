"""Check the functions of a program, each as it is meant to be called."""

from typing import Any

from refgd.testing.gradient._check import DEFAULT_EXAMPLES, findings
from refgd.testing.gradient._report import Finding
from refgd.testing.gradient._signature import UserFunction


def check(functions: dict[str, Any], orders: dict[str, Any]) -> list[Finding]:
    """Return a finding of each function."""
    unclear = []
    known = {}
    for kind, function in functions.items():
        try:
            known[kind] = UserFunction(function)
        except TypeError as error:
            unclear.append(_make_unclear(kind, _name(function), str(error)))
    if orders["convention"] is None and not {"gradient", "loss"} <= set(known):
        missing = "--convention own needs a gradient and a loss; name yours"
        for kind, function in functions.items():
            unclear.append(_make_unclear(kind, _name(function), missing))
        return unclear
    count = orders["max_examples"] or DEFAULT_EXAMPLES
    convention = orders["convention"]
    try:
        found = findings(known, convention, max_examples=count)
    except Exception:  # noqa: BLE001 - what fails on one function is not said of all
        found = [_check_alone(k, f, convention, count) for k, f in known.items()]
    return [*unclear, *found]


def _check_alone(
    kind: str, function: UserFunction, convention: Any, count: int
) -> Finding:
    """Check a function alone: the kit fails on one of several."""
    try:
        return findings({kind: function}, convention, max_examples=count)[0]
    except Exception as error:  # noqa: BLE001 - the kit's own fault is no verdict
        words = f"refgd itself failed on it: {type(error).__name__}: {error}"
        return _make_unclear(kind, function.name, words)


def _name(function: Any) -> str:
    return getattr(function, "__name__", None) or repr(function)


def _make_unclear(kind: str, name: str, words: str) -> Finding:
    return Finding(kind, name, "inconclusive", words)
