"""What a fit leaves: `Fit`, with its predictions and pictures; and `Diverged`."""

import math
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Rational
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from refgd import _checks, _html, core, plots
from refgd._types import Array, Data, Number, Scalar, Schedule, Weights
from refgd._units import Units
from refgd.history import History, Iterate, SoFar
from refgd.leastsquares import LeastSquares, add_intercept
from refgd.stopping import Reason

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Trained(NamedTuple):
    """The training data of a fit, as the run saw them, and the way back.

    Attributes:
        rows: The rows, without those held out.
        units: What was taken from them; None if nothing was.
        columns: The names of x's columns, if it was a DataFrame.
        y_name: The name of y.
    """

    rows: LeastSquares
    units: Units | None
    columns: tuple[Any, ...] | None
    y_name: str

    @property
    def intercept(self) -> bool:
        """Whether a column of ones was appended."""
        return self.units is not None and self.units.intercept

    def weight_names(self, weights: int) -> tuple[str, ...]:
        """Return the name of each weight; x, or x1, x2 ... where there are none."""
        last = ("intercept",) if self.intercept else ()
        if self.columns is not None:
            return (*map(str, self.columns), *last)
        d = weights - len(last)
        return (*(["x"] if d == 1 else [f"x{i + 1}" for i in range(d)]), *last)

    def original(self) -> tuple[Array, Array]:
        """Return x and y as they were given, but for rounding."""
        x, y, units = self.rows.x, self.rows.y, self.units
        if units is None:
            return x, y
        x, y = units.original_data(x, y)
        if not units.intercept:
            return x, y
        return x[:, 0] if np.ndim(units.scale) == 0 else x[:, :-1], y

    def select(self, x: Any) -> Any:
        """Return the columns of a DataFrame in the order of the fit's, by name."""
        there = getattr(x, "columns", None)
        if there is None or self.columns is None:
            return x
        missing = [name for name in self.columns if name not in list(there)]
        if missing:
            msg = (
                f"x has no column {', '.join(map(repr, missing))}; the fit was of "
                f"{', '.join(map(repr, self.columns))}"
            )
            raise ValueError(msg)
        return x[list(self.columns)]


