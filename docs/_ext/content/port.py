"""How many optimizers of a framework another one has, and the matrix of them all."""

from collections.abc import Iterable

from docs._ext.content import chinese
from docs._ext.content.rosetta import TITLES
from refgd.dialects import Translation, frameworks, translations

#: Exact partners as single calls, of the rows of `FIRST`, when they were counted first:
#: see `single`.
BEFORE = {
    ("torch", "keras"): (3, 30),
    ("torch", "optax"): (10, 30),
    ("keras", "torch"): (5, 24),
    ("optax", "torch"): (9, 24),
}

#: The optimizers that had a dialect then; each has the variants that it had.
FIRST = {
    "torch": "SGD Adagrad RMSprop Adadelta Adam AdamW NAdam Adamax RAdam",
    "optax": "sgd adagrad rmsprop adadelta adam adamw amsgrad nadam nadamw adamax "
    "adamaxw lion radam",
    "keras": "SGD Adagrad RMSprop Adadelta Adam AdamW Nadam Adamax Lion",
}

HEADS = {
    "en": {
        "counts": (
            "from",
            "to",
            "variants",
            "exact",
            "of these composed",
            "exact while",
            "none",
        ),
        "before": ("from", "to", "first counted", "the same now", "all that are now"),
        "share": "{} of {}",
        "fold": "From {}",
    },
    "zh": {
        "counts": ("从", "到", "变体", "精确", "其中拼成的", "有条件", "没有"),
        "before": ("从", "到", "最初统计时", "同样这些现在", "现在全部"),
        "share": "{1} 个中的 {0} 个",
        "fold": "从 {} 出发",
    },
}

FOUND = translations()


def counts(language: str = "en") -> str:
    """Return a table: for each pair of frameworks, how many are exact, and how."""
    rows = [[*HEADS[language]["counts"]], ["---", "---", *["---:"] * 5]]
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


def before(language: str = "en") -> str:
    """Return a table: exact partners as single calls, as first counted and now."""
    share = str(HEADS[language]["share"])
    rows = [[*HEADS[language]["before"]], ["---", "---", *["---:"] * 3]]
    for (one, two), (exact, variants) in BEFORE.items():
        pair = between(one, two)
        same = first(pair)
        counted = [(exact, variants)]
        counted += [(len(single(each)), len(each)) for each in (same, pair)]
        shares = (share.format(*numbers) for numbers in counted)
        rows.append([_title(one), _title(two), *shares])
    return _table(rows)


def matrix(one: str, language: str = "en") -> str:
    """Return the translations of each variant of a framework to each other, folded."""
    others = [each for each in frameworks() if each != one]
    rows = [[_title(one), *map(_title, others)], ["---"] * (1 + len(others))]
    calls = dict.fromkeys(str(t.source) for t in FOUND if t.source.framework == one)
    for call in calls:
        found = [t for t in FOUND if str(t.source) == call]
        rows.append([f"`{call}`", *(_cell(each, language) for each in found)])
    fold = str(HEADS[language]["fold"]).format(_title(one))
    return (
        f'<details class="file" markdown><summary>{fold}</summary>\n'
        f'<div class="wide matrix" markdown>\n\n{_table(rows)}\n</div>\n</details>\n'
    )


def between(one: str, two: str) -> list[Translation]:
    """Return the translations from one framework to another."""
    return [t for t in FOUND if (t.source.framework, t.to) == (one, two)]


def first(pair: Iterable[Translation]) -> list[Translation]:
    """Return those of the optimizers of `FIRST`."""
    names = {f: own.split() for f, own in FIRST.items()}
    return [
        t for t in pair if t.source.name.rpartition(".")[2] in names[t.source.framework]
    ]


def single(pair: Iterable[Translation]) -> list[Translation]:
    """Return those that are exact without a condition, and one call."""
    return [t for t in pair if t.verdict == "exact" and len(t.parts) == 1]


def count(pair: Iterable[Translation], verdict: str) -> int:
    """Return how many have this verdict."""
    return sum(t.verdict == verdict for t in pair)


def _cell(found: Translation, language: str) -> str:
    near = found.verdict == "none"
    if language == "en":
        said = "; ".join(found.reservations).replace("|", r"\|")
        said = f"**{found.verdict}**: {'nearest ' * near}`{found.call}` {said}"
    else:
        said = "；".join(map(chinese.reservation, found.reservations))
        verdict, said = (
            chinese.WORDS["verdicts"][found.verdict],
            said.replace("|", r"\|"),
        )
        said = f"**{verdict}**：{'最接近的是 ' * near}`{found.call}` {said}"
    return said.rstrip()


def _title(framework: str) -> str:
    return TITLES.get(framework, framework)


def _table(rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
