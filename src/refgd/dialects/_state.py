"""The state of a run, from one framework's names to another's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from refgd.dialects._call import Translation
from refgd.dialects._chain import read_source
from refgd.dialects._dialect import Recipe, read_recipe
from refgd.dialects._known import DIALECTS
from refgd.dialects._same_path import simplify
from refgd.dialects._translate import translate
from refgd.optimizers._nadam import momentum_at

#: The framework's name of each field of refgd's state; a minus where its sign differs.
Fields: TypeAlias = Mapping[str, str]

_T, _M, _V, _U = "step", "exp_avg", "exp_avg_sq", "momentum_buffer"
_TORCH: Final[Mapping[str, Fields]] = {
    "sgd": {},
    "momentum": {"v": _U},
    "adagrad": {"t": _T, "v": "sum"},
    "rmsprop": {"t": _T, "v": "square_avg", "m": "grad_avg", "u": _U},
    "adadelta": {"t": _T, "v": "square_avg", "u": "acc_delta"},
    "adam": {"t": _T, "m": _M, "v": _V},
    "amsgrad": {"t": _T, "m": _M, "v": _V, "v_max": "max_exp_avg_sq"},
    "nadam": {"t": _T, "m": _M, "v": _V, "mu_product": "mu_product"},
    "adamax": {"t": _T, "m": _M, "u": "exp_inf"},
}

_MOMENTS = {"t": "count", "m": "mu", "v": "nu"}
_OPTAX: Final[Mapping[str, Fields]] = {
    "sgd": {},
    "momentum": {"v": "trace"},
    "adagrad": {"v": "sum_of_squares"},
    "rmsprop": {**_MOMENTS, "u": "trace"},
    "adadelta": {"v": "e_g", "u": "e_x"},
    "adam": _MOMENTS,
    "amsgrad": {**_MOMENTS, "v_max": "nu_max"},
    "adamax": {"t": "count", "m": "mu", "u": "nu"},
    "lion": {"t": "count", "m": "mu"},
    "lamb": _MOMENTS,
    "schedule_free": {
        "t": "count",
        "z": "z",
        "v": "nu",
        "top": "max_lr",
        "total": "weight_sum",
    },
}

#: Keras has no name for it; it is made from the number of steps.
_NAMELESS = "_u_product"
_STEP = {"t": "iteration"}
_KERAS: Final[Mapping[str, Fields]] = {
    "sgd": _STEP,
    "momentum": {**_STEP, "v": "-momentum"},
    "adagrad": {**_STEP, "v": "accumulator"},
    "rmsprop": {**_STEP, "v": "velocity", "m": "average_gradient", "u": "momentum"},
    "adadelta": {**_STEP, "v": "accumulated_grad", "u": "accumulated_delta_var"},
    "adam": {**_STEP, "m": "momentum", "v": "velocity"},
    "amsgrad": {**_STEP, "m": "momentum", "v": "velocity", "v_max": "velocity_hat"},
    "nadam": {**_STEP, "m": "momentum", "v": "velocity", "mu_product": _NAMELESS},
    "adamax": {**_STEP, "m": "momentum", "u": "norm"},
    "lion": {**_STEP, "m": "momentum"},
    "schedule_free": {**_STEP, "z": "momentum", "v": "velocity"},
    "lamb": {**_STEP, "m": "momentum", "v": "velocity"},
}

_FIELDS: Final = {"torch": _TORCH, "optax": _OPTAX, "keras": _KERAS}


def translate_state(state: Any, from_: str, to: str) -> dict[str, Any]:
    """Return the state of a run in another framework's names, to go on with there.

    Args:
        state: That of one array of weights: torch's ``optimizer.state[parameter]``;
            what optax's ``update`` returns; of keras,
            ``{v.path: v for v in optimizer.variables}``.
        from_: The call that made the optimizer, as it is written:
            ``"torch.optim.SGD(lr=0.1, momentum=0.9)"``.
        to: The framework that goes on: "torch", "optax" or "keras".

    Returns:
        NumPy arrays and the number of steps, by that framework's names. Into torch they
        go by ``optimizer.state[parameter].update(...)``, as tensors; into optax by
        ``state = optax.tree_utils.tree_set(state, **{name: value})``, name by name, as
        it sets nothing inside of what it sets; into keras by assigning to the variables
        whose paths end so (of its Nadam also to ``_u_product``). Steps that the state
        does not count are 0: no update of these rules needs them.

    Raises:
        TypeError: As `get`.
        ValueError: As `get`; if there is no exact partner; if a framework's state is
            not modelled; or if the state lacks something.

    Guarantee:
        A run that goes on so is the run that was begun, within 1e-11:
        tests/frameworks/test_translate_state.py, test_run_goes_on_in_another_framework.

    Example:
        >>> from refgd import dialects
        >>> begun = {"momentum_buffer": [2.0]}
        >>> call = "torch.optim.SGD(lr=0.1, momentum=0.9)"
        >>> dialects.translate_state(begun, call, to="keras")
        {'iteration': 0, 'momentum': array([-0.2])}
    """
    found = translate(from_, to=to)
    if found.verdict == "none":
        msg = (
            f"{found.source} has no exact partner in {to}: its state means another run"
        )
        raise ValueError(msg)
    one = simplify(read_source(DIALECTS, found.source))
    for name in ("accumulate", "weight_ema"):
        if name in one.around:
            msg = f"the state of {name} is not modelled: {found.source}"
            raise ValueError(msg)
    other = _recipe_there(found, one)
    read = _read(state, _fields(found.source.framework, one))
    moved = _move_velocity(read, one, other)
    if one.rule == "nadam":
        flags, steps = one.flags, range(1, moved["t"] + 1)
        momenta = [
            momentum_at(t, flags["beta1"], flags["psi"], moved["m"]) for t in steps
        ]
        moved["mu_product"] = np.prod(momenta)
    if one.rule == "schedule_free":  # its rate has been the same all along
        top, power = one.flags["lr"], other.flags["power"]
        moved |= {"top": top, "total": moved["t"] * top**power}
    zeros = next((0 * value for field, value in moved.items() if field != "t"), 0.0)
    written = {}
    for field, name in _fields(to, other).items():
        value = moved.get(field, 0 if field == "t" else zeros)
        written[name.removeprefix("-")] = -value if name[0] == "-" else value
    if to == "optax" and other.rule == "schedule_free":
        written["step_count"] = moved["t"] + 1  # it counts from 1
    return written


def _recipe_there(found: Translation, recipe: Recipe) -> Recipe:
    """Return the recipe of the call there; of optax's pieces, by where the rate is."""
    last = found.parts[-1]
    if last.name in DIALECTS:
        return simplify(read_recipe(DIALECTS[last.name], last.arguments))
    names = [part.name for part in found.parts]
    inside = names[-1] == "optax.trace"
    flags = (
        {**recipe.flags, "lr_inside": inside}
        if "optax.trace" in names
        else recipe.flags
    )
    return recipe._replace(flags=flags)


