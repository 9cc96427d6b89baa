"""What is said of a function that puts parts together wrongly."""

import functools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing import _clock
from refgd.testing._answers import flat
from refgd.testing.accumulation._examples import (
    RATE,
    Batch,
    Example,
    cost_of_number,
    measure,
    simplify,
)
from refgd.testing.accumulation._function import Form, UserFunction
from refgd.testing.accumulation._mistakes import (
    Prediction,
    list_constants,
    list_mistakes,
)
from refgd.testing.accumulation._runs import Run, run
from refgd.testing.accumulation._verdict import Setting, first_entry, judge
from refgd.testing.gradient import _report

#: One entry more counts as much as several more digits.
ENTRY = 50.0

MEMORY = (
    "it remembers an earlier call: are the gradients set to zero after each update?"
)

BROKEN = _report.BROKEN | {
    "shape": "it returns a number for each entry of w",
    "hang": "every rank calls all_reduce as often as the others",
}


def diagnose(
    user: UserFunction, setting: Setting, wrong: Sequence[Run], runs: Sequence[Run]
) -> str | None:
    """Return the mistake that predicts every answer, in words; None if none does."""
    failures = {judge(each, setting) for each in wrong}
    if "memory" in failures:
        return MEMORY
    for failure in ("hang", "input"):
        if failure in failures:
            return next(r.detail for r in wrong if r.failure == failure)
    usual = [r for r in runs if r.example.usual]
    if not any(r in usual for r in wrong):
        return "wrong only where a batch is empty"
    told = [r for r in usual if not r.failure]
    if not told:
        return None
    for words, predict in _list_hypotheses(user, setting, told):
        _clock.look()
        if all(setting.explains(r, predict) for r in usual):
            return words + _name_condition(wrong, usual)
    return None


def _list_hypotheses(
    user: UserFunction, setting: Setting, told: Sequence[Run]
) -> Iterator[tuple[str, Prediction]]:
    tokens = told[0].example.batches[0].mask is not None
    mean = setting.convention.mean
    yield from list_mistakes(mean=mean, ranked=user.ranked, tokens=tokens)
    if setting.returns != "gradient" and not user.ranked:
        yield (
            "it takes a step after each batch, with the weight that it has then",
            _stepping(setting),
        )
    first = told[0]
    yield from list_constants(first.example, first_entry(first, setting), user.ranked)


def _stepping(setting: Setting) -> Prediction:
    """Predict what is left of w after a step for each batch, as one gradient."""
    rate = RATE * setting.convention.grad(1)

    def predict(example: Example) -> list[Any]:
        w = example.w
        for batch in example.batches:
            part = measure(w, batch)
            w = w - rate * part.total / part.counted
        return [(example.w - w) / rate]

    return predict


def _name_condition(wrong: Sequence[Run], usual: Sequence[Run]) -> str:
    """Name the data for which it is right all the same."""
    several = [r for r in usual if len(r.example.batches) > 1]
    even = [r for r in several if r.example.even]
    bad = [id(r) for r in wrong]
    if even and not any(id(r) in bad for r in even):
        return " (right only where all have the same size)"
    alone = [r for r in usual if len(r.example.batches) == 1]
    if alone and not any(id(r) in bad for r in alone):
        return " (right only where there is one)"
    return ""


def find_smallest(user: UserFunction, setting: Setting, wrong: Sequence[Run]) -> Run:
    """Return a small run that shows a mistake: the smallest found in time."""
    wrong = [r for r in wrong if r.example.usual] or list(wrong)
    best = min(wrong, key=_cost)
    failure = judge(best, setting)
    if failure == "memory":
        return best
    improved = True
    while improved:
        improved = False
        for candidate in simplify(best.example):
            if _cost_of(candidate) >= _cost_of(best.example) or not _is_data(candidate):
                continue
            again = functools.partial(run, user, candidate, best.form)
            new = _clock.unless_late(again, None)
            if new is None:
                return best
            as_usual = candidate.usual >= best.example.usual
            if as_usual and judge(new, setting) == failure:
                best, improved = new, True
                break
    return best


def _is_data(example: Example) -> bool:
    """Whether there is anything to average."""
    return any(batch.counted for batch in example.batches)


def _cost(each: Run) -> tuple[float, int]:
    order = ("float64", "fractions", "float32", "tensor")
    return _cost_of(each.example), order.index(each.form.kind)


def _cost_of(example: Example) -> float:
    return sum(ENTRY + cost_of_number(q) for q in example.entries)


def write_code(user: UserFunction, setting: Setting, worst: Run) -> list[str]:
    """Write an example as Python, and what was expected and returned."""
    e, form = worst.example, worst.form
    exact = form.kind == "fractions"
    lines = ["import numpy as np"] + ["from fractions import Fraction"] * exact
    lines += ["import torch"] * (form.kind == "tensor")
    write = functools.partial(_write_value, form=form)
    lines.append(f"w = {write(e.w)}")
    if "lr" in user.roles:
        lines.append(f"lr = {RATE!r}" if exact else f"lr = {float(RATE)}")
    per_rank = [
        {r: _write_role(r, rank, write, form) for r in user.roles if r in PARTS}
        for rank in e.ranks
    ]
    rename = {"n_ranks": str(len(e.ranks)), "n_batches": str(len(e.ranks[0]))}
    rename["n_items"] = str(sum(b.counted for b in e.batches))
    rename["all_mean"] = 'lambda value: all_reduce(value, "mean")'
    for role in per_rank[0]:
        values = [each[role] for each in per_rank]
        if user.ranked:
            rename[role] = f"{role}[rank]"
            lines.append(f"{role} = [{', '.join(values)}]  # of each rank")
        else:
            lines.append(f"{role} = {values[0]}")
    call = user.write_call(rename)
    if user.ranked:
        lines.insert(1, "from refgd.testing.accumulation import run_ranks")
        call = f"run_ranks(lambda rank, all_reduce: {call}, {len(e.ranks)})"
    got = _write_got(worst, many=bool(user.ranked))
    expected = _write_numbers(setting.expect(e)[0])
    if user.ranked:
        expected = f"[{', '.join([expected] * len(e.ranks))}]"
    again = ", the second time" if judge(worst, setting) == "memory" else ""
    return [*lines, f"{call}  # expected {expected}, {got}{again}"]


PARTS = ("batches", "xs", "ys", "x", "y", "mask")


def _write_role(role: str, rank: Sequence[Batch], write: Any, form: Form) -> str:
    field = {"xs": "x", "ys": "y"}.get(role, role)
    if role == "batches":
        pairs = [", ".join(write(a) for a in b if a is not None) for b in rank]
        values = [f"({pair})" for pair in pairs]
    else:
        values = [write(getattr(batch, field)) for batch in rank]
    if role in ("x", "y"):
        return values[0]
    listed = f"[{', '.join(values)}]"
    return listed if form.as_list or role == "mask" else f"iter({listed})"


def _write_value(value: Any, form: Form) -> str:
    entries = np.asarray(value)
    if entries.dtype != bool and form.kind != "fractions":
        entries = entries.astype(float)
    if form.kind == "tensor":
        last = ", requires_grad=True" if not entries.ndim else ""
        kind = "" if entries.dtype == bool else ", dtype=torch.float64"
        return f"torch.tensor({entries.tolist()!r}{kind}{last})"
    if not entries.ndim:
        return repr(entries.tolist())
    suffix = (
        ", dtype=np.float32" if form.kind == "float32" and entries.dtype != bool else ""
    )
    return f"np.array({entries.tolist()!r}{suffix})"


def _write_got(worst: Run, *, many: bool) -> str:
    if worst.failure in ("raised", "hang"):
        return worst.detail
    answers = worst.answers[-1] if worst.answers else [flat(a) for a in worst.raw]
    texts = [
        repr(r) if a is None else _write_numbers(a)
        for a, r in zip(answers, worst.raw, strict=True)
    ]
    return f"got [{', '.join(texts)}]" if many else f"got {texts[0]}"


def _write_numbers(values: Any) -> str:
    texts = [_write_number(value) for value in np.ravel(values)]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _write_number(value: Any) -> str:
    if isinstance(value, Fraction) and len(str(value)) <= 12:  # noqa: PLR2004 - as in cli
        return str(value)
    text = repr(float(value))
    return text.removesuffix(".0")
