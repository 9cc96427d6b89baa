"""What could be wrong, each as a path to compare with: flags, numbers, signs, slips.

A mistake is said only where its path is the one that was seen, in every run.
"""

import inspect
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.dialects import Recipe
from refgd.optimizers import Optimizer, weight_decay
from refgd.testing.optimizer._candidates import is_defined
from refgd.testing.optimizer._mutations import (
    Walk,
    advanced,
    bare,
    coupled_too,
    decay_of_kind,
    decayed_after,
    decaying,
    fed,
    forgets,
    path_of,
    scaled,
    signs_decayed,
    sparse,
    stale,
    state_in,
    with_flags,
)
from refgd.testing.optimizer._probes import GRADIENTS, Probe
from refgd.testing.optimizer._reference import Made
from refgd.testing.optimizer._wrong_equations import slips


class Mistake(NamedTuple):
    """A mistake in words, and the path that an optimizer with it takes."""

    words: str
    walk: Walk


#: What it means that a flag has another value than it should.
FLAGS: Final[Mapping[tuple[str, Any], str]] = {
    ("nesterov", True): "it looks ahead, as Nesterov's momentum",
    ("nesterov", False): "it does not look ahead: Nesterov's momentum is meant",
    ("lr_inside", True): "lr is inside the velocity",
    ("lr_inside", False): "lr is outside the velocity",
    ("damp_first", True): "the first gradient is dampened too",
    ("damp_first", False): "the first gradient is not dampened",
    ("eps_inside", True): "eps is inside",
    ("eps_inside", False): "eps is outside",
    ("eps_hat", True): "eps is added before the bias correction, not after it",
    ("eps_hat", False): "eps is added after the bias correction, not before it",
    ("centered", True): "the mean is taken off: it is centered",
    ("centered", False): "the mean is not taken off: centered is meant",
    ("bias_correction", True): "its averages are corrected for their start at 0",
    ("bias_correction", False): "its averages are not corrected for their start at 0",
    ("initial_accumulator", 0.0): "the accumulator starts at 0",
    ("initial_accumulator", 0.1): "the accumulator starts at 0.1",
    ("correct_m", True): "m is corrected for its start at 0",
    ("correct_m", False): "no bias correction of m",
    ("correct_v", "none"): "no bias correction of v",
    ("correct_v", "before_max"): "the maximum is of the corrected v",
    ("correct_v", "after_max"): "the maximum is of the raw v, corrected after it",
    ("psi", None): "mu is beta1 throughout: there is no schedule",
    ("psi", 0.004): "the schedule of mu is 0.96^(0.004 t)",
    ("psi", 1): "the schedule of mu is 0.96^t",
    ("decay_by_mu", True): "m decays by mu",
    ("decay_by_mu", False): "m decays by beta1, not by mu",
    ("beta2_factor", True): "v has the paper's beta2 above the fraction",
    ("beta2_factor", False): "v has not the paper's beta2 above the fraction",
    ("threshold", 4.0): "it divides from rho > 4",
    ("threshold", 5.0): "it divides from rho > 5",
}

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


def mistakes(rule: Recipe | Made) -> Iterator[Mistake]:
    """Yield all the mistakes that a rule allows, the likely ones first."""
    if isinstance(rule, Made):
        return _general()
    return chain(
        _falling(rule),
        _flags(rule),
        _decays(rule),
        _slipped(rule),
        _late(rule),
        _general(),
        _rates(),
        _numbers(rule),
    )  # fmt: skip - an order, on two lines


def rivals(rule: Recipe) -> Iterator[tuple[str, Recipe]]:
    """Yield what a rule is with one of its flags other than it is, in words."""
    for (flag, value), words in FLAGS.items():
        if flag in rule.flags and rule.flags[flag] != value:
            flags = {**rule.flags, flag: value}
            if is_defined(flags):
                yield words, rule._replace(flags=flags)


def _falling(rule: Recipe) -> Iterator[Mistake]:
    """A learning rate that should fall by itself, and does not."""
    if not inspect.ismethod(rule.flags["lr"]):  # the probe's own is one
        yield Mistake(
            "lr does not fall by itself, from step to step",
            lambda r, p: p.follow(r._replace(flags={**r.flags, "lr": p.lr})),
        )


def _flags(rule: Recipe) -> Iterator[Mistake]:
    for words, other in rivals(rule):
        changed = {
            k: other.flags[k] for k in other.flags if other.flags[k] != rule.flags[k]
        }
        yield Mistake(words, with_flags(**changed))


