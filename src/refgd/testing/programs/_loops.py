"""The training loop of a program, found in its syntax tree."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from refgd.testing.programs import _roles

Block = list[ast.stmt]
Methods = dict[str, ast.FunctionDef]


@dataclass
class Loop:
    """A loop that moves weights.

    Attributes:
        node: The loop.
        block: The statements among which it stands.
        weights: The places of w, and of b where there is one.
        over_samples: Whether it runs over the samples: all of it is one pass.
    """

    node: ast.For | ast.While
    block: Block
    weights: dict[str, str]
    over_samples: bool

    @property
    def reads(self) -> set[str]:
        """The places that are read inside, but for those that are first written to."""
        written = {p for p, _ in list_assignments(self.node)}
        data = {p for p in written if _roles.means(p, "x") or _roles.means(p, "y")}
        return set(read_places(self.node)) - (written - data)


def _list_places(target: ast.expr) -> Iterator[ast.expr]:
    """Yield the places that an assignment writes to: of w[j] it is w."""
    of_tensor = isinstance(target, ast.Attribute) and target.attr == "data"
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _list_places(each)
    elif isinstance(target, ast.Subscript | ast.Attribute) and (
        of_tensor or (isinstance(target, ast.Subscript) and not _is_entry(target))
    ):
        yield from _list_places(target.value)
    else:
        yield target


def _is_entry(node: ast.AST) -> bool:
    """Whether it is an entry of a dictionary, such as params["W"]."""
    key = node.slice if isinstance(node, ast.Subscript) else None
    return isinstance(key, ast.Constant) and isinstance(key.value, str)


Assignment = tuple[str, ast.Assign | ast.AugAssign | ast.AnnAssign]


def list_assignments(*nodes: ast.AST) -> Iterator[Assignment]:
    """Yield every place that is written to, and the statement."""
    for node in nodes:
        for each in ast.walk(node):
            if not isinstance(each, ast.Assign | ast.AugAssign | ast.AnnAssign):
                continue
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            for target in targets:
                for place in _list_places(target):
                    yield ast.unparse(place), each


def read_places(node: ast.AST) -> Iterator[str]:
    """Yield the names, attributes and entries that are read."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name | ast.Attribute) or _is_entry(each):
            yield ast.unparse(each)


def find_loop(
    block: Block,
    methods: Methods,
    before: Sequence[ast.stmt] = (),
) -> Loop | None:
    """Return the first outermost loop that moves weights; None if there is none.

    Methods are those of a class, which a loop may call.
    """
    for i, each in enumerate(block):
        earlier = [*before, *block[:i]]
        if isinstance(each, ast.For | ast.While):
            called = list_called(each, methods)
            written = {place for place, _ in list_assignments(each, *called)}
            weights = _roles.find_weights(written)
            if weights is not None:
                return Loop(each, block, weights, _runs_over_samples(each, earlier))
        for inner in _list_blocks(each):
            found = find_loop(inner, methods, earlier)
            if found is not None:
                return found
    return None


def _list_blocks(node: ast.stmt) -> Iterator[Block]:
    if isinstance(node, ast.If | ast.With | ast.Try):
        yield node.body
        if not isinstance(node, ast.With):
            yield node.orelse


def list_called(node: ast.AST, methods: Methods) -> list[ast.FunctionDef]:
    """List those of the methods of self that are called."""
    functions = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return [
        methods[function.attr]
        for function in functions
        if isinstance(function, ast.Attribute)
        and ast.unparse(function.value) == "self"
        and function.attr in methods
    ]


def _runs_over_samples(loop: ast.For | ast.While, before: Sequence[ast.stmt]) -> bool:
    """Whether it counts the samples, and not the passes over them."""
    if isinstance(loop, ast.While):
        return False
    names = set(read_places(loop.iter))
    if any(_roles.means(n, "x") or _roles.means(n, "y") for n in names):
        return True
    if any(_roles.means(n, "n_iters") for n in names):
        return False
    counts = {
        place
        for place, statement in list_assignments(*before)
        if statement.value is not None
        and any(
            word in ast.unparse(statement.value) for word in ("len(", ".shape", ".size")
        )
    }
    return bool(names & counts)


def has_fixed_entries(loop: Loop) -> bool:
    """Whether it reads or moves entries by number: it is made for so many features."""
    places = {*loop.weights.values()}
    return any(
        isinstance(each, ast.Subscript)
        and any(isinstance(n, ast.Constant) for n in ast.walk(each.slice))
        and not _is_entry(each)
        and ((p := ast.unparse(each.value)) in places or _roles.means(p, "x"))
        for each in ast.walk(loop.node)
    )


