"""Small edits of an expression: what somebody may have written in its place.

An expression is a tree of sums, products, quotients, powers, roots and names, and each
node has its own ways to be wrong, whatever rule it is of.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from refgd.testing.optimizer._program import names_read

#: An edit of an expression: in words, and the expression that it makes.
Change: TypeAlias = tuple[str, ast.expr]

#: Hyperparameters that are shares, one of which may stand for another.
SHARES: Final = ("beta1", "beta2", "beta", "rho", "dampening", "mu", "mu_next")


def show(expression: str | ast.AST) -> str:
    """Return an expression as it is written on paper."""
    text = expression if isinstance(expression, str) else ast.unparse(expression)
    text = re.sub(r"(\w+)_old\b", r"old \1", text)
    return re.sub(r" \* (?!-)", " ", text.replace(" ** ", "^"))


def _parse(text: str, **parts: ast.expr) -> ast.expr:
    """Return an expression, with trees in place of some names."""
    tree = ast.parse(text, mode="eval").body
    return _Substitute(parts).visit(tree) if parts else tree


class _Substitute(ast.NodeTransformer):
    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.parts.get(node.id, node)


def substitute(text: str, **names: str) -> str:
    """Return an expression with other expressions in place of some names."""
    return _substitute(text, tuple(names.items())) if names else text


@cache
def _substitute(text: str, names: tuple[tuple[str, str], ...]) -> str:
    if not names_read(text) & dict(names).keys():
        return text
    parts = {name: ast.parse(other, mode="eval").body for name, other in names}
    return ast.unparse(_Substitute(parts).visit(ast.parse(text, mode="eval")))


@cache
def changes(text: str, arrays: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return each edit of an expression, in words and as text."""
    tree = ast.parse(text, mode="eval").body
    made = ((words, ast.unparse(new)) for words, new in _changes(tree, arrays))
    different = {new: words for words, new in reversed([*made]) if new != text}
    return tuple((words, new) for new, words in reversed(different.items()))


def _changes(node: ast.expr, arrays: tuple[str, ...]) -> Iterator[Change]:
    """Yield the edits of a node itself, then of the nodes below."""
    yield from _own(node, arrays)
    for field, child in ast.iter_fields(node):
        if isinstance(child, ast.expr):
            for words, new in _changes(child, arrays):
                yield words, _with(node, field, new)
        elif field == "args":
            for i, each in enumerate(child):
                for words, new in _changes(each, arrays):
                    yield words, _with(node, field, [*child[:i], new, *child[i + 1 :]])


def _with(node: ast.expr, field: str, value: Any) -> ast.expr:
    fields = {**dict(ast.iter_fields(node)), field: value}
    return type(node)(**fields)


def _own(node: ast.expr, arrays: tuple[str, ...]) -> Iterator[Change]:
    match node:
        case ast.BinOp(a, ast.Mult(), b):
            yield from _of_product(a, b)
        case ast.BinOp(a, ast.Div(), b):
            yield from _of_quotient(a, b)
        case ast.BinOp(a, ast.Add(), b):
            yield from _of_sum(a, b)
        case ast.BinOp(a, ast.Sub(), b):
            yield from _of_difference(a, b)
        case ast.BinOp(a, ast.Pow(), b):
            yield from _of_power(a, b)
        case ast.Call(ast.Name(name), arguments):
            yield from _of_call(name, arguments)
        case ast.Name(name):
            yield from _of_name(name, arrays)


def _of_product(a: ast.expr, b: ast.expr) -> Iterator[Change]:
    for one, other in ((a, b), (b, a)):
        yield f"{show(one)} is missing", other
        yield f"{show(one)} is there twice", _parse("a * a * b", a=one, b=other)
        yield f"it divides by {show(one)}", _parse("b / a", a=one, b=other)
    if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Add | ast.Sub):
        bare = ast.BinOp(_parse("a * b", a=a, b=b.left), b.op, b.right)
        yield f"brackets are missing around {show(b)}", bare


def _of_quotient(a: ast.expr, b: ast.expr) -> Iterator[Change]:
    corrected = re.fullmatch(r"1 - \w+ \*\* t", ast.unparse(b))
    bare = f"no bias correction of {show(a)}" if corrected else ""
    yield bare or f"it is not divided by {show(b)}", a
    name = f"the bias correction of {show(a)}" if corrected else show(b)
    yield (
        f"it multiplies by {show(b)} where it should divide",
        _parse("a * b", a=a, b=b),
    )
    yield f"{name} is there twice", _parse("a / b ** 2", a=a, b=b)
    yield f"the root of {show(b)} is taken", _parse("a / sqrt(b)", a=a, b=b)
    if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Add | ast.Sub | ast.Mult):
        bare_sum = ast.BinOp(_parse("a / b", a=a, b=b.left), b.op, b.right)
        yield f"brackets are missing around {show(b)}", bare_sum


def _of_sum(a: ast.expr, b: ast.expr) -> Iterator[Change]:
    match a, b:
        case ast.Call(ast.Name("sqrt"), [x]), ast.Name("eps"):
            yield "eps is inside the root", _parse("sqrt(x + eps)", x=x)
            yield "eps is squared, inside the root", _parse("sqrt(x + eps ** 2)", x=x)
            yield "eps is inside and outside", _parse("sqrt(x + eps) + eps", x=x)
    if ast.unparse(b) in {"eps", "eps_root"}:
        yield f"it is at least {show(b)}", _parse("maximum(a, b)", a=a, b=b)
    for one, other in ((b, a), (a, b)):
        yield f"{show(one)} is missing", other
        yield f"{show(one)} is subtracted", _parse("b - a", a=one, b=other)
        yield f"{show(one)} is there twice", _parse("b + 2 * a", a=one, b=other)