def data_of(x: Any, y: Any, rows: LeastSquares, units: Units | None) -> Trained:
    """Return what a fit of x and y keeps of them: the names of a DataFrame, too."""
    columns = getattr(x, "columns", None)
    y_name = getattr(y, "name", None)
    return Trained(
        rows,
        units,
        None if columns is None else tuple(columns),
        "y" if y_name is None else str(y_name),
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """What `fit` found.

    Attributes:
        w: The weight at the end; with `stopping.patience`, the best by validation.
        loss: The loss AT w, over all training data.
        n_iters: The number of steps taken.
        reason: Why it stopped.
        lr: The learning rate of plain descent, a number or a schedule; None for
            another rule.
        validation: The validation loss at w; None without validation data.
        history: The rows on the way.
        so_far: All that `fit` needs to go on, given in place of w.
        data: The training data, with the names of its columns.

    Example:
        >>> import refgd
        >>> run = refgd.fit([1, 2, 3, 4], [3, 5, 7, 9], intercept=True)
        >>> run.predict([5, 6]).round(6).tolist(), round(run.r2, 6)
        ([11.0, 13.0], 1.0)
    """

    w: Weights
    loss: Scalar
    n_iters: int
    reason: Reason
    lr: Number | Schedule | None
    validation: Scalar | None
    history: History = field(repr=False)
    so_far: SoFar = field(repr=False)
    data: Trained = field(repr=False, compare=False)

    @property
    def last(self) -> Iterate:
        """The last iterate: `descend` goes on from it."""
        return self.so_far.last

    @property
    def converged(self) -> bool:
        """Whether the gradient met its tolerance."""
        return self.reason is Reason.GRADIENT

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each weight: of the columns, and of the intercept, the last."""
        return self.data.weight_names(np.size(self.w))

    @property
    def rmse(self) -> float:
        r"""The root of the mean squared error, $\sqrt{L(w)}$: an error in y's unit."""
        return math.sqrt(self.loss)

    @property
    def r2(self) -> float:
        r"""The share of y's variance that the predictions explain, at most 1.

        **Definition**
        $$R^2 = 1 - \frac{L(w)}{\frac1n \sum_i (y_i - \bar y)^2}$$

        Of the training data, also where there is no intercept; NaN where y is constant.
        It counts rows: those of `compress` are not a sample's.
        """
        y = self.data.rows.y
        off = y - y.sum() / len(y)
        variance = float(off.dot(off) / len(y))
        return 1 - float(self.loss) / variance if variance else math.nan

    def predict(self, x: Data) -> Array | Scalar:
        """Predict y for new samples; with the intercept, if the fit has one.

        Args:
            x: The samples, in the shape of those of the fit; or one number for x (n,).
                If the fit was of a DataFrame, a DataFrame's columns are taken by name.

        Returns:
            (n,), or one number for one number, in w's dtype.

        Raises:
            TypeError: If x does not hold real numbers.
            ValueError: If it has other columns than the data of the fit.
        """
        x = _checks.like(np.asarray(self.w), "x", self.data.select(x))[()]
        if not self.data.intercept:
            return core.forward(self.w, x)
        *slopes, constant = self.w
        one = len(slopes) == 1 and np.ndim(x) < _checks.MATRIX
        return core.forward(slopes[0] if one else self.w[:-1], x) + constant

    def plot(self) -> "Figure":
        """Draw the data with the fit, and the loss at each step: `plots.plot_fit`.

        Returns:
            A matplotlib Figure, which a notebook shows and `plots.save` writes.

        Raises:
            ImportError: If matplotlib is not installed; it says what to install.
        """
        x, y = self.data.original()
        return plots.plot_fit(
            self,
            add_intercept(x) if self.data.intercept else x,
            y,
            names=self.names,
            y_name=self.data.y_name,
        )

    def _repr_html_(self) -> str:
        """Return the weights, the loss and a picture of it, for a notebook."""
        return _html.describe(self)


class Diverged(ArithmeticError):  # noqa: N818 - the name says what happened
    """The loss left the numbers, or plain descent ended above its start.

    Attributes:
        run: The run so far, a `Fit`; its last row is where it was stopped.
        max_lr: The largest lr that this data allows; None for another rule, and with
            batches.
    """

    __module__ = "refgd"  # where it is public: tracebacks name it

    def __init__(self, run: Fit, max_lr: Number | None) -> None:
        super().__init__(run, max_lr)  # what it is unpickled with
        self.run = run
        self.max_lr = max_lr

    def __str__(self) -> str:
        first, last = map(_digits, self.run.history.loss[[0, -1]])
        if self.run.n_iters == 0:
            return f"diverged: the loss at the start is {last}: start from a smaller w"
        return (
            f"diverged: the loss went from {first} to {last} in {self.run.n_iters} "
            f"steps{self._cause()}"
        )

    def _cause(self) -> str:
        if self.max_lr is not None:
            lr = "a schedule" if callable(self.run.lr) else _digits(self.run.lr)
            largest = _digits(self.max_lr)
            return f"; the largest lr this data allows is {largest}, got {lr}"
        dw = np.asarray(self.run.so_far.first.dw)
        if _square_is_normal(dw):
            return ""
        return f"; the square of the first gradient leaves {dw.dtype}: scale the data"


def _digits(number: Any) -> str:
    """Return six digits; a Fraction or an int may be too large for a float."""
    if isinstance(number, Rational):
        number = Decimal(int(number.numerator)) / Decimal(int(number.denominator))
        return f"{number:.6g}"
    return f"{float(number):.6g}"


def _square_is_normal(dw: Array) -> bool:
    """Whether g² neither overflows nor loses digits, for every g that is not 0."""
    limits = np.finfo(dw.dtype)
    with np.errstate(all="ignore"):
        square = dw * dw
    return bool(np.all((dw == 0) | ((limits.tiny <= square) & (square <= limits.max))))
