"""Which rule a black box follows: refgd's own dialects, and what is nearly one."""

import inspect
import math
import re
from typing import Any

import numpy as np
import pytest

from refgd import dialects, optimizers
from refgd._rules import RULES
from refgd.dialects import DIALECTS, Row, Sets
from refgd.dialects._dialect import complete
from refgd.testing import (
    Identification,
    drivers,
    identify,
)
from refgd.testing.optimizer._candidates import candidates
from refgd.testing.optimizer._flags import FLAGS
from refgd.testing.optimizer._report import Match, NearMiss
from refgd.testing.optimizer._tolerance import FLOOR
from testing.optimizer.wrong import (
    WRONG,
    Wrong,
    adam,
    adam_uncorrected,
    adamw_decays_after,
)

ROWS = {
    f"{row.name}({', '.join(f'{k}={v}' for k, v in row.arguments.items())})": row
    for row in dialects.table()
}
#: Of each rule the last; tests/frameworks/ identifies every row.
LAST = {row.rule: row for row in ROWS.values()}
ADAM = optimizers.adam(0.1)


def black_box(row: Row, **driven: Any) -> drivers.Driver:
    """Return a driver that says nothing of itself but takes each step's rate."""
    roles = {a.name: a.role for a in DIALECTS[row.name].arguments}
    lr = next(k for k, r in roles.items() if isinstance(r, Sets) and "lr" in r.flags)

    def factory(rate: Any) -> optimizers.Optimizer:
        return dialects.get(row.name, **{**row.arguments, lr: rate})

    return drivers.refgd(factory, **driven)._replace(complete=False)


def numbers_of(row: Row) -> dict[str, Any]:
    """Return the hyperparameters of a row, in refgd's names, but those that are off."""
    dialect = DIALECTS[row.name]
    needed = {"learning_rate": 0.1} if dialect.framework == "optax" else {}
    made = complete(dialects.recipe(row.name, **{**row.arguments, **needed}))
    given = dialect.defaults | dict(row.arguments)
    on = [a for a in dialect.arguments if given[a.name] is not None]
    sets = [a.role.flags for a in on if isinstance(a.role, Sets)]
    known = {flag for flags in sets for flag in flags if flag != "lr"}
    numbers = {key: made.flags[key] for key in made.flags if key in known}
    return numbers | ({"wd": made.wd} if "wd" in known else {})


# --- what it is ------------------------------------------------------------------


@pytest.mark.parametrize("row", LAST.values(), ids=LAST)
def test_dialect_is_identified_among_its_matches(row: Row) -> None:
    found = identify(black_box(row), **numbers_of(row))
    assert row.name in found.dialects
    assert row.rule in [match.rule for match in found.matches]
    assert found.error <= FLOOR
    assert found.nearest.error > FLOOR


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_is_a_candidate_once_its_numbers_are_stated(row: Row) -> None:
    """What it is held against is its own recipe, by its own name."""
    dialect = DIALECTS[row.name]
    rate = {"learning_rate": 0.1} if dialect.framework == "optax" else {}
    own = complete(dialects.recipe(row.name, **{**row.arguments, **rate}))
    found = [
        c.recipe
        for c in candidates(numbers_of(row), lambda _: 0.1)
        if c.dialect == row.name
    ]
    flags = {k: v for k, v in own.flags.items() if k != "lr"}
    assert any(
        (r.rule, r.wd, r.decay, r.around) == (own.rule, own.wd, own.decay, own.around)
        and flags.items() <= r.flags.items()
        for r in found
    )


@pytest.mark.parametrize(
    "name", ["torch.optim.NAdam", "keras.optimizers.RMSprop", "optax.adamw"]
)
def test_dialect_at_its_defaults_needs_no_number_stated(name: str) -> None:
    row = next(row for row in ROWS.values() if row.name == name)
    assert name in identify(black_box(row)).dialects


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_identify_adam(dtype: type) -> None:
    """Torch's and optax's, with eps after the correction; not Keras's."""
    found = identify(drivers.refgd(optimizers.adam, dtype=dtype))
    assert [match.rule for match in found.matches] == ["adam"]
    assert {"torch.optim.Adam", "optax.adam"} <= set(found.dialects)
    assert "keras.optimizers.Adam" not in found.dialects
    assert found.matches[0].flags["eps_hat"] is False


