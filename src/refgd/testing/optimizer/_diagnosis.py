"""Which mistake explains every run."""

from typing import TypeAlias

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._mistakes import mistakes
from refgd.testing.optimizer._mutations import Run, scale_steps
from refgd.testing.optimizer._probes import Probe
from refgd.testing.optimizer._reference import Rule
from refgd.testing.optimizer._tolerance import FLOOR, error

#: Each probe, with the rule as it is there.
Runs: TypeAlias = list[tuple[Probe, Rule]]


def likely(runs: Runs, trajectories: list[Array]) -> str | None:
    """Return in words the mistake that explains every run, if there is one."""
    for words, mutant in mistakes(runs[0][1]):
        if _explains(mutant, runs, trajectories):
            return words
    return _scale_in_words(runs, trajectories)


def _explains(mutant: Run, runs: Runs, trajectories: list[Array]) -> bool:
    """Whether a mutant takes every run's trajectory; not if the rule refuses it."""
    try:
        return all(
            (error(trajectory, mutant(rule, probe)) <= FLOOR).all()
            for (probe, rule), trajectory in zip(runs, trajectories, strict=True)
        )
    except ValueError:
        return False


def _scale_in_words(runs: Runs, trajectories: list[Array]) -> str | None:
    """Say that each step is that many times as long, if all of them are."""
    expected = runs[0][0].trajectory(runs[0][1])
    moves, theirs = expected[1] - expected[0], trajectories[0][1] - trajectories[0][0]
    j = int(np.argmax(np.abs(moves)))
    factor = float(theirs[j] / moves[j]) if moves[j] else np.nan
    mutant = scale_steps(lambda _: factor)
    if not (np.isfinite(factor) and _explains(mutant, runs, trajectories)):
        return None
    return f"each step is {factor:.4g} times as long"
