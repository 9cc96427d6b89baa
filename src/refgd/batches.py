r"""Mini-batches, and the rows held out for validation: both seeded, nothing global."""

from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from refgd import _checks
from refgd._types import Array, Data, Number, Objective, Scalar, Weights
from refgd.history import Epochs
from refgd.leastsquares import LeastSquares

Pair: TypeAlias = tuple[Data, Data]  # (x, y)


class MiniBatches:
    r"""A data set in batches: an objective that changes with t.

    **Definition**
    In epoch e, of ⌈n/b⌉ steps, a permutation drawn from the seed (seed, e) is cut into
    batches of b rows; the last may be shorter, and takes an ordinary step. The batch B
    of step t has

    $$L_t(w) = \frac1{|B|} \sum_{i \in B} (x_i w - y_i)^2$$

    The permutation depends on nothing but (seed, e), so that any iterate resumes bit
    for bit; that of the newest epoch is kept, to be quick, and could be drawn again.

    Args:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        batch_size: The rows of a batch, b.
        seed: A whole number, zero or more.

    Attributes:
        whole: The `LeastSquares` of all rows; calling the batches calls it.
        steps: The steps of an epoch, ⌈n/b⌉.

    Raises:
        TypeError: If batch_size or seed is not a whole number, or as `LeastSquares`.
        ValueError: If batch_size is less than 1, seed is negative, or as there.

    Guarantee:
        At one w, the average of an epoch's gradients weighted by the batches' sizes is
        the gradient of the whole: tests/descent/test_batches.py,
        test_an_epoch_is_the_whole.

    Example:
        >>> from refgd.batches import MiniBatches
        >>> batches = MiniBatches([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], 2, seed=0)
        >>> [len(batches.at(t).y) for t in range(batches.steps)]
        [2, 2, 1]
    """

    def __init__(self, x: Data, y: Data, batch_size: int, *, seed: int = 0) -> None:
        self.whole = LeastSquares(x, y)
        self.batch_size = _checks.count("batch_size", batch_size, least=1)
        self.seed = _checks.count("seed", seed)
        self.steps = -(-len(self.whole.y) // self.batch_size)
        self._newest: tuple[int, Array] = (-1, np.empty(0, dtype=int))

    def __call__(self, w: Weights) -> tuple[Scalar, Weights]:
        """Return the loss and the gradient of the whole data set."""
        return self.whole(w)

    def at(self, t: int) -> LeastSquares:
        """Return the objective of step t: the least squares of its batch."""
        return self.whole.take(self.rows(t))

    def rows(self, t: int) -> Array:
        """Return which rows are the batch of step t."""
        epoch, step = divmod(_checks.count("t", t), self.steps)
        first = step * self.batch_size
        return self._order(epoch)[first : first + self.batch_size]

    def _order(self, epoch: int) -> Array:
        kept, order = self._newest
        if kept != epoch:
            rng = np.random.default_rng([self.seed, epoch])
            order = rng.permutation(len(self.whole.y))
            self._newest = epoch, order
        return order


def split(
    x: Data, y: Data, fraction: Number, seed: int = 0
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Hold out a fraction of the rows, drawn without replacement.

    Args:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        fraction: The share to hold out, between 0 and 1: that many rows to the
            nearest, at least one, and at least one is left.
        seed: A whole number, zero or more. The draw is another than that of the
            batches of the same seed.

    Returns:
        ``(x, y), (x_held, y_held)``: what is left and what is held out, each in the
        order that it had.

    Raises:
        TypeError: If fraction is not a real number, or x or y do not hold any.
        ValueError: If fraction is not between 0 and 1, there are fewer than two rows,
            or x and y are not a data set.

    Example:
        >>> from refgd.batches import split
        >>> (x, y), (x_held, y_held) = split([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], 0.4)
        >>> len(x), len(x_held), bool((y_held == 2 * x_held).all())
        (3, 2, True)
    """
    x, y = _checks.for_data(x, y)
    share = _checks.real("fraction", fraction)
    if not 0 < share < 1:
        msg = f"the fraction to hold out must lie between 0 and 1, got {fraction}"
        raise ValueError(msg)
    n = len(y)
    if n == 1:
        raise ValueError("holding out a fraction needs at least 2 rows, got 1")
    held = min(max(round(share * n), 1), n - 1)
    sequence = np.random.SeedSequence(_checks.count("seed", seed), spawn_key=(0,))
    order = np.random.default_rng(sequence).permutation(n)
    out, left = np.sort(order[:held]), np.sort(order[held:])
    return (x[left], y[left]), (x[out], y[out])


def default_lr(x: Data, batch_size: int) -> float | Fraction:
    r"""Return a quarter of a bound that no batch of batch_size rows can break.

    **Definition**
    $$\eta = \frac14 \cdot \frac{|M|}{\sum_{i \in M} |x_i|^2}$$

    with M the rows of largest norm, as many as the shortest batch has. The largest
    eigenvalue of a batch's Hessian (2/|B|) x_Bᵀ x_B is at most its trace, and that is
    most for M. The bound of the whole data set will not do: one row can be √n times
    as large as their root mean square.

    Args:
        x: The samples, (n,) or (n, d).
        batch_size: The rows of a mini-batch.

    Returns:
        The learning rate; 1 where x is zero, as there is no bound.

    Raises:
        TypeError: If x does not hold real numbers, or batch_size is not a whole number.
        ValueError: If x is empty or not finite, or batch_size is less than 1.
    """
    x, batch_size = (
        _checks.for_features(x),
        _checks.count("batch_size", batch_size, least=1),
    )
    size = len(x) % batch_size or batch_size
    norms = np.sort((x * x).reshape(len(x), -1).sum(axis=1))
    worst: float | Fraction = norms[-size:].sum() / size
    return 1 / (4 * worst) if worst else 1


class Parts(NamedTuple):
    """What `fit` makes of its data.

    Attributes:
        whole: The training data.
        objective: What to walk down: the whole, or its batches.
        epochs: How long an epoch is, and what is measured at its end.
        held: The validation data, if there are any.
    """

    whole: LeastSquares
    objective: Objective
    epochs: Epochs
    held: LeastSquares | None


def prepare(
    x: Data,
    y: Data,
    *,
    batch_size: int | None,
    validation: Number | Pair | None,
    seed: int,
) -> Parts:
    """Check all data, hold out the validation's, and cut the rest into batches.

    A batch_size of n or more is the whole data set, in its own order, in every step.
    """
    seed = _checks.count("seed", seed)
    if validation is None:
        pair = None
    elif isinstance(validation, tuple | list):
        pair = _pair(validation)
    else:
        (x, y), pair = split(x, y, validation, seed)
    batches = None if batch_size is None else MiniBatches(x, y, batch_size, seed=seed)
    whole = LeastSquares(x, y) if batches is None else batches.whole
    held = None if pair is None else _held_out(pair, whole)
    loss = None if held is None else held.loss
    if batches is not None and batches.steps > 1:
        return Parts(whole, batches, Epochs(batches.steps, whole, loss), held)
    return Parts(whole, whole, Epochs(validation=loss), held)


def _pair(validation: Any) -> Pair:
    try:
        x, y = validation
    except ValueError:
        msg = f"validation must be a fraction or (x, y), got {len(validation)} parts"
        raise ValueError(msg) from None
    return x, y


def _held_out(pair: Pair, whole: LeastSquares) -> LeastSquares:
    """Return the validation data as an objective, in the kind of the training data."""
    try:
        _checks.one_index(x=pair[0], y=pair[1])
        x, y = (_checks.like(whole.x, n, a) for n, a in zip("xy", pair, strict=True))
        held = LeastSquares(x, y)
    except (TypeError, ValueError) as error:
        msg = f"validation: {error}"
        raise type(error)(msg) from None
    if held.x.shape[1:] != whole.x.shape[1:]:
        msg = (
            f"validation: x must have the features of x {whole.x.shape}, "
            f"got shape {held.x.shape}"
        )
        raise ValueError(msg)
    return held
