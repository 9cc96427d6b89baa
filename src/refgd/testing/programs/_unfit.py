"""Signs that a program trains another model, or draws at random: no linear regression.

They only keep a program from being called wrong; one that is right is right.
"""

import ast
from collections.abc import Sequence

#: What the programs of other models call.
OTHER_MODELS = {
    *("sigmoid", "softmax", "relu", "tanh", "exp", "log", "log1p", "expit", "logistic"),
    *(
        "cross_entropy",
        "hinge",
        "heaviside",
        "perceptron",
        "huber",
        "logit",
        "quantile",
    ),
    *("binary_cross_entropy", "activation", "kernel"),
}

#: What draws at random.
AT_RANDOM = {
    *("shuffle", "permutation", "choice", "randint", "sample", "permuted", "randperm"),
    *("integers", "dropout", "uniform", "rand", "randn", "normal", "default_rng"),
}

#: What an optimizer with a memory, or a penalty, is told by.
OPTIMIZERS = {"adam", "momentum", "velocity", "rmsprop", "adagrad", "beta1", "beta2"}


def describe(node: ast.AST, trees: Sequence[ast.Module]) -> str:
    """Return why a program may be no plain linear regression; "" if nothing says so."""
    names = _list_names(node, trees)
    if names & OTHER_MODELS:
        return (
            f"it uses {', '.join(sorted(names & OTHER_MODELS))}: is it another model?"
        )
    if names & AT_RANDOM:
        return f"it uses {', '.join(sorted(names & AT_RANDOM))}: it draws at random"
    if names & OPTIMIZERS:
        return f"it uses {', '.join(sorted(names & OPTIMIZERS))}: see check_optimizer"
    return ""


def _list_names(node: ast.AST, trees: Sequence[ast.Module]) -> set[str]:
    """List the names in a part of a program, and in the functions that it calls."""
    functions = {
        each.name: each
        for tree in trees
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef)
    }
    seen: set[str] = set()
    left: list[ast.AST] = [node]
    while left:
        for each in ast.walk(left.pop()):
            name = getattr(each, "id", None) or getattr(each, "attr", None)
            if name and name not in seen:
                seen.add(name)
                if name in functions:
                    left.append(functions[name])
    return {name.lower() for name in seen}