def _of_difference(a: ast.expr, b: ast.expr) -> Iterator[Change]:
    yield f"{show(b)} is added, not subtracted", _parse("a + b", a=a, b=b)
    yield f"{show(b)} is missing", a
    if ast.unparse(a) == "1":
        yield f"it has {show(b)}, not 1 - {show(b)}", b
        if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Pow):
            power = _parse("(1 - x) ** y", x=b.left, y=b.right)
            yield f"it has {show(power)}, not 1 - {show(b)}", power
    else:
        yield f"{show(b)} is there twice", _parse("a - 2 * b", a=a, b=b)


def _of_power(a: ast.expr, b: ast.expr) -> Iterator[Change]:
    if ast.unparse(b) == "2":
        yield f"it has |{show(a)}|, not its square", _parse("abs(a)", a=a)
        yield f"{show(a)} is not squared", a
    else:
        yield f"it has {show(a)}, not {show(a)}^{show(b)}", a
        yield f"it has {show(a)} {show(b)}, not a power", _parse("a * b", a=a, b=b)


def _of_call(name: str, arguments: Sequence[ast.expr]) -> Iterator[Change]:
    first = arguments[0]
    if name == "sqrt":
        yield f"no square root of {show(first)}", first
        match first:
            case ast.BinOp(x, ast.Add(), ast.Name("eps")):
                yield "eps is outside the root", _parse("sqrt(x) + eps", x=x)
                squared = _parse("sqrt(x + eps ** 2)", x=x)
                yield "eps is squared, inside the root", squared
            case ast.BinOp(x, ast.Div(), y):
                outside = _parse("sqrt(x) / y", x=x, y=y)
                yield f"{show(y)} is outside the root", outside
    elif name in {"maximum", "minimum"}:
        for one in arguments:
            yield f"the {name} is missing: it is {show(one)}", one
        other = "minimum" if name == "maximum" else "maximum"
        yield f"it is the {other}", ast.Call(ast.Name(other), [*arguments], [])
        both = _parse("a + b", a=first, b=arguments[1])
        yield f"it is the sum, not the {name}", both
    elif name in {"sign", "abs"}:
        yield f"the {name} is missing", first
        for value in ("1", "-1") if name == "sign" else ():
            zero = _parse(f"where(equal(x, 0), {value}, sign(x))", x=first)
            yield f"the sign of 0 is {value}, not 0", zero
    elif name == "where":
        condition, yes, no = arguments
        nothing = ast.Constant(0)
        for each, empty in ((yes, [nothing, no]), (no, [yes, nothing])):
            where = ast.Call(ast.Name("where"), [condition, *empty], [])
            yield f"there is nothing in place of {show(each)}", where
        yield f"it is always {show(yes)}", yes
        yield f"it is always {show(no)}", no


#: What may be done to an average, or to a step, by mistake.
DONE: Final = {
    "it has the {0} of the step before": "{0}_old",
    "it has |{0}|": "abs({0})",
    "it has the sign of {0}": "sign({0})",
    "it has {0} squared": "{0} ** 2",
    "{0} has the wrong sign": "-{0}",
    "{0} is doubled": "2 * {0}",
    "{0} is halved": "{0} / 2",
    "{0} is multiplied by lr": "lr * {0}",
    "{0} is divided by t": "{0} / t",
    "it has the mean of {0} over all weights": "mean({0})",
    "it has the norm of {0} over all weights": "norm({0})",
    "it has the largest {0} of all weights": "largest({0})",
}


def _of_name(name: str, arrays: tuple[str, ...]) -> Iterator[Change]:
    if name in arrays and name != "w":
        yield from _of_array(name, [x for x in arrays if x not in {name, "w"}])
    elif name in SHARES:
        if name in SHARES[:2]:
            other = SHARES[1 - SHARES.index(name)]
            yield f"it has {other}, not {name}", ast.Name(other)
        yield f"it has 1 - {name}, not {name}", _parse(f"1 - {name}")
    for words, text in NUMBERS_DONE.get(name, {}).items():
        yield words, _parse(text)


def _of_array(name: str, others: list[str]) -> Iterator[Change]:
    for other in others:
        yield f"it has {other}, not {name}", ast.Name(other)
    for words, text in DONE.items():
        yield words.format(name), _parse(text.format(name))
    for share in ("beta1", "beta2", "rho"):
        corrected = f"{name} / (1 - {share} ** t)"
        yield f"{name} is divided by 1 - {share}^t", _parse(corrected)
    for other in others if name == "g" else ():
        yield f"{other} is taken off g", _parse(f"g - {other}")


#: The same of t and of eps.
NUMBERS_DONE: Final[dict[str, dict[str, str]]] = {
    "t": {f"it has {show(x)}, not t": x for x in ("t - 1", "t + 1", "2 * t")},
    "eps": {"it has eps squared": "eps ** 2", "it has the root of eps": "sqrt(eps)"},
}
