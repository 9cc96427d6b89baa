"""Hold a function that accumulates gradients against the gradient of the whole."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from refgd import _checks
from refgd.testing import _clock, conventions
from refgd.testing.accumulation import _examples, _explain
from refgd.testing.accumulation._function import UserFunction
from refgd.testing.accumulation._runs import DATA, Run, run_all
from refgd.testing.accumulation._verdict import RETURNS, Setting, judge
from refgd.testing.conventions import Convention
from refgd.testing.gradient import GradientError, Report, _report

#: What is meant, by what is returned.
MEANT = {
    "gradient": "it is {}",
    "weight": "it is w − lr · {}",
    "change": "it is −lr · {}",
}


def check_accumulation(  # noqa: PLR0913 - each keyword is one thing the user may state
    accumulate: Callable[..., Any],
    data: Iterable[Any] | None = None,
    *,
    convention: str = "mse",
    returns: str | None = None,
    signature: str | None = None,
    max_seconds: float | None = _clock.MAX_SECONDS,
) -> Report:
    r"""Check that gradients of parts become the gradient of the whole.

    **Definition**
    $$\nabla L(w) = \frac2N \sum_b \sum_{i \in b} x_i (x_i \cdot w - y_i)
      \;\ne\; \frac1K \sum_b \nabla L_b(w)$$

    N is the number of all samples, or of all tokens that are not padding, and K that
    of the batches; the two sides are equal where all batches have the same size. The
    parts are of unequal size, so that every way to weight them gives another answer.
    Numbers are compared as `check_gradient` does: Fractions by ``==``, floats within a
    derived bound.

    Args:
        accumulate: ``accumulate(w, batches)``, where batches is a list of (x, y), or of
            (x, y, mask) with True where a token counts. With a parameter lr it returns
            the new weight. With all_reduce (the sum over the ranks), all_mean, rank or
            world_size it is what each rank runs, on its ``x, y`` or its ``batches``.
            The parameters are told by their usual names, in any order; also known are
            xs and ys, mask, accumulation_steps and num_items_in_batch.
        data: Batches of your own, (x, y) or (x, y, mask), tried besides.
        convention: "mse", "half_mse", "sse" or "half_sse".
        returns: "gradient", "weight" (w − lr · gradient) or "change" (−lr · gradient);
            None: the gradient, but with lr the weight or the change.
        signature: The roles of the parameters in order, such as "w, batches" or
            "w, x, y, all_reduce", where their names do not tell.
        max_seconds: How long the check may take beside what your own calls take; None
            for no limit.

    Returns:
        What was checked.

    Raises:
        GradientError: If it is not the gradient of the whole. Its text is the
            diagnosis, with a small counterexample.
        TypeError: If it cannot be called, or its parameters cannot be told apart.
        TimeoutError: If time ran out before there was a verdict: nothing is known.
        ValueError: If an option or a batch of data is not one.

    Example:
        >>> import numpy as np
        >>> from refgd.testing import check_accumulation
        >>> def accumulate(w, batches):
        ...     means = [np.mean(2 * x * (w * x - y)) for x, y in batches]
        ...     return sum(means) / len(means)
        >>> try:
        ...     check_accumulation(accumulate)
        ... except AssertionError as error:
        ...     print(error.diagnosis.partition(":")[0])
        mean of means
    """
    user = UserFunction(accumulate, signature)
    if returns is not None:
        _checks.choice("returns", returns, tuple(RETURNS))
    if returns in ("weight", "change") and "lr" not in user.roles:
        msg = f"returns={returns!r} needs a parameter lr, got {', '.join(user.roles)}"
        raise ValueError(msg)
    _clock.check_seconds(max_seconds)
    stated = conventions.get(convention)
    own = [] if data is None else _examples.read_data(data, user.ranked)
    with _clock.limited(max_seconds):
        try:
            found = run_all(user, own)
        except _clock.OutOfTimeError:
            msg = f"{user.name}: time ran out before there was a verdict"
            raise TimeoutError(msg) from None
        settings = _list_settings(user, stated, returns)
        for setting in settings:
            if not any(_list_wrong(setting, runs) for runs in found.values()):
                return _make_report(user, setting, found, named=returns is not None)
        raise _make_error(user, settings, found)


def _list_settings(
    user: UserFunction, stated: Convention, returns: str | None
) -> list[Setting]:
    """List what may be meant: by what it returns, in all the digits or in float32."""
    by_role = ["weight", "change"] if "lr" in user.roles else ["gradient"]
    meant = by_role if returns is None else [returns]
    return [Setting(stated, each, s) for s in (False, True) for each in meant]


def _list_wrong(setting: Setting, runs: Sequence[Run]) -> list[Run]:
    """List the wrong answers; that empty batches are refused is not wrong."""
    refused = ("raised", "nan", "hang")
    failures = ((r, judge(r, setting)) for r in runs)
    return [r for r, f in failures if f and (r.example.usual or f not in refused)]


def _make_report(
    user: UserFunction,
    setting: Setting,
    found: Mapping[str, Sequence[Run]],
    *,
    named: bool,
) -> Report:
    runs = [each for kind in found.values() for each in kind]
    right = [each for each in runs if not judge(each, setting)]
    exact = sum(_is_exact(setting, each) for each in right)
    notes = []
    if len(right) < len(runs):
        notes.append(f"{user.name} has no number for an empty batch")
    if setting.returns == "change" and not named:
        notes.append(f"{user.name} returns the change of w, −lr · gradient")
    if setting.short or any(map(_is_short, right)):
        notes.append(f"{user.name} computes in a shorter kind of number than its data")
    return Report(
        (user.name,),
        tuple(DATA[name] for name in found),
        len(right),
        exact,
        setting.convention.name,
        tuple(notes),
    )


def _is_exact(setting: Setting, each: Run) -> bool:
    return all(np.all(setting.tolerate(each, a) == 0) for a in each.answers[0])


def _is_short(each: Run) -> bool:
    """Whether answers to float64 have fewer digits."""
    kinds = [a.dtype for a in each.answers[0] if a.dtype.kind == "f"]
    wide = each.form.kind in ("float64", "tensor")
    return wide and any(np.finfo(k).eps > np.finfo("f8").eps for k in kinds)


def _make_error(
    user: UserFunction, settings: Sequence[Setting], found: Mapping[str, Sequence[Run]]
) -> GradientError:
    """Explain what is wrong, as what comes nearest to what may be meant."""
    late: str | None = _report.NOT_LOOKED_FOR
    told = []
    for setting in settings:
        wrong = [(runs, _list_wrong(setting, runs)) for runs in found.values()]
        runs, bad = next((runs, bad) for runs, bad in wrong if bad)
        name_it = functools.partial(_explain.diagnose, user, setting, bad, runs)
        told.append((_clock.unless_late(name_it, late), setting, runs, bad))
    said, setting, runs, bad = next((each for each in told if each[0]), told[0])
    worst = _explain.find_smallest(user, setting, bad)
    of_all = f"the gradient of {setting.convention.words}, over all batches at once"
    whole = MEANT[setting.returns].format(of_all)
    broken = _explain.BROKEN.get(judge(worst, setting), whole)
    failure = _report.Failure(
        user.name,
        f"{broken} (fails on {len(bad)} of {len(runs)} examples)",
        said,
        worst.detail,
        _explain.write_code(user, setting, worst),
    )
    return GradientError(failure.write(), None if said is late else said)
