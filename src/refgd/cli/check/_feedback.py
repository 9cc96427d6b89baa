"""What `refgd check` writes for a student: a text for each file."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from refgd.cli.check import _words
from refgd.cli.check._files import SUFFIXES, Checked, RefusedError
from refgd.cli.check._reports import find_counterexample

AGAIN = "When you have changed it, check it again: `refgd check {}`."

NEXT = {
    "could not be run": "Mend that first. Then run the file yourself: it must come to "
    "its end without `input()`, and without files that only you have.",
    "inconclusive": "Nothing is known to be wrong. What is said above is what stood in "
    "the way of a verdict.",
    "right": "There is nothing to change.",
    "wrong": "Paste the counterexample below your own function and run it: beside what "
    "it returns stands what is expected. Work it out by hand on these few numbers, and "
    "compare line by line.",
}


def write(checked: Sequence[Checked], folder: Path) -> None:
    """Write a text for each file, in folders as the files are in.

    Raises:
        RefusedError: If one cannot be written.
    """
    names = name_files([each.target for each in checked])
    for each, name in zip(checked, names, strict=True):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(write_text(each), "utf-8")
        except OSError as error:
            msg = f"cannot write {path}: {error.strerror}"
            raise RefusedError(msg) from None


def name_files(targets: Sequence[str]) -> list[Path]:
    """Return a name for each target, below the folder that all have in common.

    Where hw.py and hw.ipynb lie side by side, the endings stay.
    """
    paths = [Path(target).absolute() for target in targets]
    common = os.path.commonpath([path.parent for path in paths])
    below = [path.relative_to(common) for path in paths]
    short = [p.with_suffix("") if p.suffix in SUFFIXES else p for p in below]
    uses = Counter(dict(zip(below, short, strict=True)).values())
    chosen = [s if uses[s] == 1 else p for s, p in zip(short, below, strict=True)]
    return [path.with_name(f"{path.name}.md") for path in chosen]


def write_text(checked: Checked) -> str:
    """Write the verdict, what is wrong, a counterexample to paste, and what to do."""
    name = Path(checked.target).name
    from refgd.testing import conventions  # noqa: PLC0415 - slow, and rarely wanted

    verdict = _words.name_verdict(checked.verdict)
    parts = [f"# {name}: {verdict}"]
    if checked.error:
        parts.append(f"`{name}` {checked.error}.")
    if checked.convention in conventions.CONVENTIONS:
        words = conventions.get(checked.convention).words
        parts.append(f"The loss is taken to be {words} (`{checked.convention}`).")
    parts += [_describe(each) for each in checked.functions]
    if checked.stopped:
        parts.append(f"The file was not run to its end: {checked.stopped}.")
    parts.append(NEXT[checked.verdict])
    if checked.verdict != "right":
        parts.append(AGAIN.format(name))
    return "\n\n".join(parts) + "\n"


def _describe(finding: dict[str, Any]) -> str:
    verdict = _words.name_verdict(finding["verdict"])
    words = f": {_words.explain(finding)}" if _words.explain(finding) else ""
    lines = [f"- `{finding['function']}`: **{verdict}**{words}"]
    code = find_counterexample(finding)
    if code:
        lines += ["", "  The smallest counterexample:", "", "  ```python"]
        lines += [f"  {line}" for line in code.splitlines()]
        lines.append("  ```")
    return "\n".join(lines)
