"""`refgd` alone: the tutorial's table; `refgd --explain`: one iteration of it."""

import argparse
from fractions import Fraction

from refgd import core, datasets
from refgd.cli import _explain
from refgd.cli._arguments import UserError
from refgd.descent import fit

LR = 0.01
N_ITERS = 20
SHOWN_EVERY = 2
ASKED = 5  # the x whose y the tutorial predicts
WIDEST = 10**6  # beyond, the numbers no longer fit on a board


def register(parser: argparse.ArgumentParser) -> None:
    """Add the options that `refgd` has without a command."""
    parser.add_argument(
        "--explain",
        action="store_true",
        help="write one iteration out in numbers, as on a board",
    )
    parser.add_argument(
        "--w",
        type=_number,
        metavar="W",
        help="where that iteration starts, such as 1.5 or 1/3 (default: 0)",
    )
    parser.set_defaults(run=run)


def check(args: argparse.Namespace) -> None:
    """Refuse these options beside a command, which would not heed them."""
    if args.run is not run and (args.explain or args.w is not None):
        raise UserError("--explain and --w go without a command: refgd --explain")


def run(args: argparse.Namespace) -> int:
    """Print the table, or the board."""
    if args.explain:
        print("\n".join(_explain.board(args.w or Fraction(0), Fraction(str(LR)))))
    elif args.w is not None:
        raise UserError("--w goes with --explain: refgd --explain --w 1.5")
    else:
        _print_table()
    return 0


def _print_table() -> None:
    """Train the tutorial's line: w AFTER each step beside the loss BEFORE it."""
    line = datasets.tutorial()
    trained = fit(line.x, line.y, lr=LR, n_iters=N_ITERS)
    w, loss = trained.history.w, trained.history.loss
    print(f"Prediction before training: {_prediction(w[0])}")
    for epoch in range(1, N_ITERS + 1, SHOWN_EVERY):
        print(f"epoch {epoch}: w = {w[epoch]:.3f}, loss = {loss[epoch - 1]:.8f}")
    print(f"Prediction after training: {_prediction(trained.w)}")


def _prediction(w: float) -> str:
    return f"f({ASKED}) = {core.forward(w, ASKED):.3f}"


def _number(text: str) -> Fraction:
    """Read 1.5, 1e-3 or 1/3 exactly."""
    try:
        # an exponent goes through float, which bounds it: 1e-999999999 is 0
        w = Fraction(repr(float(text)) if "e" in text.lower() else text)
    except (ValueError, ZeroDivisionError):
        msg = f"--w must be a number such as 1.5 or 1/3, got {text!r}"
        raise UserError(msg) from None
    if abs(w) > WIDEST:
        msg = f"--w must lie within ±{WIDEST:,} to fit on the board, got {text}"
        raise UserError(msg)
    return w
