"""What a name says of a value: the gradient of w, that of the intercept, or a loss."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

#: dJ is one word; so are an acronym, a word with a capital, and what a digit follows.
WORD = re.compile(r"d[A-Z](?=_|d|$)|[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")

#: Words that name a gradient, and with these all that name one or a part of one.
WHOLE = {
    *("grad", "grads", "gradient", "gradients", "deriv", "derivs", "derivative"),
    *("derivatives", "dj", "dl", "dloss", "dcost", "dmse", "djdw", "nabla"),
    *("backward", "backprop", "backpropagate", "propagate"),
}
GRADIENT = WHOLE | {"djdb", "partial", "slopes"}
LOSS = {"loss", "cost", "mse", "sse", "rss", "j", "objective", "criterion", "error"}
INTERCEPT = {"b", "bias", "intercept", "c", "b0", "theta0", "beta0", "w0", "const"}
WEIGHTS = {
    *("w", "weight", "weights", "theta", "thetas", "m", "slope", "w1", "theta1"),
    *("beta1", "beta", "coef", "coefs", "params", "parameters", "vec", "a", "k"),
}


def split_words(name: str) -> list[str]:
    """Return the words of a name in snake_case or camelCase, in lower case.

    Example:
        >>> from refgd.testing.programs._labels import split_words
        >>> split_words("computeGradient_fast"), split_words("dJ_dw")
        (['compute', 'gradient', 'fast'], ['dj', 'dw'])
        >>> split_words("grad_theta_0")
        ['grad', 'theta0']
    """
    name = re.sub(r"(?<=[a-z])_(?=\d)", "", name)
    return [word.lower() for word in WORD.findall(name)]


def _after_d(word: str) -> str | None:
    """Return what a word such as dw or dtheta0 is the derivative by."""
    rest = word[1:]
    return rest if word[0] == "d" and rest in INTERCEPT | WEIGHTS else None


def label(name: str) -> str | None:
    """Return what a name means: "w", "b" (parts of a gradient), "loss", or None.

    Example:
        >>> from refgd.testing.programs._labels import label
        >>> [label(name) for name in ("dj_db", "weight_gradient", "cost", "w")]
        ['b', 'w', 'loss', None]
    """
    words = split_words(name)
    about = [_after_d(word) or word for word in words]
    if not GRADIENT & {*words} and about == words:
        return "loss" if LOSS & {*words} else None
    if INTERCEPT & {*about}:
        return "b"
    return "w"


def label_key(key: str) -> str | None:
    """Return what a key of a dict means: also of one such as "w"."""
    words = {*split_words(key)}
    plain = "b" if words & INTERCEPT else "w" if words & WEIGHTS else None
    return label(key) or plain


def names_part(name: str) -> str | None:
    """Return "w" or "b" where a name says which part of a gradient it means."""
    about = {_after_d(word) or word for word in split_words(name)}
    by_w, by_b = bool(about & WEIGHTS), bool(about & INTERCEPT)
    known = label(name) in ("w", "b") and by_w != by_b
    return ("w" if by_w else "b") if known else None


def parse(function: Callable[..., Any]) -> ast.Module | None:
    """Return the syntax tree of a function, if its source can be found."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None


def _list_returned(function: Callable[..., Any]) -> Iterator[list[ast.expr] | None]:
    """Yield the parts that each `return` of a function lists; None if it lists none."""
    tree = parse(function)
    for node in _list_returns(tree) if tree else ():
        if isinstance(node.value, ast.Tuple | ast.List):
            yield node.value.elts
        elif node.value:
            yield None


def _list_returns(tree: ast.AST) -> Iterator[ast.Return]:
    """Yield the returns of the outermost function: those inside are of others."""
    outer = next(iter(ast.iter_child_nodes(tree)), None)
    waiting: list[ast.AST] = [*ast.iter_child_nodes(outer)] if outer else []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _name(value: ast.expr) -> str | None:
    """Return the name in an expression such as dw, dw / m, float(dw) or dw.T."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    known = [each for each in names if label(each)]
    return known[0] if len(known) == 1 else (names[0] if len(names) == 1 else None)


def label_returned(function: Callable[..., Any]) -> tuple[str | None, ...] | None:
    """Return what the parts of an answer are by their names, if all returns agree.

    A name alone has no parts: what it stands for is the answer, and may be a list.
    """
    found = {
        None if parts is None else tuple(label(_name(part) or "") for part in parts)
        for parts in _list_returned(function)
    }
    return found.pop() if len(found) == 1 else None
