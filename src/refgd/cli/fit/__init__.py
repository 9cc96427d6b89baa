"""`refgd fit`: gradient descent on a file."""

import argparse

from refgd import plots
from refgd._outcome import Diverged, Fit
from refgd.cli._arguments import Status, UserError
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

exit status: 0 if the gradient met --tol, or the loss --patience; 1 for an error, and
for a loss that ended above its start; 3 if all --n-iters steps were taken and the fit
has not converged; 130 after Ctrl-C, 143 after SIGTERM, both with what there is printed
and the checkpoint saved.
"""


add_options = _options.add_options


def run(args: argparse.Namespace) -> int:
    """Fit, and print the table, the weights, the loss and why it stopped."""
    options = _options.read(args)
    with _training.locked(options.checkpoint):
        problem, training = _training.choose(options, _problem.load(options))
        print(*problem.about, *training.about, "", sep="\n", flush=True)
        trained, unsaved, signal = _descend(options, problem, training)
    result = problem.original_run(trained)
    table = _report.lines(result.history, problem.names, options.every)
    print(*table, "", sep="\n")
    plain = options.is_sgd and options.batch_size is None
    outcome = _report.outcome(problem, result, options.tol, plain=plain)
    print(*outcome, sep="\n", flush=True)
    if options.plot is not None:
        _draw(options.plot, problem, result)
    if unsaved is not None:
        msg = f"cannot write {options.checkpoint}: {unsaved.strerror}"
        raise UserError(msg)
    if result.reason is Reason.ABOVE_START:
        raise UserError(_describe_rise(result))
    if result.reason is Reason.INTERRUPTED:
        return Status.KILLED + signal
    return Status.NOT_CONVERGED if result.reason is Reason.N_ITERS else Status.DONE


def _describe_rise(result: Fit) -> str:
    first, last = float(result.history.loss[0]), float(result.loss)
    rise = f"from {first:.6g} to {last:.6g}"
    return f"the loss ended above its start: {rise}; try a smaller --lr"


def _descend(
    options: Options, problem: Problem, training: Training
) -> tuple[Fit, OSError | None, int]:
    """Run `fit`, so that a signal ends it with what there is; and return which."""
    with interruption() as heard:
        try:
            return *_training.train(
                options, problem, training, heard.rule
            ), heard.signal
        except Diverged as error:
            message = str(error)
    # outside of the handler the run is gone, and its progress bar with it
    raise UserError(message)


def _draw(path: str, problem: Problem, result: Fit) -> None:
    x, y = problem.original_x(), problem.original_y()
    try:
        figure = plots.plot_fit(
            result, x, y, names=problem.names, y_name=problem.y_name
        )
        plots.save(figure, path)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise UserError(msg) from None
    print(f"plot: {path}")
