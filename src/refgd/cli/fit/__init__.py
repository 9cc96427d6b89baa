"""`refgd fit`: gradient descent on a file."""

import argparse
import math
from typing import Any

from refgd import _checks, datasets, plots, theory
from refgd.cli import _arguments
from refgd.cli._arguments import UserError
from refgd.cli.fit import _csv, _problem, _report, _training
from refgd.cli.fit._interrupt import interruption
from refgd.cli.fit._problem import Problem
from refgd.cli.fit._report import outcome
from refgd.cli.fit._training import Training
from refgd.descent import Diverged, Fit
from refgd.leastsquares import LeastSquares
from refgd.stopping import Reason

TOL = 1e-12
N_ITERS = 10_000  # ten times fit's own: with an intercept a file often needs them
MOST_KEPT = 100_000  # rows of history, about 50 MB; beyond, every k-th one is kept
INTERRUPTED = 130

DESCRIPTION = """\
Fit y = x * w by gradient descent on the mean of the squared residuals, from w = 0.

The columns are x and y where there are such; else the first column of numbers is x
and the last one is y. A line says which were taken. A file is read in batches, and
one of 65,536 rows or more is compressed as it is read, unless --batch-size,
--validation or --plot ask for its rows: it may be larger than the memory.
"""

EPILOG = """\
examples:
  refgd fit --dataset hubble
  refgd fit data.csv --intercept --standardize --plot fit.svg
  refgd fit data.csv --x height,age --y weight --n-iters 100000
"""


def register(commands: Any) -> None:
    """Add `refgd fit` to the commands."""
    parser = commands.add_parser(
        "fit",
        help="fit a CSV file",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_data(parser)
    _add_columns(parser)
    _add_policy(parser)
    _training.add_options(parser)
    parser.set_defaults(run=run)


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "file", nargs="?", metavar="FILE.csv", help="with a header; - is standard input"
    )
    source.add_argument(
        "--dataset",
        metavar="NAME",
        help=f"fit data that ship with refgd: {', '.join(datasets.ALL)}",
    )
    parser.add_argument(
        "--sep",
        type=_arguments.separator,
        default=_csv.SEPARATOR,
        metavar="CHARACTER",
        help="what separates the cells, such as ';' or tab (default: a comma)",
    )


def _add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--x", metavar="COL[,COL...]", help="the columns to predict from"
    )
    parser.add_argument("--y", metavar="COL", help="the column to predict")
    parser.add_argument(
        "--intercept", action="store_true", help="add a constant, the last weight"
    )
    parser.add_argument(
        "--standardize",
        action="store_true",
        help="fit columns of one size, which takes fewer steps; the weights printed "
        "are for the columns as they are",
    )


def _add_policy(parser: argparse.ArgumentParser) -> None:
    help_lr = "the learning rate (default: a quarter of the largest that never rises)"
    parser.add_argument("--lr", type=_arguments.real("--lr"), help=help_lr)
    parser.add_argument(
        "--n-iters",
        type=_arguments.whole("--n-iters"),
        default=N_ITERS,
        metavar="N",
        help="the most steps to take (default: %(default)s)",
    )
    parser.add_argument(
        "--tol",
        type=_arguments.real("--tol"),
        default=TOL,
        help="stop when the gradient is at most TOL times the first one "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--every",
        type=_arguments.whole("--every"),
        metavar="N",
        help="print every N-th step (default: about 10 to 20 rows)",
    )
    parser.add_argument(
        "--plot", metavar="OUT.svg|png", help="draw the fit and its loss"
    )


def run(args: argparse.Namespace) -> int:
    """Fit, and print the table, the weights, the loss and why it stopped."""
    _check(args)
    problem, training = _training.choose(args, _read(args), _rate)
    print(*problem.about, *training.about, "", sep="\n", flush=True)
    result = _descend(args, problem, training)
    if problem.units is not None:
        result = problem.units.run(result)
    print(*_report.lines(result.history, problem.names, args.every), "", sep="\n")
    plain = training.optimizer is None and args.batch_size is None
    print(*outcome(problem, result, args.tol, plain=plain), sep="\n", flush=True)
    if args.plot is not None:
        _draw(args, problem, result)
    if result.reason is Reason.ABOVE_START:
        raise UserError(_above_start(result))
    return INTERRUPTED if result.reason is Reason.INTERRUPTED else 0


def _above_start(result: Fit) -> str:
    first, last = float(result.history.loss[0]), float(result.loss)
    rise = f"from {first:.6g} to {last:.6g}"
    return f"the loss ended above its start: {rise}; try a smaller --lr"


def _check(args: argparse.Namespace) -> None:
    """Refuse what can be refused before the file is read."""
    try:
        _checks.count("--n-iters", args.n_iters)
        _checks.count("--every", 1 if args.every is None else args.every, least=1)
        _checks.not_negative("--tol", args.tol)
        _checks.not_negative("--lr", 0 if args.lr is None else args.lr)
        if args.plot is not None:
            plots.check(args.plot)
        if args.dataset is not None:
            _checks.choice("--dataset", args.dataset, tuple(datasets.ALL))
        _training.check(args)
    except (ImportError, OSError, ValueError) as error:
        raise UserError(str(error)) from None


def _read(args: argparse.Namespace) -> Problem:
    """Return the data, after the checks that `fit` would make later."""
    # batches and what is held out are of the rows themselves, and so is a picture
    of_rows = (args.batch_size, args.validation, args.plot)
    if args.dataset is None:
        whole = any(option is not None for option in of_rows)
        problem = _problem.from_file(args, whole=whole)
    elif args.x is None and args.y is None:
        problem = _problem.from_dataset(args.dataset, intercept=args.intercept)
    else:
        raise UserError("--x and --y name a file's columns, and --dataset has its own")
    try:
        LeastSquares(problem.x, problem.y)
    except ValueError as error:
        raise UserError(str(error)) from None
    return problem.standardized() if args.standardize else problem


def _rate(args: argparse.Namespace, problem: Problem) -> tuple[float, str]:
    """Return the learning rate, and in words where it comes from."""
    if args.lr is not None:
        return args.lr, ""
    lr, bound = (float(f(problem.x)) for f in (theory.default_lr, theory.max_lr))
    if bound == math.inf:
        return lr, ", as good as any where x is all zero"
    return lr, f", a quarter of the sharp bound {bound:.6g}"


def _descend(args: argparse.Namespace, problem: Problem, training: Training) -> Fit:
    """Run `fit`, so that Ctrl-C ends it with what there is."""
    try:
        with interruption() as stop:
            return _training.train(args, problem, training, stop, every=_kept(args))
    except Diverged as error:
        message = str(error)
    except OSError as error:
        message = f"cannot write {args.checkpoint}: {error.strerror}"
    # outside of the handler the run is gone, and its progress bar with it
    raise UserError(message)


def _kept(args: argparse.Namespace) -> int:
    """Return how many steps a row of the history stands for: 1 unless they are many."""
    if args.n_iters <= MOST_KEPT:
        return 1
    return args.every or _report.stride(args.n_iters, MOST_KEPT)


def _draw(args: argparse.Namespace, problem: Problem, result: Fit) -> None:
    x = problem.x if problem.units is None else problem.units.columns(problem.x)
    try:
        figure = plots.plot_fit(
            result, x, problem.y, names=problem.names, y_name=problem.y_name
        )
        plots.save(figure, args.plot)
    except OSError as error:
        msg = f"cannot write {args.plot}: {error.strerror}"
        raise UserError(msg) from None
    print(f"plot: {args.plot}")
