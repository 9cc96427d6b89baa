"""Classes that train: their gradients, their steps, and one pass of their fit."""

import ast
import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from refgd.testing.programs import _functions, _loops, _roles
from refgd.testing.programs._cutting import HOOK
from refgd.testing.programs._labels import split_words
from refgd.testing.programs._load import Program
from refgd.testing.programs._loops import Methods
from refgd.testing.programs._pass import Pass, keep, shape_like
from refgd.testing.programs._updates import Adapted, Start, Update

#: Words in the name of a method that returns, or keeps, a gradient.
GRADIENT = {
    *("gradient", "gradients", "grad", "grads", "backward", "backprop", "derivative"),
}

#: Words in the name of a method that does something else with one.
OTHERS = {
    *("descent", "check", "step", "update", "train", "fit", "numerical", "clip"),
    "zero",
}

#: Methods that set a class up; they train nothing.
SETS_UP = {"init", "initialize", "reset", "build", "load", "set"}

#: What the parts of a gradient are called, w's and b's, without underscores.
PARTS = {
    "w": "dw dweights dweight dtheta gradw wgrad gradweights weightsgrad gradtheta "
    "weightgrad dldw djdw dcoef gradient grad gradients grads dws",
    "b": "db dbias dintercept gradb bgrad gradbias biasgrad dldb djdb",
}


