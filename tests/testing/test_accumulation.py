"""check_accumulation: what weights the parts rightly passes, mistakes are named."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd.testing import GradientError, _clock, check_accumulation, conventions, exact
from refgd.testing.accumulation import _examples, run_ranks
from refgd.testing.accumulation._function import Form, UserFunction
from refgd.testing.accumulation._mistakes import list_mistakes
from refgd.testing.accumulation._runs import run
from refgd.testing.accumulation._verdict import Setting, judge

Accumulate = Callable[..., Any]


def grad(w: Any, x: Any, y: Any) -> Any:
    """Return the gradient of the sum of squares."""
    return 2 * np.dot(x.T, np.dot(x, w) - y)


def mean(w: Any, x: Any, y: Any) -> Any:
    return grad(w, x, y) / len(y)


def size(batches: Any) -> int:
    return sum(len(y) for _, y in batches)


def sums(w: Any, batches: Any) -> Any:
    return sum(grad(w, x, y) for x, y in batches)


def whole(w: Any, batches: Any) -> Any:
    return sums(w, batches) / size(batches)


def weighted(w: Any, batches: Any) -> Any:
    return sum(mean(w, *b) * Fraction(len(b[1]), size(batches)) for b in batches)


def running(w: Any, batches: Any) -> Iterator[Any]:
    total, n = 0 * w, 0
    for x, y in batches:
        total, n = total + grad(w, x, y), n + len(y)
        yield total / n


def concatenated(w: Any, batches: Any) -> Any:
    x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return mean(w, x, y)


def in_floats(w: float, batches: Any) -> Any:
    total, n = 0.0, 0
    for x, y in batches:
        total += 2.0 * float(np.mean(x * (w * x - y))) * len(y)
        n += len(y)
    return total / n


def drained(weights: Any, loader: Any) -> Any:
    total, n = 0 * weights, 0
    while True:
        try:
            x, y = next(loader)
        except StopIteration:
            return total / n
        total, n = total + grad(weights, x, y), n + len(y)


def of_tokens(w: Any, batches: Any) -> Any:
    total = sum((mask * 2 * x * (w * x - y)).sum() for x, y, mask in batches)
    return total / sum(mask.sum() for _, _, mask in batches)


def of_token_means(w: Any, batches: Any) -> Any:
    n = sum(mask.sum() for _, _, mask in batches)
    means = [(m.sum(), 2 * np.mean((x * (w * x - y))[m])) for x, y, m in batches]
    return sum(k * value for k, value in means) / n


def of_ranks(w: Any, x: Any, y: Any, all_reduce: Any) -> Any:
    return all_reduce(grad(w, x, y)) / all_reduce(len(y))


def of_a_pair(w: Any, x: Any, y: Any, *, all_reduce: Any) -> Any:
    total, n = all_reduce((grad(w, x, y), len(y)))
    return total / n


def of_scaled_ranks(w: Any, x: Any, y: Any, all_reduce: Any, world_size: int) -> Any:
    share = Fraction(len(y) * world_size, all_reduce(len(y)))
    return all_reduce(share * mean(w, x, y), "mean")


def of_scaled_batches(w: Any, batches: Any, all_reduce: Any, world_size: int) -> Any:
    n = all_reduce(sum(len(y) for _, y in batches))
    total = sum(2 * x.T @ (x @ w - y) for x, y in batches)
    return all_reduce(total * world_size / n, "mean")


def of_ranks_and_batches(w: Any, micro_batches: Any, all_mean: Any) -> Any:
    return all_mean(sums(w, micro_batches)) / all_mean(Fraction(size(micro_batches)))


def step_in_place(w: Any, batches: Any, lr: Any) -> None:
    w -= lr * np.asarray(whole(w, batches))


IN_FLOATS = ("in_floats", "first two", "float32", "float32 within")

RIGHT: dict[str, Accumulate] = {
    each.__name__: each
    for each in (
        *(whole, weighted, running, concatenated, in_floats, drained, of_tokens),
        *(
            of_token_means,
            of_ranks,
            of_a_pair,
            of_scaled_ranks,
            of_scaled_batches,
            of_ranks_and_batches,
        ),
    )
} | {
    "a step": lambda w, batches, lr: w - lr * whole(w, batches),
    "rate by name": lambda w, batches, lr=0.5: w - lr * whole(w, batches),
    "a change": lambda w, batches, lr: -lr * whole(w, batches),
    "in place": step_in_place,
    "first two": lambda w, batches: in_floats(w, [batch[:2] for batch in batches]),
    "elementwise": lambda w, x, y, all_reduce: (
        all_reduce(np.sum(2 * x * (w * x - y))) / all_reduce(len(y))
    ),
    "masks apart": lambda w, xs, ys, mask: of_tokens(
        w, [*zip(xs, ys, mask, strict=True)]
    ),
    "lists": lambda w, xs, ys: whole(w, [*zip(xs, ys, strict=True)]),
    "total": lambda w, batches, num_items_in_batch: (
        sums(w, batches) / num_items_in_batch
    ),
    "float32": lambda w, batches: np.float32(whole(w, batches)),
    "float32 within": lambda w, b: 3 * float(np.float32(whole(w, b) / 3)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_weighted_rightly_passes(name: str) -> None:
    report = check_accumulation(RIGHT[name], signature=_signature(RIGHT[name]))
    assert report.examples > 20
    assert any("shorter" in note for note in report.notes) == (
        name.startswith("float32")
    )
    assert (report.exact == 0) == (name in IN_FLOATS)


def step_in_loop(w: Any, batches: Any, lr: Any) -> Any:
    for x, y in batches:
        w = w - lr * mean(w, x, y)
    return w


def masked(rule: Callable[..., Any]) -> Accumulate:
    """Return the mean over batches of what a rule makes of residuals and mask."""
    return lambda w, batches: (
        sum(rule(2 * x * (w * x - y), mask) for x, y, mask in batches) / len(batches)
    )


def each_sample(terms: Any, mask: Any) -> Any:
    pairs = zip(terms, mask, strict=True)
    return sum(row[used].mean() for row, used in pairs) / len(terms)


def halved(w: Any, batches: Any) -> Any:
    value = mean(w, *batches[0])
    for batch in batches[1:]:
        value = (value + mean(w, *batch)) / 2
    return value


def drained_means(w: Any, loader: Any) -> Any:
    first = next(loader)
    means = [mean(w, *first), *(mean(w, *batch) for batch in loader)]
    return sum(means) / len(means)


WRONG: dict[str, Accumulate] = {
    "mean of means: every batch": lambda w, b: sum(mean(w, *p) for p in b) / len(b),
    "the means of the batches are added up": lambda w, b: sum(mean(w, *p) for p in b),
    "the sum over all samples is not divided": sums,
    "divided once more, by the number of batches": lambda w, b: whole(w, b) / len(b),
    "a mean of means, divided once more": lambda w, b: (
        sum(mean(w, *p) for p in b) / len(b) ** 2
    ),
    "divided once more, by the number of samples": lambda w, b: whole(w, b) / size(b),
    "divided by the number of batches, not of": lambda w, b: sums(w, b) / len(b),
    "the last batch is left out": lambda w, b: whole(w, b[:-1]),
    "the last batch is left out, but counted": lambda w, b: sums(w, b[:-1]) / size(b),
    "mean of means: every batch counts the same, however many s": drained_means,
    "the first batch is left out": lambda w, b: whole(w, b[1:]),
    "only the last batch counts": lambda w, b: mean(w, *b[-1]),
    "only the first batch counts": lambda w, b: mean(w, *b[0]),
    "only the last batch counts, divided by the number of b": lambda w, b: (
        mean(w, *b[-1]) / len(b)
    ),
    "batches smaller than the first": lambda w, b: whole(
        w, [p for p in b if len(p[1]) >= len(b[0][1])]
    ),
    "times the first one's size": lambda w, b: sums(w, b) / (len(b) * len(b[0][1])),
    "times the last one's size": lambda w, b: sums(w, b) / (len(b) * len(b[-1][1])),
    "times the largest one's size": lambda w, b: (
        sums(w, b) / (len(b) * max(len(y) for _, y in b))
    ),
    "divided by the largest batch's size": lambda w, b: (
        sums(w, b) / max(len(y) for _, y in b)
    ),
    "a running average": halved,
    "the sign is turned around": lambda w, b: -whole(w, b),
    "half the gradient": lambda w, b: whole(w, b) / 2,
    "3 times the gradient": lambda w, b: 3 * whole(w, b),
    "the means are added up and divided by 4": lambda w, b: (
        sum(mean(w, *p) for p in b) / 4
    ),
    "divided by 8, however many samples": lambda w, b: sums(w, b) / 8,
    "it takes a step after each batch": step_in_loop,
    "mean of means: every batch counts the same, however many token": masked(
        lambda terms, mask: terms[mask].mean()
    ),
    "mean of means: of each sample's tokens, then": masked(each_sample),
    "the padding is counted, in a mean of means": masked(lambda t, m: (t * m).mean()),
    "the padding is not masked, in a mean": masked(lambda terms, _: terms.mean()),
    "the padding is counted: divided by all": lambda w, b: (
        sum((m * 2 * x * (w * x - y)).sum() for x, y, m in b)
        / sum(m.size for *_, m in b)
    ),
    "mean of means: every sample counts the same": lambda w, b: (
        sum(each_sample(2 * x * (w * x - y), m) * len(m) for x, y, m in b)
        / sum(len(m) for *_, m in b)
    ),
    "weighted by their samples, not by their tokens": lambda w, b: (
        sum((2 * x * (w * x - y))[m].mean() * len(m) for x, y, m in b)
        / sum(len(m) for *_, m in b)
    ),
    "each rank keeps its own": lambda w, x, y, all_reduce: [
        g := mean(w, x, y),
        all_reduce(g),
    ][0],  # as if it worked in place
    "mean of means: every rank": lambda w, x, y, all_mean: all_mean(mean(w, x, y)),
    "the means of the ranks are": lambda w, x, y, all_reduce: all_reduce(mean(w, x, y)),
    "in each rank, mean of means: every batch counts the same, however many samples it "
    "has; then the ranks are added up": lambda w, batches, all_reduce: all_reduce(
        sum(mean(w, *b) for b in batches) / len(batches)
    ),
    "divided by the ranks times this one's own samples": (
        lambda w, x, y, all_reduce, world_size: (
            all_reduce(grad(w, x, y)) / (world_size * len(y))
        )
    ),
    "the odd batch at the end": lambda w, b: whole(w, b[: len(b) // 2 * 2]),
    "a rank ended without": lambda w, x, y, all_reduce, rank: (
        of_ranks(w, x, y, all_reduce) if rank == 0 else mean(w, x, y)
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_mistake_is_named(words: str) -> None:
    """And its counterexample can be pasted, unless ranks run it or it fails there."""
    function = WRONG[words]
    with pytest.raises(GradientError) as caught:
        check_accumulation(function, signature=_signature(function))
    assert words in str(caught.value.diagnosis)
    code = str(caught.value).partition("smallest counterexample:\n")[2]
    assert "expected" in code
    if not {"left", "ended", "odd"} & set(words.split()):
        _paste(function, [line.strip() for line in code.splitlines()])


def _paste(function: Accumulate, lines: list[str]) -> None:
    """Run a counterexample: it must give what it says that it gave."""
    namespace: dict[str, Any] = {function.__name__: function, "function": function}
    call, _, said = lines.pop().partition("  # expected ")
    exec("\n".join(lines), namespace)  # noqa: S102 - the kit's own words
    call = call.replace("<lambda>", "function")
    got = np.ravel(eval(call, namespace)).astype(float)  # noqa: S307 - as above
    expected, _, shown = said.partition(", got ")
    values = [np.ravel(eval(text)).astype(float) for text in (expected, shown)]  # noqa: S307 - numbers
    assert np.allclose(got, values[1], atol=0)
    assert not np.allclose(values[0], values[1])


def _signature(function: Accumulate) -> str | None:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return "w, batches" if names == ("w", "b") else None


def test_the_example_of_the_page_has_three_answers() -> None:
    """From w = 0, y = 2x: the whole, the mean of the batches' means, their sum."""
    example = _examples.make_examples("scalar", "")[0]
    batches = [batch[:2] for batch in example.batches]
    assert [len(y) for _, y in batches] == [4, 1]
    names = ("mean of means: every batch", "the means of the batches are added up")
    answers = [f(0, batches) for f in (whole, *(WRONG[name] for name in names))]
    assert answers == [-44, -65, -130]


