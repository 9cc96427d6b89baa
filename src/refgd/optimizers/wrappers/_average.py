r"""Averages of the weights: around any optimizer, beside its own or in their place."""

from typing import Any, NamedTuple

from refgd import _checks
from refgd._types import Number, Scalar, Weights
from refgd.optimizers._arithmetic import complement, correction
from refgd.optimizers._protocol import Optimizer, Step, rule

STARTS = ("zero", "first", "initial")


class WeightAverageState(NamedTuple):
    """The steps taken, the average, and the state of the optimizer inside."""

    t: int
    average: Weights
    inner: Any


@rule
def weight_ema(
    optimizer: Optimizer,
    beta: Number = 0.999,
    *,
    start: str = "zero",
    every: int | None = None,
    per_step: int = 1,
) -> Optimizer:
    r"""Keep an exponential moving average of the weights.

    **Definition**, with w_t the weights after the optimizer's own step t
    $$a_t = a_{t-1} + \frac{1 - \beta}{1 - \beta^t} (w_t - a_{t-1})$$

    which is the average β a + (1 − β) w from a_0 = 0, over 1 − βᵗ: the paper's. What
    one would use in the end is the average, which is in the state; the optimizer goes
    on from w.

    - start: "first" has a_1 = w_1, and "initial" a_0 = w_0; after that 1 − β is the
      share of w in each step.
    - every: after every so many steps w becomes the average.

    The frameworks: torch's AveragedModel with get_ema_avg_fn and Keras's use_ema have
    "first"; copies of a model that are made before it is trained, "initial";
    optax.ema, of the weights, the default. Keras's ema_overwrite_frequency is `every`.

    Args:
        optimizer: The optimizer inside.
        beta: The share β of the average that is kept, in [0, 1).
        start: "zero", "first" or "initial".
        every: After how many steps w becomes the average; None for never.
        per_step: How many gradients count as one step for `start` and `every`: Keras
            averages at each gradient even where its steps take several.

    Returns:
        The optimizer. Exact on Fractions where the one inside is.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import sgd, weight_ema
        >>> optimizer = weight_ema(sgd(1), 0.5)
        >>> state = optimizer.init(0.0)
        >>> w, state = optimizer.update(0.0, -3.0, state)
        >>> w, state = optimizer.update(w, -3.0, state)
        >>> float(w), float(state.average)  # (½·½·3 + ½·6) / ¾
        (6.0, 5.0)

    References:
        D. P. Kingma, J. Ba, Adam (ICLR 2015), arXiv:1412.6980, section 7.2; not read
        itself.
    """
    _checks.below_one(beta=beta)
    _checks.choice("start", start, STARTS)
    if every is not None:
        _checks.count("every", every, least=1)
    _checks.count("per_step", per_step, least=1)

    def share(t: int, w: Weights) -> Scalar:
        if start == "first" and t < per_step:
            return _checks.in_kind_of(w, 1)
        kept = complement(beta, w)
        return kept / correction(beta, t + 1, w) if start == "zero" else kept

    def update(w: Weights, dw: Weights, state: WeightAverageState) -> Step:
        w, inner = optimizer.update(w, dw, state.inner)
        average = state.average + share(state.t, w) * (w - state.average)
        if every is not None and (state.t // per_step + 1) % every == 0:
            w = average
        return w, WeightAverageState(state.t + 1, average, inner)

    return Optimizer(lambda w: _begin(optimizer, w), update)


@rule
def weight_average(
    optimizer: Optimizer, *, start: int = 1, every: int = 1
) -> Optimizer:
    r"""Keep the mean of the weights.

    **Definition**, with w_t the weights after the optimizer's own step t
    $$a_t = \frac{1}{n_t} \sum_{k < n_t} w_{b + c k}, \qquad
      n_t = \lfloor (t - b) / c \rfloor + 1$$

    Polyak's average has b = c = 1: all weights but those before the first step. Before
    t = b the average is w itself. It is in the state; the optimizer goes on from w.

    The frameworks: torch's AveragedModel, updated after each step, is the default; if
    after every c steps from step b on, it is SWA. torch's ASGD has its own in `asgd`.

    Args:
        optimizer: The optimizer inside.
        start: The first step b whose weights count; with 0, those before the first too.
        every: Every how many steps c the weights count.

    Returns:
        The optimizer. Exact on Fractions where the one inside is.

    Raises:
        TypeError: If an argument is not a whole number.
        ValueError: If start is below 0 or every below 1.

    Example:
        >>> from refgd.optimizers import sgd, weight_average
        >>> optimizer = weight_average(sgd(1))
        >>> w, state = optimizer.update(0.0, -3.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, -3.0, state)
        >>> float(w), float(state.average)  # (3 + 6) / 2
        (6.0, 4.5)

    References:
        B. Polyak, A. Juditsky, SIAM J. Control Optim. 30 (1992) 838; P. Izmailov et
        al., Averaging Weights Leads to Wider Optima and Better Generalization (UAI
        2018), arXiv:1803.05407, algorithm 1. Neither read itself: as torch has it.
    """
    _checks.count("start", start)
    _checks.count("every", every, least=1)

    def update(w: Weights, dw: Weights, state: WeightAverageState) -> Step:
        w, inner = optimizer.update(w, dw, state.inner)
        t, average = state.t + 1, state.average
        if t <= start:
            average = w
        elif (t - start) % every == 0:
            n = _checks.in_kind_of(w, (t - start) // every + 1)
            average = average + (w - average) / n
        return w, WeightAverageState(t, average, inner)

    return Optimizer(lambda w: _begin(optimizer, w), update)


def _begin(optimizer: Optimizer, w: Weights) -> WeightAverageState:
    return WeightAverageState(0, _checks.zeros_like(w) + w, optimizer.init(w))
