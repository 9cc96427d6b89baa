"""Every rule once more: as lines of text that are run, changed and shown.

A line is an assignment of Python's, and the lines of a rule are one step. What they
read is ``w`` and ``g``; ``lr``, the learning rate of this step; ``t``, the number of
this step, 1 at first; the hyperparameters; and what earlier steps left in the other
names, 0 before the first. A test holds them against `refgd.optimizers`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from refgd._types import Settings
from refgd.dialects import Recipe
from refgd.testing.optimizer._wrappers import WRAPPED

#: A name, and the expression that it becomes.
Line: TypeAlias = tuple[str, str]

M: Final = "m", "beta1 * m + (1 - beta1) * g"
V: Final = "v", "beta2 * v + (1 - beta2) * g ** 2"
M_HAT: Final = "m_hat", "m / (1 - beta1 ** t)"
V_HAT: Final = "v_hat", "v / (1 - beta2 ** t)"
DOWN: Final = "w", "w - lr * step"


def _sgd(_: Settings) -> Iterator[Line]:
    yield "w", "w - lr * g"


def _momentum(flags: Settings) -> Iterator[Line]:
    inside, outside = ("lr * ", "") if flags["lr_inside"] else ("", "lr * ")
    damping = ""
    if flags["dampening"]:
        damping = "(1 - dampening) * "
        if not flags["damp_first"]:
            damping = "where(t > 1, 1 - dampening, 1) * "
    yield "v", f"beta * v + {inside}{damping}g"
    if flags["nesterov"]:
        yield "w", f"w - {outside}(beta * v + {inside}g)"
    else:
        yield "w", f"w - {outside}v"


def _adagrad(flags: Settings) -> Iterator[Line]:
    yield "v", "v + g ** 2"
    yield "step", f"g / {_root('v', inside=flags['eps_inside'])}"
    yield DOWN


def _root(v: str, *, inside: bool) -> str:
    return f"sqrt({v} + eps)" if inside else f"(sqrt({v}) + eps)"


def _rmsprop(flags: Settings) -> Iterator[Line]:
    m, v = "m", "v"
    if flags["centered"]:
        yield "m", "rho * m + (1 - rho) * g"
    yield "v", "rho * v + (1 - rho) * g ** 2"
    if flags["bias_correction"]:
        if flags["centered"]:
            m = "m_hat"
            yield "m_hat", "m / (1 - rho ** t)"
        v = "v_hat"
        yield "v_hat", "v / (1 - rho ** t)"
    if flags["centered"]:
        yield "spread", f"maximum({v} - {m} ** 2, 0)"
        v = "spread"
    yield "step", f"g / {_root(v, inside=flags['eps_inside'])}"
    if not flags["beta"]:
        yield DOWN
        return
    inside, outside = ("lr * ", "") if flags["lr_inside"] else ("", "lr * ")
    yield "u", f"beta * u + {inside}step"
    down = f"(beta * u + {inside}step)" if flags["nesterov"] else "u"
    yield "w", f"w - {outside}{down}"


def _adadelta(_: Settings) -> Iterator[Line]:
    yield "v", "rho * v + (1 - rho) * g ** 2"
    yield "step", "sqrt(u + eps) / sqrt(v + eps) * g"
    yield "u", "rho * u + (1 - rho) * step ** 2"
    yield DOWN


def _adam(flags: Settings) -> Iterator[Line]:
    yield M
    yield V
    if flags["bias_correction"]:
        yield from _divided(flags, "v", corrected="1 - beta2 ** t")
    else:
        yield from _divided({**flags, "correct_m": False}, "v", corrected="")
    yield DOWN


def _divided(
    flags: Settings, v: str, *, corrected: str, scale: str = ""
) -> Iterator[Line]:
    """Yield the step of Adam, with the correction of v and of m where they stand."""
    root = " + eps_root" if flags["eps_root"] else ""
    if flags["eps_hat"]:
        rate = f"{scale}sqrt({corrected})"
        rate += " / (1 - beta1 ** t)" if flags.get("correct_m", True) else ""
        yield "step", f"{rate} * m / (sqrt({v}{root}) + eps)"
        return
    m, v_hat = "m", v
    if flags.get("correct_m", True):
        m = "m_hat"
        yield M_HAT
    if corrected:
        v_hat = "v_hat"
        yield "v_hat", f"{v} / ({corrected})"
    yield "step", f"{scale}{m} / (sqrt({v_hat}{root}) + eps)"


def _amsgrad(flags: Settings) -> Iterator[Line]:
    yield M
    yield V
    before = flags["correct_v"] == "before_max"
    yield "v_max", f"maximum(v_max, {'v / (1 - beta2 ** t)' if before else 'v'})"
    after = flags["correct_v"] == "after_max"
    yield from _divided(flags, "v_max", corrected="1 - beta2 ** t" if after else "")
    yield DOWN


def _adamax(flags: Settings) -> Iterator[Line]:
    inside, after = (" + eps", "") if flags["eps_inside"] else ("", " + eps")
    yield M
    yield "u", f"maximum(beta2 * u, abs(g){inside})"
    yield M_HAT
    yield "step", f"m_hat / (u{after})"
    yield DOWN


def _nadam(flags: Settings) -> Iterator[Line]:
    mu, mu_next = "beta1", "beta1"
    if flags["psi"] is not None:
        mu, mu_next = "mu", "mu_next"
        yield "mu", "beta1 * (1 - 0.5 * 0.96 ** (psi * t))"
        yield "mu_next", "beta1 * (1 - 0.5 * 0.96 ** (psi * (t + 1)))"
    share = mu if flags["decay_by_mu"] else "beta1"
    yield "product", f"product * {mu}"
    yield "m", f"{share} * m + (1 - {share}) * g"
    yield V
    further = f" * {mu_next}" if flags["correct_ahead"] else ""
    ahead = f"{mu_next} * m / (1 - product{further})"
    yield "m_hat", f"{ahead} + (1 - {mu}) * g / (1 - product)"
    factor = "beta2 * " if flags["beta2_factor"] else ""
    yield "v_hat", f"{factor}v / (1 - beta2 ** t)"
    root = " + eps_root" if flags["eps_root"] else ""
    yield "step", f"m_hat / (sqrt(v_hat{root}) + eps)"
    yield DOWN


def _radam(flags: Settings) -> Iterator[Line]:
    yield M
    yield V
    yield "last", "2 / (1 - beta2) - 1"
    yield "rho", "last - 2 * t * beta2 ** t / (1 - beta2 ** t)"
    over = "(rho - 4) * (rho - 2) * last"
    yield "r", f"sqrt({over} / ((last - 4) * (last - 2) * rho))"
    *lines, (_, full) = _divided(flags, "v", corrected="1 - beta2 ** t", scale="r * ")
    yield from lines
    early = "m / (1 - beta1 ** t)" if flags["eps_hat"] else "m_hat"
    yield "step", f"where(rho > threshold, {full}, {early})"
    yield DOWN


def _lion(_: Settings) -> Iterator[Line]:
    yield "c", "beta1 * m + (1 - beta1) * g"
    yield "w", "w - lr * sign(c)"
    yield "m", "beta2 * m + (1 - beta2) * g"


def _rprop(flags: Settings) -> Iterator[Line]:
    yield "turn", "sign(g) * sign(before)"
    yield "size", "where(equal(t, 1), lr, size)"
    turned = "where(equal(turn, -1), {}, {})".format
    yield "size", f"where(turn > 0, grow * size, {turned('shrink * size', 'size')})"
    yield "size", "minimum(maximum(size, least), most)"
    if flags["lag"]:
        yield "w", f"w - {turned('0', 'step')}"
    yield "step", turned("-step" if flags["backtrack"] else "0", "size * sign(g)")
    if not flags["lag"]:
        yield "w", "w - step"
    yield "before", turned("0", "g")


def _asgd(flags: Settings) -> Iterator[Line]:
    rate = "lr"
    if flags["lr_lag"]:
        rate = "rate"
        yield "rate", "where(equal(t, 1), lr, last)"
        yield "last", "lr"
    yield "alpha", f"{rate} / (1 + lambd * {rate} * (t - 1)) ** power"
    yield "w", "w - alpha * (g + lambd * w)"


def _signum(_: Settings) -> Iterator[Line]:
    yield "m", "beta * m + (1 - beta) * g"
    yield "w", "w - lr * sign(m)"


def _adabelief(flags: Settings) -> Iterator[Line]:
    yield M
    yield "s", "beta2 * s + (1 - beta2) * (g - m) ** 2 + eps_root"
    if flags["nesterov"]:
        ahead = "beta1 * m / (1 - beta1 ** (t + 1))"
        yield "m_hat", f"{ahead} + (1 - beta1) * g / (1 - beta1 ** t)"
    else:
        yield M_HAT
    yield "s_hat", "s / (1 - beta2 ** t)"
    yield "step", "m_hat / (sqrt(s_hat) + eps)"
    yield DOWN


def _yogi(flags: Settings) -> Iterator[Line]:
    start = flags["initial_accumulator"]
    if start:
        yield "m", "where(equal(t, 1), initial_accumulator, m)"
        yield "v", "where(equal(t, 1), initial_accumulator, v)"
    yield M
    yield "v", "v - (1 - beta2) * sign(v - g ** 2) * g ** 2"
    yield M_HAT
    yield V_HAT
    yield "step", "m_hat / (sqrt(v_hat) + eps)"
    yield DOWN


def _optimistic(_: Settings) -> Iterator[Line]:
    yield "last", "where(equal(t, 1), g, last)"
    yield "w", "w - lr * ((share + optimism) * g - optimism * last)"
    yield "last", "1 * g"


def _adan(flags: Settings) -> Iterator[Line]:
    share = "beta2" if flags["share_kept"] else "(1 - beta2)"
    yield "d", "where(equal(t, 1), 0, g - last)"
    yield "last", "1 * g"
    yield M
    yield "u", "beta2 * u + (1 - beta2) * d"
    yield "v", f"beta3 * v + (1 - beta3) * (g + {share} * d) ** 2"
    yield M_HAT
    yield "u_hat", "u / (1 - beta2 ** t)"
    yield "v_hat", "v / (1 - beta3 ** t)"
    root = " + eps_root" if flags["eps_root"] else ""
    yield "step", f"(m_hat + {share} * u_hat) / (sqrt(v_hat{root}) + eps)"
    yield DOWN


def _lamb(flags: Settings) -> Iterator[Line]:
    yield M
    yield V
    yield M_HAT
    yield V_HAT
    root = " + eps_root" if flags["eps_root"] else ""
    decay = " + lambd * w" if flags["lambd"] else ""
    yield "step", f"m_hat / (sqrt(v_hat{root}) + eps){decay}"
    yield "long", "norm(w)"
    yield "ratio", "where(long > 0, where(norm(step) > 0, long / norm(step), 1), 1)"
    yield "w", "w - lr * ratio * step"


def _muon(flags: Settings) -> Iterator[Line]:
    new = "(1 - beta) * g" if flags["ema"] else "g"
    yield "m", f"beta * m + {new}"
    now, later = "1 - beta ** t", "1 - beta ** (t + 1)"
    ahead = f"beta * m + {new}" if flags["nesterov"] else "1 * m"
    if flags["bias_correction"]:
        both = f"beta * m / ({later}) + {new} / ({now})"
        ahead = both if flags["nesterov"] else f"m / ({now})"
    yield "ahead", ahead
    long, eps, name = "norm(ahead)", "eps", "orthogonal"
    if flags["bfloat16"]:
        yield "ahead", "short(ahead)"
        long, eps, name = "short(norm(ahead))", "short(eps)", "short_orthogonal"
    under = f"maximum({long}, {eps})" if flags["eps_floor"] else f"({long} + {eps})"
    short = "short({})" if flags["bfloat16"] else "{}"
    yield "x", short.format(f"ahead / {under}")
    yield "step", f"{name}(x, ns_a, ns_b, ns_c, ns_steps)"
    scales = {"rows": "tall(step)", "columns": "wide(step)", "none": "1 * step"}
    yield "step", scales.get(flags["aspect"], "rms * larger(step)")
    yield DOWN


def _lars(flags: Settings) -> Iterator[Line]:
    d = "(g + lambd * w)" if flags["lambd"] else "g"
    decay = " + lambd * norm(w)" if flags["lambd"] else ""
    under = f"(norm(g){decay} + eps)"
    ratio = f"where(norm({d}) > 0, trust * norm(w) / {under}, 1)"
    yield "ratio", f"where(norm(w) > 0, {ratio}, 1)"
    yield "step", f"lr * ratio * {d}"
    yield "v", "beta * v + step"
    yield "w", "w - (beta * v + step)" if flags["nesterov"] else "w - v"


def _novograd(flags: Settings) -> Iterator[Line]:
    kept = "beta2 * v + (1 - beta2) * norm(g) ** 2"
    yield "v", f"where(equal(t, 1), norm(g) ** 2, {kept})"
    root = " + eps_root" if flags["eps_root"] else ""
    decay = " + lambd * w" if flags["lambd"] else ""
    yield "m", f"beta1 * m + g / (sqrt(v{root}) + eps){decay}"
    yield "w", "w - lr * m"


def _sm3(_: Settings) -> Iterator[Line]:
    yield "v", "cover(v) + g ** 2"
    yield "m", "beta * m + (1 - beta) * g / sqrt(v + eps)"
    yield "w", "w - lr * m"


def _schedule_free(flags: Settings) -> Iterator[Line]:
    """With rates that never rise, so that lr_ahead changes nothing."""
    yield "z", "where(equal(t, 1), w, z)"
    yield "x", "(w - (1 - beta1) * z) / beta1"
    yield "step", "g"
    if flags["beta2"] is not None:
        yield V
        yield "step", "g / (sqrt(v / (1 - beta2 ** t)) + eps)"
    decay = " + lambd * w" if flags["lambd"] else ""
    yield "z", f"z - lr * (step{decay})"
    yield "top", "maximum(top, lr)"
    yield "total", "total + top ** power"
    yield "x", "x + top ** power / total * (z - x)"
    yield "w", "beta1 * x + (1 - beta1) * z"


def _penalized(flags: Settings) -> Iterator[Line]:
    spare = "where(last(w), {}, {})".format if flags["intercept"] else "{1}".format
    left = spare("1", "(1 - minimum((1 - l1_share) * lambd * lr, 1))")
    yield "w", f"{left} * w - lr * g"
    if flags["l1_share"]:
        yield "due", "due + l1_share * lambd * lr"
        down, up = "maximum(w - (due + paid), 0)", "minimum(w + (due - paid), 0)"
        yield "cut", spare("w", f"where(w > 0, {down}, {up})")
        yield "paid", "paid + cut - w"
        yield "w", "1 * cut"


def _adafactor(flags: Settings) -> Iterator[Line]:
    floor = flags["eps_floor"]
    yield "share", "t ** -power"
    yield "square", "g ** 2" if floor else "g ** 2 + eps"
    yield "row", "(1 - share) * row + share * rows(square, min_size)"
    yield "col", "(1 - share) * col + share * cols(square, min_size)"
    v = f"row / {'maximum(mean(row), eps)' if floor else 'mean(row)'} * col"
    yield "root", f"sqrt(maximum({v}, eps ** 2))" if floor else f"sqrt({v})"
    yield "step", "g / root"
    yield "step", "step / maximum(1, sqrt(mean(step ** 2)) / clip)"
    yield "rate", "minimum(lr, 1 / sqrt(t))" if flags["relative_rate"] else "1 * lr"
    if flags["weight_scale"]:
        yield "rate", "rate * maximum(sqrt(mean(w ** 2)), eps_rms)"
    decay = "lr * lambd * w" if flags["lambd_lr"] else "lambd * w"
    yield "w", f"w - {decay} - rate * step" if flags["lambd"] else "w - rate * step"


def _ftrl(flags: Settings) -> Iterator[Line]:
    root = "sqrt({})" if flags["rate_power"] == -1 / 2 else "{} ** (-rate_power)"
    shrunk = " + 2 * shrinkage * w" if flags["shrinkage"] else ""
    twice = "2 * " if flags["l2_doubled"] else ""
    l2 = f" + {twice}l2" if flags["l2"] else ""
    l1 = "minimum(maximum(z, -l1), l1)" if flags["l1"] else ""
    yield "n", "v + g ** 2"
    yield "sigma", f"({root.format('n')} - {root.format('v')}) / lr"
    yield "z", f"z + g{shrunk} - sigma * w"
    yield "v", "1 * n"
    yield "w", f"({l1} - z) / ((eps + {root.format('v')}) / lr{l2})"


EQUATIONS: Final[Mapping[str, Callable[[Settings], Iterator[Line]]]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adadelta": _adadelta,
    "adam": _adam,
    "amsgrad": _amsgrad,
    "adamax": _adamax,
    "nadam": _nadam,
    "radam": _radam,
    "lion": _lion,
    "lamb": _lamb,
    "adan": _adan,
    "optimistic": _optimistic,
    "yogi": _yogi,
    "adabelief": _adabelief,
    "signum": _signum,
    "asgd": _asgd,
    "rprop": _rprop,
    "muon": _muon,
    "lars": _lars,
    "novograd": _novograd,
    "sm3": _sm3,
    "schedule_free": _schedule_free,
    "penalized": _penalized,
    "adafactor": _adafactor,
    "ftrl": _ftrl,
}

#: Rules whose first line keeps the weights of the start, before they decay.
STARTED: Final = frozenset({"schedule_free"})

#: What weight decay does before the step, by its kind.
DECAY_LINES: Final[Mapping[str, Line]] = {
    "coupled": ("g", "g + wd * w"),
    "lr": ("w", "w - lr * wd * w"),
    "schedule": ("w", "w - lr / lr_0 * wd * w"),
    "clipped": ("w", "w - minimum(lr * wd, 1) * w"),
}


def has_lines(recipe: Recipe) -> bool:
    """Whether the lines of a rule are known, and of what is around it."""
    return recipe.rule in EQUATIONS and recipe.around.keys() <= WRAPPED.keys()


def equations(recipe: Recipe) -> tuple[Line, ...]:
    """Return the lines of a rule with all its flags; weight decay is the first.

    What is around it is before that, or after all.
    """
    decay = [DECAY_LINES[recipe.decay]] if recipe.wd else []
    own = [*EQUATIONS[recipe.rule](recipe.flags)]
    before = int(recipe.rule in STARTED)
    lines = (*own[:before], *decay, *own[before:])
    for name, given in recipe.around.items():
        lines = WRAPPED[name](given, lines)
    return lines
