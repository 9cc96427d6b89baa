from types import SimpleNamespace
from typing import Any

from property_table import PROVED, TESTED, write_table
from refgd.testing.laws import LAWS


def _report(name: str, *, passed: bool = True, examples: int | None = None) -> Any:
    properties = [] if examples is None else [("examples", examples)]
    return SimpleNamespace(
        nodeid=name, passed=passed, duration=0.25, user_properties=properties
    )


def test_a_law_has_one_line_with_all_that_was_seen_of_it() -> None:
    name, formula = LAWS[0].name, LAWS[0].formula
    tested = _report(f"{TESTED}::test_law[{name}]", examples=1234)
    lines = write_table([tested, _report(f"{PROVED}::test_law[{name}]")])
    assert lines[1].split() == [
        name,
        *formula.split(),
        "proved,",
        "tested",
        "1,234",
        "0.5",
    ]


def test_a_law_that_fails_says_so() -> None:
    name = LAWS[0].name
    lines = write_table([_report(f"{TESTED}::test_law[{name}]", passed=False)])
    assert "NOT tested" in lines[1]
    assert "proved" not in lines[1]


def test_a_module_has_one_line() -> None:
    reports = [_report(f"tests/x.py::test_{i}", examples=100) for i in range(3)]
    line = write_table(reports)[-1]
    assert line.split() == ["tests/x.py", "3", "properties", "tested", "300", "0.8"]
