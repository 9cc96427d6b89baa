"""What the frameworks are run on: gradients, learning rates, hyperparameters."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from refgd import dialects
from refgd._types import Array
from refgd.dialects import Dialect, Picks, Recipe, Sets
from refgd.dialects._dialect import wrappers_of

#: The most that a trajectory may differ from the framework's, see `error`. A step
#: rounds some ten times, 30 steps 300 times: 3e-14. The rest is for hyperparameters
#: that amplify rounding: 1 - beta2^t has lost 1 / (1 - beta2) <= 1e3 of it.
TOLERANCE = 1e-11

#: Fixed, since optax and jax compile anew for another shape.
STEPS = 20

ROUNDING = float(np.finfo(float).eps) / 2


#: Learning rates as shares of the first, and where a run starts.
SCHEDULES = {
    "constant": np.ones(STEPS),
    "halved": 0.5 ** (np.arange(STEPS) // 7),
    "cosine": 0.5 + 0.5 * np.cos(np.pi * np.arange(STEPS) / STEPS),
}
STARTS = {"zero": np.zeros(6), "near one": np.linspace(0.5, 1.5, 6)}

#: Rules that see whether their weights are a matrix, and the shapes that they get.
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "adafactor": [(6,), (2, 3)],
    "muon": [(2, 3), (3, 2)],
    "sm3": [(6,), (2, 3)],
}


class Problem(NamedTuple):
    """One run: the framework's own arguments, and what its optimizer is fed."""

    arguments: Mapping[str, Any]
    seed: int
    lr: float
    schedule: str
    start: str
    shape: tuple[int, ...] = (6,)

    @property
    def gradients(self) -> Array:
        """Return the gradients, six in each step."""
        return gradients(self.seed, STEPS).reshape(STEPS, *self.shape)

    @property
    def rates(self) -> Array:
        """Return the learning rates, (STEPS,)."""
        return self.lr * SCHEDULES[self.schedule]

    @property
    def w(self) -> Array:
        """Return the six weights to start from."""
        return STARTS[self.start].reshape(self.shape).copy()


def error(path: Array, reference: Array) -> float:
    """Return max over coordinates of max_t |w - w_ref| / max_t |w_ref|; 0 / 0 is 0."""
    difference = np.abs(path - reference).max(axis=0)
    size = np.abs(reference).max(axis=0)
    size[(size == 0) & (difference == 0)] = 1
    with np.errstate(divide="ignore"):  # a difference from nothing is inf
        return float((difference / size).max())


def gradients(seed: int, steps: int, repeats: int = 1) -> Array:
    """Return a gradient of each kind, each repeated: (steps, 6 * repeats).

    N(0, 1); of size 1e-8; of size 1e3; always zero; intermittent, the first zero;
    always 1.
    """
    generator = np.random.default_rng(seed)
    normal = generator.normal(size=(steps, 6, repeats))
    present = generator.random(size=(steps, repeats)) < 1 / 3
    present[0] = False
    normal[:, 1] *= 1e-8
    normal[:, 2] *= 1e3
    normal[:, 3] = 0
    normal[:, 4] *= present
    normal[:, 5] = 1
    return normal.reshape(steps, -1)


def lr_name(dialect: Dialect) -> str:
    """Return the framework's name of the learning rate."""
    return next(
        argument.name
        for argument in dialect.arguments
        if isinstance(argument.role, Sets) and argument.role.flags == ("lr",)
    )


def refgd_path(
    recipe: Recipe, gradients: Array, w: Array, keep: type = np.longdouble
) -> Array:
    """Run refgd's optimizer over the gradients: (T + 1, d).

    After each step w is rounded to `keep`, where that is coarser than w's own kind.
    """
    optimizer = recipe.make()
    state, path = optimizer.init(w), [w]
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        w = w.astype(keep).astype(w.dtype)
        path.append(w)
    return np.stack(path)


def recipe_of(dialect: Dialect, arguments: Mapping[str, Any], rates: Array) -> Recipe:
    """Read the framework's arguments, with the rates as the schedule."""
    numbers = [float(rate) for rate in rates]
    falls = arguments.get("learning_rate") == "invscaling"  # by itself, from the first
    falls = falls or arguments.get("penalty") in {"l1", "elasticnet"}  # not by ours
    lr: Any = numbers[0] if falls else lambda t: numbers[min(t, len(numbers) - 1)]
    return dialects.recipe(dialect.name, **{lr_name(dialect): lr}, **arguments)


# --- what Hypothesis draws -------------------------------------------------------

SOME_OR_NONE = st.just(0.0) | st.floats(1e-3, 0.5)

#: The values of each flag of refgd that a framework's argument may carry.
NUMBERS = {
    "beta": st.just(0.0) | st.floats(0.1, 0.95),
    "beta1": st.floats(0.1, 0.95),
    "beta2": st.floats(0.5, 0.999),
    "beta3": st.floats(0.5, 0.999),
    "rho": st.floats(0.5, 0.999),
    "eps": st.floats(-10, -1).map(lambda exponent: 10.0**exponent),
    "eps_root": SOME_OR_NONE,
    "wd": SOME_OR_NONE,
    "dampening": SOME_OR_NONE,
    "initial_accumulator": SOME_OR_NONE,
    "lr_decay": SOME_OR_NONE,
    "lr_power": SOME_OR_NONE,
    "psi": st.floats(0.0, 1.0),
    "threshold": st.floats(4.5, 8.0),
    "shrink": st.floats(0.1, 0.9),
    "share": st.floats(0.5, 2.0),
    "optimism": st.floats(0.0, 2.0),
    "lambd": st.just(0.0) | st.floats(1e-4, 0.5),
    "power": st.floats(0.1, 1.0),
    "t0": st.floats(1.0, 1e6),
    "grow": st.floats(1.01, 2.0),
    "least": st.floats(1e-7, 1e-4),
    "most": st.floats(1.0, 50.0),
    "eps_rms": st.floats(1e-4, 0.5),
    "ns_a": st.floats(3.4, 3.5),
    "ns_b": st.floats(-4.8, -4.7),
    "ns_c": st.floats(2.0, 2.1),
    "ns_steps": st.sampled_from([1, 3, 5]),
    "rms": st.floats(0.1, 0.5),
    "clip": st.floats(1.0, 3.0),
    "min_size": st.sampled_from([1, 3, 128]),
    "l1_share": st.floats(0.0, 1.0),
    "average": st.just(0),
    "trust": st.floats(1e-3, 1.0),
    "l1": SOME_OR_NONE,
    "l2": SOME_OR_NONE,
    "shrinkage": SOME_OR_NONE,
    "rate_power": st.floats(-0.8, -0.2),
}


