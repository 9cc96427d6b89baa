"""The child process of `refgd check`: load a program and check its functions.

It is run as ``python -m refgd.cli._check_child`` with its orders as JSON on stdin, and
writes its findings as JSON to the file that they name: what the user's code prints
cannot mix with them.
"""

from refgd.cli import _child
from refgd.testing.programs import examine

if __name__ == "__main__":
    _child.answer(examine)
