"""What ``pytest --hypothesis`` is: laws and proofs first, and a table at the end."""

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

from refgd.testing.laws import LAWS

TESTED, PROVED = "tests/core/test_laws.py", "tests/core/test_proofs.py"

#: The name under which a test's report says how many examples it drew.
EXAMPLES = "examples"


def is_property(item: pytest.Item) -> bool:
    """Whether a test is a law, a proof, or draws examples."""
    test = getattr(item, "obj", None)
    return item.nodeid.startswith((TESTED, PROVED)) or is_hypothesis_test(test)


def rank(item: pytest.Item) -> int:
    """Order the laws first, then the proofs, then the rest."""
    return (not item.nodeid.startswith(TESTED)) + (
        not item.nodeid.startswith((TESTED, PROVED))
    )


class PropertyTable:
    """Counts the examples that are drawn, and writes the table.

    It is written of a run with ``--hypothesis``, and of one of laws and proofs alone.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Count the calls of a property's inner test."""
        handle = getattr(getattr(item, "obj", None), "hypothesis", None)
        if handle is None or not self.wanted:
            return (yield)
        count, inner = 0, handle.inner_test

        @functools.wraps(inner)
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            return inner(*args, **kwargs)

        handle.inner_test = counted
        try:
            return (yield)
        finally:
            handle.inner_test = inner
            item.user_properties.append((EXAMPLES, count))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write a line for each law, then one for each module."""
        reports = [
            report
            for outcome in ("passed", "failed")
            for report in terminalreporter.stats.get(outcome, [])
            if getattr(report, "when", "") == "call"
        ]
        laws_alone = all(r.nodeid.startswith((TESTED, PROVED)) for r in reports)
        if not reports or not (self.wanted or laws_alone):
            return
        terminalreporter.section("the laws of gradient descent")
        for line in write_table(reports):
            terminalreporter.write_line(line)


def write_table(reports: list[Any]) -> list[str]:
    """Return the lines: law, formula, kind, examples, seconds; then the modules."""
    by_name = {report.nodeid: report for report in reports}
    rows = [("law", "formula", "evidence", "examples", "seconds")]
    for law in LAWS:
        tested = by_name.pop(f"{TESTED}::test_law[{law.name}]", None)
        proved = by_name.pop(f"{PROVED}::test_law[{law.name}]", None)
        if tested or proved:
            rows.append((law.name, law.formula, *_evidence(proved, tested)))
    rows.append(("", "", "", "", ""))
    modules: dict[str, list[Any]] = {}
    for name, report in by_name.items():
        modules.setdefault(name.partition("::")[0], []).append(report)
    for module, own in modules.items():
        kind = "proved" if module == PROVED else "tested"
        what = "more, and wrong ones" if kind == "proved" else "properties"
        counts = f"{len(own)} {what if len(own) > 1 else 'property'}"
        rows.append(
            (module, counts, _outcome(kind, own), _examples(own), _seconds(own))
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [_align(row, widths) for row in rows]


def _align(row: tuple[str, ...], widths: list[int]) -> str:
    """Words to the left, and the two numbers at the end to the right."""
    cells = [cell.ljust(width) for cell, width in zip(row[:-2], widths, strict=False)]
    cells += [
        cell.rjust(width) for cell, width in zip(row[-2:], widths[-2:], strict=True)
    ]
    return "  ".join(cells).rstrip()


def _evidence(proved: Any, tested: Any) -> tuple[str, str, str]:
    own = [report for report in (proved, tested) if report]
    kinds = [
        _outcome(kind, [report])
        for kind, report in (("proved", proved), ("tested", tested))
        if report
    ]
    return ", ".join(kinds), _examples(own), _seconds(own)


def _outcome(kind: str, reports: list[Any]) -> str:
    return kind if all(report.passed for report in reports) else f"NOT {kind}"


def _examples(reports: list[Any]) -> str:
    counts = [dict(report.user_properties).get(EXAMPLES, 0) for report in reports]
    return f"{sum(counts):,}" if any(counts) else ""


def _seconds(reports: list[Any]) -> str:
    return f"{sum(report.duration for report in reports):.1f}"
