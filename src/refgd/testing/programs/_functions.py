"""Updates in functions and scripts: a step, a training function, a loop at top level."""

import ast
import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from refgd.testing.gradient import _clock
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.programs import _loops, _roles, _unfit
from refgd.testing.programs._loops import HOOK, Loop
from refgd.testing.programs._pass import ChangedError, Pass, PassedError
from refgd.testing.programs._updates import Start, Update, quiet

Names = dict[str, Any]

#: What is given for parameters that only say how long or how loudly to train.
MANY, QUIET = 3, 0

#: Data on which a program shows what it takes: x (n, d) or (n,), y (n,) or (n, 1).
SAMPLES, FEATURES = 5, 3


class UnknownParameterError(TypeError):
    """A function needs something that its parameters' names do not tell."""


def list_probes(*, intercept: bool) -> Iterator[Start]:
    """Yield starts for each shape of data that programs take."""
    generator = np.random.default_rng(0)
    draw = generator.normal
    b = np.float64(0.25) if intercept else None
    x, y, w = draw(size=(SAMPLES, FEATURES)), draw(size=SAMPLES), draw(size=FEATURES)
    yield Start(x, y, w, b, 0.5)
    yield Start(x[:, 0], y, np.float64(w[0]), b, 0.5)
    yield Start(x, y.reshape(-1, 1), w.reshape(-1, 1), b, 0.5)


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
PASSED = (("grad", ("descent", "check", "step", "train")), ("cost", ()), ("loss", ("grad",)))


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
    cleaned = _roles.clean(name)
    base = cleaned.removesuffix("_in").removesuffix("_init").removeprefix("init_")
    base = base.removeprefix("initial_")
    if name == rate:
        return (start.lr,)
    width = np.shape(start.x)[1] if np.ndim(start.x) > 1 else 1
    values = {"x": start.x, "y": start.y, "w": start.w, "b": start.b}
    for role, value in values.items():
        if base in _roles.NAMES[role].split() and value is not None:
            return (np.copy(value)[()] if role in ("w", "b") else value,)
    for role, value in {"n_iters": MANY, "off": QUIET, "quiet": QUIET, "d": width}.items():
        if base in _roles.NAMES[role].split():
            return (value,)
    return None


# --- functions -----------------------------------------------------------------------


def find_functions(names: Names, trees: Sequence[ast.Module]) -> Iterator[ast.FunctionDef]:
    """Yield the functions at the top level of a program, the last of each name."""
    last = {
        node.name: node
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    yield from (node for name, node in last.items() if callable(names.get(name)))


def find_updates(names: Names, trees: Sequence[ast.Module]) -> list[Update]:
    """Return the functions that train: those with a loop that moves the weights."""
    found = []
    for node in find_functions(names, trees):
        update = make_from_loop(node, names, trees)
        if update is not None:
            found.append(update)
    return found


def make_from_loop(
    node: ast.FunctionDef, names: Names, trees: Sequence[ast.Module]
) -> Update | None:
    """Return one pass of the loop in a function, if it has one that moves weights."""
    cut = copy.deepcopy(node)
    loop = _loops.find_loop(cut.body, {})
    if loop is None or (loop.over_samples and not _roles.find_rate(_arguments(node))):
        return None
    memory = _loops.find_memory(loop)
    unfit = _unfit.describe(loop.node, trees)
    lines = f"the loop in line {loop.node.lineno}"
    _loops.cut_to_one_pass(loop)
    function = compile_function(cut, names)

    def run(start: Start, hook: Pass) -> None:
        names[HOOK] = hook
        function(**choose_arguments(function, start, names))

    call = f"one pass of {lines}, (w - w') / lr"
    return build(node.name, run, loop, names, (memory, unfit, call))


def _arguments(node: ast.FunctionDef) -> list[str]:
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
    said: tuple[list[str], str, str],
) -> Update | None:
    """Return the update, if it runs on some shape of data."""

    def take_pass(start: Start) -> Pass:
        hook, kept = Pass(start), dict(names)
        try:
            run(start, hook)
        except PassedError:
            pass
        finally:
            names.clear()
            names.update(kept)
        return hook

    def advance(start: Start) -> tuple[Any, Any]:
        return take_pass(start).read()

    intercept, changed = _try_probes(take_pass, apart="b" in loop.weights)
    if intercept is None and not changed:
        return None
    memory, unfit, call = said
    update = Update(name, advance, intercept=bool(intercept), call=call)
    update.memory, update.unfit, update.changed = memory, unfit, changed
    update.own_loss = _find_own_loss(update, take_pass, loop)
    return update


