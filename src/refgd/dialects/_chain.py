"""What stands in optax's chain before an optimizer: wrappers and decay, both ways."""

from collections.abc import Mapping

from refgd._types import Settings
from refgd.dialects._call import Call
from refgd.dialects._dialect import Dialect, Recipe, read_recipe


def write_heads(recipe: Recipe) -> tuple[Call, ...] | None:
    """Return what does in a chain what the wrappers do; None where one is not there."""
    heads = [_write(name, given) for name, given in recipe.around.items()]
    known = [head for head in reversed(heads) if head]
    return tuple(known) if len(known) == len(heads) else None


def _write(name: str, given: Settings) -> Call | None:
    if name == "maximize":
        return Call("optax.scale", {"step_size": -1.0})
    if name == "clip_by_value":
        return Call("optax.clip", {"max_delta": given["max_value"]})
    return Call(f"optax.{name}", given) if name == "clip_by_global_norm" else None


def read_source(dialects: Mapping[str, Dialect], call: Call) -> Recipe:
    """Read a call, and what stands before it in its chain."""
    recipe = read_recipe(dialects[call.name], call.arguments)
    for head in reversed(call.heads):  # the last acts last, and so is inside
        recipe = _put_before(recipe, head)
    return recipe


def _put_before(recipe: Recipe, head: Call) -> Recipe:
    if head.name == "optax.add_decayed_weights" and not (recipe.wd or recipe.around):
        wd = head.arguments.get("weight_decay", 0.0)
        if head.arguments.get("mask") is None:
            return recipe._replace(wd=wd, decay="coupled")
    name, given = _read(head)
    if name is None or name in recipe.around:
        msg = (
            f"{head} is not modelled there: before an optimizer of a chain may stand "
            "once each scale(-1.0), clip and clip_by_global_norm, and then "
            "add_decayed_weights, where the optimizer itself has no decay"
        )
        raise ValueError(msg)
    return recipe._replace(around={**recipe.around, name: given})


def _read(head: Call) -> tuple[str | None, Settings]:
    given = head.arguments
    if head.name == "optax.clip" and given:
        return "clip_by_value", {"max_value": given["max_delta"]}
    if head.name == "optax.clip_by_global_norm" and given:
        return "clip_by_global_norm", given
    up = head.name == "optax.scale" and given.get("step_size") == -1
    return ("maximize", {}) if up else (None, {})
