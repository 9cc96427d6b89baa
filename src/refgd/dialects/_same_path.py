"""Which recipes walk the same path: always, or while a condition holds."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from refgd.dialects._call import STEPS
from refgd.dialects._dialect import Recipe, complete

Rewrite: TypeAlias = Callable[[Recipe], Recipe | None]


class Proviso(NamedTuple):
    """A condition under which another recipe walks the same path.

    Attributes:
        words: The condition.
        test: The test that says so.
        rewrite: Returns the other recipe; None where there is none.
    """

    words: str
    test: str
    rewrite: Rewrite


def simplify(recipe: Recipe) -> Recipe:
    """Return the recipe with all its flags, and those without effect at one value.

    Each line is an identity; tests/optimizers/test_translate.py draws both sides.
    """
    rule, wd, decay = recipe.rule, recipe.wd, recipe.decay
    flags = {"lr": recipe.flags["lr"], **complete(recipe).flags}
    if rule == "momentum" and not flags["beta"] and not flags["dampening"]:
        rule, flags = "sgd", {"lr": flags["lr"]}
    if rule == "momentum" and not flags["dampening"]:
        flags["damp_first"] = True
    if rule == "rmsprop" and not flags["beta"]:
        flags |= {"lr_inside": True, "nesterov": False}
    if rule == "nadam" and flags["psi"] is None:
        flags["decay_by_mu"] = False
    if rule == "adafactor" and not flags["lambd"]:
        flags["lambd_lr"] = True
    if not wd or (rule == "sgd" and decay == "lr"):
        decay = "coupled"
    return recipe._replace(rule=rule, flags=flags, wd=wd or 0.0, decay=decay)


def spellings(recipe: Recipe) -> Iterator[Recipe]:
    """Yield the recipe, and the same path as another rule where there is one."""
    yield recipe
    flags = recipe.flags
    if recipe.rule == "adam" and not (
        flags["beta1"] or flags["eps_hat"] or flags["eps_root"]
    ):
        kept = {"lr": flags["lr"], "rho": flags["beta2"], "eps": flags["eps"]}
        how = {"eps_inside": False, "bias_correction": flags["bias_correction"]}
        yield simplify(recipe._replace(rule="rmsprop", flags=kept | how))
    plain = {"centered": False, "eps_inside": False, "bias_correction": True}
    if recipe.rule == "rmsprop" and not flags["beta"]:
        now = {flag: flags[flag] for flag in plain}
        if now == plain and not flags["initial_accumulator"]:
            numbers = {"beta1": 0.0, "beta2": flags["rho"], "eps": flags["eps"]}
            kept = {"lr": flags["lr"], **numbers}
            yield simplify(recipe._replace(rule="adam", flags=kept))


def _move_rate(recipe: Recipe) -> Recipe | None:
    flags = recipe.flags
    if "lr_inside" not in flags or not flags["beta"] or callable(flags["lr"]):
        return None
    return recipe._replace(flags={**flags, "lr_inside": not flags["lr_inside"]})


def _weigh_alike(recipe: Recipe) -> Recipe | None:
    flags = recipe.flags
    if recipe.rule != "schedule_free" or callable(flags["lr"]):
        return None
    power = 0 if flags["power"] else 2
    other = {"power": power, "lr_ahead": not flags["lr_ahead"]}
    return recipe._replace(flags={**flags, **other})


def _move_clip(recipe: Recipe) -> Recipe | None:
    lr, other = recipe.flags["lr"], {"lr": "clipped", "clipped": "lr"}
    kind = "lr" if recipe.rule == "sgd" and recipe.decay == "coupled" else recipe.decay
    if not recipe.wd or kind not in other:
        return None
    first = lr(0) if callable(lr) else lr
    return recipe._replace(decay=other[kind]) if first * recipe.wd <= 1 else None


def _move_decay_to_loss(recipe: Recipe) -> Recipe | None:
    coupled = recipe.wd and recipe.decay == "coupled"
    return recipe._replace(wd=0.0) if coupled and not recipe.around else None


def _decay_outside(recipe: Recipe) -> Recipe | None:
    outside = recipe.wd and recipe.decay == "lr" and not recipe.around
    return (
        recipe._replace(wd=0.0) if outside and recipe.rule not in OF_WEIGHTS else None
    )


def _group_intercept(recipe: Recipe) -> Recipe | None:
    flags = recipe.flags
    if recipe.rule != "penalized" or not flags["intercept"] or flags["l1_share"]:
        return None
    plain = {"lr": flags["lr"]}
    return recipe._replace(rule="sgd", flags=plain, wd=flags["lambd"], decay="clipped")


def _lay_flat(recipe: Recipe) -> Recipe | None:
    flags = recipe.flags
    kept = {"lr": flags["lr"], "eps": flags.get("eps")}
    if recipe.rule == "sm3" and not flags["beta"]:
        return recipe._replace(rule="adagrad", flags={**kept, "eps_inside": True})
    zero = recipe.rule == "adagrad" and not flags["initial_accumulator"]
    if zero and flags["eps_inside"]:
        return recipe._replace(rule="sm3", flags=kept)
    return None


def _bound_rate(recipe: Recipe) -> Recipe | None:
    lr, own = recipe.flags["lr"], recipe.flags.get("relative_rate")
    if own is None or callable(lr) or lr**2 * STEPS > 1:
        return None
    return recipe._replace(flags={**recipe.flags, "relative_rate": not own})


def _fix_rate(recipe: Recipe) -> Recipe | None:
    lr = recipe.flags["lr"]
    fixed = {**recipe.flags, "lr": float(lr(0))} if callable(lr) else None
    return recipe._replace(flags=fixed) if fixed else None


def _drop(name: str) -> Rewrite:
    """Return what leaves a wrapper out that sees the gradient before all others."""

    def rewrite(recipe: Recipe) -> Recipe | None:
        *inner, outermost = recipe.around or [""]
        kept = {each: recipe.around[each] for each in inner}
        return recipe._replace(around=kept) if outermost == name else None

    return rewrite


def _drop_average(recipe: Recipe) -> Recipe | None:
    seen = "every" not in recipe.around.get("weight_ema", {"every": 1})
    return _drop("weight_ema")(recipe) if seen else None


def _join_arrays(recipe: Recipe) -> Recipe | None:
    around = {
        "clip_by_global_norm" if name == "clip_by_norm" else name: given
        for name, given in recipe.around.items()
    }
    return recipe._replace(around=around) if around != recipe.around else None


#: Rules whose step depends on w itself, not on gradients alone.
OF_WEIGHTS: Final = {
    *("adafactor", "asgd", "ftrl", "lamb", "lars", "novograd", "penalized"),
    "schedule_free",
}

_CLIPPED = "test_gradients_may_be_clipped_before"

#: Of what is around a rule; {around} is the recipe's.
OF_WRAPPERS: Final = {
    "weight_ema": (
        Proviso(
            "an average of its weights is kept beside it: the first ones, and then "
            "{around[weight_ema][beta]!r} of itself and the rest of the new ones",
            "test_average_may_be_kept_beside",
            _drop_average,
        ),
    ),
    "accumulate": (
        Proviso(
            "it is given the mean of each {around[accumulate][k]!r} gradients alone, "
            "at the learning rate of the last",
            "test_mean_of_gradients_may_be_given",
            _drop("accumulate"),
        ),
    ),
    "clip_by_global_norm": (
        Proviso(
            "all gradients together are shortened before to the norm "
            "{around[clip_by_global_norm][max_norm]!r}",
            _CLIPPED,
            _drop("clip_by_global_norm"),
        ),
    ),
    "clip_by_norm": (
        Proviso(
            "the weights are one array",
            "test_norm_of_one_array_is_the_global_one",
            _join_arrays,
        ),
        Proviso(
            "each array's gradient is shortened before to the norm "
            "{around[clip_by_norm][max_norm]!r}",
            _CLIPPED,
            _drop("clip_by_norm"),
        ),
    ),
    "clip_by_value": (
        Proviso(
            "gradients are cut off before at ±{around[clip_by_value][max_value]!r}",
            _CLIPPED,
            _drop("clip_by_value"),
        ),
    ),
    "maximize": (
        Proviso(
            "it is given the gradient of -loss",
            "test_loss_may_be_negated",
            _drop("maximize"),
        ),
    ),
}

#: In the order in which they are tried; {wd} and {lr} are the recipe's.
PROVISOS: Final = (
    Proviso(
        "the intercept, the last weight, is in a group of its own, without decay",
        "test_intercept_may_be_in_its_own_group",
        _group_intercept,
    ),
    Proviso(
        "the learning rate stays constant",
        "test_rate_may_move_while_constant",
        _move_rate,
    ),
    Proviso(
        "the learning rate stays constant",
        "test_points_count_alike_while_constant",
        _weigh_alike,
    ),
    Proviso(
        "lr times the decay {wd!r} is at most 1",
        "test_decay_is_not_clipped_up_to_one",
        _move_clip,
    ),
    Proviso(
        "no more than 1/{lr!r}² steps are taken, so that {lr!r} is below 1/sqrt(t), "
        "and optax's decay_rate is a NumPy float64: of a Python float it makes float32",
        "test_relative_rate_is_no_bound_at_first",
        _bound_rate,
    ),
    Proviso(
        "the learning rate of step t (from 0) is set to {lr!r}(t) by a scheduler",
        "test_schedule_may_be_set_from_outside",
        _fix_rate,
    ),
    Proviso(
        "{wd!r} w is added to the gradient ({wd!r}/2 |w|² to the loss)",
        "test_coupled_decay_may_be_in_the_loss",
        _move_decay_to_loss,
    ),
    Proviso(
        "w is multiplied by 1 - {wd!r} lr before each step",
        "test_decoupled_decay_may_be_outside",
        _decay_outside,
    ),
    Proviso(
        "no array of weights has more than one axis",
        "test_sm3_of_a_vector_is_adagrad",
        _lay_flat,
    ),
)


def same_paths(recipe: Recipe) -> Iterator[tuple[Recipe, tuple[Proviso, ...]]]:
    """Yield recipes that walk the same path, those with the fewest conditions first."""
    start = simplify(recipe)
    around = (OF_WRAPPERS[name] for name in reversed([*start.around]))
    provisos = [*chain.from_iterable(around), *PROVISOS]
    level: list[tuple[Recipe, tuple[Proviso, ...], int]] = [(start, (), 0)]
    while level:
        for found, said, _ in level:
            for spelling in spellings(simplify(found)):
                yield spelling, said
        level = [
            (other, (*said, _said(proviso, found)), i + 1)
            for found, said, first in level
            for i, proviso in enumerate(provisos[first:], first)
            if (other := proviso.rewrite(found)) is not None
        ]


def _said(proviso: Proviso, recipe: Recipe) -> Proviso:
    """Return a condition with the numbers of the recipe that it is of."""
    numbers = {"wd": recipe.wd, "lr": recipe.flags["lr"], "around": recipe.around}
    return proviso._replace(words=proviso.words.format(**numbers))


def drop_wrappers(
    recipe: Recipe, known: set[str]
) -> tuple[Recipe, tuple[Proviso, ...]]:
    """Leave out what is around but for what is known, and say what does it instead."""
    said: tuple[Proviso, ...] = ()
    for name in reversed([*recipe.around]):
        proviso = OF_WRAPPERS[name][-1]
        bare = proviso.rewrite(recipe) if name not in known else None
        if bare is not None:
            recipe, said = bare, (*said, _said(proviso, recipe))
    return recipe, said
