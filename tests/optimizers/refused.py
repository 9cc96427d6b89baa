"""Is a call refused as it should be?"""

import re
from collections.abc import Callable
from typing import Any


def assert_refused(
    call: Callable[..., Any],
    error: type[Exception] | tuple[type[Exception], ...],
    message: str,
    *args: Any,
    **kwargs: Any,
) -> None:
    """Assert that a call raises an error with this message; name what it was given."""
    given = [*map(repr, args), *(f"{key}={kwargs[key]!r}" for key in kwargs)]
    call_text = f"{getattr(call, '__name__', call)}({', '.join(given)})"
    got: str | None = None
    try:
        call(*args, **kwargs)
    except error as refusal:
        got = str(refusal)
    assert got is not None, f"{call_text} is not refused"
    assert re.search(message, got), f"{call_text} says: {got}"
