"""What the README says, for the pages that say it too."""

import os
import re

from docs._ext import ROOT


def commands() -> str:
    """Return the README's first block of commands, as Markdown.

    Where ``REPO_URL`` is set in the environment, as for ``repo_url`` in mkdocs.yml, the
    code is fetched from there first.
    """
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"^```sh\n.*?^```$", text, re.DOTALL | re.MULTILINE)
    assert found is not None  # noqa: S101 - the README has its two commands
    url = os.environ.get("REPO_URL")
    fetch = f"git clone {url} refgd && cd refgd\n" if url else ""
    return found[0].replace("```sh\n", f"```sh\n{fetch}", 1)
