"""Commands on a page: each is run by this build, and what it prints is shown.

A command runs in a temporary folder that holds the files it is given, in a process of
its own, with this tree's refgd.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from docs._ext import ROOT

ENVIRONMENT = {
    "PYTHONPATH": str(ROOT / "src"),
    "NO_COLOR": "1",
    "COLUMNS": "80",
    "PYTEST_ADDOPTS": "--no-header -p no:cacheprovider",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
#: The end of pytest's last line, which is another in every build.
SECONDS = re.compile(r"^=+ (.+) in [\d.]+s.* =+$", re.MULTILINE)
#: A line of a table, of a command's options or of pytest: wrapped, it falls apart.
TABLE = re.compile(r"^(?: +\S.*?  +(?!#)\S|={9})", re.MULTILINE)


class File(NamedTuple):
    """A file that a page shows, and that its commands find."""

    name: str
    text: str

    def shown(self) -> str:
        """Return it as a fence of Markdown."""
        return f'```python title="{self.name}"\n{self.text.strip()}\n```\n'


def run(command: str, *files: File, status: int = 0) -> str:
    """Return a command and what it prints, as a fence of Markdown.

    Args:
        command: As it is typed: ``refgd check homework.py``.
        files: What lies in the folder.
        status: What it must end with; another one breaks the build.
    """
    return fence(command, output(command, *files, status=status))


def fence(command: str, printed: str) -> str:
    """Return a command with what it printed, as a fence; sentences wrap, no table."""
    wraps = "" if TABLE.search(printed) else " .wraps"
    return f"```{{.console{wraps}}}\n$ {command}\n{printed.strip()}\n```\n"


@cache  # the same page is made for each language
def output(command: str, *files: File, status: int = 0) -> str:
    """Return what a command prints to both of its streams, but for pytest's seconds.

    Raises:
        RuntimeError: If it ends with another status.
    """
    program, *arguments = shlex.split(command)
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            path = Path(folder) / file.name
            path.parent.mkdir(exist_ok=True)
            path.write_text(file.text.strip() + "\n", "utf-8")
        done = subprocess.run(  # noqa: S603 - the commands are our own pages'
            [sys.executable, "-m", program, *arguments],
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
    if done.returncode != status:
        msg = f"{command} ended with {done.returncode}, not {status}: {done.stdout}"
        raise RuntimeError(msg)
    return SECONDS.sub(lambda found: f" {found[1]} ".center(80, "="), done.stdout)


def commands() -> list[str]:
    """Return refgd's commands, in the order in which its help lists them."""
    listed = output("refgd --help").partition("\ncommands:")[2]
    return re.findall(r"^    (\w+) ", listed, re.MULTILINE)