def test_identify_says_what_is_shared() -> None:
    """Plain SGD with decay: coupled, and decoupled times lr, are one thing."""
    row = ROWS["torch.optim.SGD(weight_decay=0.01)"]
    (match,) = identify(black_box(row), weight_decay=0.01).matches
    assert {"coupled", "lr"} <= set(match.decay)
    assert {"torch.optim.SGD", "keras.optimizers.SGD"} <= set(match.dialects)
    assert "torch.optim.SGD(weight_decay=0.01)" in match.calls


def test_identify_with_one_rate_cannot_tell_where_lr_stands() -> None:
    """The same for a constant lr alone; it is reported as shared."""
    fixed = optimizers.momentum(0.1, beta=0.9)
    (match,) = identify(fixed, lr=0.1, momentum=0.9).matches
    assert {"torch.optim.SGD", "keras.optimizers.SGD"} <= set(match.dialects)
    assert "lr_inside" not in match.flags
    halved = identify(drivers.refgd(optimizers.momentum, beta=0.9))
    assert "torch.optim.SGD" not in halved.dialects
    assert halved.nearest.mistake == "lr is inside the velocity"
    assert "the difference: lr is inside the velocity" in str(halved)
    assert halved.nearest.match.dialects == ("torch.optim.SGD", "optax.sgd")


def test_identify_takes_any_frameworks_names() -> None:
    for names in ({"betas": (0.5, 0.75)}, {"beta_1": 0.5, "b2": 0.75}):
        found = identify(half_adam, **names)
        assert "torch.optim.Adam" in found.dialects


@pytest.mark.parametrize("beta", [0.9, 0.75])
def test_an_average_of_gradients_is_torchs_sgd(beta: float) -> None:
    """Its first velocity is the gradient; then 1 - beta of each enters."""

    def average(w: Any, g: Any, v: Any, lr: float) -> Any:
        v = g if v is None else beta * v + (1 - beta) * g
        return w - lr * v, v

    found = identify(average, momentum=beta)
    call = f"torch.optim.SGD(momentum={beta}, dampening={beta})"
    assert [match.calls for match in found.matches] == [(call,)]


def half_adam(w: Any, dw: Any, state: Any, lr: float) -> Any:
    return adam(w, dw, state, lr, 0.5, 0.75)  # type: ignore[no-untyped-call]  # people's


# --- what it is not --------------------------------------------------------------


NAMELESS = [
    wrong
    for wrong in WRONG
    if str(wrong)
    in (
        "adam_m_uncorrected",
        "adam_sums",
        "rmsprop_no_root",
        "momentum_damped",
    )
]


@pytest.mark.parametrize("wrong", NAMELESS, ids=str)
def test_what_is_no_rule_has_a_nearest_and_a_mistake(wrong: Wrong) -> None:
    found = identify(wrong.update)
    assert found.matches == ()
    assert found.nearest.match.rule in str(wrong)
    assert wrong.mistake in (found.nearest.mistake or "")
    assert "is none of the published rules" in str(found)
    assert f": {found.nearest.mistake}" in str(found)


def test_adam_without_bias_correction_is_said_in_words() -> None:
    """No framework here has it, and it is nearly what they call by that name."""
    text = str(identify(adam_uncorrected))
    assert re.match(r".*\n  adam\(.*bias_correction=False\)\n.*in no framework", text)
    assert re.search(r"closest .*:\n  adam\(.*\n    torch.optim.Adam\(\)\n", text)
    assert "the difference: no bias correction" in text


def test_a_late_difference_is_dated() -> None:
    """Adam that stops correcting after the second step."""

    def late(w: Any, dw: Any, state: Any, lr: float) -> Any:
        t, m, v = state or (0, 0.0, 0.0)
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        c = min(t + 1, 2)
        m_hat, v_hat = m / (1 - 0.9**c), v / (1 - 0.999**c)
        return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), (t + 1, m, v)

    found = identify(late)
    assert found.nearest.t == 3
    assert "torch.optim.Adam" in found.nearest.match.dialects
    words = "agrees with adam for 2 steps, differs from step 3 on: t stops at 2\n"
    assert words in str(found)


def test_decay_of_the_new_weights_is_no_adamw() -> None:
    found = identify(adamw_decays_after)
    assert not found.matches
    assert "weights after the step" in (found.nearest.mistake or "")


# --- what it says, and what cannot be asked --------------------------------------


