"""Write the tables of a run of the benchmarks, in Markdown and JSON, and its picture.

``python tests/benchmarks/report.py RUN.json [FOLDER]`` writes table.md, speed.json and
speed.svg there. Times are the least of the rounds; a ratio is to the limit, reading the
data once an iteration; memory is what a process's peak grows by, beside x and y.
"""

import json
import statistics
import sys
from collections import defaultdict
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from refgd.plots import BLUE, GREY, INK, STYLE, VERMILION

LIMIT = "reading once"
MEGA = 1e6
PAGE = "currentColor"  # for plots.INK: the page's own, which matplotlib does not know
OURS: dict[str, dict[str, Any]] = {  # each, as the others, with its marker
    "refgd.compress + fit": {"color": VERMILION, "linewidth": 2.5, "zorder": 3},
    "refgd.fit": {"color": BLUE, "linewidth": 2.5, "zorder": 3},
    LIMIT: {"color": GREY, "linestyle": "dashed"},
}
OTHERS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", INK)  # Okabe and Ito's
MARKERS = "osv^D<>PX*"

Size = tuple[int, int]  # n and d


class Cell(NamedTuple):
    """What one peer took: seconds, and bytes where they were measured."""

    seconds: float
    peak: int | None


Table = dict[int, dict[str, dict[Size, Cell]]]  # by iterations, then by peer


def table(report: dict[str, Any]) -> Table:
    """Return the cells of a run."""
    cells: Table = defaultdict(lambda: defaultdict(dict))
    for entry in report["benchmarks"]:
        info = entry["extra_info"]
        seconds = entry["stats"]["min"] * info["iterations"] / info["steps"]
        row = cells[info["iterations"]][info["peer"]]
        row[info["n"], info["d"]] = Cell(seconds, info.get("peak"))
    return dict(sorted(cells.items()))


def machine(report: dict[str, Any]) -> dict[str, Any]:
    """Return what the run was made on: no names, no paths."""
    about, infos = (
        report["machine_info"],
        [e["extra_info"] for e in report["benchmarks"]],
    )
    return {
        "cpu": about["cpu"]["brand_raw"],
        "cores": about["cpu"]["count"],
        "python": about["python_version"],
        "packages": sorted({info["package"] for info in infos}),
        "load average": round(statistics.median(info["load"] for info in infos), 1),
        "date": report["datetime"][:10],
    }


def markdown(cells: Table, on: dict[str, Any]) -> str:
    """Return a table for each number of iterations, and what they were made on."""
    return "\n".join(
        [*(line for k in cells for line in _lines(k, cells[k])), _about(on), ""]
    )


def _lines(iterations: int, rows: dict[str, dict[Size, Cell]]) -> list[str]:
    sizes = sorted({size for row in rows.values() for size in row}, key=_by_columns)
    heads = [f"{n:,}" + (f" × {d}" if d > 1 else "") for n, d in sizes]
    head = f"{iterations:,} iteration{'s' if iterations > 1 else ''} of"
    limit = rows[LIMIT]
    return [
        f"| {head} | {' | '.join(heads)} |",
        "| --- " * (len(sizes) + 1) + "|",
        *(
            f"| {peer} | {' | '.join(_cell(row, limit, size) for size in sizes)} |"
            for peer, row in rows.items()
        ),
        "",
    ]


def _by_columns(size: Size) -> Size:
    return size[::-1]


def _cell(row: dict[Size, Cell], limit: dict[Size, Cell], size: Size) -> str:
    if size not in row:
        return "–"
    seconds, peak = row[size]
    parts = [_time(seconds), f"{_digits(seconds / limit[size].seconds)}×"]
    if peak is not None:
        parts.append("< 1 MB" if peak < MEGA else f"{peak / MEGA:,.0f} MB")
    return "<br>".join(parts)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{_digits(seconds / size)} {unit}"
    return f"{_digits(seconds / 1e-6)} µs"


def _digits(value: float) -> str:
    """Return three digits, or all of a whole number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _about(on: dict[str, Any]) -> str:
    busy = " Other programs ran at the same time: each time is an upper bound."
    return (
        f"{on['cpu']}, {on['cores']} cores; Python {on['python']}, "
        f"{', '.join(on['packages'])}; {on['date']}, at a load average of "
        f"{on['load average']}.{busy if on['load average'] > on['cores'] else ''}"
    )


def picture(cells: Table, path: Path) -> None:
    """Draw the seconds of the most iterations over n, for one column."""
    import matplotlib as mpl  # noqa: PLC0415 - optional: refgd[cli]
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional: refgd[cli]

    with mpl.rc_context({**STYLE, "svg.fonttype": "none"}):
        figure = Figure(figsize=(5.6, 5.2), layout="constrained")
        iterations = max(cells)
        axes = figure.add_subplot(
            xscale="log", yscale="log", xlabel="rows", ylabel="seconds"
        )
        colours = cycle(OTHERS)
        for (peer, row), marker in zip(
            cells[iterations].items(), MARKERS, strict=False
        ):
            points = sorted((n, cell.seconds) for (n, d), cell in row.items() if d == 1)
            look = OURS.get(peer) or {"color": next(colours)}
            axes.plot(*zip(*points, strict=True), marker=marker, label=peer, **look)
        axes.set_title(f"{iterations:,} full-batch iterations of y = w·x")
        figure.legend(loc="outside lower center", ncols=2)
        figure.savefig(path, transparent=True, metadata={"Date": None})
    path.write_text(path.read_text("utf-8").replace(INK, PAGE), "utf-8")


def main(source: str, folder: str = ".") -> None:
    """Read pytest-benchmark's JSON and write the three files."""
    report = json.loads(Path(source).read_text("utf-8"))
    cells, on, target = table(report), machine(report), Path(folder)
    text = markdown(cells, on)
    (target / "table.md").write_text(text, "utf-8")
    listed = [
        {"peer": peer, "n": n, "d": d, "iterations": k, **cell._asdict()}
        for k, rows in cells.items()
        for peer, row in rows.items()
        for (n, d), cell in row.items()
    ]
    kept = json.dumps({"machine": on, "rows": listed}, indent=1)
    (target / "speed.json").write_text(kept + "\n", "utf-8")
    picture(cells, target / "speed.svg")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
