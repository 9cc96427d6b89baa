r"""A program of which only the training can be seen: where does it arrive?

It is trained on data with a known answer: y = x·w, with nothing added, so that squared,
absolute and other losses have the same minimum, with columns of mean 0, so that an
intercept changes nothing. What is seen is how much of the loss on other samples is
left,

$$\text{left} = \frac{L(\text{trained})}{L(0)}$$

and whether the result changes with what should not count.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing._answers import flat
from refgd.testing.gradient._report import Finding
from refgd.testing.programs import _roles
from refgd.testing.programs._load import Program
from refgd.testing.programs._trainers import Data, Trainer, list_trainers
from refgd.testing.programs._updates import quiet

#: Less of the loss than this is left at the minimum; more than that, far from it.
REACHED, FAR = 1e-6, 1e-2

#: Results that agree to so many parts are the same.
SAME = 1e-6

#: Rates so small that a loss which rises with them is climbed, not overshot.
TINY = (1e-5, 1e-7)

#: How far the step counts go that show whether it still moves.
COUNTS = (4000, 8000)

ONLY = "only its training was seen"


def list_data() -> list[Data]:
    """List data sets in the shapes that programs take."""
    generator = np.random.default_rng(5)
    found = []
    for d in (1, 3):
        x, new = generator.normal(size=(24, d)), generator.normal(size=(9, d))
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        w = np.array([1.5, -2.0, 0.75])[:d]
        found.append(Data(x, x @ w, new, new @ w))
    one, many = found
    flat_one = one._replace(x=one.x[:, 0], new=one.new[:, 0])
    return [many, one, flat_one, many._replace(y=many.y.reshape(-1, 1))]


def judge_training(program: Program) -> list[Finding]:
    """Train what trains in a program, and say what is seen."""
    return [_judge(trainer) for trainer in list_trainers(program)]


def _judge(trainer: Trainer) -> Finding:
    taken = [data for data in list_data() if _try(trainer, data) is not None]
    if not taken:
        words = "could not be told: what it needs beside x and y is not known"
        return Finding("training", trainer.name, "inconclusive", words)
    left = [_measure_left(trainer, data) for data in taken]
    notes = tuple(_list_notes(trainer, taken[0]))
    blank = Finding("training", trainer.name, "inconclusive", notes=notes)
    if all(each < REACHED for each in left):
        seen = f"{ONLY}: it reaches the minimum on {len(taken)} data sets"
        return blank._replace(
            verdict="right", notes=(seen, *notes), examples=len(taken)
        )
    worst = taken[int(np.argmax(left))]
    wrong = _find_proof(trainer, worst)
    if wrong:
        text = f"{trainer.name} is wrong\n  seen: {wrong}"
        return blank._replace(verdict="wrong", diagnosis=wrong, text=text)
    return blank._replace(diagnosis=_describe(max(left)))


def _describe(left: float) -> str:
    if left > 1:
        return (
            "its loss rises on data of size 1: the learning rate is too large for "
            "them, or the gradient is n times too large"
        )
    return f"{left:.1%} of the loss is left after its training: not converged?"


def _find_proof(trainer: Trainer, data: Data) -> str:
    """Return what proves that it is wrong; nothing if it may only need more steps.

    Only of what is affine in y, as least squares are, and the same in every run.
    """
    if trainer.rate is not None:
        slow, slower = ({trainer.rate: lr} for lr in TINY)
        rises = _measure_left(trainer, data, **slow) - _measure_left(
            trainer, data, **slower
        )
        if rises > 0 and _is_affine(trainer, data, slow):
            return "its loss rises, however small the learning rate: it climbs"
    if trainer.steps is None:
        return ""
    fewer, more = ({trainer.steps: count} for count in COUNTS)
    before, last = _try(trainer, data, **fewer), _try(trainer, data, **more)
    if before is None or last is None or not _is_same(before, last):
        return ""
    left = _left(last, data)
    if FAR < left <= 1 and _is_affine(trainer, data, more):
        return (
            f"it comes to rest where {left:.1%} of the loss is left, though y = x · w"
        )
    return ""


def _is_affine(trainer: Trainer, data: Data, settings: dict[str, Any]) -> bool:
    """Whether y, 2y and 3y give predictions in even steps, and each run the same."""
    several = [
        _try(trainer, data._replace(y=times * data.y), **settings)
        for times in (1, 2, 3, 1)
    ]
    found = [each for each in several if each is not None]
    if len(found) < len(several) or not _is_same(found[0], found[-1]):
        return False
    step, other = found[1] - found[0], found[2] - found[1]
    size = float(np.max(abs(step)))
    return size > 0 and bool(np.all(abs(step - other) <= SAME * size))


def _measure_left(trainer: Trainer, data: Data, **settings: Any) -> float:
    predictions = _try(trainer, data, **settings)
    return np.inf if predictions is None else _left(predictions, data)


def _left(predictions: Array, data: Data) -> float:
    y = data.known
    with np.errstate(all="ignore"):
        left = float(np.sum((predictions - y) ** 2) / np.sum(y**2))
    return left if np.isfinite(left) else np.inf


def _try(trainer: Trainer, data: Data, **settings: Any) -> Array | None:
    """Return the predictions after training; None if it cannot be trained so."""
    try:
        with quiet(), _clock.stopped():
            answer = flat(trainer.train(Data(*map(np.copy, data)), **settings))
    except Exception:  # noqa: BLE001 - it takes other data, or nothing
        return None
    if answer is None or answer.size != len(data.known):
        return None
    return np.ravel(answer).astype(float)


def _is_same(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None or a.shape != b.shape:
        return False
    return bool(np.all(abs(a - b) <= SAME * (1 + np.max(abs(a)))))


def _list_notes(trainer: Trainer, data: Data) -> Iterator[str]:
    """Yield what the result depends on, and should not."""
    plain = _try(trainer, data)
    if plain is None or not np.all(np.isfinite(plain)):
        return
    if not _is_same(plain, _try(trainer, data)):
        yield "a second run gives another result"
        return
    turned = _try(trainer, data._replace(x=data.x[::-1], y=data.y[::-1]))
    if turned is not None and not _is_same(plain, turned):
        yield "the result depends on the order of the rows: stochastic, or a mistake"
    x, y = (np.concatenate([each] * 2) for each in (data.x, data.y))
    copies = _try(trainer, data._replace(x=x, y=y))
    if copies is not None and not _is_same(plain, copies):
        yield "copies of the data change the result: a sum where a mean is meant?"
    scaled = _try(trainer, data._replace(y=2 * data.y))
    if scaled is not None and not _is_same(2 * plain, scaled):
        yield "twice the targets do not give twice the predictions"
    if trainer.twice is not None:
        again = _try(trainer._replace(train=trainer.twice), data)
        if again is not None and not _is_same(plain, again):
            yield "a second training goes on from the first: it remembers"


# --- scripts -------------------------------------------------------------------------


def judge_end(program: Program) -> Finding | None:
    """Say how far the weights of a script are from the minimum for its own data."""
    names = program.names
    found = {
        role: [
            (name, np.asarray(value, float))
            for name, value in names.items()
            if _roles.means(name, role) and _is_numbers(value)
        ]
        for role in ("x", "y", "w", "b")
    }
    if any(len(found[role]) != 1 for role in ("x", "y", "w")) or len(found["b"]) > 1:
        return None
    (_, x), (_, y), (name, w) = (found[role][0] for role in ("x", "y", "w"))
    if x.ndim not in (1, 2) or len(x) != y.size:
        return None
    columns = x.reshape(len(x), -1)
    if found["b"]:
        columns = np.column_stack([columns, np.ones(len(x))])
        w = np.append(w, found["b"][0][1])
    if np.size(w) != columns.shape[1]:
        return None
    best = np.linalg.lstsq(columns, np.ravel(y), rcond=None)[0]
    losses = [
        float(np.sum((columns @ np.ravel(v) - np.ravel(y)) ** 2))
        for v in (w, best, 0 * best)
    ]
    reached, least, start = losses
    left = (reached - least) / (start - least) if start > least else np.inf
    if left < REACHED:
        note = (
            f"only its end was seen: {name} is where the loss of its own data is least"
        )
        return Finding("training", "the script", "right", notes=(note,), examples=1)
    words = f"{name} ends where {left:.2g} of what it could gain is left"
    return Finding("training", "the script", "inconclusive", words)


def _is_numbers(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(
        value, int | float | list | np.ndarray | np.number
    ):
        return False
    try:
        return bool(np.all(np.isfinite(np.asarray(value, float))))
    except (TypeError, ValueError):
        return False
