"""The start of the program `refgd`: Ctrl-C while it is still imported is no error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INTERRUPTED = 130  # 128 + the number of SIGINT, as a shell has it


@contextmanager
def quiet_interrupt() -> Iterator[None]:
    """End on Ctrl-C without a traceback, if the program is refgd and no other."""
    try:
        yield
    except KeyboardInterrupt:
        if is_refgd(sys.orig_argv, sys.argv):
            raise SystemExit(INTERRUPTED) from None
        raise


def is_refgd(whole: list[str], argv: list[str]) -> bool:
    """Tell from the arguments with Python's own, and from those after them."""
    if argv[:1] == ["-m"]:  # while a package is imported to be run
        place = whole.index("-m") + 1 if "-m" in whole else len(whole)
        return whole[place : place + 1] == ["refgd"]
    path = Path(argv[0]) if argv else Path()
    return path.stem == "refgd" or path.parts[-2:] == ("refgd", "__main__.py")
