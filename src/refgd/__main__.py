"""`python -m refgd` is `refgd`."""

import sys

from refgd._start import quiet_interrupt


def run() -> int:
    """Import the command line, and run it; Ctrl-C is no error from the start on."""
    with quiet_interrupt():
        from refgd.cli import main  # noqa: PLC0415 - within what guards it
    return main()


if __name__ == "__main__":
    sys.exit(run())
