"""What is wrong for a gradient step may be meant: another method, or another model."""

from refgd.testing.gradient._report import Finding
from refgd.testing.programs._mistakes import UPDATES
from refgd.testing.programs._updates import Adapted, Update

#: What starts or ends a diagnosis that may be meant, and why it may.
ENDS = tuple(f"{limit}, and right on every other example" for limit in range(10))

MEANT = (
    ("", ", everywhere", "it steps along the gradient, but not lr times it: {}"),
    ("", "is a learning rate folded in?", "it steps along the gradient, but: {}"),
    ("", ": a penalty", "{}; only the least squares without one are checked"),
    ("only the ", " sample counts", "{} in a pass: does it take one at a time?"),
    *(("it is wrong only where", end, "{}: may that be meant?") for end in ENDS),
    ("the residual's sign", "", "{}"),
    ("each weight's update sees", "", "{}; or is it coordinate descent?"),
)


def excuse(update: Adapted, finding: Finding, *, known: bool = True) -> Finding:
    """Return a wrong finding, or that it cannot be told where it may be meant so."""
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
        carried = " and ".join(update.memory)
        return f"it carries {carried} from pass to pass; see check_optimizer"
    if update.unfit:
        return update.unfit
    for start, end, words in MEANT:
        if diagnosis and diagnosis.startswith(start) and diagnosis.endswith(end):
            return words.format(diagnosis)
    if diagnosis is None and not known:
        return "it steps along the gradient of no squared loss; which one is not known"
    return ""


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


OWN_WORDS = tuple(words for words, _ in UPDATES)


def rank(diagnosis: str | None) -> int:
    """Rank a diagnosis: plain mistakes of updates first, none last."""
    if diagnosis in OWN_WORDS:
        return 0
    return 2 if diagnosis is None else 1
