"""The names of types in refgd's signatures, as a table: what each comment says."""

import re

from docs._ext import ROOT

ALIAS = re.compile(r"((?:^#: .+\n)+)(\w+): TypeAlias", re.MULTILINE)


def table() -> str:
    """Return the table, Markdown; what is guarded is data to the caller."""
    source = (ROOT / "src" / "refgd" / "_types.py").read_text("utf-8")
    rows = [
        f"| `{name}` | {' '.join(words.replace('#: ', '').split())} |"
        for words, name in ALIAS.findall(source)
        if name != "Guarded"
    ]
    return "\n".join(["| in a signature | what it is |", "| --- | --- |", *rows])