@st.composite
def arguments(draw: st.DrawFn, dialect: Dialect) -> dict[str, Any]:
    """Draw a framework's arguments, all but the learning rate, refusals left out.

    Those of keras's wrappers are the same in each of its rows: see `test_wrappers`.
    """
    drawn: dict[str, Any] = {}
    for argument in dialect.arguments:
        role = argument.role
        if dialect.framework == "keras" and wrappers_of(argument):
            continue
        if isinstance(role, Picks):
            drawn[argument.name] = draw(st.sampled_from(list(role.cases)))
        elif isinstance(role, Sets) and role.flags != ("lr",):
            numbers = [draw(NUMBERS[flag]) for flag in role.flags]
            one = len(numbers) == 1
            drawn[argument.name] = role.sign * numbers[0] if one else tuple(numbers)
    return drawn


def problems(dialect: Dialect) -> st.SearchStrategy[Problem]:
    """Draw a problem that is well-conditioned; of its gradients only the seed.

    (120 entries drawn one by one are too many, in fifty examples of 33 dialects.)
    """
    drawn = st.builds(
        Problem,
        arguments(dialect).filter(lambda chosen: well_posed(dialect, chosen)),
        st.integers(0, 2**32 - 1),
        st.floats(1e-3, 0.5),
        st.sampled_from(list(SCHEDULES)),
        st.sampled_from(list(STARTS)),
        st.sampled_from(SHAPES.get(str(dialect.settings["rule"]), [(6,)])),
    )
    return drawn.filter(lambda problem: feedback_is_stable(dialect, problem))


def well_posed(dialect: Dialect, arguments: Mapping[str, Any]) -> bool:
    """Whether the framework takes these arguments and rounding stays small."""
    try:
        recipe = dialects.recipe(dialect.name, **{lr_name(dialect): 0.1}, **arguments)
    except ValueError:
        return False
    if recipe.rule == "radam":
        return rectification_is_stable(recipe)
    return not recipe.flags.get("centered") or variance_is_stable(recipe)


def variance_is_stable(recipe: Recipe) -> bool:
    r"""Whether v - m², of centered RMSprop, keeps its digits for all gradients.

    The weights of m sum to 1 - ρ^t, so m² <= (1 - ρ^t) v by Cauchy and Schwarz, with
    equality for a constant gradient: v - m² >= ρ^t v. The two averages have relative
    errors of at most 3 t u and m² of twice that, so that v - m² has one of 9 t u / ρ^t,
    its root of half, and two programs differ by at most 9 t u / ρ^t. With its bias
    corrected, the least v - m² is 0 and nothing is left but rounding.
    """
    if recipe.flags.get("bias_correction"):
        return False
    return bool(recipe.flags["rho"] ** STEPS >= 9 * STEPS * ROUNDING / TOLERANCE)


def rectification_is_stable(recipe: Recipe) -> bool:
    r"""Whether RAdam's ρ_t is known well, and stays away from its threshold.

    ρ_t = ρ_∞ - 2 t b^t / (1 - b^t): two numbers of size 2 / (1 - b), and the second has
    a relative error of u / (1 - b): 2 u / (1 - b)² in all. Twice that, through a
    root whose derivative is at most 1 / (threshold - 4) <= 2, must be within the
    tolerance; and no ρ_t may be so close to the threshold that rounding decides.
    """
    b, threshold = recipe.flags["beta2"], recipe.flags["threshold"]
    uncertainty = 2 * ROUNDING / (1 - b) ** 2
    t = np.arange(1, STEPS + 1)
    rho = 2 / (1 - b) - 1 - 2 * t * b**t / (1 - b**t)
    margin = np.abs(rho - threshold).min()
    return bool(4 * uncertainty <= TOLERANCE and margin > 100 * uncertainty)


def feedback_is_stable(dialect: Dialect, problem: Problem) -> bool:
    r"""Whether coupled decay leaves the problem well-conditioned.

    It feeds w back into its own gradient, g + wd w. Where the two nearly cancel, and v
    has forgotten larger ones, the step (g + wd w) / sqrt(v) multiplies the rounding of
    w, and does so again in the next. The condition is measured as what it is: two runs
    in longdouble, one of them with each w rounded to float64, the least that any
    program in float64 does to it. A step rounds some tens of times, each with its own
    luck: a thousandth of the tolerance is left to this one.
    """
    recipe = recipe_of(dialect, problem.arguments, problem.rates)
    if recipe.wd == 0 or recipe.decay != "coupled":
        return True
    dw, w = problem.gradients.astype(np.longdouble), problem.w.astype(np.longdouble)
    exact, rounded = refgd_path(recipe, dw, w), refgd_path(recipe, dw, w, np.float64)
    return error(rounded, exact) <= TOLERANCE / 1000
