"""The update in a script: one pass of the loop at its top level."""

import ast
import copy
from typing import Any

from refgd.testing.programs import _cutting, _functions, _loops, _roles
from refgd.testing.programs._cutting import HOOK
from refgd.testing.programs._load import Program
from refgd.testing.programs._loops import Loop
from refgd.testing.programs._pass import Pass
from refgd.testing.programs._updates import Start, Update


def find_in_script(program: Program) -> Update | None:
    """Return one pass of the loop at the top level of a script."""
    names = program.names
    block = copy.deepcopy([each for tree in program.trees for each in tree.body])
    loop = _loops.find_loop(block, {})
    if loop is None or loop.over_samples:
        return None
    line = loop.node.lineno
    _count_from_data(loop, names)
    written = {place for place, _ in _loops.list_assignments(*block)}
    rate = _roles.find_rate(p for p in written if not _roles.means(p, "loss"))
    said = _functions.describe_loop(loop, program, rate=rate)
    rest = _start_from_data(block, loop)
    if rest is None:
        return None
    module = ast.fix_missing_locations(ast.Module(rest, []))
    code = compile(module, "<one pass>", "exec")

    alone = ast.fix_missing_locations(ast.Module(_cut_off(loop), []))
    loop_alone = compile(alone, "<one pass>", "exec")

    def run(_: Start, hook: Pass) -> None:
        names[HOOK] = hook
        exec(code if hook.strict else loop_alone, names)  # noqa: S102 - the program's own code

    return _functions.build(f"the loop in line {line}", run, loop, names, said)


def _count_from_data(loop: Loop, names: dict[str, Any]) -> None:
    """Put len(y) for the number of samples where a loop has it as a literal.

    So that it runs on other data too: range(4), and / 4 where there are four samples.
    """
    targets = [p for p in loop.reads if _roles.means(p, "y") and p in names]
    if len(targets) != 1 or not hasattr(names[targets[0]], "__len__"):
        return
    count = len(names[targets[0]])
    if count > SMALL:
        for each in loop.node.body:
            _PutCount(count, targets[0]).visit(each)


#: A number up to this may be a factor, and no number of samples.
SMALL = 2


class _PutCount(ast.NodeTransformer):
    """Puts the length of the data for a literal count of samples."""

    def __init__(self, count: int, place: str) -> None:
        """Take the count, and what has this length."""
        self.count = count
        self.length = ast.parse(f"len({place})", mode="eval").body

    def _is_count(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Constant) and node.value == self.count

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node.func) == "range" and len(node.args) == 1:
            node.args = [self.length if self._is_count(a) else a for a in node.args]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and self._is_count(node.right):
            node.right = self.length
        return node


def _cut_off(loop: Loop) -> list[ast.stmt]:
    """Return the loop alone, with what starts it."""
    i = loop.block.index(loop.node)
    first = next(j for j, each in enumerate(loop.block) if HOOK in ast.unparse(each))
    return loop.block[first : i + 1]


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
    reads, chosen = loop.reads, {}
    for role in ("x", "y"):
        named = [p for p in first if _roles.means(p, role) and p.isidentifier()]
        read = [p for p in named if p in reads] or named
        if not read:
            return None
        chosen[role] = min(read, key=lambda p: first[p])
    x, y = chosen["x"], chosen["y"]
    at = max(first[x], first[y]) + 1
    put = ast.parse(f"{x}, {y} = {HOOK}.data({x}, {y})").body
    numbers = [each for each in block[:at] if _sets_number(each)]
    rest = [each for each in block[at:] if not _cutting.is_for_show(each)]
    return [*numbers, *put, *rest]


def _sets_number(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
