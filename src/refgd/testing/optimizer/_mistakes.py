"""The catalogue of mistakes, each as a trajectory to compare with.

A mistake is named only where its trajectory is the one that was seen, in every run.
"""

import inspect
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np

from refgd._types import Array, Settings
from refgd.dialects import Recipe
from refgd.optimizers import Optimizer, weight_decay
from refgd.testing.optimizer._mutations import (
    Run,
    advance,
    change_gradients,
    couple_decay,
    decay_after,
    decay_signs,
    delay_gradients,
    forget_state,
    round_state,
    scale_steps,
    skip_zero_gradients,
    trajectory_of,
    with_decay,
    without_decay,
)
from refgd.testing.optimizer._probes import GRADIENTS, Probe
from refgd.testing.optimizer._reference import CustomRule, Rule
from refgd.testing.optimizer._wrong_equations import wrong_equations

#: A mistake in words, and a run of an optimizer that has it.
Mistake: TypeAlias = tuple[str, Run]

#: A flag, a value of it, and in words what an optimizer does that has this value where
#: it should have another.
MEANINGS: Final = (
    ("nesterov", False, "it does not look ahead: Nesterov's momentum is meant"),
    ("nesterov", True, "it looks ahead, as Nesterov's momentum"),
    ("lr_inside", True, "lr is inside the velocity"),
    ("lr_inside", False, "lr is outside the velocity"),
    ("damp_first", True, "the first gradient is dampened too"),
    ("damp_first", False, "the first gradient is not dampened"),
    ("eps_inside", False, "eps is outside"),
    ("eps_inside", True, "eps is inside"),
    ("eps_hat", False, "eps is added after the bias correction, not before it"),
    ("eps_hat", True, "eps is added before the bias correction, not after it"),
    ("centered", False, "the mean is not taken off: centered is meant"),
    ("centered", True, "the mean is taken off: it is centered"),
    ("bias_correction", False, "its averages are not corrected for their start at 0"),
    ("bias_correction", True, "its averages are corrected for their start at 0"),
    ("correct_m", False, "no bias correction of m"),
    ("correct_m", True, "m is corrected for its start at 0"),
    ("correct_v", "none", "no bias correction of v"),
    ("correct_v", "before_max", "the maximum is of the corrected v"),
    ("correct_v", "after_max", "the maximum is of the raw v, corrected after it"),
    ("psi", 0.004, "the schedule of mu is 0.96^(0.004 t)"),
    ("psi", 1, "the schedule of mu is 0.96^t"),
    ("psi", None, "mu is beta1 throughout: there is no schedule"),
    ("decay_by_mu", True, "m decays by mu"),
    ("decay_by_mu", False, "m decays by beta1, not by mu"),
    ("beta2_factor", True, "v has the paper's beta2 above the fraction"),
    ("beta2_factor", False, "v has not the paper's beta2 above the fraction"),
    ("threshold", 4.0, "it divides from rho > 4"),
    ("threshold", 5.0, "it divides from rho > 5"),
)

#: The values of each flag, in every rule that has it. `_candidates` tries them all.
FLAGS: Final[Mapping[str, list[Any]]] = {
    flag: [value for name, value, _ in MEANINGS if name == flag]
    for flag, *_ in MEANINGS
}

#: The same of a number that two frameworks have two defaults of.
STARTS: Final = (
    ("initial_accumulator", 0.0, "the accumulator starts at 0"),
    ("initial_accumulator", 0.1, "the accumulator starts at 0.1"),
)

#: Numbers that are written where a hyperparameter should be.
NUMBERS: Final[Mapping[str, tuple[float, ...]]] = {
    "eps": (0.0, 1e-16, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    "beta": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.999),
    "rho": (0.9, 0.95, 0.99, 0.999),
}

#: Whether each step's weight decay is what its kind says.
DECAYS: Final = {
    "coupled": "weight decay is coupled: it goes through the gradient",
    "lr": "weight decay is decoupled: lr times it is taken off the weights",
    "schedule": "weight decay is decoupled: it follows lr's schedule, not its size",
    "clipped": "weight decay stops at zero",
}


def mistakes(rule: Rule) -> Iterator[Mistake]:
    """Yield all the mistakes that a rule allows, the likely ones first."""
    if isinstance(rule, CustomRule):
        return _general()
    first = _rate_that_falls(rule), _flags(rule), _decays(rule), _equations(rule)
    return chain(*first, _step_counter(rule), _general(), _rates(), _numbers(rule))


def is_defined(flags: Settings) -> bool:
    """Whether these flags go together, and leave more than rounding."""
    if flags.get("eps_hat") and flags.get("correct_v", "after_max") != "after_max":
        return False  # AMSGrad's eps before a correction that there is not
    if flags.get("nesterov") and flags.get("dampening"):
        return False  # nobody defines it
    if flags.get("beta") == 0 and (flags.get("nesterov") or "damp_first" in flags):
        return False  # plain descent, once more
    # v - m² is 0 in the first step, and only rounding and eps decide
    return not (flags.get("centered") and flags.get("bias_correction"))


def _rate_that_falls(rule: Recipe) -> Iterator[Mistake]:
    """A learning rate that should fall by itself, and does not."""
    if not inspect.ismethod(rule.flags["lr"]):  # the probe's own is one
        yield (
            "lr does not fall by itself, from step to step",
            lambda r, p: p.trajectory(r._replace(flags={**r.flags, "lr": p.lr})),
        )


def _flags(rule: Recipe) -> Iterator[Mistake]:
    for flag, value, words in (*MEANINGS, *STARTS):
        differs = flag in rule.flags and value != rule.flags[flag]
        if differs and is_defined({**rule.flags, flag: value}):
            yield words, _with_flags(**{flag: value})