def _try_probes(
    take_pass: Callable[[Start], Pass], *, apart: bool
) -> tuple[bool | None, str]:
    """Return whether there is an intercept, and what is changed before the loop."""
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
            return apart or bool(hook.packed), ""
    return None, changed


def _find_own_loss(
    update: Update, take_pass: Callable[[Start], Pass], loop: Loop
) -> UserFunction | None:
    """Return the loss that is computed in the loop, as a function."""
    places = {place for place, _ in _loops.list_assignments(loop.node)}
    name = next((p for p in sorted(places) if _roles.means(p, "loss")), None)
    if name is None:
        return None

    def loss(inputs: Mapping[str, Any]) -> Any:
        start = Start(inputs["x"], inputs["y"], inputs["w"], inputs.get("b"), 0)
        value = take_pass(start).values[name]
        return value.detach() if hasattr(value, "detach") else value

    if "b" in update.roles:
        return UserFunction(
            lambda w, b, x, y: loss({"w": w, "b": b, "x": x, "y": y}), "w, b, x, y"
        )
    return UserFunction(lambda w, x, y: loss({"w": w, "x": x, "y": y}), "w, x, y")


# --- scripts -------------------------------------------------------------------------


def find_in_script(names: Names, trees: Sequence[ast.Module]) -> Update | None:
    """Return one pass of the loop at the top level of a script."""
    block = copy.deepcopy([each for tree in trees for each in tree.body])
    loop = _loops.find_loop(block, {})
    if loop is None or loop.over_samples:
        return None
    memory, unfit = _loops.find_memory(loop), _unfit.describe(loop.node, trees)
    line = loop.node.lineno
    _loops.cut_to_one_pass(loop)
    rest = _start_from_data(block, loop)
    if rest is None:
        return None
    module = ast.fix_missing_locations(ast.Module(rest, []))
    code = compile(module, "<one pass>", "exec")

    def run(_: Start, hook: Pass) -> None:
        names[HOOK] = hook
        exec(code, names)  # noqa: S102 - the program's own code

    call = f"one pass of the loop in line {line}, (w - w') / lr"
    return build(f"the loop in line {line}", run, loop, names, (memory, unfit, call))


def _start_from_data(block: list[ast.stmt], loop: Loop) -> list[ast.stmt] | None:
    """Return what runs from the data on, which are put in the place of its own.

    What only sets numbers before that is run too. None if there are no x and y.
    """
    first: dict[str, int] = {}
    for i, each in enumerate(block):
        if loop.node in ast.walk(each):
            break
        for place, _ in _loops.list_assignments(each):
            first.setdefault(place, i)
    names = loop.reads | first.keys()
    chosen = {}
    for role in ("x", "y"):
        named = [p for p in first if _roles.means(p, role) and p.isidentifier()]
        read = [p for p in named if p in loop.reads] or named
        if not read or not names:
            return None
        chosen[role] = min(read, key=lambda p: first[p])
    x, y = chosen["x"], chosen["y"]
    at = max(first[x], first[y]) + 1
    put = ast.parse(f"{x}, {y} = {HOOK}.data({x}, {y})").body
    numbers = [each for each in block[:at] if _sets_number(each)]
    rest = [each for each in block[at:] if not _loops.is_for_show(each)]
    return [*numbers, *put, *rest]


def _sets_number(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
