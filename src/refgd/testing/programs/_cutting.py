"""A training loop, cut to one pass.

It is rewritten so that it starts from weights that are given, makes one pass of its
body, and hands over the weights that it has then. What would stop the training early is
left out, and so is what prints and plots.
"""

import ast
from collections.abc import Iterator

from refgd.testing.programs import _loops

#: The name by which a rewritten program reaches what it is given.
HOOK = "_refgd_pass"

#: What is called for show alone.
SHOWS = {"print", "plt", "ax", "fig", "logging", "logger", "pbar", "display", "time"}


class _Shown(ast.NodeTransformer):
    """Leaves out what is for show."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.copy_location(ast.Pass(), node) if is_for_show(node) else node


class _Unstopped(_Shown):
    """Leaves out what would end the training early too."""

    def visit_If(self, node: ast.If) -> ast.AST:
        if _ends_loop(node.body):
            node.test = ast.Constant(value=False)
        elif _ends_loop(node.orelse):
            node.test = ast.Constant(value=True)
        return self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> ast.AST:
        return ast.copy_location(ast.Pass(), node)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        return ast.copy_location(ast.Pass(), node)

    def visit_For(self, node: ast.For) -> ast.AST:
        return node  # what it stops is itself

    def visit_While(self, node: ast.While) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node


def _ends_loop(block: list[ast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], ast.Break | ast.Return | ast.Raise)


def is_for_show(node: ast.stmt) -> bool:
    """Whether it prints or plots, and does nothing else."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    root: ast.expr = node.value.func
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in SHOWS


def cut_to_one_pass(loop: _loops.Loop, outside: str | None = None) -> bool:
    """Rewrite a loop, where it stands, so that it makes one pass and hands over.

    Return whether there is a rate that it can be given: it reads one, or one is set
    `outside`, or a number stands for it.
    """
    node = loop.node
    rate = _loops.find_rate(loop) or outside
    start = [f"{HOOK}.enter({{**globals(), **locals()}}, {sorted(loop.reads)!r})"]
    given = {**loop.weights, **({"lr": rate} if rate else {})}
    start += [f"{p} = {HOOK}.give({role!r}, {p})" for role, p in given.items()]
    if rate:
        _Rescaled(rate).visit(node)
    known = rate is not None or _replace_literal_rate(loop)
    handed = ", ".join(f"{role!r}: {p}" for role, p in loop.weights.items())
    end = ast.parse(f"{HOOK}.leave({{{handed}}}, locals())").body
    if loop.over_samples:
        node.body = [_Shown().visit(each) for each in node.body]
        after = [*end]
    else:
        body = [_Unstopped().visit(each) for each in node.body]
        node.body = [ast.Try(body=body, handlers=[], orelse=[], finalbody=end)]
        after = []
        if isinstance(node, ast.While):
            node.test = ast.Constant(value=True)
    i = loop.block.index(node)
    loop.block[i:] = [*ast.parse("\n".join(start)).body, node, *after]
    return known


class _Rescaled(ast.NodeTransformer):
    """Keeps what a loop does with its rate, but in units of the one that is given."""

    def __init__(self, rate: str) -> None:
        """Take the place of the rate."""
        self.rate = rate

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        return self._rescale(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        return self._rescale(node)

    def _rescale(self, node: ast.Assign | ast.AugAssign) -> ast.AST | list[ast.stmt]:
        if self.rate not in [place for place, _ in _loops.list_assignments(node)]:
            return node
        return [node, *ast.parse(f"{self.rate} = {HOOK}.rescale({self.rate})").body]


def _replace_literal_rate(loop: _loops.Loop) -> bool:
    """Put the rate that is given for the one number that stands for it, if one does."""
    updates = [
        s for p, s in _loops.list_assignments(loop.node) if p in loop.weights.values()
    ]
    numbers = [n for s in updates if s.value is not None for n in _list_rates(s.value)]
    if len({n.value for n in numbers}) != 1:
        return False
    for statement in updates:
        _PutRate().visit(statement)
    return True


def _list_rates(node: ast.AST) -> Iterator[ast.Constant]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and _is_rate(each):
            yield each


def _is_rate(node: ast.Constant) -> bool:
    return isinstance(node.value, float) and 0 < node.value < 0.5  # noqa: PLR2004 - 0.5 is a factor


class _PutRate(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not _is_rate(node):
            return node
        rate = ast.parse(f"{HOOK}.give('lr', {node.value!r})", mode="eval").body
        return ast.copy_location(rate, node)
