"""Updates in functions: one pass of the loop of a function that trains."""

import ast
import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np

from refgd.testing import _clock
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.programs import _cutting, _loops, _own_data, _roles, _unfit
from refgd.testing.programs._cutting import HOOK
from refgd.testing.programs._load import Program
from refgd.testing.programs._loops import Loop
from refgd.testing.programs._pass import ChangedError, Pass, PassedError
from refgd.testing.programs._updates import (
    Adapted,
    Start,
    Update,
    list_probes,
    quiet,
)

Names = dict[str, Any]

Made = TypeVar("Made", bound=Adapted)

#: What is given for parameters that only say how long or how loudly to train.
MANY, QUIET = 3, 0


class UnknownParameterError(TypeError):
    """A function needs something that its parameters' names do not tell."""


class Said(NamedTuple):
    """What is known of a loop from its code; see `Adapted`."""

    memory: list[str]
    unfit: str
    call: str
    uses_rate: bool
    fixed: bool
    several: bool
    rate_changes: bool
    ends_in: int | None


def choose_arguments(
    function: Callable[..., Any], start: Start, names: Names
) -> dict[str, Any]:
    """Return the arguments of a call, by the names of the parameters.

    For a function it is the program's own, among its names.

    Raises:
        UnknownParameterError: If one that is needed has no known meaning.
    """
    found: dict[str, Any] = {}
    parameters = inspect.signature(function).parameters
    rate = _roles.find_rate(parameters)
    for name, p in parameters.items():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or name == "self":
            continue
        found_value = _value_for(name, start, rate)
        if found_value is not None:
            found[name] = found_value[0]
        elif p.default is p.empty and (given := _find_callable(name, names)):
            found[name] = given
        elif p.default is p.empty:
            msg = f"what is its parameter {name}?"
            raise UnknownParameterError(msg)
    return found


#: What is in the name of a function that is passed on, and of no other.
PASSED = (
    ("grad", ("descent", "check", "step", "train")),
    ("cost", ()),
    ("loss", ("grad",)),
)


def _find_callable(parameter: str, names: Names) -> Callable[..., Any] | None:
    """Return the one function of a program that a parameter is called after."""
    for word, others in PASSED:
        if word in parameter.lower():
            found = [
                value
                for name, value in names.items()
                if inspect.isfunction(value)
                and word in name.lower()
                and not any(other in name.lower() for other in others)
            ]
            return found[0] if len(found) == 1 else None
    return None


def _value_for(name: str, start: Start, rate: str | None) -> tuple[Any] | None:
    """Return what to give for a parameter; None to leave it at its default."""
    if name == rate:
        return (start.lr,)
    width = np.shape(start.x)[1] if np.ndim(start.x) > 1 else 1
    values = {
        "x": start.x,
        "y": start.y,
        "w": start.w,
        "b": start.b,
        "n_iters": MANY,
        "off": QUIET,
        "quiet": QUIET,
        "d": width,
    }
    for role, value in values.items():
        if value is not None and _roles.means(name, role):
            return (np.copy(value)[()] if role in ("w", "b") else value,)
    return None


# --- functions -----------------------------------------------------------------------


