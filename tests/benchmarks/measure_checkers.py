"""Kills, alarms and blindness of every checker of gradients that is installed.

- A kill: a wrong gradient, or loss, that is rejected at one of two points at least.
- An alarm: a right gradient that is rejected.
- Blind: a gross bug, off by more than 1 % where it is asked, that is accepted.
"""

import time
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from benchmarks.checkers import Checker, Task
from benchmarks.wrong_held_out import (
    GROUPS,
    RULES,
    Case,
    Function,
    cases,
    gradient,
    mean_square,
    objective,
    right,
)
from testing.gradient.right import OF_WEIGHTS, SCALAR

#: The grid of scales: of x, of w, and how many samples.
X_SCALES = (1e-8, 1e-4, 1.0, 1e4, 1e8)
W_SCALES = (1e-6, 1e-3, 1.0, 1e3, 1e6)
NS = (1, 4, 50, 1000, 10_000)

#: Bugs that are gross at every scale.
GROSS = (
    "sum for mean",
    "no factor 2",
    "sign",
    "no chain rule",
    "n - 1",
    "|r|",
    "no last sample",
    "lr folded in",
)


class Size(NamedTuple):
    """How much of it is measured: every so many of the cases, and of the scales."""

    cases: int
    cells: int


SIZES = {"full": Size(1, 1), "small": Size(7, 31), "tiny": Size(60, 125)}


def points(shape: str) -> list[tuple[Any, Any, Any]]:
    """Return the tutorial's point, x = 1 … 4, y = 2x, w = 0, and a random one."""
    rng = np.random.default_rng(0)
    if shape == "one":
        x, random = np.arange(1.0, 5.0), rng.normal(size=50)
        return [(x, 2 * x, 0.0), (random, rng.normal(size=50), 0.7)]
    x = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 4.0], [4.0, 3.0]])
    start, w = np.zeros(2), np.array([0.7, -0.4, 0.2])
    if shape == "intercept":
        start, w = np.append(start, 0.0), np.append(w, 0.5)
    random = rng.normal(size=(50, 3))
    return [(x, x @ [2.0, -1.0], start), (random, rng.normal(size=50), w)]


def rejected(checker: Checker, case: Case) -> bool:
    """Whether it is rejected at one of the points; one is enough where none is used."""
    tasks = [Task(case.loss, case.grad, *point) for point in points(case.shape)]
    return any(map(checker.rejects, tasks[:1] if checker.chooses else tasks))


def kills(checker: Checker, size: Size) -> dict[str, dict[str, bool]]:
    """Return by group which wrong gradients are rejected."""
    table: dict[str, dict[str, bool]] = {group: {} for group in GROUPS}
    for case in list(cases())[:: size.cases]:
        name = f"{case.name} ({case.shape})"
        table[case.group][name] = rejected(checker, case)
    return table


def alarms(checker: Checker, size: Size) -> dict[str, bool]:
    """Return which right gradients are rejected."""
    chosen = list(right_ones())[:: size.cases]
    return {case.name: rejected(checker, case) for case in chosen}


def right_ones() -> Iterator[Case]:
    """Yield right gradients, written in many ways."""
    for shape, functions in {
        "one": {
            **{name: _of_predictions(name) for name in SCALAR},
            **_of_weights("scalar_rows scalar_moments scalar_norm"),
        },
        "several": _of_weights(
            "transposed_dot matmul_two_over_n normal_matrix einsum_rows mean_of_rows "
            "rows columns other_names"
        ),
        "intercept": _of_weights("with_ones apart"),
    }.items():
        loss = objective(shape, mean_square)
        for name, grad in functions.items():
            yield Case(name, shape, "right", loss, grad)


def _of_predictions(name: str) -> Function:
    function = SCALAR[name]
    if name == "swapped_parameters":
        return lambda w, x, y: function(x * w, y, x)
    return lambda w, x, y: function(x, y, x * w)


def _of_weights(names: str) -> dict[str, Function]:
    chosen = {name: OF_WEIGHTS[name] for name in names.split()}
    if "other_names" in chosen:
        other = chosen["other_names"]  # of x, y and w
        chosen["other_names"] = lambda w, x, y: other(x, y, w)
    return chosen


def grid(kind: type, ns: tuple[int, ...], step: int) -> Iterator[tuple[str, Any]]:
    """Yield data and a weight at each scale; the data are the same at all of them."""
    for a, b, n in list(product(X_SCALES, W_SCALES, ns))[::step]:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=n) * a, rng.normal(size=n) * a
        yield (
            f"x {a:g}, w {b:g}, n {n}",
            (x.astype(kind), y.astype(kind), kind(0.7 * b)),
        )


def alarms_at_scales(checker: Checker, kind: type, size: Size) -> dict[str, bool]:
    """Return at which scales the right gradient is rejected."""
    loss, grad = objective("one", mean_square), gradient("one", right)
    return {
        at: checker.rejects(Task(loss, grad, *point))
        for at, point in grid(kind, NS, size.cells)
    }


def blindness(checker: Checker, size: Size) -> dict[str, bool]:
    """Return where a gross bug is accepted, of those off by more than 1 %."""
    loss, truth, found = objective("one", mean_square), gradient("one", right), {}
    for name in GROSS:
        grad = gradient("one", RULES[name])
        for at, point in grid(np.float64, (50,), -(-size.cells // 5)):
            task, fair = Task(loss, grad, *point), Task(loss, truth, *point)
            dw = fair.df(fair.start)
            if abs(task.df(task.start) - dw) > 0.01 * abs(dw):
                found[f"{name}, {at}"] = not checker.rejects(task)
    return found


def blindness_on_own_data(checker: Checker) -> dict[str, bool]:
    """Return which gross bugs are accepted by a checker that has its own scales."""
    loss = objective("one", mean_square)
    return {
        name: not rejected(
            checker, Case(name, "one", "one", loss, gradient("one", RULES[name]))
        )
        for name in GROSS
    }


def seconds(checker: Checker) -> float:
    """Return the processor's median time of five checks of a right gradient."""
    task = Task(
        objective("one", mean_square), gradient("one", right), *points("one")[1]
    )
    taken = []
    for _ in range(5):
        start = time.process_time()
        checker.rejects(task)
        taken.append(time.process_time() - start)
    return sorted(taken)[2]


def measure(checker: Checker, size: Size) -> dict[str, Any]:
    """Return all that is measured of a checker."""
    found: dict[str, Any] = {
        "kills": kills(checker, size),
        "alarms": alarms(checker, size),
        "seconds": seconds(checker),
    }
    if checker.chooses:
        return found | {"blind": blindness_on_own_data(checker)}
    return found | {
        "alarms_float64": alarms_at_scales(checker, np.float64, size),
        "alarms_float32": alarms_at_scales(checker, np.float32, size),
        "blind": blindness(checker, size),
    }
