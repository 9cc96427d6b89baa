"""Write the table of a run of the benchmarks, in Markdown and JSON, and its picture.

``python tests/benchmarks/report.py speed.json [FOLDER]`` writes speed.md, speed_table
.json and speed.svg there. Times are the least of the rounds; a ratio is to the limit,
reading the data once an iteration.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

LIMIT = "reading once"
SECOND = 1.0

Rows = dict[tuple[int, int, int], dict[str, float]]


def rows(report: dict[str, Any]) -> Rows:
    """Return the seconds of each peer by (n, d, iterations)."""
    table: Rows = defaultdict(dict)
    for entry in report["benchmarks"]:
        info, seconds = entry["extra_info"], entry["stats"]["min"]
        key = info["n"], info["d"], info["iterations"]
        table[key][info["peer"]] = seconds * info["iterations"] / info["steps"]
    return dict(sorted(table.items()))


def markdown(table: Rows) -> str:
    """Return the table: seconds, and how many times the limit's they are."""
    peers = list(next(iter(table.values())))
    lines = [
        f"| n | d | iterations | {' | '.join(peers)} |",
        "| --- " * (len(peers) + 3) + "|",
    ]
    for (n, d, iterations), seconds in table.items():
        cells = [
            f"{seconds[peer]:.3g} s ({seconds[peer] / seconds[LIMIT]:.3g}×)"
            if peer in seconds
            else "–"
            for peer in peers
        ]
        lines.append(f"| {n:,} | {d} | {iterations:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def picture(table: Rows, path: Path) -> None:
    """Draw the seconds of a thousand iterations over n, for one column."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional: refgd[cli]

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot(
        xscale="log", yscale="log", xlabel="rows", ylabel="seconds"
    )
    peers = dict.fromkeys(peer for seconds in table.values() for peer in seconds)
    for peer in peers:
        points = [
            (n, seconds[peer])
            for (n, d, iterations), seconds in table.items()
            if d == 1 and iterations > 1 and peer in seconds
        ]
        axes.plot(*zip(*points, strict=True), marker="o", label=peer)
    axes.set_title("a thousand full-batch iterations of y = w·x")
    axes.legend(fontsize="small")
    figure.savefig(path)


def main(source: str, folder: str = ".") -> None:
    """Read pytest-benchmark's JSON and write the three files."""
    table = rows(json.loads(Path(source).read_text("utf-8")))
    target = Path(folder)
    text = markdown(table)
    (target / "speed.md").write_text(text, "utf-8")
    listed = [
        {"n": n, "d": d, "iterations": k, "seconds": seconds}
        for (n, d, k), seconds in table.items()
    ]
    (target / "speed_table.json").write_text(json.dumps(listed, indent=1), "utf-8")
    picture(table, target / "speed.svg")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
