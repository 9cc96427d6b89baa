"""What a run found, in lines; and where it did not converge, what would help."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from refgd import theory
from refgd.cli._problem import Problem
from refgd.descent import Fit
from refgd.stopping import Reason


def outcome(
    problem: Problem, run: Fit, tol: float, *, plain: bool = True
) -> Iterator[str]:
    """Yield the weights by name, the loss, why it stopped, and what would help.

    What would help is known of plain descent on all rows at once.
    """
    labels = [f"w[{name}]" for name in problem.names]
    width = max(map(len, [*labels, "loss" if run.validation is None else "validation"]))
    known = [f" (known: {w!r})" for w in problem.known or []] or [""] * len(labels)
    for label, w, beside in zip(labels, np.atleast_1d(run.w), known, strict=True):
        yield f"{label:{width}} = {float(w)!r}{beside}"
    yield f"{'loss':{width}} = {float(run.loss)!r}"
    if run.validation is not None:
        yield f"{'validation':{width}} = {float(run.validation)!r}"
    met = f" (tol = {tol:g})" if run.converged else ""
    yield f"stopped after {steps(run.n_iters)}: {run.reason}{met}"
    if run.reason is Reason.N_ITERS:
        yield advice(problem, run, tol) if plain else "not converged"


def advice(problem: Problem, run: Fit, tol: float) -> str:
    """Say what a run that took all its steps would have needed."""
    lr: Any = run.lr  # a number: the command line has no schedules
    rate = float(theory.rate(problem.x, float(lr)))
    if rate >= 1:
        return (
            f"not converged: at lr = {lr:g} a step need not shrink the error; the best "
            f"lr is {float(theory.best_lr(problem.x)):.6g}"
        )
    if tol == 0:
        return "not converged: tol = 0 waits for a gradient of exactly 0"
    needed = theory.steps_to(problem.x, lr, tol)
    if needed <= run.n_iters:
        return f"not converged: rounding keeps the gradient above tol = {tol:g}"
    return (
        f"not converged: a step leaves up to {_share(rate)} of the error, so "
        f"tol = {tol:g} needs up to {steps(_two_digits(needed))} (--n-iters)"
        + _cure(problem, float(lr), tol)
    )


def _cure(problem: Problem, lr: float, tol: float) -> str:
    """Name --standardize where that takes fewer steps, and how many."""
    if problem.units is not None:
        return ""
    own, better = (
        theory.steps_to(x, theory.default_lr(x), tol)
        for x in (problem.x, problem.standardized().x)
    )
    if better >= own:
        return ""
    by_default = "" if lr == theory.default_lr(problem.x) else " and no --lr"
    return f", or {steps(_two_digits(int(better)))} with --standardize{by_default}"


def _share(rate: float) -> str:
    """Return the rate with digits enough to tell it from 1."""
    digits = max(3, 2 - math.floor(math.log10(1 - rate)))
    return f"{rate:.{digits}g}"


def _two_digits(number: float) -> int:
    """Return the number in two digits: 1,400 for 1,372."""
    return int(float(f"{number:.2g}"))


def steps(number: int) -> str:
    """Return so many steps in words: 1 step, 10,000 steps."""
    return f"{number:,} step{'' if number == 1 else 's'}"
