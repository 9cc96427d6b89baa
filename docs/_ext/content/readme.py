"""What the README says, for the pages that say it too."""

import re

from docs._ext import ROOT


def commands() -> str:
    """Return the README's first block of commands, as Markdown."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"^```sh\n.*?^```$", text, re.DOTALL | re.MULTILINE)
    assert found is not None  # noqa: S101 - the README has its two commands
    return found[0]
