"""What `refgd check` writes for a class: JSON and CSV."""

import contextlib
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any, TextIO

import refgd
from refgd.cli.check import _words
from refgd.cli.check._files import Checked, RefusedError

STDOUT = "-"

COLUMNS = [
    "file",
    "verdict",
    "function",
    "function_verdict",
    "diagnosis",
    "convention",
    "counterexample",
    "seconds",
]

Files = tuple[TextIO | None, TextIO | None]


@contextlib.contextmanager
def opened(json_name: str | None, csv_name: str | None) -> Iterator[Files]:
    """Open the reports before anything is run, so that no result is lost.

    Raises:
        RefusedError: If one cannot be written.
    """
    with contextlib.ExitStack() as stack:
        # Excel takes a file for UTF-8 only if it begins with a byte order mark
        encodings = ((json_name, "utf-8"), (csv_name, "utf-8-sig"))
        files = [stack.enter_context(_open(*each)) for each in encodings]
        yield files[0], files[1]


def _open(name: str | None, encoding: str) -> contextlib.AbstractContextManager[Any]:
    if name is None:
        return contextlib.nullcontext()
    if name == STDOUT:
        return contextlib.nullcontext(sys.stdout)
    try:
        return Path(name).open("w", encoding=encoding, newline="")
    except OSError as error:
        msg = f"cannot write {name}: {error.strerror}"
        raise RefusedError(msg) from None


def write(
    checked: Sequence[Checked], to_json: TextIO | None, to_csv: TextIO | None
) -> None:
    """Write the reports that are asked for."""
    if to_json is not None:
        total = _words.count_verdicts(checked)
        files = [*map(_describe, checked)]
        report = {"refgd": refgd.__version__, "total": total, "files": files}
        to_json.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    if to_csv is not None:
        writer = csv.DictWriter(to_csv, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for each in checked:
            writer.writerows(_list_rows(each))


def _describe_file(checked: Checked) -> dict[str, Any]:
    return {
        "file": checked.target,
        "verdict": _words.name_verdict(checked.verdict),
        "convention": checked.convention,
        "seconds": checked.seconds,
    }


def _describe(checked: Checked) -> dict[str, Any]:
    return {
        **_describe_file(checked),
        "error": checked.error,
        "stopped": checked.stopped,
        "functions": [
            {
                "kind": each["kind"],
                "function": each["function"],
                "verdict": _words.name_verdict(each["verdict"]),
                "diagnosis": each["diagnosis"],
                "notes": each["notes"],
                "counterexample": find_counterexample(each),
                "models": each["models"],
                "examples": each["examples"],
                "exact": each["exact"],
            }
            for each in checked.functions
        ],
    }


def _list_rows(checked: Checked) -> list[dict[str, Any]]:
    """Return a row for each function; of a file that could not be run, one."""
    common = _describe_file(checked)
    if checked.error:
        return [{**common, "diagnosis": checked.error}]
    return [
        {
            **common,
            "function": each["function"],
            "function_verdict": _words.name_verdict(each["verdict"]),
            "diagnosis": _words.explain(each),
            "counterexample": find_counterexample(each),
        }
        for each in checked.functions
    ]


def find_counterexample(finding: dict[str, Any]) -> str:
    """Return the lines to paste, or "" if there are none."""
    return dedent(finding["text"].partition("smallest counterexample:\n")[2])