def test_gradients_that_are_not_set_to_zero_are_seen() -> None:
    total: list[Any] = [0]

    def accumulate(w: Any, batches: Any) -> Any:
        total[0] = total[0] + whole(w, batches)
        return total[0]

    with pytest.raises(GradientError, match="the second time") as caught:
        check_accumulation(accumulate)
    assert "set to zero after each update" in str(caught.value.diagnosis)


def writes(w: Any, batches: Any) -> Any:
    answer = whole(w, batches)
    batches[0][1][:] = 0
    return answer


def test_writing_into_the_data_is_seen() -> None:
    with pytest.raises(GradientError, match="leaves its inputs alone"):
        check_accumulation(writes)


def test_a_batch_without_samples_is_no_fault_unless_it_counts() -> None:
    with_means = check_accumulation(weighted)
    assert with_means.notes == ("weighted has no number for an empty batch",)
    with pytest.raises(GradientError, match="wrong only where a batch is empty"):
        check_accumulation(
            lambda w, batches: (
                sums(w, batches) / sum(max(len(y), 1) for _, y in batches)
            )
        )


def stacked(w: Any, batches: Any) -> Any:
    x, y = (np.stack(parts) for parts in zip(*batches, strict=True))
    return np.mean(2 * x * (w * x - y))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (stacked, "it runs on every data set"),
        (lambda w, batches: np.nan * sums(w, batches), "finite where the exact value"),
        (lambda w, batches: 0 * sums(w, batches), "expected -?[0-9].*, got 0"),
        (
            lambda w, batches: sum(x.T @ (x @ w - y) for x, y in batches),
            r"w = .*\[1.0\]",
        ),
    ],
    ids=["stacked", "nan", "zero", "columns"],
)
def test_what_has_no_name_is_shown(function: Accumulate, words: str) -> None:
    with pytest.raises(GradientError, match=words):
        check_accumulation(function)


