"""Small edits of a rule's lines: what somebody may have written in their place.

No edit is of one rule. Each line has the edits of its expression; and lines, some of
which keep a state, may be left out, moved, written twice or followed by another.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from refgd.testing.optimizer._changes import SHARES, changes, show, substitute
from refgd.testing.optimizer._equations import DECAY_LINES, Line
from refgd.testing.optimizer._program import names_read

#: Lines, one after the other.
Lines: TypeAlias = tuple[Line, ...]

#: What is not an average or a step: numbers alone.
NUMBERS: Final = frozenset(
    {*SHARES, "t", "lr", "lr_0", "eps", "eps_root", "wd", "psi", "threshold"}
    | {"product", "last", "r", "initial_accumulator"}
)


#: The bias correction of an average.
CORRECTION: Final = r" / (\(1 - \w+ \*\* t\))"


class Edit(NamedTuple):
    """What is wrong in words, and the lines that are wrong so."""

    words: str
    lines: Lines


def show_line(line: Line) -> str:
    return f"{line[0]} = {show(line[1])}"


def put(lines: Lines, i: int, *new: Line) -> Lines:
    """Put other lines in place of line i."""
    return (*lines[:i], *new, *lines[i + 1 :])


def edit_line(lines: Lines, i: int, words: str, text: str) -> Edit:
    """Put another expression in line i, and show both."""
    made = lines[i][0], text
    told = f"{words} ({show_line(made)}, not {show_line(lines[i])})"
    return Edit(told, put(lines, i, made))


def states(lines: Lines) -> list[str]:
    """Return the names that a step reads before it assigns them, but for w."""
    assigned: set[str] = set()
    found: dict[str, None] = {}
    every = {name for name, _ in lines}
    for name, text in lines:
        read = ({*names_read(text)} & every) - assigned - {"w", "g"}
        found |= dict.fromkeys(sorted(read))
        assigned.add(name)
    return list(found)


def _kept_arrays(lines: Lines) -> list[str]:
    return [name for name in states(lines) if name not in NUMBERS]


def arrays_of(lines: Lines) -> tuple[str, ...]:
    return tuple(dict.fromkeys(["g", *(n for n, _ in lines if n not in NUMBERS)]))


def edits(lines: Lines) -> Iterator[Edit]:
    """Yield every edit: of the whole step first, then of each line."""
    yield from whole_edits(lines)
    yield from _of_expressions(lines)
    yield from _of_states(lines)
    yield from _of_beginnings(lines)
    yield from _of_gradients(lines)
    yield from _of_pauses(lines)


def whole_edits(lines: Lines) -> Iterator[Edit]:
    """Yield the edits that are not of one expression."""
    yield from _of_wrappers(lines)
    yield from _of_signs(lines)
    yield from _of_rates(lines)
    yield from _of_counter(lines)
    yield from _of_averages(lines)
    yield from _of_shares(lines)
    yield from _of_decay(lines)
    yield from _of_order(lines)


def _of_expressions(lines: Lines) -> Iterator[Edit]:
    arrays = arrays_of(lines)
    for i, (_, text) in enumerate(lines):
        for words, new in changes(text, arrays):
            yield edit_line(lines, i, words, new)


def everywhere(lines: Lines, **names: str) -> Lines:
    """Put expressions in place of names in all lines."""
    return tuple((name, substitute(text, **names)) for name, text in lines)


def _of_wrappers(lines: Lines) -> Iterator[Edit]:
    """What is around a rule, left out or done in another way."""
    for i, (name, text) in enumerate(lines):
        if (name, text) == ("g", "-g"):
            yield Edit("it walks downhill: maximize is meant", put(lines, i))
        if name == "g" and "maximum" in text:
            yield Edit("gradients are not clipped", put(lines, i))
            longer = re.sub(r"maximum\((norm\(g\)), \S+\)", r"\1", text)
            if longer != text:
                words = "gradients are given a norm, also where their own is less"
                yield Edit(words, put(lines, i, ("g", longer)))


def _of_signs(lines: Lines) -> Iterator[Edit]:
    for words, text in {
        "the sign: it walks uphill": "w - ({0} - w)",
        "each step is twice as long": "w + 2 * ({0} - w)",
        "each step is half as long": "w + ({0} - w) / 2",
        "lr is applied twice": "w + lr * ({0} - w)",
        "lr is not applied": "w + ({0} - w) / lr",
    }.items():
        yield Edit(words, last_step(lines, text))


def _of_rates(lines: Lines) -> Iterator[Edit]:
    for words, new in {
        "lr does not follow its schedule: it is the first at all times": "lr_0",
        "lr is that of the step before": "lr_old",
        "lr is that of the step after": "lr_next",
        "lr does not fall by itself, from step to step": "lr_set",
        "lr falls with 1 / t": "(lr / t)",
        "lr falls with 1 / sqrt(t)": "(lr / sqrt(t))",
    }.items():
        yield Edit(words, everywhere(lines, lr=new))


def _of_counter(lines: Lines) -> Iterator[Edit]:
    for words, new in {
        "t is off by one: it is 2 in the first step": "(t + 1)",
        "t is off by one: it is 0 in the first step": "(t - 1)",
        "t does not grow: it is 1 in every step": "1",
        "t grows by 2 a step: it is 2 in the first": "(2 * t)",
        "t grows by 2 a step: it is 1 in the first": "(2 * t - 1)",
        "t grows by the number of weights": "(t * count(dw))",
    }.items():
        yield Edit(words, everywhere(lines, t=new))
    for k in (2, 3, 4, 5, 10):
        words = f"t grows only every {k} steps, as where it counts epochs"
        yield Edit(words, everywhere(lines, t=f"ceil(t / {k})"))


def _of_averages(lines: Lines) -> Iterator[Edit]:
    """The same slip in every average."""
    for words, pattern, text in (
        (
            "the bias corrections are exchanged",
            r"1 - beta([12]) \*\* t",
            lambda found: f"1 - beta{3 - int(found[1])} ** t",
        ),
        ("no bias correction", CORRECTION, ""),
        ("1 - beta1 and 1 - beta2 are missing: sums", r"\(1 - \w+\) \* ", ""),
        (
            "the bias corrections divide, where beta^t should",
            r"1 - (\w+ \*\* t)",
            r"\1",
        ),
        (
            "the bias correction multiplies where it should divide",
            CORRECTION,
            r" * \1",
        ),
    ):
        made = tuple((name, re.sub(pattern, text, line)) for name, line in lines)
        if sum(line not in lines for line in made) > 1:  # else it is one line's
            yield Edit(words, made)


def _of_shares(lines: Lines) -> Iterator[Edit]:
    read = {name for _, text in lines for name in names_read(text)}
    shares = [name for name in SHARES if name in read and name not in dict(lines)]
    if {"beta1", "beta2"} <= read:
        exchanged = everywhere(lines, beta1="beta2", beta2="beta1")
        yield Edit("beta1 and beta2 are exchanged", exchanged)
        both = "is used for both averages"
        yield Edit(f"beta1 {both}", everywhere(lines, beta2="beta1"))
        yield Edit(f"beta2 {both}", everywhere(lines, beta1="beta2"))
        turned = everywhere(lines, beta1="(1 - beta1)", beta2="(1 - beta2)")
        yield Edit("beta1, beta2 and their complements are exchanged", turned)
    for name in shares:
        turned = everywhere(lines, **{name: f"(1 - {name})"})
        yield Edit(f"{name} and 1 - {name} are exchanged", turned)


def _of_decay(lines: Lines) -> Iterator[Edit]:
    """The other kinds of weight decay, at the start and at the end, or both."""
    kinds = {line: kind for kind, line in DECAY_LINES.items()}
    if lines[0] not in kinds:
        return
    own, rest = lines[0], lines[1:]
    yield Edit("there is no weight decay", rest)
    for words, line in {
        "weight decay is coupled: it goes through the gradient": DECAY_LINES["coupled"],
        "weight decay is decoupled: lr times it is taken off": DECAY_LINES["lr"],
        "weight decay is not multiplied by lr": ("w", "w - wd * w"),
        "weight decay follows lr's schedule, not its size": DECAY_LINES["schedule"],
        "weight decay is of the sign of the weights: L1": (
            "w",
            "w - lr * wd * sign(w)",
        ),
        "weight decay is of the signs, in the gradient: L1": ("g", "g + wd * sign(w)"),
    }.items():
        if line != own:
            yield Edit(words, (line, *rest))
            yield Edit(f"weight decay is there twice; {words}", (line, *lines))
        if line[0] == "w":
            after = "of the weights after the step, not before it"
            last = (*rest, line)
            told = (
                after if line == own else f"{words.partition(' is ')[2]}, and {after}"
            )
            yield Edit(f"weight decay is {told}", last)
            yield Edit(
                f"weight decay is there twice: before and {after}", (*lines, line)
            )
    for i, (name, text) in enumerate(rest):
        for read in sorted(names_read(text) & {*arrays_of(rest)} - {name}):
            through = name, substitute(text, **{read: f"({read} + wd * w)"})
            words = f"weight decay goes through {read} in {name}"
            shown = f"{words} ({show_line(through)})"
            yield Edit(shown, put(rest, i, through))
        if own[0] == "g" and "g" in names_read(text):
            without = (name, substitute(text, g="dw"))
            words = f"weight decay does not go into {name}"
            yield Edit(words, (own, *put(rest, i, without)))


def _of_states(lines: Lines) -> Iterator[Edit]:
    kept = _kept_arrays(lines)
    others = [name for name, _ in lines if name not in {*kept, *NUMBERS, "w"}]
    nothing = tuple((name, f"0 * {name}") for name in kept)
    if kept:
        new = everywhere((*lines, *nothing), t="1")
        yield Edit("it remembers nothing: its state is new in each step", new)
        yield Edit("its states are zero in each step, but not t", (*lines, *nothing))
    for name in kept:
        yield from _of_state(lines, name, others)
    for name in kept:
        text = dict(lines)[name]
        again = substitute(text, **{name: f"({text})"})
        once_more = tuple((n, again if n == name else x) for n, x in lines)
        yield Edit(f"{name} is updated twice at once", once_more)
    for one, other in pairwise(kept):
        yield from _of_two_states(lines, one, other)
    if {"m_hat", "v_hat"} <= {*others}:
        moved = ("m", "m_hat"), ("v", "v_hat")
        yield Edit(
            "m and v are overwritten by their corrected values", (*lines, *moved)
        )
    if len(kept) > 1:
        whole = tuple((name, f"half({name})") for name in kept)
        yield Edit("its states are kept in float16", (*lines, *whole))
    frozen = [name for name, _ in lines if name in {*kept, "w"}]
    held = tuple((name, f"where(equal(dw, 0), {name}_old, {name})") for name in frozen)
    skipped = "weights whose gradient is zero are skipped"
    yield Edit(f"{skipped}, and their state", (*lines, *dict.fromkeys(held)))
    only = tuple(line for line in dict.fromkeys(held) if line[0] == "w")
    yield Edit(f"{skipped}, but not their state", (*lines, *only))


def _of_state(lines: Lines, name: str, others: list[str]) -> Iterator[Edit]:
    """Yield what may be done to one state."""
    i = max(k for k, (other, _) in enumerate(lines) if other == name)
    yield Edit(f"{name} is never updated", put(lines, i))
    twice = put(lines, i, lines[i], lines[i])
    yield Edit(f"{name} is updated twice in each step", twice)
    for words, text in {
        "zero in each step": f"0 * {name}",
        "kept in float32": f"single({name})",
        "kept in float16": f"half({name})",
        "kept as its mean over all weights": f"mean({name})",
        "kept as its largest over all weights": f"largest({name})",
    }.items():
        yield Edit(f"{name} is {words}", (*lines, (name, text)))
        if "over all" in words:
            shared = put(lines, i, lines[i], (name, text))
            yield Edit(f"{name} is shared: it is {words[8:]}", shared)
    for other in others:
        words = f"{name} is overwritten by {other}"
        yield Edit(words, (*lines, (name, other)))
    alone = f"what is kept of {name} is the gradient alone"
    yield Edit(alone, (*lines, (name, "dw")))


def _of_two_states(lines: Lines, one: str, other: str) -> Iterator[Edit]:
    """Yield how two states may be confused."""
    merged = everywhere(lines, **{other: one})
    alias = tuple((one if n == other else n, text) for n, text in merged)
    yield Edit(f"{one} and {other} are one array", alias)
    moved: Lines = ("kept", one), (one, other), (other, "kept")
    words = f"{one} and {other} are exchanged in the state"
    yield Edit(words, (*lines, *moved))


def _of_beginnings(lines: Lines) -> Iterator[Edit]:
    """What a state is in the first step, in place of an average with 0."""
    kept = _kept_arrays(lines)
    by_name = dict(lines)
    for name in kept:
        for first in ("g", "g ** 2", "abs(g)", "step ** 2"):
            if names_read(first) <= {"g", *by_name}:
                words = f"{name} is {show(first)} itself in the first step"
                yield Edit(words, _begin(lines, {name: first}))
    if {"m", "v"} <= {*kept}:
        both = _begin(lines, {"m": "g", "v": "g ** 2"})
        words = "m is g itself in the first step, and v its square"
        yield Edit(words, both)
        plain = tuple((n, re.sub(CORRECTION, "", x)) for n, x in both)
        yield Edit(f"{words}, without a bias correction", plain)


def _begin(lines: Lines, first: dict[str, str]) -> Lines:
    return tuple(
        (n, f"where(equal(t, 1), {first[n]}, {x})" if n in first else x)
        for n, x in lines
    )


def _of_order(lines: Lines) -> Iterator[Edit]:
    for i, line in enumerate(lines):
        rest = put(lines, i)
        for j in range(len(lines)):
            if j != i:
                side = "before" if j < i else "after"
                words = (
                    f"{line[0]} is computed {side} {lines[j][0]}, in the wrong order"
                )
                yield Edit(words, (*rest[:j], line, *rest[j:]))
    for j, (name, text) in enumerate(lines):
        for i, (other, of_other) in enumerate(lines[:j]):
            if name in names_read(of_other):
                again = put(lines, j, lines[j], lines[i])
                yield Edit(f"{other} is computed once more after {name}", again)
            if other in names_read(text) & names_read(of_other):
                twice = name, substitute(text, **{other: f"({of_other})"})
                words = f"{other} is updated once more in {name} ({show_line(twice)})"
                yield Edit(words, put(lines, j, twice))
    yield from _of_velocity(lines)


def _of_velocity(lines: Lines) -> Iterator[Edit]:
    """The velocity of the gradients, where that of the steps is meant."""
    by_name = dict(lines)
    if "u" in by_name and "step" in names_read(by_name["u"]) and "beta" in by_name["u"]:
        k = [name for name, _ in lines].index("step")
        velocity = "u", substitute(by_name["u"], step="g")
        step = "step", substitute(by_name["step"], g="u")
        rest = [(n, substitute(x, u="step")) for n, x in lines[k + 1 :] if n != "u"]
        words = "the velocity is of the gradients, not of the steps"
        yield Edit(words, (*lines[:k], velocity, step, *rest))


def _of_gradients(lines: Lines) -> Iterator[Edit]:
    decayed = 1 if lines[0] == DECAY_LINES["coupled"] else 0
    for words, new in {
        "each step has the gradient of the step before": [("g", "g_old")],
        "gradients are clipped to [-1, 1]": [("g", "maximum(minimum(g, 1), -1)")],
        # the large gradients make every norm greater than 1
        "gradients are divided by their norm, or clipped to norm 1": [
            ("g", "g / norm(g)")
        ],
        "the mean over the weights is taken off the gradient": [("g", "g - mean(g)")],
        "gradients are added up: they are never set to zero": [
            ("sum", "sum + g"),
            ("g", "sum"),
        ],
        "the gradient is averaged over all steps": [
            ("sum", "sum + g"),
            ("g", "sum / t"),
        ],
        "the gradient is the mean of this one and the one before": [
            ("g", "(g + g_old) / 2")
        ],
        "the gradient is replaced by its sign": [("g", "sign(g)")],
        "the gradient is squared": [("g", "g ** 2")],
        "the gradient has no sign": [("g", "abs(g)")],
        "gradients are halved": [("g", "g / 2")],
        "gradients are doubled": [("g", "2 * g")],
        "gradients have the wrong sign": [("g", "-g")],
    }.items():
        for k in {0, decayed}:
            yield Edit(words, (*lines[:k], *new, *lines[k:]))
    for share in ("beta1", "rho", "beta"):
        if any(share in names_read(text) for _, text in lines):
            average = "more", f"{share} * more + (1 - {share}) * g"
            words = "the gradient is averaged once more"
            yield Edit(words, (average, ("g", "more"), *lines))


def _of_pauses(lines: Lines) -> Iterator[Edit]:
    """Steps that are taken only every few gradients."""
    for k in (2, 4):
        now = f"equal(ceil(t / {k}) * {k}, t)"
        held = {n: f"where({now}, {n}, {n}_old)" for n in [*states(lines), "w"]}
        kept = "sum", f"where(equal(ceil((t - 1) / {k}) * {k}, t - 1), 0, sum) + g"
        for words, text in {
            "sum of its gradients": "sum",
            "mean of its gradients": f"sum / {k}",
            "last of its gradients": "g",
        }.items():
            told = f"it steps only every {k} steps, with the {words}"
            yield Edit(told, (kept, ("g", text), *lines, *held.items()))


def last_step(lines: Lines, text: str) -> Lines:
    """Put another expression in place of the last that w becomes, which is {0}."""
    k = max(i for i, (name, _) in enumerate(lines) if name == "w")
    return put(lines, k, ("w", text.format(f"({lines[k][1]})")))


def late_edits(lines: Lines, k: int) -> Iterator[Edit]:
    """Yield what happens after step k, once or every k steps."""
    if k < 1:
        return
    yield Edit(f"t stops at {k}", everywhere(lines, t=f"minimum(t, {k})"))
    anew = f"where(t > {k}, t - {k}, t)"
    yield Edit(f"t begins anew after step {k}", everywhere(lines, t=anew))
    cycle = f"(t - {k} * (ceil(t / {k}) - 1))"
    yield Edit(f"t begins anew after every {k} steps", everywhere(lines, t=cycle))
    kept = states(lines)
    once, often = f"equal(t, {k + 1})", f"equal(ceil((t - 1) / {k}) * {k}, t - 1)"
    for when, condition, restart in (
        (f"after step {k}", once, anew),
        (f"after every {k} steps", often, cycle),
    ):
        zeros = [(name, f"where({condition}, 0 * {name}, {name})") for name in kept]
        if zeros:
            words = f"its state is lost {when}, but not t, as where a run resumes"
            yield Edit(words, (*zeros, *lines))
            words = f"its state is lost {when}, as where a run resumes without it"
            yield Edit(words, (*zeros, *everywhere(lines, t=restart)))
        for name, zero in zip(kept, zeros, strict=True):
            yield Edit(f"{name} is lost {when}", (zero, *lines))
    for name in [*kept, "w"]:
        frozen = name, f"where(t > {k}, {name}_old, {name})"
        yield Edit(f"{name} does not change after step {k}", (*lines, frozen))
    for words, rate in {
        f"lr is 0 after step {k}": f"where(t > {k}, 0, lr)",
        f"lr is the first one after step {k}, too": f"where(t > {k}, lr_0, lr)",
        f"lr is halved after step {k}": f"where(t > {k}, lr / 2, lr)",
    }.items():
        yield Edit(words, everywhere(lines, lr=rate))
