"""The options of `refgd fit`: how they are spelled, read and bounded."""

import argparse
import sys
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

from refgd import _checks, _rules, datasets, plots
from refgd.cli._arguments import (
    UserError,
    add_separator,
    add_settings,
    column,
    real,
    setting,
    share,
    whole,
)

Group: TypeAlias = argparse._ArgumentGroup  # noqa: SLF001 - argparse names its type no other way

BEST = "best"


@dataclass(frozen=True)
class Options:
    """What was asked for, each value within its bounds; here are the defaults.

    Attributes:
        file: The path; empty where a data set is fitted.
        lr: The learning rate, or `BEST`.
        settings: The settings of the optimizer, by name.
    """

    file: str = ""
    dataset: str | None = None
    sep: str = ","
    header: bool | None = None
    missing: str = "refuse"
    x: str | None = None
    y: str | None = None
    intercept: bool = False
    standardize: bool | None = None
    lr: float | str | None = None
    n_iters: int | None = None
    tol: float | None = None
    every: int | None = None
    plot: str | None = None
    save: str | None = None
    json: bool = False
    optimizer: str = "sgd"
    settings: dict[str, Any] = field(default_factory=dict)
    batch_size: int | None = None
    validation: float | None = None
    patience: int | None = None
    seed: int = 0
    checkpoint: str | None = None
    checkpoint_every: float = 10.0

    @property
    def needs_rows(self) -> bool:
        """Whether the rows themselves are needed, and not what they compress to."""
        of_rows = (self.batch_size, self.validation, self.plot)
        return any(option is not None for option in of_rows)

    @property
    def progress(self) -> bool:
        """Whether stderr is a terminal, on which somebody may watch."""
        return sys.stderr is not None and sys.stderr.isatty()

    @property
    def is_sgd(self) -> bool:
        """Whether the rule is plain descent, on batches or on all rows."""
        return self.optimizer == "sgd"


def read(args: argparse.Namespace) -> Options:
    """Return the options, or refuse what can be refused before a file is read."""
    given = {each.name: getattr(args, each.name) for each in fields(Options)}
    given["settings"] = dict(map(setting, args.settings))
    options = Options(**given)
    if options.dataset is not None and (options.x, options.y) != (None, None):
        raise UserError("--x and --y name a file's columns, and --dataset has its own")
    if options.dataset is not None and options.header is not None:
        raise UserError("--header and --no-header are about a file, not a --dataset")
    if options.patience is not None and options.validation is None:
        raise UserError("--patience needs --validation: it watches the rows held out")
    if options.lr == BEST and not (options.is_sgd and options.batch_size is None):
        raise UserError("--lr best is that of plain descent on all rows at once")
    for path in (options.checkpoint, options.save):
        if path is not None and not Path(path).parent.is_dir():
            msg = f"cannot write {path}: no such folder"
            raise UserError(msg)
    try:
        if options.plot is not None:
            plots.check(options.plot)
        if options.dataset is not None:
            _checks.choice("--dataset", options.dataset, tuple(datasets.ALL))
    except (ImportError, OSError, ValueError) as error:
        raise UserError(str(error)) from None
    return options


def add_options(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    _add_policy(parser)
    _add_training(parser.add_argument_group("training"))
    parser.set_defaults(
        **{f.name: f.default for f in fields(Options) if f.default is not MISSING}
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "file",
        nargs="?",
        metavar="FILE.csv",
        help="a table: .csv, .csv.gz, .parquet, or a folder of .parquet files; - is "
        "standard input",
    )
    words = f"fit data that ship with refgd: {', '.join(datasets.ALL)}"
    source.add_argument("--dataset", metavar="NAME", help=words)
    add_format(parser)
    add = parser.add_argument
    add("--x", type=column, metavar="COL[,COL...]", help="the columns to predict from")
    add("--y", type=column, metavar="COL", help="the column to predict")
    add("--intercept", action="store_true", help="add a constant, the last weight")
    words = "standardize the columns first, which takes fewer steps; weights are "
    words += "printed in the original units (default: where there is an intercept)"
    add("--standardize", action=argparse.BooleanOptionalAction, help=words)


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add how a file is read, and what is done where a cell is missing."""
    add_separator(parser)
    add = parser.add_argument
    words = "whether the first line has the columns' names; without them they are 1, "
    words += "2, 3 ... (default: it has, and none of them may be a number)"
    add("--header", action=argparse.BooleanOptionalAction, help=words)
    words = "what to do with a row whose cell, of a column that is taken, is empty or "
    words += "NA or NaN (default: %(default)s)"
    choices = ("refuse", "drop")
    add("--missing", choices=choices, default=choices[0], help=words)


def _add_policy(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    words = "the learning rate (default: a quarter of the largest rate at which the "
    words += "loss never rises); or best, that of the fewest steps at the worst"
    add("--lr", type=_read_lr, help=words)
    words = "the most steps to take (default: 10000; for plain descent on all rows as "
    words += "many as the theory says are enough, many at once where they are many)"
    add("--n-iters", type=whole("--n-iters"), metavar="N", help=words)
    words = (
        "stop when the gradient is at most TOL times the first one (default: 1e-12, "
    )
    words += "and no weight off by more than 1e-10 of its size)"
    add("--tol", type=real("--tol"), help=words)
    words = "print every N-th step (default: about 10 to 20 rows)"
    add("--every", type=whole("--every", least=1), metavar="N", help=words)
    add("--plot", metavar="OUT.svg|png", help="draw the fit and its loss")
    add("--save", metavar="MODEL.json", help="write the fit for refgd predict")
    words = "print the fit as --save writes it, and nothing else"
    add("--json", action="store_true", help=words)


def _read_lr(text: str) -> float | str:
    return BEST if text == BEST else real("--lr")(text)


def _add_training(group: Group) -> None:
    add = group.add_argument
    words = f"one of {', '.join(_rules.RULES)}; or a framework's, such as "
    words += "torch.optim.Adam, with its own settings (default: %(default)s)"
    add("--optimizer", metavar="NAME", help=words)
    words = "a setting of the optimizer, such as beta1=0.8; may be repeated"
    add_settings(group, words)
    words = "take steps on batches of N rows"
    add("--batch-size", type=whole("--batch-size", least=1), metavar="N", help=words)
    words = "hold out this share of the rows, and measure the loss on them"
    add("--validation", type=share("--validation"), metavar="FRACTION", help=words)
    words = "stop when that loss has not improved for so many epochs, with the best w"
    add("--patience", type=whole("--patience", least=1), metavar="EPOCHS", help=words)
    words = "draws the batches and the rows held out (default: %(default)s)"
    add("--seed", type=whole("--seed"), metavar="N", help=words)
    words = "save the run there from time to time, and go on from it if it is there"
    add("--checkpoint", metavar="FILE", help=words)
    words, seconds = "how often (default: %(default)g)", real("--checkpoint-every")
    add("--checkpoint-every", type=seconds, metavar="SECONDS", help=words)
