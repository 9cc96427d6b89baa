"""The child process of `refgd check`: load a program and check its functions.

It is run as ``python -m refgd.cli._check_child``; `refgd.cli._child` says how it gets
its orders and sends its findings.
"""

from refgd.cli import _child
from refgd.testing.programs import examine

if __name__ == "__main__":
    _child.answer(examine)
