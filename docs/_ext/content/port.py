"""How many optimizers of a framework another one has, and the matrix of them all."""

from collections.abc import Iterable

from docs._ext.content.rosetta import TITLES
from refgd.dialects import Translation, frameworks, translations

#: Exact partners as single calls, of the rows that had a dialect when they were counted
#: first: see `single`.
BEFORE = {
    ("torch", "keras"): (3, 30),
    ("torch", "optax"): (10, 30),
    ("keras", "torch"): (5, 24),
    ("optax", "torch"): (9, 24),
}

FOUND = translations()


def counts() -> str:
    """Return a table: for each pair of frameworks, how many are exact, and how."""
    head = [
        "from",
        "to",
        "variants",
        "exact",
        "of these composed",
        "exact while",
        "none",
    ]
    rows = [head, ["---", "---", *["---:"] * 5]]
    for one in frameworks():
        for two in frameworks():
            if one != two:
                pair = between(one, two)
                exact = [t for t in pair if t.verdict == "exact"]
                composed = [t for t in exact if len(t.parts) > 1]
                rest = [count(pair, verdict) for verdict in ("exact while", "none")]
                numbers = [len(pair), len(exact), len(composed), *rest]
                rows.append([_title(one), _title(two), *map(str, numbers)])
    return _table(rows)


def before() -> str:
    """Return a table: exact partners as single calls, as first counted and now."""
    rows = [["from", "to", "first counted", "now"], ["---", "---", "---:", "---:"]]
    for (one, two), (exact, variants) in BEFORE.items():
        pair = between(one, two)
        now = f"{len(single(pair))} of {len(pair)}"
        rows.append([_title(one), _title(two), f"{exact} of {variants}", now])
    return _table(rows)


def matrix(one: str) -> str:
    """Return the translations of each variant of a framework to each other."""
    others = [each for each in frameworks() if each != one]
    rows = [[_title(one), *map(_title, others)], ["---"] * (1 + len(others))]
    calls = dict.fromkeys(str(t.source) for t in FOUND if t.source.framework == one)
    for call in calls:
        found = [t for t in FOUND if str(t.source) == call]
        rows.append([f"`{call}`", *map(_cell, found)])
    return '<div class="wide" markdown>\n\n' + _table(rows) + "\n</div>\n"


def between(one: str, two: str) -> list[Translation]:
    """Return the translations from one framework to another."""
    return [t for t in FOUND if (t.source.framework, t.to) == (one, two)]


def single(pair: Iterable[Translation]) -> list[Translation]:
    """Return those that are exact without a condition, and one call."""
    return [t for t in pair if t.verdict == "exact" and len(t.parts) == 1]


def count(pair: Iterable[Translation], verdict: str) -> int:
    """Return how many have this verdict."""
    return sum(t.verdict == verdict for t in pair)


def _cell(found: Translation) -> str:
    said = "; ".join(found.reservations).replace("|", r"\|")
    near = "nearest " if found.verdict == "none" else ""
    return f"**{found.verdict}**: {near}`{found.call}` {said}".rstrip()


def _title(framework: str) -> str:
    return TITLES.get(framework, framework)


def _table(rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
