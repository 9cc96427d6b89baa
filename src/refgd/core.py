r"""Gradient descent on y = x · w: the four functions that everything else stands on.

The data are x, (n,) with a scalar weight w, or (n, d) with w (d,); and y, (n,). Each
function is pure: arrays in, arrays out, no input is changed. Each is exact on Fractions
through the very same line, and keeps float32, float64 and longdouble; integers, bool
and float16 are computed in float64. The number after a line is its equation's.
"""

import numpy as np

from refgd import _checks
from refgd._types import Array, Number, Scalar, Weights
from refgd._types import Guarded as Data


@_checks.guard(_checks.for_forward)
def forward(w: Data, x: Data) -> Array | Scalar:
    r"""Predict y for every sample.

    **Definition**
    $$\hat y_i = \sum_j x_{ij} w_j \tag{1}$$

    An intercept is one more column of ones: see `refgd.add_intercept`.

    Args:
        w: The weight: a scalar, or (d,).
        x: The samples: (n,) for a scalar w, (n, d) for w (d,), or one number.

    Returns:
        y_pred, (n,), in x's dtype; one number for one number.

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If the shapes do not match, or x is empty.

    Example:
        >>> from refgd import forward
        >>> forward(2.0, [1, 2, 3, 4])
        array([2., 4., 6., 8.])
        >>> float(forward(2.0, 5))
        10.0

    References:
        C. F. Gauss, Theoria motus corporum coelestium (1809), book 2, section 3: the
        linear model and its least squares.
    """
    return np.dot(x, w)  # (1)


@_checks.guard(_checks.for_mse)
def mse(y: Data, y_pred: Data) -> Scalar:
    r"""Measure the loss: the mean of the squared residuals, with no one-half.

    **Definition**
    $$L = \frac1n \sum_i (\hat y_i - y_i)^2 \tag{2}$$

    Args:
        y: The targets, (n,).
        y_pred: The predictions, (n,).

    Returns:
        The loss, a scalar of y_pred's dtype, in y's unit squared. Where squares
        overflow the dtype it is inf, by IEEE 754.

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If the shapes differ: (n, 1) with (n,) is refused, never broadcast
            to (n, n).

    Example:
        >>> from refgd import mse
        >>> float(mse([2, 4, 6, 8], [0, 0, 0, 0]))  # (4 + 16 + 36 + 64) / 4
        30.0

    References:
        C. F. Gauss, Theoria motus corporum coelestium (1809), book 2, section 3.
    """
    residual = y_pred - y
    return np.dot(residual, residual) / y.size  # (2)


@_checks.guard(_checks.for_grad)
def grad(x: Data, y: Data, y_pred: Data) -> Weights:
    r"""Differentiate the loss with respect to the weight.

    **Definition**
    $$\frac{\partial L}{\partial w_j}
        = \frac2n \sum_i x_{ij} (\hat y_i - y_i) \tag{3}$$

    The sum is divided by n once. ``np.dot(2 * x, y_pred - y).mean()`` is not this: the
    dot has summed already, so the mean does nothing and the gradient is n times too
    large (patrickloeber/pytorchTutorial, pull request 10).

    Args:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        y_pred: The predictions at the weight in question, (n,).

    Returns:
        dw: a scalar for x (n,), an array (d,) for x (n, d), in x's dtype and in the
        unit of L over that of w.

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If the shapes do not match, or x is empty.

    Guarantee:
        Equal to the central difference of `mse` for EVERY step h, since L is
        quadratic. Proved: tests/core/test_proofs.py,
        test_law[gradient_is_the_central_difference].

    Example:
        >>> from refgd import grad
        >>> float(grad([1, 2, 3, 4], [2, 4, 6, 8], [0, 0, 0, 0]))
        -30.0

    References:
        A.-M. Legendre, Nouvelles méthodes pour la détermination des orbites des
        comètes (1805), appendix: the derivative of the sum of squares.
    """
    return 2 * np.dot(x.T, y_pred - y) / y.size  # (3)


@_checks.guard(_checks.for_step)
def step(w: Data, dw: Data, lr: Number) -> Weights:
    r"""Move the weight against its gradient.

    **Definition**
    $$w' = w - \eta\, \nabla L(w) \tag{4}$$

    Args:
        w: The weight, of any shape.
        dw: The gradient at w, of w's shape.
        lr: The learning rate η, finite and not negative.

    Returns:
        The new weight, of w's shape and dtype. w itself is left alone.

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If dw has another shape than w, or lr is negative, NaN or inf.

    Guarantee:
        The loss does not increase if and only if 0 <= lr <= 1 / mean(x²), for x (n,)
        and dw ≠ 0 (tight). Tested: tests/core/test_laws.py,
        test_law[learning_rate_bound_is_sharp]; it follows from an identity, which is
        proved: tests/core/test_proofs.py, test_law[rise_of_one_step].

    Example:
        >>> from refgd import step
        >>> float(step(0.0, -30.0, 0.01))
        0.3

    References:
        A.-L. Cauchy, Méthode générale pour la résolution des systèmes d'équations
        simultanées, C. R. Acad. Sci. Paris 25 (1847) 536.
    """
    return w - lr * dw  # (4)
