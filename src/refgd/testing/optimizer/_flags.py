"""The flags of the rules: their other values, and what those do in words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from refgd._types import Settings
from refgd.testing.optimizer._edits import Edit, everywhere
from refgd.testing.optimizer._equations import equations
from refgd.testing.optimizer._tolerance import Expected

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
    ("bias_correction", False, "no bias correction"),
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
    ("correct_ahead", True, "the m that looks ahead is corrected as in the next step"),
    ("correct_ahead", False, "the m that looks ahead is corrected as in this step"),
    ("threshold", 4.0, "it divides from rho > 4"),
    ("threshold", 5.0, "it divides from rho > 5"),
    ("backtrack", True, "a change of sign takes the last step back"),
    ("backtrack", False, "a change of sign does not take the last step back"),
    ("lag", True, "each step is taken one gradient late"),
    ("lag", False, "each step is taken at once, not one gradient late"),
    ("share_kept", True, "the change of the gradient counts by beta2"),
    ("share_kept", False, "the change of the gradient counts by 1 - beta2"),
    ("intercept", True, "the last weight is not penalized, as an intercept is not"),
    ("intercept", False, "the last weight is penalized too: it is no intercept"),
    ("relative_rate", True, "the step falls as 1/sqrt(t)"),
    ("relative_rate", False, "the step does not fall as 1/sqrt(t)"),
    ("weight_scale", True, "the step is as large as the weights are"),
    ("weight_scale", False, "the step is not as large as the weights are"),
    ("eps_floor", True, "eps is the least value, it is not added"),
    ("eps_floor", False, "eps is added, it is not the least value"),
    ("lambd_lr", True, "the decay is times lr"),
    ("lambd_lr", False, "the decay is not times lr"),
    ("l2_doubled", True, "l2 counts twice, as that of l2 w² and not of half of it"),
    ("l2_doubled", False, "l2 counts once, as that of l2 w² / 2"),
    ("ema", True, "its momentum is an average"),
    ("ema", False, "its momentum is a sum"),
    ("bfloat16", True, "Newton's and Schulz's steps are in bfloat16"),
    ("bfloat16", False, "Newton's and Schulz's steps are not in bfloat16"),
    ("aspect", "rows", "it is times sqrt(max(1, rows / columns))"),
    ("aspect", "columns", "it is times sqrt(max(1, columns / rows))"),
    ("aspect", "larger", "it is times rms sqrt(max(rows, columns))"),
    ("aspect", "none", "it is not scaled by the shape of w"),
    ("lr_lag", True, "the rate is that of the step before"),
    ("lr_lag", False, "the rate is that of this step, not of the one before"),
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
    ("initial_accumulator", 1.0, "the accumulator starts at 1, as in timm and tf1"),
)


def is_defined(flags: Settings) -> bool:
    """Whether these flags go together, and leave more than rounding."""
    has = flags.get
    penalized = has("lambd") and (has("intercept") or has("l1_share"))
    return not (
        # Adam's or AMSGrad's eps before a correction that there is not
        (has("eps_hat") and has("correct_v", "after_max") != "after_max")
        or (has("eps_hat") and not has("bias_correction", True))
        # a sum has no bias
        or (has("bias_correction") and has("ema") is False)
        # nobody defines these
        or (has("nesterov") and has("dampening"))
        or (has("backtrack") and has("lag"))
        # plain descent, once more, or with its weight decay
        or (has("beta") == 0 and (has("nesterov") or "damp_first" in flags))
        or ("intercept" in flags and not penalized)
        # v - m² is 0 in the first step, and only rounding and eps decide
        or (has("centered") and has("bias_correction"))
    )


def variants(expected: Expected) -> Iterator[Edit]:
    """Yield the rule with each other value of each flag."""
    if not expected.known:
        return
    rule = expected.recipes[0]
    for flag, value, words in MEANINGS:
        flags = {**rule.flags, flag: value}
        if flag in rule.flags and value != rule.flags[flag] and is_defined(flags):
            lines = equations(rule._replace(flags=flags))
            if isinstance(value, int | float) and not isinstance(value, bool):
                lines = everywhere(lines, **{flag: repr(value)})
            yield Edit(words, lines)
    for _, value, words in STARTS:
        own = rule.flags.get("initial_accumulator", value)
        if own != value:
            moved = "v", f"where(equal(t, 1), v + {value - own!r}, v)"
            yield Edit(words, (moved, *expected.lines))
