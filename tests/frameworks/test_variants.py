"""Every row of the comparison against the framework, and against what is nearly it.

The gradients and the numbers are fixed and chosen so that two rules that differ come
out differently: what holds a dialect against its framework can tell.
"""

import functools
import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from refgd import dialects, optimizers
from refgd._types import Array
from refgd.dialects import Picks, Recipe, Row, Sets

from .drivers import run
from .problems import TOLERANCE, error, gradients, recipe_of, refgd_path

#: The least error of a wrong variant: a hundred million times the tolerance.
APART = 1e-3

STEPS = 30
DW = gradients(0, STEPS, repeats=2)
RATES = np.where(np.arange(STEPS) < 10, 0.05, 0.025)

#: Of rules that see whether their weights are a matrix.
SHAPES = {"muon": (3, 4), "adafactor": (3, 4)}

#: What the learning rate is times, where a small one would hide a flag.
FASTER = {"adafactor": 10.0}

#: What the gradients are times, where large ones would hide an eps.
SMALLER = {"muon": 2.0**-30}
EPSILONS = (1e-2, 1e-8)

#: What a number is in this test, where the row does not leave it off.
NUMBERS = {
    "beta": 0.9,
    "beta1": 0.8,
    "beta2": 0.95,
    "beta3": 0.9,
    "rho": 0.9,
    "wd": 0.1,
    "dampening": 0.5,
    "initial_accumulator": 0.1,
    "lr_decay": 0.1,
    "lr_power": 0.25,
    "psi": 0.004,
    "threshold": 5.0,
    "eps_root": 1e-2,
    "shrink": 0.5,
    "share": 1.0,
    "optimism": 0.5,
    "lambd": 0.1,
    "power": 0.75,
    "t0": 5.0,
    "grow": 1.25,
    "least": 1e-3,
    "most": 0.2,
    "eps_rms": 1e-2,
    "clip": 1.5,
    "l1": 0.1,
    "l2": 0.1,
    "shrinkage": 0.1,
    "rate_power": -0.5,
    "rms": 0.3,
    "weight_ema.beta": 0.99,
    "trust": 0.1,
    "l1_share": 0.25,
    "average": 0,
}

#: What each flag could be instead, in every rule that has it.
VALUES: dict[str, tuple[Any, ...]] = {
    "nesterov": (False, True),
    "lr_inside": (False, True),
    "damp_first": (False, True),
    "eps_inside": (False, True),
    "eps_hat": (False, True),
    "centered": (False, True),
    "bias_correction": (False, True),
    "initial_accumulator": (0.0, 0.1, 1.0),
    "correct_m": (False, True),
    "correct_v": ("none", "before_max", "after_max"),
    "psi": (None, 0.004, 1),
    "decay_by_mu": (False, True),
    "correct_ahead": (False, True),
    "beta2_factor": (False, True),
    "threshold": (4.0, 5.0),
    "backtrack": (False, True),
    "lag": (False, True),
    "share_kept": (False, True),
    "lr_lag": (False, True),
    "relative_rate": (False, True),
    "weight_scale": (False, True),
    "eps_floor": (False, True),
    "ema": (False, True),
    "bfloat16": (False, True),
    "aspect": ("rows", "columns", "larger", "none"),
    "lambd_lr": (False, True),
    "intercept": (False, True),
    "lr_ahead": (False, True),
    "l2_doubled": (False, True),
    "decay": ("coupled", "lr", "schedule", "clipped"),
}


class Case(NamedTuple):
    """A row of the comparison with one flag other than it should be."""

    row: Row
    flag: str
    value: Any

    def __str__(self) -> str:
        return f"{_name(self.row)}, {self.flag}={self.value}"


def _name(row: Row) -> str:
    return f"{row.name}({', '.join(f'{k}={v}' for k, v in row.arguments.items())})"


def _arguments(row: Row, eps: float) -> dict[str, Any]:
    """Return the framework's arguments: the row's words, and this test's numbers."""
    chosen: dict[str, Any] = {}
    numbers = {**NUMBERS, "eps": eps}
    for name, default, role in dialects.dialect(row.name).arguments:
        value = row.arguments.get(name, default)
        if isinstance(role, Picks):
            chosen[name] = value
        elif isinstance(role, Sets) and role.flags != ("lr",):
            each = value if len(role.flags) > 1 else [value] * len(role.flags)
            named = zip(role.flags, each or (), strict=False)
            pair: Any = tuple(numbers.get(f, v) for f, v in named if value)
            one = len(pair) == 1
            chosen[name] = value if not value else role.sign * pair[0] if one else pair
    return chosen


def _recipe(row: Row, eps: float) -> Recipe:
    return recipe_of(dialects.dialect(row.name), _arguments(row, eps), _rates(row.rule))


def _rates(rule: str) -> Array:
    return RATES * FASTER.get(rule, 1.0)


