"""What a run found, in lines; and where it did not converge, what would help."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from refgd import theory
from refgd._outcome import Fit
from refgd._types import Array
from refgd.cli.fit._plan import TOL, stride
from refgd.cli.fit._problem import Problem, plural
from refgd.compression import compress
from refgd.history import History
from refgd.stopping import Reason

WIDTH = 80
MOST_ROWS = 20
NUMBER = 13  # the longest in six digits: -1.23457e-123
LONGEST_NAME = 20


def lines(history: History, names: list[str], every: int | None) -> Iterator[str]:
    """Yield the header and a row for every `every`-th step, and for the last.

    None is for the round number that makes about 10 to 20 rows.
    """
    last = history.t[-1]
    every = stride(int(last), MOST_ROWS) if every is None else every
    losses = {"loss": history.loss}
    if history.validation is not None:
        losses["validation"] = history.validation
    shown, more = _choose_columns([_shorten(name) for name in names], len(losses))
    widths = [max(NUMBER, len(name)) for name in ["step", *losses, *shown]]
    widths[0] = max(len("step"), len(str(last)))
    yield _format_row(["step", *losses, *shown], widths) + more
    due = 0
    for t, w, *row in zip(history.t.tolist(), history.w, *losses.values(), strict=True):
        if t >= due or t == last:
            values = [*row, *np.atleast_1d(w)[: len(shown)]]
            yield _format_row([str(t), *(f"{value:.6g}" for value in values)], widths)
            due = (t // every + 1) * every


def _format_row(cells: list[str], widths: list[int]) -> str:
    pairs = zip(cells, widths, strict=True)
    return "  ".join(cell.rjust(width) for cell, width in pairs)


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."


def _choose_columns(names: list[str], losses: int) -> tuple[list[str], str]:
    """Return the names that fit beside step and losses, and a word on the others."""
    room = WIDTH - NUMBER - losses * (NUMBER + 2) - len("  and 999 more")
    shown: list[str] = []
    for name in names:
        room -= 2 + max(NUMBER, len(name))
        if room < 0:
            return shown, f"  and {len(names) - len(shown)} more"
        shown.append(name)
    return shown, ""


def outcome(
    problem: Problem, run: Fit, tol: float | None, *, plain: bool = True
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
    yield f"{'RMSE':{width}} = {math.sqrt(run.loss):.6g}"
    yield f"{'R^2':{width}} = {problem.r2(run):.6g}"
    if run.validation is not None:
        yield f"{'validation':{width}} = {float(run.validation)!r}"
    tol = TOL if tol is None else tol
    if not run.converged:
        excess, least = measure_excess(problem, run.w)
        yield f"the loss is {excess:.3g} above the least one, {least:.6g}"
    met = f" (tol = {tol:g})" if run.converged else ""
    yield f"stopped after {plural(run.n_iters, 'step')}: {run.reason}{met}"
    if run.reason is Reason.N_ITERS:
        yield advise(problem, run, tol) if plain else "not converged"


def measure_excess(problem: Problem, w: Array) -> tuple[float, float]:
    r"""Return how far the loss at w is above the least one, and that.

    **Definition**
    $$L(w) - L(w^*) = \frac1n |x (w - w^*)|^2$$

    It is formed of the predictions, so that two nearly equal losses are not subtracted.

    Args:
        problem: The data; w* is the least squares solution of its compressed rows.
        w: The weights, in the original units.
    """
    few = compress(problem.x, problem.y)
    x = few.x.reshape(len(few.y), -1)
    size = np.sqrt((x * x).sum(axis=0))
    x = x / np.where(size == 0, 1, size)  # so that no column is taken for rounding
    best = x @ np.linalg.lstsq(x, few.y)[0]
    own = w if problem.units is None else problem.units.own_start(w)
    ours = few.x.dot(own)
    excess, least = ((a - b) @ (a - b) for a, b in ((ours, best), (best, few.y)))
    return float(excess) / len(few.y), float(least) / len(few.y)


def advise(problem: Problem, run: Fit, tol: float) -> str:
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
        f"not converged: a step leaves up to {_format_rate(rate)} of the error, so "
        f"tol = {tol:g} needs up to {plural(_round(needed), 'step')} (--n-iters)"
        + _suggest_standardizing(problem, float(lr), tol)
    )


def _suggest_standardizing(problem: Problem, lr: float, tol: float) -> str:
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
    return f", or {plural(_round(int(better)), 'step')} with --standardize{by_default}"


def _format_rate(rate: float) -> str:
    """Return the rate with digits enough to tell it from 1."""
    digits = max(3, 2 - math.floor(math.log10(1 - rate)))
    return f"{rate:.{digits}g}"


def _round(number: float) -> int:
    """Return the number in two digits: 1,400 for 1,372."""
    return int(float(f"{number:.2g}"))