def test_an_identification_reads_well() -> None:
    text = str(identify(drivers.refgd(optimizers.lion)))
    assert text.splitlines()[:4] == [
        "lion is",
        "  lion(beta1=0.9, beta2=0.99)",
        "    optax.lion(weight_decay=0.0)",
        "    keras.optimizers.Lion()",
    ]
    assert "the largest relative difference is 0.0e+00" in text
    assert "run on: 20 steps of 12 weights, float64, lr = 0.0001 halved" in text


@pytest.mark.parametrize(
    ("made", "hyper", "call"),
    [
        (
            optimizers.rmsprop,
            {"rho": 0.75, "eps": 1e-7},
            "keras.optimizers.RMSprop(rho=0.75)",
        ),
        (optimizers.adam, {"beta1": 0.5}, "torch.optim.Adam(betas=(0.5, 0.999))"),
        (optimizers.adam, {"beta2": 0.99}, "optax.adam(b2=0.99)"),
        (optimizers.sgd, {}, "torch.optim.SGD()"),
    ],
    ids=["rho", "beta1", "beta2", "none"],
)
def test_a_call_has_the_numbers_that_are_not_its_defaults(
    made: Any, hyper: dict[str, Any], call: str
) -> None:
    assert f"    {call}\n" in str(identify(drivers.refgd(made, **hyper)))


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("torch.optim.Adam()", "the maximum is missing: it is v"),
        (
            "torch.optim.Adagrad(lr_decay=0.1)",
            "lr falls by itself, as lr / (1 + 0.1 (t",
        ),
        ("torch.optim.SGD()", "the rule: sgd, not asgd"),
        ("torch.optim.NAdam()", "v has not the paper's beta2 above the fraction"),
    ],
)
def test_the_difference_from_the_nearest_is_always_said(
    name: str, difference: str
) -> None:
    row = ROWS[name]
    text = str(identify(black_box(row), **numbers_of(row)))
    assert "penalty=None, alpha" not in text  # what another argument turns off
    assert f"the difference: {difference}" in text


def test_flags_that_differ_are_named() -> None:
    one = Match("nadam", {"psi": 1, "eps": 0.1}, ("lr",), (), ())
    two = one._replace(flags={"psi": None, "eps": 0.1}, decay=("coupled",))
    found = Identification("mine", (one,), 0.0, "", NearMiss(two, 1.0, 1, None))
    words = "psi is 1, not None, decay is 'lr', not 'coupled'"
    assert f"the difference: {words}\n" in str(found)


def test_what_no_framework_has_says_so() -> None:
    found = identify(drivers.refgd(optimizers.nadam))
    assert found.dialects == ()
    assert "(in no framework)" in str(found)


@pytest.mark.parametrize(
    ("hyper", "message"),
    [
        ({"beta4": 1}, "identify has no hyperparameter 'beta4'; near it: beta"),
        ({"amsgrad": True}, "amsgrad is for identify to find out"),
        ({"centered": True}, "centered is for identify to find out"),
        ({}, "state the rate that it has"),
    ],
    ids=str,
)
def test_identify_refuses(hyper: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        identify(ADAM, **hyper)


def test_identification_is_a_value() -> None:
    one, two = (identify(ADAM, lr=0.1) for _ in range(2))
    assert isinstance(one, Identification)
    assert str(one) == str(two)


def test_candidates_have_every_dialect() -> None:
    names = {each.dialect for each in candidates({}, lambda _: 0.1)}
    assert names == {*DIALECTS, None}


def test_every_flag_of_every_rule_is_tried_and_has_words() -> None:
    for rule in RULES.values():
        for name, parameter in inspect.signature(rule).parameters.items():
            if name == "lr_ahead":  # the same where the rate does not rise
                assert name not in FLAGS
            elif isinstance(parameter.default, bool):
                assert set(FLAGS[name]) == {True, False}


class _FromZero:
    """Adam on one float, whose steps are counted from 0."""

    def __init__(self, lr: float = 0.001) -> None:
        self.lr, self.m, self.v, self.t = lr, 0.0, 0.0, 0

    def step(self, w: float, g: float) -> float:
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.999 * self.v + 0.001 * g * g
        m_hat, v_hat = self.m / (1 - 0.9**self.t), self.v / (1 - 0.999**self.t)
        self.t += 1
        return w - self.lr * m_hat / (math.sqrt(v_hat) + 1e-8)


def test_identify_says_that_the_first_step_is_nan() -> None:
    found = identify(drivers.step(_FromZero))
    assert not found.matches
    assert found.nearest.mistake is not None
    assert found.nearest.mistake.startswith("NaN from the first step on")