def _gradients(rule: str) -> Array:
    return SMALLER.get(rule, 1.0) * DW.reshape(STEPS, *SHAPES.get(rule, (12,)))


def _start(recipe: Recipe) -> Array:
    decays = recipe.wd or (recipe.flags.get("lambd") and recipe.rule in SHAPES)
    start = np.linspace(0.25, 0.75, 12) if decays else np.zeros(12)
    return start.reshape(SHAPES.get(recipe.rule, (12,)))


@functools.cache
def _reference(name: str, eps: float) -> Array:
    """Run the framework, once for each row and eps."""
    row = ROWS[name]
    start = _start(_recipe(row, eps))
    dw, rates = _gradients(row.rule), _rates(row.rule)
    return run(row.name, _arguments(row, eps), dw, rates, start)


def _error(row: Row, **wrong: Any) -> float:
    """Return the larger error of the two eps, with some flags wrong."""
    errors = []
    for eps in EPSILONS if "eps" in _recipe(row, 1e-8).flags else EPSILONS[:1]:
        recipe = _recipe(row, eps)
        decay = wrong.get("decay", recipe.decay)
        flags = {**recipe.flags, **wrong}
        flags.pop("decay", None)
        changed = recipe._replace(flags=flags, decay=decay)
        path = refgd_path(changed, _gradients(row.rule), _start(recipe))
        errors.append(error(path, _reference(_name(row), eps)))
    return max(errors)


def _cases() -> Iterator[Case]:
    """Change each flag of each row to each other value that refgd takes."""
    for row in ROWS.values():
        recipe = _recipe(row, 1e-8)
        signature = inspect.signature(getattr(optimizers, recipe.rule)).parameters
        now = {name: p.default for name, p in signature.items()} | dict(recipe.flags)
        if recipe.wd:
            now["decay"] = recipe.decay
        for flag in now.keys() & VALUES.keys():
            for value in VALUES[flag]:
                if value != now[flag] and not _refused(row, flag, value):
                    yield Case(row, flag, value)


def _refused(row: Row, flag: str, value: Any) -> bool:
    """Whether refgd itself refuses the change, as eps_hat without a correction."""
    recipe = _recipe(row, 1e-8)
    try:
        recipe._replace(flags={**recipe.flags, flag: value}).make()
    except ValueError:
        return True
    except TypeError:  # decay is not the rule's own
        return False
    return False


WIDE = {"rows", "none"}


def _identity(case: Case) -> bool:
    """Whether the change is none, by algebra."""
    recipe = _recipe(case.row, 1e-8)
    changed = {recipe.decay, case.value}
    return (
        # without a velocity, there is nothing for the rate to be inside of
        (case.flag in {"nesterov", "lr_inside"} and not recipe.flags.get("beta", True))
        # without dampening, the first velocity is not damped either
        or (case.flag == "damp_first" and not recipe.flags.get("dampening"))
        # without a schedule, mu is beta1
        or (case.flag == "decay_by_mu" and recipe.flags["psi"] is None)
        # the matrix has more columns than rows, so their quotient counts as 1
        or (
            case.flag == "aspect"
            and {recipe.flags.get("aspect", "rows"), case.value} == WIDE
        )
        # without a decay, it is not times lr either
        or (case.flag == "lambd_lr" and not recipe.flags.get("lambd"))
        # the rate does not rise here
        or case.flag == "lr_ahead"
        # nothing, doubled
        or (case.flag == "l2_doubled" and not recipe.flags["l2"])
        # lr wd is below 1 here, so nothing is clipped
        or (case.flag == "decay" and changed == {"lr", "clipped"})
        # w - lr (dw + wd w) = (w - lr wd w) - lr dw
        or (case.flag == "decay" and recipe.rule == "sgd" and "schedule" not in changed)
    )


ROWS = {_name(row): row for row in dialects.table()}
CASES = sorted(_cases(), key=str)


def _in_its_group(*, identity: bool) -> list[Any]:
    """Return cases; those of a row in one process, which runs the framework once."""
    return [
        pytest.param(case, id=str(case), marks=pytest.mark.xdist_group(_name(case.row)))
        for case in CASES
        if _identity(case) == identity
    ]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ROWS]
)
def test_row_is_the_framework(name: str) -> None:
    """Each variant takes the framework's own path, within 1e-11."""
    assert _error(ROWS[name]) <= TOLERANCE


@pytest.mark.parametrize("case", _in_its_group(identity=False))
def test_wrong_variant_is_seen(case: Case) -> None:
    """With one flag turned otherwise it comes out 1e-3 away or more."""
    assert _error(case.row, **{case.flag: case.value}) >= APART


@pytest.mark.parametrize("case", _in_its_group(identity=True))
def test_identity_is_one(case: Case) -> None:
    assert _error(case.row, **{case.flag: case.value}) <= TOLERANCE
