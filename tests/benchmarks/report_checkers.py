"""Measure the checkers of gradients, and write the table in Markdown and in JSON.

``PYTHONPATH=tests python -m benchmarks.report_checkers [FOLDER] [small]`` writes
checkers.md and checkers.json there, of all the checkers that are installed.
"""

import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.checkers import CHECKERS
from benchmarks.measure_checkers import SIZES, measure
from benchmarks.wrong_held_out import GROUPS

HEADING = """\
**Killed**: of the wrong gradients and losses, those that a checker rejects at one of
two points at least: the tutorial's (x = 1 … 4, y = 2x, w = 0) and a random one (50
samples). Whatever a checker raises is a rejection, and so is what the gradient itself
raises under it. **Alarms**: right gradients that it rejects, first of those written in
many ways, at the two points; then the plainest one, at every scale of a grid (x from
1e-8 to 1e8, w from 1e-6 to 1e6, 1 to 10,000 samples), in float64 and in float32.
**Blind**: bugs off by more than 1 %, at those scales in float64, that it accepts.
**Time**: the processor's, for one check of a right gradient. Each checker is used as
its documentation uses it, with its own defaults; scipy's check_grad returns an error
and documents no threshold.

The scales of `check_gradient` are its own: it is told no data, so that each of the
gross bugs is asked once, and a right gradient raises an alarm at all scales or at none.
It judges by the mean squared residual, which no other of these checkers knows: what is
wrong in the loss and in the gradient alike is right to a difference quotient. Some
mistakes show only in data that neither point has (an odd number of samples, equal
samples, a zero, large numbers) or in a second call; there the choice of data decides,
not the comparison. `check_derivative` says right, wrong or inconclusive; only wrong is
a rejection. Refgd's authors wrote the wrong gradients too, after the kit, which was not
changed for them.
"""


def share(found: Mapping[str, bool] | None) -> str:
    """Return how many of how many."""
    return "own data" if found is None else f"{sum(found.values())}/{len(found)}"


def row(name: str, found: Mapping[str, Any]) -> list[str]:
    """Return a checker's cells."""
    killed = {k: v for group in found["kills"].values() for k, v in group.items()}
    return [
        name,
        share(killed),
        *(share(found["kills"][group]) for group in GROUPS),
        share(found["alarms"]),
        share(found.get("alarms_float64")),
        share(found.get("alarms_float32")),
        share(found["blind"]),
        f"{found['seconds'] * 1000:.3g} ms",
    ]


def markdown(results: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """Return what is measured in words, the table, and every miss of refgd's."""
    heads = ["checker", "killed", *GROUPS, "alarms: variants"]
    heads += ["float64 scales", "float32 scales", "blind", "time"]
    rows = [row(name, found) for name, found in results.items()]
    table = [heads, ["---"] * len(heads), *rows]
    lines = ["| " + " | ".join(cells) + " |" for cells in table]
    groups = "; ".join(f"*{group}*: {words}" for group, words in GROUPS.items())
    misses = [
        f"- `{name.removeprefix('refgd ')}` {what}: {', '.join(names) or 'none'}"
        for name, found in results.items()
        if name.startswith("refgd")
        for what, names in misses_of(found).items()
    ]
    text = [HEADING, *lines, "", f"Groups: {groups}.", ""]
    installed = ", ".join(f"{name} {number}" for name, number in versions.items())
    text += [f"Versions: {installed}.", "", "What refgd gets wrong:", ""]
    return "\n".join([*text, *misses, ""])


def misses_of(found: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return by name what is accepted though wrong, and rejected though right."""
    killed = {k: v for group in found["kills"].values() for k, v in group.items()}
    blind = {"in its own data": found["blind"]}
    scales = {f"at scales, {key[7:]}": found[key] for key in SCALES if key in found}
    return {
        "accepts": [name for name, seen in killed.items() if not seen],
        "is blind to": [k for table in blind.values() for k, v in table.items() if v],
        "rejects of the right": [
            name
            for table in (found["alarms"], *scales.values())
            for name, seen in table.items()
            if seen
        ],
    }


SCALES = ("alarms_float64", "alarms_float32")


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts, and by name what is missed, alarms or is not seen."""
    tables = ("alarms", *SCALES, "blind")
    return {
        "seconds": found["seconds"],
        "missed": {
            group: _named(table, of=False) for group, table in found["kills"].items()
        },
        **{key: _named(found[key], of=True) for key in tables if key in found},
    }


def _named(table: Mapping[str, bool], *, of: bool) -> dict[str, Any]:
    return {"of": len(table), "names": [k for k, v in table.items() if v is of]}


def main(folder: str = ".", size: str = "full") -> None:
    """Measure what is installed, and say what is not."""
    results, versions = {}, {}
    for name, checker in CHECKERS.items():
        if find_spec(checker.needs) is None:
            sys.stderr.write(f"{name}: skipped, {checker.needs} is not installed\n")
            continue
        results[name] = measure(checker, SIZES[size])
        versions[checker.needs] = version(checker.needs)
        sys.stderr.write("  ".join(row(name, results[name])) + "\n")
    text = markdown(results, versions)
    Path(folder, "checkers.md").write_text(text, "utf-8")
    summaries = {name: summary(found) for name, found in results.items()}
    whole = {"size": size, "versions": versions, "checkers": summaries}
    Path(folder, "checkers.json").write_text(json.dumps(whole, indent=1), "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
