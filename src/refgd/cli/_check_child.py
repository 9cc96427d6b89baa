"""The child process of `refgd check`: load a program and check its functions.

`refgd.cli._child` runs it, gives it its orders and takes its findings.
"""

from refgd.cli import _child
from refgd.testing.programs import examine

if __name__ == "__main__":
    _child.answer(examine)