def _fields(framework: str, recipe: Recipe) -> dict[str, str]:
    """Return the names of the fields that this recipe uses."""
    known = _FIELDS.get(framework, {})
    if recipe.rule not in known:
        msg = f"the state of {recipe.rule} in {framework} is not modelled"
        raise ValueError(msg)
    fields, flags = dict(known[recipe.rule]), recipe.flags
    if recipe.rule == "rmsprop":
        used = {"m": flags["centered"], "u": flags["beta"]}
        used["t"] = framework != "optax" or flags["bias_correction"]
        fields = {key: name for key, name in fields.items() if used.get(key, True)}
    if framework == "optax" and flags.get("lr_inside") and flags.get("beta"):
        # its trace then sums steps, which go down
        velocity = "v" if recipe.rule == "momentum" else "u"
        fields[velocity] = "-trace"
    return fields


def _read(state: Any, fields: Fields) -> dict[str, Any]:
    """Return refgd's fields of a framework's state."""
    flat = dict(_flatten(state))
    read = {}
    for field, name in fields.items():
        wanted = name.removeprefix("-")
        value = next((flat[key] for key in flat if _ends(key, wanted)), None)
        if value is None:
            if field not in {"t", "mu_product"}:
                known = ", ".join(flat) or "nothing"
                msg = f"the state has no {wanted!r}; it has {known}"
                raise ValueError(msg)
            continue
        array = np.asarray(value).copy()  # torch goes on in place
        read[field] = (
            int(array) if field == "t" else -array if name[0] == "-" else array
        )
    return read


def _ends(key: str, name: str) -> bool:
    """Whether a key is this name, or one of keras's paths that end in it."""
    last = key.rpartition("/")[2]
    return last == name or ("/" in key and last.endswith(f"_{name}"))


def _flatten(state: Any) -> Sequence[tuple[str, Any]]:
    """Return the named arrays of a state: a mapping, or nested NamedTuples."""
    if isinstance(state, Mapping):
        return [(str(key), value) for key, value in state.items()]
    if not isinstance(state, tuple):
        return []
    named = list(zip(getattr(state, "_fields", [""] * len(state)), state, strict=True))
    inner = [pair for _, value in named for pair in _flatten(value)]
    return [*[(name, v) for name, v in named if not isinstance(v, tuple)], *inner]


def _move_velocity(read: dict[str, Any], one: Recipe, other: Recipe) -> dict[str, Any]:
    """Return the state with a velocity that has the rate inside, or not, as there."""
    inside = [r.flags.get("lr_inside") and r.flags.get("beta") for r in (one, other)]
    if bool(inside[0]) == bool(inside[1]):
        return read
    velocity = "v" if one.rule == "momentum" else "u"
    lr = one.flags["lr"]
    moved = read[velocity] / lr if inside[0] else read[velocity] * lr
    return {**read, velocity: moved}
