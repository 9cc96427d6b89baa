"""How `refgd fit` trains: the optimizer, batches, what is held out, checkpoints."""

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from refgd import _checks, _rules, batches, checkpoint, stopping
from refgd._progress import on_terminal
from refgd._rules import NamedRule
from refgd._types import Array
from refgd.cli import _arguments
from refgd.cli._arguments import UserError
from refgd.cli.fit._problem import Problem
from refgd.descent import Fit, fit
from refgd.dialects import REQUIRED
from refgd.history import SoFar
from refgd.optimizers import Optimizer
from refgd.stopping import Rule


def choose_optimizer(
    args: argparse.Namespace, lr: float
) -> tuple[Optimizer, dict[str, Any]]:
    """Return the optimizer, and its settings by name.

    Raises:
        UserError: If there is no such optimizer, or it has no such setting.
    """
    given = dict(map(_arguments.setting, args.set))
    try:
        rule = _rules.named(args.optimizer)
        settings = _settings(args, rule, given, lr)
        return rule.make(**settings), settings
    except (TypeError, ValueError) as error:
        msg = f"--optimizer {args.optimizer}: {error}"
        raise UserError(msg) from None


def _settings(
    args: argparse.Namespace, rule: NamedRule, given: dict[str, Any], lr: float
) -> dict[str, Any]:
    """Return what is given; for refgd's own, the defaults and lr where it has none."""
    if args.lr is not None:
        if rule.lr in given:
            msg = f"--lr and --set {rule.lr} are the same setting: give one of them"
            raise UserError(msg)
        given[rule.lr] = args.lr
    if args.optimizer not in _rules.OWN:
        return given
    defaults = rule.defaults
    if defaults["lr"] is REQUIRED:
        defaults = defaults | {"lr": lr}
    settings = defaults | given
    return {name: settings[name] for name in settings if settings[name] is not REQUIRED}


SECONDS = 10.0  # between two checkpoints

Group: TypeAlias = argparse._ArgumentGroup  # noqa: SLF001 - argparse has no other name


