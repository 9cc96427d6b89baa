"""Options, profiles and fixtures of the whole suite."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

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


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis"):
        if config.getoption("--hypothesis-profile") is None:
            settings.load_profile("thorough")
        config.option.hypothesis_show_statistics = True
    elif config.getoption("--hypothesis-profile") is None:
        quick = config.getoption("-m") == "quick"
        settings.load_profile("quick" if quick else "dev")


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
    if not config.getoption("--hypothesis"):
        return
    properties: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        test = getattr(item, "obj", None)
        (properties if is_hypothesis_test(test) else others).append(item)
    items[:] = properties
    config.hook.pytest_deselected(items=others)


@pytest.fixture(autouse=True)
def no_silent_numbers() -> Iterator[None]:
    """Make overflow, NaN and division by zero errors; underflow is legal."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield
