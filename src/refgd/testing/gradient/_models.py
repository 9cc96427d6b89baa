"""Which kinds of model a function takes: it is tried, where n and d differ."""

from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing.gradient._examples import FLAT, Example, Model
from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._verdict import Trial, attempt

#: Shapes (n, d) of the trials: a program for another kind of model fails on one.
SHAPES = ((5, 3), (4, 2), (7, 4))

#: A program without its transpose runs here alone.
SQUARE = (3, 3)

#: What tells that a program is not made for a kind of model.
FOREIGN = ("raised", "shape")


def models(
    question: Question, kinds: dict[str, Model] = FLAT
) -> tuple[dict[str, list[Trial]], dict[str, Trial]]:
    """Return the kinds it takes, with their trials; and what the others gave."""
    taken: dict[str, list[Trial]] = {}
    refused: dict[str, Trial] = {}
    for name, model in _asked(question, kinds).items():
        asked = [_trial(question, model, n, d) for n, d in SHAPES]
        trials = [trial for trial in asked if trial is not None]
        if len(trials) < len(asked):  # what it should return here is not known
            continue
        foreign = [trial for trial in trials if trial.problem in FOREIGN]
        apart = model.weights is not None
        apart = apart and all(_one_by_one(question, trial) for trial in trials)
        if foreign or apart:
            refused[name] = foreign[0] if foreign else trials[0]
        else:
            taken[name] = trials
    return taken, refused


def _asked(question: Question, kinds: dict[str, Model]) -> dict[str, Model]:
    """Leave out the kinds that are all one to a loss of predictions."""
    if question.what != "loss" or question.subject.takes_weights:
        return kinds
    return dict([next(iter(kinds.items()))])


def _trial(question: Question, model: Model, n: int, d: int) -> Trial | None:
    generator = np.random.default_rng(n)
    model = model._replace(d=model.d and d)
    x = generator.normal(size=n if model.d is None else (n, d))
    y, w = generator.normal(size=n), generator.normal(size=model.weights)
    example = Example(x, y, np.asarray(w)[()], model.intercept, model.column)
    trial = attempt(question, example)
    truth = question.truth(example)
    if trial is None and truth is not None:  # its kind of number is too short
        return Trial(example, truth, np.zeros_like(truth))
    return trial


def _one_by_one(question: Question, trial: Trial) -> bool:
    """Whether each entry of w was a problem of one weight: it is made for one."""
    e, got = trial.example, trial.got
    if question.what != "gradient" or got is None or trial.right:
        return False
    if (e.intercept and e.x.ndim > 1) or e.column:
        return False
    columns = e.x.T if e.x.ndim > 1 else [e.x] * len(got)
    alone: list[Any] = [
        question.truth(Example(x.copy(), e.y, w))
        for x, w in zip(columns, np.atleast_1d(e.w), strict=True)
    ]
    if any(each is None for each in alone):
        return False
    return bool(np.all(abs(got - np.concatenate(alone)) <= abs(got) * NEAR))


#: Rounding in these few small examples is far below, and chance agreement far above.
NEAR = Fraction(1, 2**20)


def untransposed(question: Question) -> Trial | None:
    """Return a trial that tells of a missing transpose: x · r, and only for n = d."""
    if question.what != "gradient":
        return None
    trial = _trial(question, FLAT["vector"], *SQUARE)
    if trial is None or trial.got is None or trial.right:
        return None
    e = trial.example
    r = e.from_weights[0] if question.subject.takes_weights else e.from_predictions[0]
    x = np.dot(e.rows, r) * Fraction(1, e.whole.unit**2)
    # c·x·r, whatever the convention's c is
    return trial if np.all(abs(trial.got * x[0] - x * trial.got[0]) < NEAR) else None