def _numbers(rule: Recipe) -> Iterator[Mistake]:
    """Numbers exchanged, turned round, or not what they should be."""
    flags = rule.flags
    if "beta2" in flags:
        b1, b2 = flags["beta1"], flags["beta2"]
        yield Mistake("beta1 and beta2 are exchanged", with_flags(beta1=b2, beta2=b1))
        yield Mistake("beta1 is used for both averages", with_flags(beta2=b1))
        yield Mistake("beta2 is used for both averages", with_flags(beta1=b2))
        both = with_flags(beta1=1 - b1, beta2=1 - b2)
        yield Mistake("beta1, beta2 and their complements are exchanged", both)
    for name in ("beta1", "beta2", "rho", "beta"):
        if flags.get(name):
            words = f"{name} and 1 - {name} are exchanged"
            yield Mistake(words, with_flags(**{name: 1 - flags[name]}))
    if rule.rule == "momentum" and not flags["nesterov"]:
        for first in (True, False):
            damped = with_flags(dampening=flags["beta"], damp_first=first)
            yield Mistake("the gradient enters the velocity times 1 - beta", damped)
    for name, values in NUMBERS.items():
        for value in values if name in flags else ():
            words = f"{name} is {value:g}" if value else f"there is no {name}"
            yield Mistake(words, with_flags(**{name: value}))


def _decays(rule: Recipe) -> Iterator[Mistake]:
    """The other meanings of weight decay."""
    if rule.wd == 0:
        return
    yield Mistake("there is no weight decay", lambda r, p: p.follow(r._replace(wd=0.0)))
    for kind, words in DECAYS.items():
        yield Mistake(words, decay_of_kind(kind))
    yield Mistake(
        "weight decay is not multiplied by lr",
        lambda r, _: path_of(weight_decay(bare(r), r.wd, kind="lr", lr=1.0)),
    )
    yield Mistake(
        "weight decay is there twice: through the gradient, and off the weights",
        lambda r, p: path_of(
            coupled_too(weight_decay(bare(r), r.wd, kind="lr", lr=p.lr), r.wd)
        ),
    )
    yield Mistake(
        "weight decay is of the sign of the weights: L1, not L2",
        lambda r, p: path_of(signs_decayed(bare(r), lambda t: p.lr(t) * float(r.wd))),
    )
    yield Mistake(
        "weight decay is of the weights after the step, not before it",
        lambda r, p: path_of(decayed_after(bare(r), lambda t: p.lr(t) * float(r.wd))),
    )


def _slipped(rule: Recipe) -> Iterator[Mistake]:
    for words, _ in slips(rule.rule, rule.flags):

        def walk(r: Any, probe: Probe, words: str = words) -> Array:
            made = dict(slips(r.rule, r.flags))[words](probe.lr)
            return path_of(decaying(r, made, probe))

        yield Mistake(words, walk)


def _late(rule: Recipe) -> Iterator[Mistake]:
    """T, but not lr's, is one step ahead."""
    if "beta1" not in rule.flags:
        return

    def walk(r: Any, probe: Probe) -> Array:
        made = bare(r, lr=lambda t: probe.lr(max(t - 1, 0)))
        ahead = Optimizer(lambda w: advanced(made.init(w)), made.update)
        return path_of(decaying(r, ahead, probe))

    yield Mistake("t is off by one: it is 2 in the first step", walk)


def _general() -> Iterator[Mistake]:
    """What may happen to any rule."""
    yield Mistake("the sign: it walks uphill", scaled(lambda _: -1))
    yield Mistake("each step is twice as long", scaled(lambda _: 2))
    yield Mistake("each step is half as long", scaled(lambda _: 0.5))
    yield Mistake("lr is applied twice", scaled(lambda lr: lr))
    yield Mistake("lr is not applied", scaled(lambda lr: 1 / lr))
    yield Mistake("it remembers nothing: its state is new in each step", forgets)
    yield Mistake("each step has the gradient of the step before", stale)
    yield Mistake("weights whose gradient is zero are skipped, and their state", sparse)
    yield Mistake("its state is kept in float32", state_in(np.float32))
    yield Mistake("its state is kept in float16", state_in(np.float16))
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
        yield Mistake(words, fed(wrong))


def _rates() -> Iterator[Mistake]:
    """The learning rate of another step."""
    for words, at in {
        "lr does not follow its schedule: it is the first at all times": lambda _: 0,
        "lr is that of the step before": lambda t: max(t - 1, 0),
        "lr is that of the step after": lambda t: min(t + 1, len(GRADIENTS) - 1),
    }.items():

        def walk(r: Any, p: Probe, at: Any = at) -> Array:
            flags = {**r.flags, "lr": lambda t: p.lr(at(t))}
            return p.follow(r._replace(flags=flags))

        yield Mistake(words, walk)