def moves_in_inner_loop(loop: Loop) -> bool:
    """Whether weights move in a loop inside: more than once in a pass, it may be."""
    inner = (n for n in ast.walk(loop.node) if isinstance(n, ast.For | ast.While))
    places = {*loop.weights.values()}
    return any(
        place in places
        for each in inner
        if each is not loop.node or loop.over_samples
        for place, _ in list_assignments(each)
    )


#: What a loss goes by that a loop only prints, or appends to a list.
SHOWN = "current_loss"


def name_shown_loss(loop: Loop) -> None:
    """Give a name to a loss that is computed where it is printed, if none has one."""
    places = {place for place, _ in list_assignments(loop.node)}
    if any(_roles.means(place, "loss") for place in (*places, *loop.reads)):
        return
    for i, statement in enumerate(loop.node.body):
        if isinstance(statement, ast.For | ast.While):
            continue  # what it shows is of one sample
        calls = (n for n in ast.walk(statement) if isinstance(n, ast.Call))
        shown = (value for call in calls for value in _list_shown(call))
        found = next(filter(_may_be_loss, shown), None)
        if found is not None:
            value = ast.unparse(found)
            named = f"try: {SHOWN} = {value}\nexcept Exception: {SHOWN} = None"
            loop.node.body[i:i] = ast.parse(named).body
            return


def _list_shown(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what is printed, or appended to a list, and what stands in its strings."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    for each in call.args if name in ("print", "append") else ():
        inner = [n.value for n in ast.walk(each) if isinstance(n, ast.FormattedValue)]
        yield from inner or [each]


def _may_be_loss(value: ast.expr) -> bool:
    """Whether it is computed of squares, or by a function called like a loss."""
    if not isinstance(value, ast.Call | ast.BinOp):
        return False
    called = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
    squares = any(isinstance(n, ast.Pow) for n in ast.walk(value))
    return squares or _roles.means(called, "loss")


def changes_rate(loop: Loop) -> bool:
    """Whether the rate may be another in each pass: by a schedule, or by its number."""
    counts = (
        {ast.unparse(loop.node.target)} if isinstance(loop.node, ast.For) else set()
    )
    places, scheduled = {*loop.weights.values()}, "sched" in ast.unparse(loop.node)
    return scheduled or any(
        _roles.means(place, "lr")
        or (place in places and counts & {*read_places(statement)})
        for place, statement in list_assignments(loop.node)
    )


def find_end(loop: Loop) -> int | None:
    """Return the line in which the first pass ends a loop; None if it may go on."""
    goes_on = any(isinstance(each, ast.Continue) for each in ast.walk(loop.node))
    if loop.over_samples or goes_on:
        return None
    ends = [each for each in loop.node.body if isinstance(each, ast.Return | ast.Break)]
    return ends[0].lineno if ends else None


def find_memory(loop: Loop, *called: ast.AST) -> list[str]:
    """Return what a loop, and what it calls, carries from pass to pass."""
    parts = (loop.node, *called)
    return sorted({n for each in parts for n in find_memory_in(each, loop.weights)})


def find_memory_in(node: ast.AST, weights: Mapping[str, str]) -> list[str]:
    """Return what an update needs, beside the weights, that was written before it.

    A velocity is one; a counter, the data and the rate are none.
    """
    written = list(list_assignments(node))
    needed = set(weights.values())
    while True:
        used = [s for place, s in written if place in needed]
        more = {n for s in used if s.value is not None for n in read_places(s.value)}
        more &= {place for place, _ in written}
        if more <= needed:
            break
        needed |= more
    first: dict[str, ast.stmt] = {}
    for place, statement in sorted(written, key=lambda each: each[1].lineno):
        first.setdefault(place, statement)
    found = needed & first.keys() - {*weights.values()}
    return sorted(n for n in found if _is_carried(n, first[n], used))


def _is_carried(place: str, first: ast.stmt, used: Sequence[ast.stmt]) -> bool:
    """Whether a place is read before it is written to in the same pass."""
    if any(_roles.means(place, role) for role in ("x", "y", "lr")):
        return False
    if isinstance(first, ast.AugAssign):
        return not isinstance(first.value, ast.Constant)
    return any(
        place in read_places(s.value)
        for s in used
        if isinstance(s, ast.Assign | ast.AugAssign | ast.AnnAssign)
        and s.value is not None
        and s.lineno <= first.lineno
    )


def find_rate(loop: Loop) -> str | None:
    """Return the place of the learning rate that a loop reads; L may be a loss."""
    written = {p for p, _ in list_assignments(loop.node) if _roles.means(p, "loss")}
    return _roles.find_rate(set(read_places(loop.node)) - written)
