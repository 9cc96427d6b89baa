"""Options, profiles and fixtures of the whole suite."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

# No deadline: two cores of a busy machine say nothing about a property.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True)
settings.register_profile(
    "repeatable", max_examples=50, deadline=None, derandomize=True
)
settings.register_profile(
    "thorough",
    max_examples=10 * settings.get_profile("dev").max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # ten times the examples are slow
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hypothesis",
        action="store_true",
        help="run the property tests alone, with ten times the examples, and print "
        "Hypothesis's statistics",
    )
    parser.addoption(
        "--benchmark-sizes",
        choices=("tiny", "small", "full"),
        help="the benchmarks' rows, with all peers; else tiny ones with NumPy alone",
    )
    parser.addoption(
        "--passed",
        type=Path,
        metavar="FILE",
        help="leave out the tests that FILE lists, and add to it those that pass",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis"):
        if config.getoption("--hypothesis-profile") is None:
            settings.load_profile("thorough")
        config.option.hypothesis_show_statistics = True
    elif config.getoption("--hypothesis-profile") is None:
        settings.load_profile("dev")
    passed = config.getoption("--passed")
    if passed is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Passed(passed))


class _Passed:
    """Adds the tests that pass to a file, one per line."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.names.append(f"{report.nodeid}\n")

    def pytest_sessionfinish(self) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.writelines(self.names)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    passed = config.getoption("--passed")
    if passed is not None and passed.exists():
        before = set(passed.read_text("utf-8").splitlines())
        _keep(config, items, [item.nodeid not in before for item in items])
    if config.getoption("--hypothesis"):
        tests = [getattr(item, "obj", None) for item in items]
        _keep(config, items, [is_hypothesis_test(test) for test in tests])


def _keep(
    config: pytest.Config, items: list[pytest.Item], wanted: Iterable[bool]
) -> None:
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item, keep in zip(items, wanted, strict=True):
        (kept if keep else others).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=others)


@pytest.fixture(autouse=True)
def no_silent_numbers() -> Iterator[None]:
    """Make overflow, NaN and division by zero errors; underflow is legal."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield
