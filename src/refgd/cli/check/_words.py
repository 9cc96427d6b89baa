"""What `refgd check` prints."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from refgd.cli._arguments import Status
from refgd.cli.check._files import Checked

REPEATED = "  likely mistake:"  # the verdict's own line has said it

COLOURS = {"right": 32, "wrong": 31}
YELLOW = 33


def write_verdicts(checked: Checked) -> list[str]:
    """Write a verdict for each function, and what is wrong with it below."""
    width = max(len(each["function"]) for each in checked.functions)
    lines = []
    for each in checked.functions:
        words = f": {explain(each)}" if explain(each) else ""
        name = each["function"].ljust(width)
        lines.append(f"{name}  {_colour(each['verdict'])}{words}")
        text = each["text"].splitlines()[1:]
        lines += [line for line in text if not line.startswith(REPEATED)]
    if checked.stopped:
        lines.append(f"note: the file was not run to its end: {checked.stopped}")
    lines += _name_convention(checked)
    return [*lines, *(["all right"] if checked.status is Status.DONE else [])]


def _name_convention(checked: Checked) -> list[str]:
    """Say which convention was found out, where any would do."""
    return [f"convention: {checked.convention}"] if checked.chosen else []


def write_line(checked: Checked) -> str:
    """Write one line for a file among several."""
    target, verdict = checked.target, _colour(checked.verdict)
    if checked.error:
        return f"{target}: {verdict}: {checked.error}"
    verdict += "".join(f" ({words})" for words in _name_convention(checked))
    bad = [each for each in checked.functions if each["verdict"] != "right"]
    if not bad:
        names = ", ".join(each["function"] for each in checked.functions)
        return f"{target}: {verdict}: {names}"
    named = [each for each in bad if each["diagnosis"]]
    said = [f"{each['function']}: {each['diagnosis']}" for each in named]
    said += dict.fromkeys(note for each in bad for note in each["notes"])
    return f"{target}: {verdict}: {'; '.join(said) or f'see refgd check {target}'}"


def count_verdicts(checked: Sequence[Checked]) -> dict[str, int]:
    """Return how many files are right, wrong, unclear, and could not be run."""
    verdicts = [name_verdict(each.verdict) for each in checked]
    known = ("right", "wrong", "unclear", "could not be run")
    return {each: verdicts.count(each) for each in known}


def write_total(checked: Sequence[Checked]) -> str:
    """Write how many files there are of each verdict."""
    counts = count_verdicts(checked).items()
    words = ", ".join(f"{count} {verdict}" for verdict, count in counts)
    return f"{len(checked)} files: {words}"


def explain(finding: dict[str, Any]) -> str:
    """Say what is wrong with a function, in a line."""
    return "; ".join(filter(None, [finding["diagnosis"], *finding["notes"]]))


def name_verdict(verdict: str) -> str:
    """Return a verdict in a plainer word."""
    return "unclear" if verdict == "inconclusive" else verdict


def _colour(verdict: str) -> str:
    """Colour a verdict on a terminal, unless NO_COLOR asks for none."""
    word = name_verdict(verdict)
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return word
    return f"\x1b[{COLOURS.get(word, YELLOW)}m{word}\x1b[0m"
