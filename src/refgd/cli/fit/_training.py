import math
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from refgd import _rules, batches, checkpoint, stopping, theory
from refgd._outcome import Fit
from refgd._rules import NamedRule
from refgd._types import Array
from refgd.cli._arguments import UserError
from refgd.cli.fit._leaps import leaps
from refgd.cli.fit._options import BEST, Options
from refgd.cli.fit._plan import Plan, choose_plan, near
from refgd.cli.fit._problem import Problem
from refgd.descent import fit
from refgd.dialects import REQUIRED
from refgd.history import Recorder, SoFar
from refgd.optimizers import Optimizer
from refgd.stopping import Rule, StopRule


class Training(NamedTuple):
    """What `fit` gets beside the data, and how to say it.

    Attributes:
        about: Lines that say it.
        lr: The learning rate of plain descent; None for another rule.
        optimizer: Another rule; None for plain descent.
        validation: The rows held out.
        start: The run so far, from a checkpoint.
        problem: Which problem a checkpoint is of; empty without one.
        plan: How far to go.
    """

    about: list[str]
    lr: float | None
    optimizer: Optimizer | None
    validation: tuple[Array, Array] | None
    start: SoFar | None
    problem: dict[str, Any]
    plan: Plan


@contextmanager
def locked(path: str | None) -> Iterator[None]:
    """Keep other processes from the checkpoint, if there is one.

    Where no lock can be made, as in a folder that is read-only or on a full disk,
    nobody can write a checkpoint either; the run is not lost with it.
    """
    with ExitStack() as stack:
        try:
            if path is not None:
                stack.enter_context(checkpoint.lock(path))
        except BlockingIOError as error:
            raise UserError(error.strerror) from None
        except OSError:
            pass
        yield


def choose(options: Options, whole: Problem) -> tuple[Problem, Training]:
    """Return the problem without the rows held out, and how to train on it."""
    problem, held = _hold_out(options, whole)
    lr, source = _choose_lr(options, problem)
    optimizer, settings = choose_optimizer(options, lr)
    identity = {}
    if options.checkpoint is not None:
        identity = checkpoint.problem_of(
            whole.x,
            whole.y,
            optimizer=options.optimizer,
            settings=settings,
            batch_size=options.batch_size,
            validation=options.validation,
            seed=options.seed,
        )
    about = _describe(options, settings, source if settings.get("lr") == lr else "")
    plan = choose_plan(options, problem, settings["lr"] if options.is_sgd else None)
    if plan.leaps:
        optimizer = leaps(problem.x, settings["lr"], plan.every, plan.n_iters)
    return problem, Training(
        about=[*about, *plan.about],
        lr=settings["lr"] if options.is_sgd else None,
        optimizer=None if options.is_sgd and not plan.leaps else optimizer,
        validation=held,
        start=_load(options, identity, optimizer),
        problem=identity,
        plan=plan,
    )


def _hold_out(
    options: Options, problem: Problem
) -> tuple[Problem, tuple[Array, Array] | None]:
    """Return what is left to train on, and what is held out, if anything."""
    if options.validation is None:
        return problem, None
    n, share, seed = len(problem.y), options.validation, options.seed
    try:
        (x, y), held = batches.split(problem.x, problem.y, share, seed)
    except ValueError as error:
        msg = f"--validation: {error}"
        raise UserError(msg) from None
    about = [*problem.about, f"validation: {len(held[1])} of {n} rows held out"]
    return problem._replace(x=x, y=y, about=about), held


def _choose_lr(options: Options, problem: Problem) -> tuple[float, str]:
    """Return the learning rate, and in words where it comes from."""
    if options.lr == BEST:
        lr, default = (float(f(problem.x)) for f in (theory.best_lr, theory.default_lr))
        return (lr, ", the best fixed one") if lr < math.inf else (default, "")
    if options.lr is not None:
        return float(options.lr), ""
    if options.batch_size is not None and options.batch_size < len(problem.y):
        lr = float(batches.default_lr(problem.x, options.batch_size))
        return lr, ", a quarter of a bound that holds for every batch"
    lr, bound = (float(f(problem.x)) for f in (theory.default_lr, theory.max_lr))
    if bound == math.inf:
        return lr, ", as good as any where x is all zero"
    return lr, f", a quarter of the sharp bound {bound:.6g}"


