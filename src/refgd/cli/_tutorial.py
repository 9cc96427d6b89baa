"""`refgd` alone: the tutorial's table; `refgd --explain`: one iteration of it."""

import argparse
from contextlib import closing
from fractions import Fraction

import numpy as np

from refgd import core, datasets
from refgd._types import Array
from refgd.cli import _explain
from refgd.cli._arguments import Status, UserError
from refgd.cli.fit import _csv
from refgd.cli.fit._columns import choose
from refgd.descent import fit

LR = 0.01
N_ITERS = 20
SHOWN_EVERY = 2
ASKED = 5  # the x whose y the tutorial predicts
MOST = 20  # points of a user's own
WIDEST = 10**6  # beyond, the numbers no longer fit on a board


def run(args: argparse.Namespace) -> int:
    """Print the table, or the board."""
    beside = (args.w, args.explain_lr, args.data)
    if args.explain:
        w = read_number("--w", args.w or "0")
        lr = read_number("--lr", args.explain_lr or str(LR))
        x, y = _explain.tutorial() if args.data is None else read_points(args.data)
        print("\n".join(_explain.board(w, lr, x, y)))
    elif any(option is not None for option in beside):
        msg = "--w, --lr and --data go with --explain: refgd --explain --w 1.5"
        raise UserError(msg)
    else:
        _print_table()
    return Status.DONE


def _print_table() -> None:
    """Train the tutorial's line: w AFTER each step beside the loss BEFORE it."""
    line = datasets.tutorial()
    trained = fit(line.x, line.y, lr=LR, n_iters=N_ITERS)
    w, loss = trained.history.w, trained.history.loss
    print(f"Prediction before training: {_predict(w[0])}")
    for epoch in range(1, N_ITERS + 1, SHOWN_EVERY):
        print(f"epoch {epoch}: w = {w[epoch]:.3f}, loss = {loss[epoch - 1]:.8f}")
    print(f"Prediction after training: {_predict(trained.w)}")


def _predict(w: float) -> str:
    return f"f({ASKED}) = {core.forward(w, ASKED):.3f}"


def read_points(path: str) -> tuple[Array, Array]:
    """Read a small file's x and y exactly: its decimals, not the floats nearest."""
    with closing(_csv.read(path)) as batches:
        source = _csv.Source(batches)
        try:
            (x,), y = choose(source, None, None)[:2]
        except UserError:
            msg = f"{source.title}: --explain takes a file of two columns, x and y"
            raise UserError(msg) from None
        rows = next(source.read([x, y]))
    if rows.shape[1] > MOST or np.abs(rows).max() > WIDEST:
        msg = f"{path}: on the board there is room for {MOST} rows, within ±{WIDEST:,}"
        raise UserError(msg)
    xs, ys = (np.array([Fraction(repr(v)) for v in row]) for row in rows.tolist())
    return xs, ys


def read_number(option: str, text: str) -> Fraction:
    """Read 1.5, 1e-3 or 1/3 exactly."""
    try:
        # an exponent goes through float, which bounds it: 1e-999999999 is 0
        w = Fraction(repr(float(text)) if "e" in text.lower() else text)
    except (ValueError, ZeroDivisionError):
        msg = f"{option} must be a number such as 1.5 or 1/3, got {text!r}"
        raise UserError(msg) from None
    if abs(w) > WIDEST:
        msg = f"{option} must lie within ±{WIDEST:,} to fit on the board, got {text}"
        raise UserError(msg)
    return w