def test_where_it_is_right_all_the_same_is_named() -> None:
    name = "mean of means: every batch"
    with pytest.raises(GradientError, match="only where all have the same size"):
        check_accumulation(WRONG[name], signature="w, batches")
    name = "the means of the batches are added up"
    with pytest.raises(GradientError, match="only where there is one"):
        check_accumulation(WRONG[name], signature="w, batches")


@pytest.mark.parametrize(
    ("convention", "factor"),
    [("half_mse", Fraction(1, 2)), ("sse", 1), ("half_sse", Fraction(1, 2))],
)
def test_each_convention_has_its_own_whole(convention: str, factor: Any) -> None:
    total = sums if "sse" in convention else whole
    check_accumulation(
        lambda w, batches: factor * total(w, batches), convention=convention
    )
    with pytest.raises(GradientError) as caught:
        check_accumulation(lambda w, batches: factor * weighted(w, batches) / 3)
    assert "times the gradient" in str(caught.value.diagnosis)


def test_a_mean_for_a_sum_is_named() -> None:
    with pytest.raises(GradientError, match="a mean over all samples where the sum"):
        check_accumulation(whole, convention="sse")


def test_a_change_is_told_from_a_weight() -> None:
    def change(w: Any, batches: Any, lr: Any) -> Any:
        return -lr * whole(w, batches)

    report = check_accumulation(change)
    assert report.notes == ("change returns the change of w, −lr · gradient",)
    assert check_accumulation(change, returns="change").notes == ()
    with pytest.raises(GradientError):
        check_accumulation(change, returns="weight")


