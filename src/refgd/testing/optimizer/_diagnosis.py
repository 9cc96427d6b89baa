"""Which mistake explains every run."""

import numpy as np

from refgd._types import Array
from refgd.dialects import Recipe
from refgd.testing.optimizer._mistakes import mistakes
from refgd.testing.optimizer._mutations import Walk, scaled
from refgd.testing.optimizer._probes import Probe
from refgd.testing.optimizer._reference import Made
from refgd.testing.optimizer._tolerance import first_difference


def likely(runs: list[tuple[Probe, Recipe | Made]], paths: list[Array]) -> str | None:
    """Return the mistake whose path is the one seen in every run, if there is one."""
    for mistake in mistakes(runs[0][1]):
        if _explains(mistake.walk, runs, paths):
            return mistake.words
    return _longer(runs, paths)


def _explains(
    walk: Walk, runs: list[tuple[Probe, Recipe | Made]], paths: list[Array]
) -> bool:
    """Whether this path is the one seen in every run; not if the rule refuses it."""
    try:
        return all(
            first_difference(path, walk(rule, probe), rule) is None
            for (probe, rule), path in zip(runs, paths, strict=True)
        )
    except ValueError:
        return False


def _longer(runs: list[tuple[Probe, Recipe | Made]], paths: list[Array]) -> str | None:
    """Say that each step is so many times as long, if all of them are."""
    expected = runs[0][0].follow(runs[0][1])
    moves, theirs = expected[1] - expected[0], paths[0][1] - paths[0][0]
    j = int(np.argmax(np.abs(moves)))
    factor = float(theirs[j] / moves[j]) if moves[j] else np.nan
    explained = np.isfinite(factor) and _explains(scaled(lambda _: factor), runs, paths)
    return f"each step is {factor:.4g} times as long" if explained else None
