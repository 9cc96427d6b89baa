"""What an exhibit of the museum is, and how it is hung."""

from collections.abc import Callable
from typing import Any, NamedTuple

from refgd.testing.gradient import GradientError, check_gradient

Function = Callable[..., Any]


class Bug(NamedTuple):
    """A wrong function.

    Attributes:
        name: What it is called here.
        title: The mistake in a few words.
        function: The function itself.
        where: Where it really happened.
        caught_by: The property that it breaks.
        diagnosis: What `check_gradient` says of it.
    """

    name: str
    title: str
    function: Function
    where: str
    caught_by: str
    diagnosis: str

    def caught(self) -> GradientError | None:
        """Return what `check_gradient` raises, or None if it sees nothing."""
        try:
            check_gradient(self.function)
        except GradientError as error:
            return error
        return None


#: Every exhibit by its name.
BUGS: dict[str, Bug] = {}

FACTOR = "the exact gradient, and the loss's own central difference"
DOUBLED = "the exact gradient; also: duplicated data change nothing"
SAMPLES = "the exact gradient; also: the order of the samples changes nothing"
VECTOR = "the exact gradient of every coordinate"
INPUTS = "inputs compared after the call"
REPEATED = "the same numbers give the same answer"


def bug(
    title: str, where: str, diagnosis: str, caught_by: str = FACTOR
) -> Callable[[Function], Function]:
    """Hang a function in the museum."""

    def hang(function: Function) -> Function:
        name = function.__name__
        BUGS[name] = Bug(name, title, function, where, caught_by, diagnosis)
        return function

    return hang