def test_batches_of_ones_own_are_tried_besides() -> None:
    def from_the_fourth(w: Any, batches: Any) -> Any:
        return whole(w, batches) + any(np.max(x, initial=0) > 50 for x, _ in batches)

    assert check_accumulation(from_the_fourth).examples > 20
    with pytest.raises(GradientError):
        check_accumulation(from_the_fourth, [([0.1, 60.0], [1, 2]), ([3.0], [4])])
    more = check_accumulation(of_tokens, [([[1, 2]], [[3, 4]], [[True, False]])])
    assert more.examples > check_accumulation(of_tokens).examples
    own = [(np.ones((2, 2)), np.ones(2)), (np.ones((1, 2)), np.zeros(1))]
    assert check_accumulation(of_ranks, own).examples > 20


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "at least one batch"),
        ([([1, 2], [1])], "of one length"),
        ([([1], [1]), ([[1]], [1])], "the same columns"),
    ],
)
def test_data_that_are_no_batches_are_refused(data: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_accumulation(whole, data)


def test_data_that_it_cannot_take_are_told() -> None:
    with pytest.raises(TypeError, match=r"cannot be called with data: .* mask"):
        check_accumulation(whole, [([[1, 2]], [[3, 4]], [[True, False]])])


def no_w(batches: Any) -> Any:
    return whole(globals()["w"], batches)


def test_a_global_w_is_set() -> None:
    with pytest.raises(TypeError, match="there is no global w"):
        check_accumulation(no_w)
    globals()["w"] = 7
    try:
        assert check_accumulation(no_w).examples > 20
        assert globals()["w"] == 7
    finally:
        del globals()["w"]


@pytest.mark.parametrize(
    ("function", "options", "error", "words"),
    [
        (lambda u, v: u + v, {}, TypeError, "which parameter is w, batches"),
        (lambda: 0, {}, TypeError, "which parameter is w, batches"),
        (lambda w, x, y: w + x + y, {}, TypeError, "must take batches; or x and y"),
        (max, {}, TypeError, "which parameter is w, batches"),
        (whole, {"signature": "w, wrong"}, ValueError, "signature must name batches"),
        (whole, {"signature": "w, w"}, ValueError, "once each"),
        (whole, {"returns": "nothing"}, ValueError, "returns"),
        (whole, {"returns": "weight"}, ValueError, "needs a parameter lr"),
        (whole, {"convention": "mae"}, ValueError, "convention"),
        (whole, {"max_seconds": 0}, ValueError, "max_seconds must be above 0"),
        (lambda w, batches: w.nothing(batches), {}, TypeError, "could not be called"),
        (lambda w, batches: None, {}, TypeError, "got no numbers"),  # noqa: ARG005 - so it is
    ],
)
def test_what_cannot_be_checked_is_refused(
    function: Accumulate, options: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        check_accumulation(function, **options)


def test_a_function_that_does_not_tell_is_called_by_place() -> None:
    class Silent:
        __signature__ = None

        def __call__(self, *values: Any) -> Any:
            return whole(*values)

    assert check_accumulation(Silent(), signature="w, batches").examples > 20


def test_time_that_does_not_suffice_is_no_verdict(monkeypatch: Any) -> None:
    monkeypatch.setattr(_clock, "ENABLED", True)
    with pytest.raises(TimeoutError, match="before there was a verdict"):
        check_accumulation(whole, max_seconds=1e-9)


def test_ranks_add_and_average() -> None:
    def call(rank: int, all_reduce: Any) -> Any:
        pair = all_reduce([rank, np.array([1.0, rank])])
        return pair[0], pair[1].tolist(), all_reduce(rank, op="mean")

    assert run_ranks(call, 3) == [(3, [3.0, 3.0], 1.0)] * 3
    with pytest.raises(ValueError, match="all_reduce knows sum, mean"):
        run_ranks(lambda _, all_reduce: all_reduce(1, "max"), 1)
    with pytest.raises(RuntimeError, match="a rank ended without"):
        run_ranks(lambda rank, all_reduce: rank or all_reduce(1), 2)
    with pytest.raises(ZeroDivisionError):  # the cause, not that the others wait
        run_ranks(lambda rank, all_reduce: all_reduce(1 / rank), 2)


def test_tensors_are_taken() -> None:
    torch = pytest.importorskip("torch", reason="needs refgd[frameworks]")

    def right(w: Any, batches: Any) -> Any:
        for x, y in batches:
            (((w * x - y) ** 2).sum() / size(batches)).backward()
        return w.grad

    def wrong(w: Any, batches: Any) -> Any:
        weight = torch.tensor(float(w), requires_grad=True)
        for x, y in batches:
            xs, ys = (torch.tensor(np.asarray(a, np.float32)) for a in (x, y))
            (((weight * xs - ys) ** 2).mean() / len(batches)).backward()
        return weight.grad.item()

    def twice(w: Any, batches: Any) -> Any:
        return 2 * right(w, batches)

    report = check_accumulation(right)
    assert report.exact == 0
    with pytest.raises(GradientError, match=r"torch\.tensor") as caught:
        check_accumulation(twice)
    assert caught.value.diagnosis == "twice the gradient"
    with pytest.raises(GradientError, match="every batch counts the same"):
        check_accumulation(wrong)


def test_a_verdict_needs_no_diagnosis(monkeypatch: Any) -> None:
    monkeypatch.setattr(_clock, "unless_late", lambda _, late: late)
    with pytest.raises(GradientError, match="since time ran out") as caught:
        check_accumulation(sums)
    assert caught.value.diagnosis is None


NUMBERS = st.one_of(
    st.fractions(-50, 50, max_denominator=12),
    st.floats(-1e6, 1e6, allow_subnormal=False),
)
SAMPLES = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6)


def split(rows: list[Any]) -> Any:
    return tuple(exact.fractions(list(column)) for column in zip(*rows, strict=True))


@given(batches=st.lists(SAMPLES, min_size=1, max_size=5), w=NUMBERS)
def test_the_whole_is_the_weighted_mean_of_its_parts(batches: Any, w: Any) -> None:
    """∇L = Σ (n_b/N) ∇L_b; the mean of means is off by Σ (1/K − n_b/N) ∇L_b."""
    w, parts = exact.fractions(w), [split(rows) for rows in batches]
    k, n = len(parts), size(parts)
    gradient = concatenated(w, parts)
    means = [(mean(w, *part), Fraction(len(part[1]), n)) for part in parts]
    assert gradient == sum(share * g for g, share in means)
    off = sum(g for g, _ in means) / k - gradient
    assert off == sum((Fraction(1, k) - share) * g for g, share in means)


def fused(w: Any, batches: Any) -> Any:
    """Add the largest terms first, whatever batch they are of."""
    terms = [t for x, y in batches for t in 2 * x * (w * x - y) / size(batches)]
    return sum(sorted(terms, key=abs, reverse=True))


DRAWN = [whole, weighted, running, concatenated, in_floats, fused]


@given(
    function=st.sampled_from(DRAWN),
    kind=st.sampled_from(["fractions", "float64", "float32"]),
    batches=st.lists(SAMPLES, min_size=1, max_size=4),
    i=st.integers(0, 2),
)
def test_what_is_weighted_rightly_is_never_wrong(
    function: Accumulate, kind: str, batches: Any, i: int
) -> None:
    """In any order of summation, on any numbers."""
    user = UserFunction(function, None)
    setting = Setting(conventions.get("mse"), "gradient")
    held = np.float32 if kind == "float32" else np.float64
    data = [tuple(held(column.astype(float)) for column in split(b)) for b in batches]
    example = _examples.read_data(data, "")[i * (1 + len(data))]
    assert judge(run(user, example, Form(kind)), setting) == ""


@given(
    batches=st.lists(SAMPLES, min_size=1, max_size=5),
    factor=st.fractions(-4, 4, max_denominator=64).filter(lambda q: q != 1),
)
def test_a_factor_is_never_right(batches: Any, factor: Fraction) -> None:
    """But where the gradient is 0."""
    user = UserFunction(lambda w, batches: factor * whole(w, batches), None)
    setting = Setting(conventions.get("mse"), "gradient")
    example = _examples.read_data(map(split, batches), "")[0]
    is_zero = setting.expect(example)[0][0] == 0
    said = judge(run(user, example, Form("fractions")), setting)
    assert said == ("" if is_zero else "value")


@pytest.mark.parametrize("ranked", ["", "x"])
@pytest.mark.parametrize("kind", ["scalar", "tokens"])
@pytest.mark.parametrize("mean", [True, False])
def test_the_examples_tell_every_two_mistakes_apart(
    ranked: str, kind: str, mean: bool
) -> None:
    usual = [e for e in _examples.make_examples(kind, ranked) if e.usual]

    def answers(predict: Any) -> Any:
        for example in usual:
            try:
                yield tuple(predict(example))
            except (IndexError, ZeroDivisionError):
                yield None

    listed = list_mistakes(mean=mean, ranked=ranked, tokens=kind == "tokens")
    words: dict[Any, list[str]] = {}
    for said, predict in listed:
        words.setdefault(tuple(answers(predict)), []).append(said)
    assert [said for said in words.values() if len(said) > 1] == []
    right = Setting(conventions.get("mse" if mean else "sse"), "gradient")
    assert (
        tuple(tuple(value / 2 for value in map(np.max, right.expect(e))) for e in usual)
        not in words
    )
