"""What `identify` found, and how it reads."""

from collections.abc import Mapping
from typing import Any, NamedTuple


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


class Rival(NamedTuple):
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
    """

    name: str
    matches: tuple[Match, ...]
    error: float
    runs: str
    nearest: Rival

    @property
    def dialects(self) -> tuple[str, ...]:
        """The names in `refgd.dialects` of all matches."""
        return tuple(dict.fromkeys(d for m in self.matches for d in m.dialects))

    def __str__(self) -> str:
        lines = _found(self) if self.matches else _not_found(self)
        return "\n".join([*lines, f"run on: {self.runs}"])


def _found(found: Identification) -> list[str]:
    lines = [f"{found.name} is"]
    for match in found.matches:
        lines.append(f"  {match}")
        lines += [f"    {call}" for call in match.calls] or ["    (in no framework)"]
    rival = found.nearest
    lines.append(f"the largest relative difference is {found.error:.1e}")
    lines.append(
        f"nearest that is not it, {rival.error:.1e} away, from step {rival.t} on:"
    )
    lines += [f"  {rival.match}", *(f"    {call}" for call in rival.match.calls)]
    return [*lines, f"the difference: {rival.mistake}"] if rival.mistake else lines


def _not_found(found: Identification) -> list[str]:
    rival = found.nearest
    agrees = (
        f"agrees with it until step {rival.t}"
        if rival.t > 1
        else "differs from step 1 on"
    )
    because = f": {rival.mistake}" if rival.mistake else ""
    lines = [f"{found.name} is none of the published rules, with these numbers"]
    lines += ["nearest:", f"  {rival.match}"]
    lines += [f"    {call}" for call in rival.match.calls]
    return [*lines, f"{agrees}{because}"]