def find_in_classes(program: Program) -> list[Adapted]:
    """Return what the classes of a program train with."""
    found: list[Adapted] = []
    nodes = {
        node.name: node
        for tree in program.trees
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    for name, node in nodes.items():
        kind = program.names.get(name)
        if isinstance(kind, type):
            found += _Class(kind, _list_methods(node, nodes), program).find()
    return found


def _list_methods(node: ast.ClassDef, nodes: Mapping[str, ast.ClassDef]) -> Methods:
    """List the methods of a class, with those that it inherits in the file."""
    found: Methods = {}
    for base in node.bases:
        inherited = nodes.get(ast.unparse(base))
        if inherited is not None and inherited is not node:
            found |= _list_methods(inherited, nodes)
    own = (each for each in node.body if isinstance(each, ast.FunctionDef))
    return found | {each.name: each for each in own}


class _Class:
    """A class of a program, and where its instances keep their weights."""

    def __init__(self, kind: type, methods: Methods, program: Program) -> None:
        self.kind, self.methods, self.program = kind, methods, program
        written = {p for p, _ in _loops.list_assignments(*methods.values())}
        own = {p for p in written if p.startswith("self.")}
        self.weights = _roles.find_weights(own) or {}

    def find(self) -> Iterator[Adapted]:
        """Yield its gradients, then what trains: a loop, else a step."""
        words = {name: {*split_words(name)} for name in self.methods}
        for name, node in self.methods.items():
            if words[name] & GRADIENT and not words[name] & OTHERS:
                yield from _known(self._make_gradient(node))
        loops = [_known(self._make_from_loop(node)) for node in self.methods.values()]
        fits = [each for found in loops for each in found]
        yield from fits
        for name, node in self.methods.items():
            if not fits and self._is_step(node) and not words[name] & SETS_UP:
                yield from _known(self._make_step(node))

    def make(self, start: Start) -> Any:
        """Make an instance that has the rate, and no weights yet."""
        arguments = _functions.choose_arguments(self.kind, start, self.program.names)
        made = self.kind(**arguments)
        rate = _roles.find_rate(vars(made))
        if rate is not None:
            setattr(made, rate, start.lr)
        return made

    def put_weights(self, instance: Any, start: Start) -> None:
        """Put the weights where the class keeps its own."""
        values = {"w": start.w, "b": start.b}
        for role, place in self.weights.items():
            try:
                own = eval(place, {"self": instance})  # noqa: S307 - a place of its own
            except (AttributeError, KeyError, TypeError):
                own = None  # fit would make it
            value = shape_like(values[role], own)
            exec(f"{place} = _value", {"self": instance, "_value": value})  # noqa: S102 - likewise

    def _is_step(self, node: ast.FunctionDef) -> bool:
        """Whether a method moves the weights, by itself or by others that it calls."""
        if not self.weights or node.name == "__init__":
            return False
        called = _loops.list_called(node, self.methods)
        written = {p for p, _ in _loops.list_assignments(node, *called)}
        return set(self.weights.values()) <= written and _roles.name_data(
            _functions.list_parameters(node)
        )

    def _make_from_loop(self, node: ast.FunctionDef) -> Update | None:
        """Return one pass of the loop in a method."""
        cut = copy.deepcopy(node)
        loop = _loops.find_loop(cut.body, self.methods)
        if loop is None or loop.over_samples or node.name == "__init__":
            return None
        called = _loops.list_called(node, self.methods)
        said = _functions.describe_loop(loop, self.program, *called)
        parameters = [*inspect.signature(self.kind).parameters]
        parameters += _functions.list_parameters(node)
        if _roles.find_rate(parameters) is not None:
            said = said._replace(uses_rate=True)
        names = self.program.names
        function = _functions.compile_function(cut, names)

        def run(start: Start, hook: Pass) -> None:
            names[HOOK] = hook
            instance = self.make(start)
            function(instance, **_functions.choose_arguments(function, start, names))

        name = f"{self.kind.__name__}.{node.name}"
        return _functions.build(name, run, loop, names, said)

    def _make_step(self, node: ast.FunctionDef) -> Update | None:
        """Return a method that makes one update."""

        def advance(start: Start, passes: int) -> list[tuple[Any, Any]]:
            instance = self.make(start)
            self.put_weights(instance, start)
            trail = []
            for _ in range(passes):
                self._call(instance, node, start)
                places = {"self": instance}
                w, b = (
                    keep(eval(self.weights[r], places)) if r in self.weights else None  # noqa: S307 - likewise
                    for r in ("w", "b")
                )
                trail.append((w, b))
            return trail

        def run(start: Start) -> tuple[Any, Any]:
            return advance(start, 1)[0]

        name = f"{self.kind.__name__}.{node.name}"
        made = Update(name, run, intercept="b" in self.weights)
        made.call = f"one {name}, (w - w') / lr"
        made.memory = _loops.find_memory_in(node, self.weights)
        made.advance = advance
        return _functions.complete(made, node, self.program)

    def _make_gradient(self, node: ast.FunctionDef) -> Adapted | None:
        """Return a method that computes a gradient, whether it returns or keeps it."""

        def run(start: Start) -> Any:
            instance = self.make(start)
            self.put_weights(instance, start)
            before = dict(vars(instance))
            answer = self._call(instance, node, start)
            if answer is None:
                kept = vars(instance).items()
                answer = {k: v for k, v in kept if before.get(k) is not v}
            return _read_parts(answer)

        name = f"{self.kind.__name__}.{node.name}"
        given = any(_roles.means(each.arg, "w") for each in node.args.args)
        if not self.weights and not given:
            return None
        made = Adapted(name, run, intercept="b" in self.weights, call=f"{name}(...)")
        return _functions.complete(made, node, self.program)

    def _call(self, instance: Any, node: ast.FunctionDef, start: Start) -> Any:
        """Call a method; where it needs predictions, or kept ones, predict first."""
        method = getattr(instance, node.name)
        predictions = self._predict(instance, start)
        names = {**self.program.names}
        given = {}
        for name in inspect.signature(method).parameters:
            if _roles.clean(name) in PREDICTIONS and predictions is not None:
                given[name] = predictions
        rest = _functions.choose_arguments(_without(method, given), start, names)
        return method(**given, **rest)

    def _predict(self, instance: Any, start: Start) -> Any:
        for name in ("forward", "_forward", "forward_pass", "predict", "_predict"):
            if name in self.methods:
                method = getattr(instance, name)
                arguments = _functions.choose_arguments(
                    method, start, self.program.names
                )
                return method(**arguments)
        return None


#: What predictions are called.
PREDICTIONS = {
    *("y_pred", "y_hat", "yhat", "y_predicted", "pred", "preds", "predictions"),
    *("output", "h", "a"),
}


def _without(
    method: Callable[..., Any], given: Mapping[str, Any]
) -> Callable[..., Any]:
    """Return something with the signature of a method but for what is given."""
    signature = inspect.signature(method)
    left = [p for name, p in signature.parameters.items() if name not in given]

    def rest() -> None: ...

    rest.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
    return rest


def _known(made: Any) -> list[Any]:
    return [] if made is None else [made]


def _read_parts(answer: Any) -> Any:
    """Return the gradient's parts out of a dictionary, w's first; else the answer."""
    if not isinstance(answer, Mapping):
        return answer
    names = {"".join(split_words(str(key))): value for key, value in answer.items()}
    found = []
    for wanted in PARTS.values():
        here = [names[n] for n in wanted.split() if n in names]
        if here and isinstance(here[0], Mapping):
            return _read_parts(here[0])
        found += here[:1]
    if not found:
        plain = {_roles.clean(str(key)): value for key, value in answer.items()}
        found = [plain[n] for n in ("w", "weights", "b", "bias") if n in plain]
    return tuple(found) if len(found) > 1 else next(iter(found), None)
