"""Which convention functions keep to, where nobody states one."""

from collections.abc import Mapping

from refgd.testing.conventions import CONVENTIONS
from refgd.testing.gradient import _check, _clock, _oracle
from refgd.testing.gradient._signature import UserFunction

#: What is meant where the functions keep to none.
USUAL = "mse"


def choose_convention(
    functions: Mapping[str, UserFunction],
    max_seconds: float | None = _clock.MAX_SECONDS,
) -> str:
    """Return the convention that the loss keeps to; else the gradient; else "mse".

    The loss decides: a gradient of another convention is none of this loss.
    """
    with _clock.limited(max_seconds):
        return _clock.unless_late(lambda: _choose(functions), USUAL)


def _choose(functions: Mapping[str, UserFunction]) -> str:
    if "loss" in functions:
        kept = _check.convention_of(functions["loss"])
        if kept is not None:
            return kept.name
    if "gradient" in functions:
        for name, convention in CONVENTIONS.items():
            oracle = _oracle.gradient_oracle(functions["gradient"], convention)
            checked = _check.run_checks(oracle, convention, None, _check.RELATION)
            if checked.verdicts and checked.right:
                return name
    return USUAL