def list_functions(program: Program) -> Iterator[ast.FunctionDef]:
    """Yield the functions at the top level of a program, the last of each name."""
    last = {
        node.name: node
        for tree in program.trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    yield from (
        node for name, node in last.items() if callable(program.names.get(name))
    )


def find_updates(program: Program) -> list[Update]:
    """Return the functions that train: those with a loop that moves the weights."""
    found = []
    for node in list_functions(program):
        update = make_from_loop(node, program)
        if update is not None:
            found.append(update)
    return found


def make_from_loop(node: ast.FunctionDef, program: Program) -> Update | None:
    """Return one pass of the loop in a function, if it has one that moves weights."""
    cut = copy.deepcopy(node)
    loop = find_training_loop(cut)
    if loop is None:
        return None
    rate = _roles.find_rate(list_parameters(node))
    said = describe_loop(loop, program, rate=rate)
    names = program.names
    function = compile_function(cut, names)

    def run(start: Start, hook: Pass) -> None:
        names[HOOK] = hook
        function(**choose_arguments(function, start, names))

    return build(node.name, run, loop, names, said)


def complete(made: Made, node: ast.FunctionDef, program: Program) -> Made | None:
    """Say what may be meant otherwise; None if it runs on no shape of data."""
    made.unfit = _unfit.describe(node, program.trees)
    for start in list_probes(intercept="b" in made.roles):
        try:
            with quiet(), _clock.stopped():
                answer = made.run(start)
        except Exception:  # noqa: BLE001, S112 - it takes another shape, or nothing
            continue
        return None if answer is None else made
    return None


def describe_loop(
    loop: Loop, program: Program, *called: ast.AST, rate: str | None = None
) -> Said:
    """Cut a loop to one pass; return what is to be said of it."""
    memory = _loops.find_memory(loop, *called)
    _loops.name_shown_loss(loop)
    unfit = _unfit.describe(loop.node, program.trees)
    call = f"one pass of the loop in line {loop.node.lineno}, (w - w') / lr"
    fixed, several = _loops.has_fixed_entries(loop), _loops.moves_in_inner_loop(loop)
    changes, ends_in = _loops.changes_rate(loop), _loops.find_end(loop)
    uses_rate = _cutting.cut_to_one_pass(loop, rate)
    return Said(memory, unfit, call, uses_rate, fixed, several, changes, ends_in)


def find_training_loop(node: ast.FunctionDef) -> Loop | None:
    """Return the loop of a function that moves weights, of those that it may have.

    One over the samples is one only where the rate is given.
    """
    loop = _loops.find_loop(node.body, {})
    over_samples = loop is not None and loop.over_samples
    rate = _roles.find_rate(list_parameters(node))
    return None if over_samples and not rate else loop


def list_parameters(node: ast.FunctionDef) -> list[str]:
    """List the names of the parameters of a function."""
    return [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]


def compile_function(node: ast.FunctionDef, names: Names) -> Callable[..., Any]:
    """Compile a function that was rewritten, without its decorators."""
    node.decorator_list, node.returns = [], None
    for each in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
        each.annotation = None
    module = ast.fix_missing_locations(ast.Module([node], []))
    made: dict[str, Any] = {}
    exec(compile(module, "<one pass>", "exec"), names, made)  # noqa: S102 - the program's own code
    function: Callable[..., Any] = made[node.name]
    return function


def build(
    name: str,
    run: Callable[[Start, Pass], None],
    loop: Loop,
    names: Names,
    said: Said,
) -> Update | None:
    """Return the update, if it runs on some shape of data, or on its own."""

    def take_pass(start: Start, *, strict: bool = True, passes: int = 1) -> Pass:
        hook, kept = Pass(start, strict=strict, passes=passes), dict(names)
        try:
            run(start, hook)
        except PassedError:
            pass
        finally:
            names.clear()
            names.update(kept)
        return hook

    def advance_once(start: Start) -> tuple[Any, Any]:
        return take_pass(start).read()

    def advance(start: Start, passes: int) -> list[tuple[Any, Any]]:
        own = update.own_data is not None
        return take_pass(start, strict=not own, passes=passes).read_all()

    ran, changed = _try_probes(take_pass)
    intercept = ran is not None and ("b" in loop.weights or bool(ran.packed))
    update = Update(name, advance_once, intercept=intercept, call=said.call)
    update.unfit = said.unfit
    if ran is not None and ran.seen != {"x", "y"}:
        update.unfit = update.unfit or UNSEEN
    if ran is None:
        loose = functools.partial(take_pass, strict=False)
        made = _own_data.find(loose, loop, name, said.call)
        if made is None and not changed:
            return None
        update = made or update
    update.memory, update.changed = said.memory, changed
    update.advance = None if loop.over_samples else advance
    update.rate_changes, update.ends_in = said.rate_changes, said.ends_in
    update.uses_rate = said.uses_rate
    update.fixed, update.several = said.fixed, said.several
    update.own_loss = _find_own_loss(update, take_pass, loop)
    return update


UNSEEN = "its loop does not show on which data it works"


def _try_probes(take_pass: Callable[[Start], Pass]) -> tuple[Pass | None, str]:
    """Return the first pass that runs, and what is changed before the loop."""
    changed = ""
    for start in list_probes(intercept=True):
        try:
            with quiet(), _clock.stopped():
                hook = take_pass(start)
                hook.read()
        except ChangedError as error:
            changed = str(error)
        except Exception:  # noqa: BLE001, S112 - it takes another shape, or nothing
            continue
        else:
            return hook, ""
    return None, changed


def _find_own_loss(
    update: Update, take_pass: Callable[[Start], Pass], loop: Loop
) -> UserFunction | None:
    """Return the loss that is computed in the loop, as a function."""
    places = {place for place, _ in _loops.list_assignments(loop.node)}
    name = next((p for p in sorted(places) if _roles.means(p, "loss")), None)
    if name is None:
        return None

    def loss(x: Any, y: Any, w: Any, b: Any = None) -> Any:
        value = take_pass(Start(x, y, w, b, 0)).values[name]
        return value.detach() if hasattr(value, "detach") else value

    return UserFunction(loss, "x, y, w, b" if "b" in update.roles else "x, y, w")
