"""`refgd fit`: gradient descent on a file."""

import argparse
from typing import NamedTuple

import numpy as np

from refgd import plots
from refgd._outcome import Diverged, Fit
from refgd.cli import _model
from refgd.cli._arguments import Status, UserError, say, writing
from refgd.cli.fit import _options, _problem, _report, _training
from refgd.cli.fit._interrupt import interruption
from refgd.cli.fit._options import Options
from refgd.cli.fit._problem import Problem
from refgd.cli.fit._training import Training
from refgd.stopping import Reason

SUMMARY = "fit a CSV file"

DESCRIPTION = """\
Fit y = x * w by gradient descent on the mean of the squared residuals, from w = 0.

The columns are x and y where there are such; else y is the last column of numbers,
and x the only other one: of several, say which with --x. The first line printed names
those taken. A file is read in batches, and one of 1,024 rows or more is compressed
as it is read, unless --batch-size, --validation or --plot ask for its rows: it may be
larger than the memory.
"""

EPILOG = """\
examples:
  refgd fit --dataset hubble
  refgd fit data.csv --intercept --plot fit.svg
  refgd fit data.csv --x height,age --y weight --n-iters 100000
  refgd fit data.csv --no-header --x 1 --y 3
  refgd fit data.csv --intercept --save model.json && refgd predict model.json new.csv

exit status: 0 if the gradient met --tol, or the loss --patience; 1 for an error, and
for a loss that ended above its start; 3 if all --n-iters steps were taken and the fit
has not converged; 130 after Ctrl-C, 143 after SIGTERM, both with what there is printed
and the checkpoint saved.
"""


add_options = _options.add_options


class _Ended(NamedTuple):
    """How a run ended.

    Attributes:
        run: The run, as far as it went.
        diverged: What happened, if it diverged; else empty.
        unsaved: Why its checkpoint could not be written, if it could not.
        signal: What interrupted it, if something did.
    """

    run: Fit
    diverged: str = ""
    unsaved: OSError | None = None
    signal: int = 0


def run(args: argparse.Namespace) -> int:
    """Fit, and print the table, the weights, the loss and why it stopped."""
    options = _options.read(args)
    with _training.locked(options.checkpoint):
        problem, training = _training.choose(options, _problem.load(options))
        if not options.json:
            say(*problem.about, *training.about, "")
        ended = _descend(options, problem, training)
    with np.errstate(all="ignore"):  # of one that diverged
        result = problem.original_run(ended.run)
        model = _model.describe(problem, result)
    if options.json:
        print(_model.write(model), end="", flush=True)
    else:
        _print(options, problem, result, diverged=ended.diverged != "")
    if options.plot is not None:
        _draw(options, problem, result)
    if options.save is not None and not ended.diverged:
        _model.save(options.save, model)
    return _judge(options, ended, result)


def _print(options: Options, problem: Problem, result: Fit, *, diverged: bool) -> None:
    table = _report.lines(result.history, problem.names, options.every)
    say(*table)
    if not diverged:
        plain = options.is_sgd and options.batch_size is None
        outcome = _report.outcome(problem, result, options.tol, plain=plain)
        say("", *outcome)


def _judge(options: Options, ended: _Ended, result: Fit) -> int:
    """Return the exit status; what went wrong is a line on stderr."""
    if ended.diverged:
        raise UserError(ended.diverged)
    if ended.unsaved is not None:
        msg = f"cannot write {options.checkpoint}: {ended.unsaved.strerror}"
        raise UserError(msg)
    if result.reason is Reason.ABOVE_START:
        raise UserError(_describe_rise(result))
    if result.reason is Reason.INTERRUPTED:
        return Status.KILLED + ended.signal
    return Status.NOT_CONVERGED if result.reason is Reason.N_ITERS else Status.DONE


def _describe_rise(result: Fit) -> str:
    first, last = float(result.history.loss[0]), float(result.loss)
    rise = f"from {first:.6g} to {last:.6g}"
    return f"the loss ended above its start: {rise}; try a smaller --lr"


def _descend(options: Options, problem: Problem, training: Training) -> _Ended:
    """Run `fit`, so that a signal ends it with what there is; and return which."""
    with interruption() as heard:
        try:
            run, unsaved = _training.train(options, problem, training, heard.rule)
        except Diverged as error:
            return _Ended(error.run, diverged=str(error))
        return _Ended(run, unsaved=unsaved, signal=heard.signal)


def _draw(options: Options, problem: Problem, result: Fit) -> None:
    x, y = problem.original_data()
    path = str(options.plot)
    with writing(path):
        figure = plots.plot_fit(
            result, x, y, names=problem.names, y_name=problem.y_name
        )
        plots.save(figure, path)
    if not options.json:
        say(f"plot: {path}")
