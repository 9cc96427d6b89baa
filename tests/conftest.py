"""Options, profiles and fixtures of the whole suite."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

from property_table import PropertyTable, is_property, rank

# No deadline: two cores of a busy machine say nothing about a property.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True)
settings.register_profile(
    "repeatable", max_examples=50, deadline=None, derandomize=True
)
settings.register_profile(  # mutate_core.py: found is enough, not shrunk
    "mutants",
    max_examples=50,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile(  # what --hypothesis takes, unless it is told otherwise
    "thorough",
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # more examples are slow
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hypothesis",
        action="store_true",
        help="run the laws, their proofs and the other property tests alone, and end "
        "with a table of them",
    )
    parser.addoption(
        "--hypothesis-examples",
        type=int,
        metavar="N",
        help="how many examples --hypothesis draws for each property (default: 100)",
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
        if (examples := config.getoption("--hypothesis-examples")) is not None:
            settings.register_profile("asked", settings(), max_examples=examples)
            settings.load_profile("asked")
    elif config.getoption("--hypothesis-profile") is None:
        quick = config.getoption("-m") == "quick"
        settings.load_profile("quick" if quick else "dev")
    wanted = bool(config.getoption("--hypothesis"))
    config.pluginmanager.register(PropertyTable(wanted=wanted))
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


#: Every test of these is quick; of any other file of tests, the first is.
LAWS = ("core/test_laws.py",)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    seen: set[Path] = set()
    for item in items:
        if isinstance(item, pytest.Function):
            if item.path not in seen or item.path.as_posix().endswith(LAWS):
                item.add_marker("quick")
            seen.add(item.path)
    passed = config.getoption("--passed")
    if passed is not None and passed.exists():
        before = set(passed.read_text("utf-8").splitlines())
        _keep(config, items, [item.nodeid not in before for item in items])
    if config.getoption("--hypothesis"):
        _keep(config, items, map(is_property, items))
        items.sort(key=rank)


def _keep(
    config: pytest.Config, items: list[pytest.Item], wanted: Iterable[bool]
) -> None:
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item, keep in zip(items, wanted, strict=True):
        (kept if keep else others).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=others)


@pytest.fixture(autouse=True, scope="session")
def no_clock() -> Iterator[None]:
    """Let every check take its time: a busy machine says nothing about a verdict."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("refgd.testing._clock.ENABLED", False)
        yield


@pytest.fixture(autouse=True)
def no_silent_numbers() -> Iterator[None]:
    """Make overflow, NaN and division by zero errors; underflow is legal."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield
