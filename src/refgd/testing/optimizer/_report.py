"""What `identify` found, and how it reads."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from refgd._types import Array
from refgd.testing.optimizer._probes import Observed
from refgd.testing.optimizer._reference import Like
from refgd.testing.optimizer._tolerance import APART

#: How many steps two optimizers agree for, of every weight, not by chance.
ENOUGH: Final = 2

#: How many rules are listed that cannot be told apart.
SHOWN: Final = 8


class Match(NamedTuple):
    """A rule that the optimizer follows.

    Attributes:
        rule: Its name in `refgd.optimizers`.
        flags: Its flags, but for those that make no difference here.
        decay: The kinds of weight decay that it may have; none without any.
        calls: What the frameworks call it, with the arguments that make it so.
        dialects: The same by the names in `refgd.dialects`.
    """

    rule: str
    flags: Mapping[str, Any]
    decay: tuple[str, ...]
    calls: tuple[str, ...]
    dialects: tuple[str, ...]

    def __str__(self) -> str:
        said = [f"{key}={value!r}" for key, value in self.flags.items()]
        said += ["decay=" + " or ".join(map(repr, self.decay))] if self.decay else []
        return f"{self.rule}({', '.join(said)})"


class NearMiss(NamedTuple):
    """The nearest rule that the optimizer does not follow.

    Attributes:
        match: The rule.
        error: The largest relative difference.
        t: The first step that differs; the first of all is 1.
        mistake: What is different, in words, if that explains every run; else None.
    """

    match: Match
    error: float
    t: int
    mistake: str | None


class Identification(NamedTuple):
    """What an optimizer is.

    Attributes:
        name: The optimizer's.
        matches: Every rule that it follows, as far as these runs can tell.
        error: The largest relative difference from them; NaN without a match.
        runs: In words, what it was run on.
        nearest: The nearest rule that is not it.
        precision: In words, what it computes in, if that is not float64 throughout.
        undecided: The floats in which the matches cannot be told apart, where they
            can in float64.
    """

    name: str
    matches: tuple[Match, ...]
    error: float
    runs: str
    nearest: NearMiss
    precision: str = ""
    undecided: str = ""

    @property
    def dialects(self) -> tuple[str, ...]:
        """The names in `refgd.dialects` of all matches."""
        return tuple(dict.fromkeys(d for m in self.matches for d in m.dialects))

    def __str__(self) -> str:
        lines = _match_in_words(self) if self.matches else _miss_in_words(self)
        return "\n".join([*lines, f"run on: {self.runs}"])


def _match_in_words(found: Identification) -> list[str]:
    lines = [f"{found.name} is"]
    if found.undecided:
        lines = [f"{found.name} cannot be told apart in {found.undecided}: it may be"]
    for match in found.matches:
        said = f", {found.precision}" if found.precision else ""
        lines.append(f"  {match}{said}")
        lines += [f"    {call}" for call in match.calls] or ["    (in no framework)"]
    near = found.nearest
    lines.append(f"the largest relative difference is {found.error:.1e}")
    apart = f"relative difference {near.error:.1e}, from step {near.t}"
    lines.append(f"closest other rule ({apart}):")
    lines += [f"  {near.match}", *(f"    {call}" for call in near.match.calls)]
    return [*lines, f"the difference: {near.mistake or _apart(found)}"]


def _apart(found: Identification) -> str:
    """Name the flags that differ, as they are and as the near miss's; or the rules."""
    near = found.nearest.match
    match = next((m for m in found.matches if m.rule == near.rule), None)
    if match is None:
        return f"the rule: {found.matches[0].rule}, not {near.rule}"
    mine, other = (
        {**each.flags, "decay": " or ".join(each.decay) or None}
        for each in (match, near)
    )
    changed = [key for key in mine if mine[key] != other.get(key, mine[key])]
    words = (f"{key} is {mine[key]!r}, not {other[key]!r}" for key in changed)
    return ", ".join(words) or "the learning rate, which falls in one alone"


def _miss_in_words(found: Identification) -> list[str]:
    near = found.nearest
    agreed = near.t - 1
    lines = [f"{found.name} is none of the published rules, with these numbers"]
    if not near.mistake and near.error > APART and agreed < ENOUGH:
        return [*lines, f"none is near it: all differ by more than {APART:g}"]
    steps = f"{agreed} step{'' if agreed == 1 else 's'}"
    agrees = f"agrees with {near.match.rule} for {steps}, " if agreed else ""
    because = f": {near.mistake}" if near.mistake else ""
    lines += ["nearest:", f"  {near.match}"]
    lines += [f"    {call}" for call in near.match.calls]
    return [*lines, f"{agrees}differs from step {near.t} on{because}"]


class WrongOptimizer(AssertionError):  # noqa: N818 - what it is, as Diverged
    """An optimizer that differs from its reference.

    Attributes:
        t: The first step that differs; the first of all is 1.
        kind: What the gradients of the first weight that differs are like.
        expected: That weight after that step, in the reference.
        got: The same in the optimizer.
        mistake: The likely mistake in words, or None.
    """

    __module__ = "refgd.testing.optimizer"  # where it is public: tracebacks name it

    def __init__(
        self, message: str, t: int, kind: str, weights: Any, mistake: str | None
    ) -> None:
        super().__init__(message)
        self.t = t
        self.kind = kind
        self.expected, self.got = weights
        self.mistake = mistake


class Inconclusive(AssertionError):  # noqa: N818 - what it is
    """An optimizer whose floats are too short to tell its rule from others.

    Attributes:
        others: The rules that it may be as well.
    """

    __module__ = "refgd.testing.optimizer"

    def __init__(self, message: str, others: tuple[str, ...]) -> None:
        super().__init__(message)
        self.others = others


def describe_undecided(
    name: str, like: Like, kind: str, others: list[str]
) -> Inconclusive:
    listed = "".join(f"\n  {each}" for each in others[:SHOWN])
    more = f"\n  and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    msg = (
        f"{name} cannot be told apart in {kind}: it may be "
        f"{_name_of(like)}, and just as well{listed}{more}"
    )
    return Inconclusive(msg, tuple(others))


def _name_of(like: Like) -> str:
    if isinstance(like, str):
        return like
    return getattr(like, "__name__", "its reference")


def describe_difference(
    names: tuple[str, Like],
    seen: Observed,
    expected: Array,
    where: tuple[int, int, int],
    mistake: str | None,
) -> WrongOptimizer:
    """Return the error that says where (step, probe, weight) it differs first."""
    (name, like), (t, i, j) = names, where
    probe = seen.probes[i]
    kind = probe.kinds[j]
    right, got = float(expected[where]), float(seen.trajectories[where])
    changed = "".join(f", {key} = {value:g}" for key, value in probe.changed.items())
    start = f"from w = {probe.start[j]:g} with lr = {probe.rates[t - 1]:g}{changed}"
    lines = [
        f"{name} is not {_name_of(like)}",
        f"first difference: step {t}, of a weight with {kind} gradients, {start}",
        f"expected: {right!r}",
        f"got:      {got!r}",
        f"agreed before: {t - 1} of {len(probe.gradients)} steps",
    ]
    if mistake:
        lines.append(f"likely: {mistake}")
    return WrongOptimizer("\n".join(lines), t, kind, (right, got), mistake)