def choose_optimizer(options: Options, lr: float) -> tuple[Optimizer, dict[str, Any]]:
    """Return the optimizer, and its settings by name."""
    given = dict(options.settings)
    try:
        rule = _rules.find_rule(options.optimizer)
        settings = _complete_settings(options, rule, given, lr)
        return rule.make(**settings), settings
    except (TypeError, ValueError) as error:
        msg = f"--optimizer {options.optimizer}: {error}"
        raise UserError(msg) from None


def _complete_settings(
    options: Options, rule: NamedRule, given: dict[str, Any], lr: float
) -> dict[str, Any]:
    """Return what is given; for refgd's own, the defaults and lr where it has none."""
    if options.lr is not None:
        if rule.lr in given:
            msg = f"--lr and --set {rule.lr} are the same setting: give one of them"
            raise UserError(msg)
        given[rule.lr] = lr
    if options.optimizer not in _rules.RULES:
        return given
    defaults = rule.defaults
    if defaults["lr"] is REQUIRED:
        defaults = defaults | {"lr": lr}
    settings = defaults | given
    return {name: settings[name] for name in settings if settings[name] is not REQUIRED}


def _describe(options: Options, settings: dict[str, Any], why: str) -> list[str]:
    """Return the lines that say what the rule is, and of what its batches are."""
    listed = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    rule = f"optimizer = {options.optimizer}({listed})"
    lines = [f"lr = {settings['lr']:.6g}{why}" if options.is_sgd else rule]
    if options.batch_size is not None:
        lines.append(f"batches of {options.batch_size} rows, seed {options.seed}")
    return lines


def train(
    options: Options, problem: Problem, training: Training, stop: Rule
) -> tuple[Fit, OSError | None]:
    """Run `fit`; save its end too: with more --n-iters the same command goes on.

    Returns:
        The run; and why its end could not be saved, if it could not.

    Raises:
        Diverged: As `fit`.
    """
    plan = training.plan
    if options.tol is None:
        stop |= near(problem)
    run = fit(
        problem.x,
        problem.y,
        training.start,
        lr=None if plan.leaps else training.lr,
        optimizer=training.optimizer,
        batch_size=options.batch_size,
        validation=training.validation,
        seed=options.seed,
        n_iters=-(-plan.n_iters // plan.every) if plan.leaps else plan.n_iters,
        tol=options.tol or 0.0,
        stop=_add_rules(options, training, stop),
        every=1 if plan.leaps else plan.every,
        progress=options.progress,
    )
    try:
        if options.checkpoint is not None:
            checkpoint.save(options.checkpoint, run.so_far, training.problem)
    except OSError as error:
        return run, error
    return plan.counted(run, training.lr), None


def _add_rules(options: Options, training: Training, rule: Rule) -> Rule:
    """Return the rule with patience, and with the saving of checkpoints, if asked."""
    if options.patience is not None:
        rule |= stopping.patience(options.patience)
    if options.checkpoint is not None:
        rule |= _autosave(options.checkpoint, options.checkpoint_every, training)
    return rule


def _autosave(path: str, seconds: float, training: Training) -> StopRule:
    """Return a rule that saves; where it cannot, it says so once and goes on."""
    save = checkpoint.autosave(path, training.problem, seconds=seconds)
    has_failed = False

    def watch(history: Recorder) -> None:
        nonlocal has_failed
        try:
            save(history)
        except OSError as error:
            if not has_failed:
                message = f"refgd: cannot write {path}: {error.strerror}; going on"
                print(message, file=sys.stderr)
            has_failed = True

    return watch


def _load(
    options: Options, identity: dict[str, Any], optimizer: Optimizer
) -> SoFar | None:
    """Return the run so far, if there is a checkpoint, and say so on stderr."""
    if options.checkpoint is None or not os.path.lexists(options.checkpoint):
        return None
    try:
        so_far = checkpoint.load(options.checkpoint, identity, optimizer)
    except OSError as error:
        msg = f"cannot read {options.checkpoint}: {error.strerror}"
        raise UserError(msg) from None
    except ValueError as error:
        raise UserError(str(error)) from None
    print(f"refgd: going on from step {so_far.last.t:,}", file=sys.stderr)
    return so_far