class Training(NamedTuple):
    """What `fit` gets beside the data, and how to say it.

    Attributes:
        about: Lines that say it.
        lr: The learning rate of plain descent; None beside an optimizer.
        optimizer: Another rule; None for plain descent.
        validation: The rows held out.
        start: The run so far, from a checkpoint.
        problem: Which problem a checkpoint must be of.
    """

    about: list[str]
    lr: float | None
    optimizer: Optimizer | None
    validation: tuple[Array, Array] | None
    start: SoFar | None
    problem: dict[str, Any]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of training to `refgd fit`."""
    group = parser.add_argument_group("training")
    group.add_argument(
        "--optimizer",
        metavar="NAME",
        default="sgd",
        help=f"one of {', '.join(_rules.OWN)}; or a framework's, such as "
        "torch.optim.Adam, with its own settings (default: %(default)s)",
    )
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a setting of the optimizer, such as beta1=0.8; may be repeated",
    )
    group.add_argument(
        "--batch-size",
        type=_arguments.whole("--batch-size"),
        metavar="N",
        help="take steps on batches of N rows",
    )
    _add_validation(group)
    _add_checkpoint(group)


def _add_validation(group: Group) -> None:
    group.add_argument(
        "--validation",
        type=_arguments.real("--validation"),
        metavar="FRACTION",
        help="hold out this share of the rows, and measure the loss on them",
    )
    group.add_argument(
        "--patience",
        type=_arguments.whole("--patience"),
        metavar="EPOCHS",
        help="stop when that loss has not improved for so many epochs, with the best w",
    )
    group.add_argument(
        "--seed",
        type=_arguments.whole("--seed"),
        default=0,
        metavar="N",
        help="draws the batches and the rows held out (default: %(default)s)",
    )


def _add_checkpoint(group: Group) -> None:
    group.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="save the run there from time to time, and go on from it if it is there",
    )
    group.add_argument(
        "--checkpoint-every",
        type=_arguments.real("--checkpoint-every"),
        default=SECONDS,
        metavar="SECONDS",
        help="how often (default: %(default)g)",
    )


def check(args: argparse.Namespace) -> None:
    """Refuse what can be refused before the file is read.

    Raises:
        OSError: If there is no folder for the checkpoint.
        ValueError: If an option is out of its range.
    """
    _checks.count(
        "--batch-size", 1 if args.batch_size is None else args.batch_size, least=1
    )
    _checks.count("--patience", 1 if args.patience is None else args.patience, least=1)
    _checks.count("--seed", args.seed)
    _checks.not_negative("--checkpoint-every", args.checkpoint_every)
    if args.patience is not None and args.validation is None:
        raise ValueError("--patience needs --validation: it watches the rows held out")
    if args.validation is not None and not 0 < args.validation < 1:
        msg = f"--validation must lie between 0 and 1, got {args.validation}"
        raise ValueError(msg)
    if args.checkpoint is not None and not Path(args.checkpoint).parent.is_dir():
        msg = f"cannot write {args.checkpoint}: no such folder"
        raise FileNotFoundError(msg)


def hold_out(
    args: argparse.Namespace, problem: Problem
) -> tuple[Problem, tuple[Array, Array] | None]:
    """Return what is left to train on, and what is held out, if anything."""
    if args.validation is None:
        return problem, None
    n = len(problem.y)
    try:
        (x, y), held = batches.split(problem.x, problem.y, args.validation, args.seed)
    except ValueError as error:
        msg = f"--validation: {error}"
        raise UserError(msg) from None
    about = [*problem.about, f"validation: {len(held[1])} of {n} rows held out"]
    return problem._replace(x=x, y=y, about=about), held


def choose(
    args: argparse.Namespace,
    whole: Problem,
    rate: Callable[[argparse.Namespace, Problem], tuple[float, str]],
) -> tuple[Problem, Training]:
    """Return the problem without the rows held out, and how to train on it."""
    problem, held = hold_out(args, whole)
    lr, why = rate(args, problem)
    if args.lr is None and (args.batch_size or math.inf) < len(problem.y):
        lr = float(batches.default_lr(problem.x, args.batch_size))
        why = ", a quarter of a bound that holds for every batch"
    optimizer, settings = choose_optimizer(args, lr)
    of = checkpoint.problem_of(
        whole.x,
        whole.y,
        optimizer=args.optimizer,
        settings=settings,
        batch_size=args.batch_size,
        validation=args.validation,
        seed=args.seed,
    )
    plain = args.optimizer == "sgd"
    return problem, Training(
        about=_about(args, settings, why if settings.get("lr") == lr else ""),
        lr=settings["lr"] if plain else None,
        optimizer=None if plain else optimizer,
        validation=held,
        start=_load(args, of, optimizer),
        problem=of,
    )


def _about(args: argparse.Namespace, settings: dict[str, Any], why: str) -> list[str]:
    """Return the lines that say what the rule is, and of what its batches are."""
    listed = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    rule = f"optimizer = {args.optimizer}({listed})"
    lines = [f"lr = {settings['lr']:.6g}{why}" if args.optimizer == "sgd" else rule]
    if args.batch_size is not None:
        lines.append(f"batches of {args.batch_size} rows, seed {args.seed}")
    return lines


def train(
    args: argparse.Namespace,
    problem: Problem,
    training: Training,
    stop: Rule,
    *,
    every: int,
) -> Fit:
    """Run `fit`; save its end too: with more --n-iters the same command goes on.

    Raises:
        Diverged: As `fit`.
        OSError: If a checkpoint cannot be written.
    """
    run = fit(
        problem.x,
        problem.y,
        training.start,
        lr=training.lr,
        optimizer=training.optimizer,
        batch_size=args.batch_size,
        validation=training.validation,
        seed=args.seed,
        n_iters=args.n_iters,
        tol=args.tol,
        stop=_stop(args, training, stop),
        every=every,
        progress=on_terminal(),
    )
    if args.checkpoint is not None:
        checkpoint.save(args.checkpoint, run.so_far, training.problem)
    return run


def _stop(args: argparse.Namespace, training: Training, rule: Rule) -> Rule:
    """Return the rule with patience, and with the saving of checkpoints, if asked."""
    if args.patience is not None:
        rule |= stopping.patience(args.patience)
    if args.checkpoint is not None:
        rule |= checkpoint.autosave(
            args.checkpoint, training.problem, seconds=args.checkpoint_every
        )
    return rule


def _load(
    args: argparse.Namespace, of: dict[str, Any], optimizer: Optimizer
) -> SoFar | None:
    """Return the run so far, if there is a checkpoint, and say so on stderr."""
    if args.checkpoint is None or not os.path.lexists(args.checkpoint):
        return None
    try:
        so_far = checkpoint.load(args.checkpoint, of, optimizer)
    except (OSError, ValueError) as error:
        raise UserError(str(error)) from None
    print(f"refgd: going on from step {so_far.last.t:,}", file=sys.stderr)
    return so_far