def _with_flags(**changed: Any) -> Run:
    return lambda r, p: p.trajectory(r._replace(flags={**r.flags, **changed}))


def _with_kind(decay: str) -> Run:
    return lambda r, p: p.trajectory(r._replace(decay=decay))


def _numbers(rule: Recipe) -> Iterator[Mistake]:
    """Numbers exchanged, turned round, or not what they should be."""
    flags = rule.flags
    if "beta2" in flags:
        b1, b2 = flags["beta1"], flags["beta2"]
        yield "beta1 and beta2 are exchanged", _with_flags(beta1=b2, beta2=b1)
        yield "beta1 is used for both averages", _with_flags(beta2=b1)
        yield "beta2 is used for both averages", _with_flags(beta1=b2)
        both = _with_flags(beta1=1 - b1, beta2=1 - b2)
        yield "beta1, beta2 and their complements are exchanged", both
    for name in ("beta1", "beta2", "rho", "beta"):
        if flags.get(name):
            words = f"{name} and 1 - {name} are exchanged"
            yield words, _with_flags(**{name: 1 - flags[name]})
    if rule.rule == "momentum" and not flags["nesterov"]:
        for first in (True, False):
            damped = _with_flags(dampening=flags["beta"], damp_first=first)
            yield "the gradient enters the velocity times 1 - beta", damped
    for name, values in NUMBERS.items():
        for value in values if name in flags else ():
            words = f"{name} is {value:g}" if value else f"there is no {name}"
            yield words, _with_flags(**{name: value})


def _decays(rule: Recipe) -> Iterator[Mistake]:
    """The other meanings of weight decay."""
    if rule.wd == 0:
        return
    yield "there is no weight decay", lambda r, p: p.trajectory(r._replace(wd=0.0))
    for kind, words in DECAYS.items():
        yield words, _with_kind(kind)
    yield (
        "weight decay is not multiplied by lr",
        lambda r, _: trajectory_of(
            weight_decay(without_decay(r), r.wd, kind="lr", lr=1.0)
        ),
    )
    yield (
        "weight decay is there twice: through the gradient, and off the weights",
        lambda r, p: trajectory_of(
            couple_decay(weight_decay(without_decay(r), r.wd, kind="lr", lr=p.lr), r.wd)
        ),
    )
    yield (
        "weight decay is of the sign of the weights: L1, not L2",
        lambda r, p: trajectory_of(
            decay_signs(without_decay(r), lambda t: p.lr(t) * float(r.wd))
        ),
    )
    yield (
        "weight decay is of the weights after the step, not before it",
        lambda r, p: trajectory_of(
            decay_after(without_decay(r), lambda t: p.lr(t) * float(r.wd))
        ),
    )


def _equations(rule: Recipe) -> Iterator[Mistake]:
    """One of the rule's equations written wrongly."""
    for words, _ in wrong_equations(rule.rule, rule.flags):

        def run(r: Any, probe: Probe, words: str = words) -> Array:
            made = dict(wrong_equations(r.rule, r.flags))[words](probe.lr)
            return trajectory_of(with_decay(r, made, probe))

        yield words, run


def _step_counter(rule: Recipe) -> Iterator[Mistake]:
    """The step counter starts one too high; the learning rate's does not."""
    if "beta1" not in rule.flags:
        return

    def run(r: Any, probe: Probe) -> Array:
        made = without_decay(r, lr=lambda t: probe.lr(max(t - 1, 0)))
        ahead = Optimizer(lambda w: advance(made.init(w)), made.update)
        return trajectory_of(with_decay(r, ahead, probe))

    yield "t is off by one: it is 2 in the first step", run


def _general() -> Iterator[Mistake]:
    """What may happen to any rule."""
    yield "the sign: it walks uphill", scale_steps(lambda _: -1)
    yield "each step is twice as long", scale_steps(lambda _: 2)
    yield "each step is half as long", scale_steps(lambda _: 0.5)
    yield "lr is applied twice", scale_steps(lambda lr: lr)
    yield "lr is not applied", scale_steps(lambda lr: 1 / lr)
    yield "it remembers nothing: its state is new in each step", forget_state
    yield "each step has the gradient of the step before", delay_gradients
    yield (
        "weights whose gradient is zero are skipped, and their state",
        skip_zero_gradients,
    )
    yield "its state is kept in float32", round_state(np.float32)
    yield "its state is kept in float16", round_state(np.float16)
    for words, wrong in {
        "gradients are clipped to [-1, 1]": lambda dw: np.clip(dw, -1, 1),
        # the large gradients make every norm greater than 1
        "gradients are divided by their norm, or clipped to norm 1": lambda dw: (
            dw / np.linalg.norm(dw)
        ),
        "gradients are halved": lambda dw: dw / 2,
        "gradients are doubled": lambda dw: dw * 2,
        "the mean over the weights is taken off the gradient": lambda dw: (
            dw - dw.mean()
        ),
    }.items():
        yield words, change_gradients(wrong)


def _rates() -> Iterator[Mistake]:
    """The learning rate of another step."""
    for words, at in {
        "lr does not follow its schedule: it is the first at all times": lambda _: 0,
        "lr is that of the step before": lambda t: max(t - 1, 0),
        "lr is that of the step after": lambda t: min(t + 1, len(GRADIENTS) - 1),
    }.items():

        def run(r: Any, p: Probe, at: Any = at) -> Array:
            flags = {**r.flags, "lr": lambda t: p.lr(at(t))}
            return p.trajectory(r._replace(flags=flags))

        yield words, run
