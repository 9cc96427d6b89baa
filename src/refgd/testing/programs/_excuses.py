"""What is wrong for a gradient step may be meant: another method, or another model."""

import re

from refgd.testing.gradient import _mistakes
from refgd.testing.gradient._report import Finding
from refgd.testing.programs._mistakes import UPDATES
from refgd.testing.programs._updates import Adapted, Update

#: What a diagnosis says that may be meant, and why it may.
MEANT = (
    ("everywhere|folded in", "it steps along the gradient, but not lr times it: {}"),
    ("penalty|times the weight", "{}; only the least squares alone are checked"),
    ("cut at", "{}: is the gradient clipped?"),
    ("^only the .* sample", "{} in a pass: does it take one at a time?"),
    ("only where (?!the data are integers)", "{}: may that be meant?"),
    ("^the residual's sign", "{}"),
    ("^each weight's update sees", "{}; or is it coordinate descent?"),
)

#: What an update alone does wrong.
OWN_WORDS = tuple(words for words, _ in UPDATES)

#: Mistakes that nobody means.
MISTAKES = (
    *OWN_WORDS,
    *(words.format("gradient") for words, _ in _mistakes.FACTORS),
    *(words for words, _ in _mistakes.EQUATIONS["gradient"]),
    "the slopes: ",
    "it is wrong only where the data are integers",
)


def excuse(update: Adapted, finding: Finding, *, known: bool = True) -> Finding:
    """Return a wrong finding, or that it cannot be told where it may be meant so.

    Known is whether the program computes a squared loss itself: then the gradient of
    this loss is meant.
    """
    if finding.verdict != "wrong":
        return finding
    words = _find_excuse(update, finding.diagnosis, known=known)
    if words:
        return Finding(
            "gradient", update.name, "inconclusive", f"could not be told: {words}"
        )
    return say_in_words(update, finding)


def _find_excuse(update: Adapted, diagnosis: str | None, *, known: bool) -> str:
    if update.memory:
        return say_memory(update)
    if update.unfit:
        return update.unfit
    if update.fixed and not update.ones:
        return "it is made for a number of features"
    if diagnosis is None:
        return "" if known else NO_LOSS
    meant = [words for pattern, words in MEANT if re.search(pattern, diagnosis)]
    if meant or known or diagnosis.startswith(MISTAKES):
        return meant[0].format(diagnosis) if meant else ""
    return diagnosis


def say_memory(update: Adapted, share: str = "") -> str:
    """Say what an update carries from pass to pass, and the share of the last step."""
    carried = " and ".join(update.memory) or "something"
    return f"it carries {carried} from pass to pass{share}; see check_optimizer"


NO_LOSS = "on other data than its own it steps along the gradient of no squared loss"


def say_in_words(update: Adapted, finding: Finding) -> Finding:
    """Say of an update what the kit says of a gradient."""
    if not isinstance(update, Update):
        return finding

    def change(text: str) -> str:
        text = text.replace("it returns ", "it steps along ", 1)
        return text.replace("it always steps along 0", "it does not move")

    text = finding.text.replace(
        "property: it is the gradient", "property: (w - w') / lr is the gradient"
    )
    return finding._replace(
        diagnosis=finding.diagnosis and change(finding.diagnosis), text=change(text)
    )


def rank(diagnosis: str | None) -> int:
    """Rank a diagnosis: plain mistakes of updates first, none last."""
    if diagnosis in OWN_WORDS:
        return 0
    return 2 if diagnosis is None else 1
