r"""Momentum on a least-squares loss: the best settings, and the rate of any."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Data, Number
from refgd.theory._rates import best_lr, eigenvalues
from refgd.theory._recurrence import spectral_radius


class Momentum(NamedTuple):
    """Settings of the heavy ball, and the rate that they reach.

    Attributes:
        lr: The learning rate η, for both places of it: inside or outside the velocity.
        beta: The share β of the velocity that is kept.
        rate: The factor by which a step shrinks the error, in the long run.
    """

    lr: Number
    beta: float
    rate: float


def best_momentum(x: Data) -> Momentum:
    r"""Return the heavy ball's best settings for this data.

    **Definition**
    $$\eta = \Bigl(\frac{2}{\sqrt{L} + \sqrt{\mu}}\Bigr)^2, \qquad
      \beta = \Bigl(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\Bigr)^2, \qquad
      \rho = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}$$

    with L the largest and μ the smallest NONZERO eigenvalue of H, and κ = L/μ. Plain
    descent at its best has (κ − 1)/(κ + 1): some √κ times as many steps.

    Args:
        x: The samples, (n,) or (n, d).

    Returns:
        (lr, beta, rate). For x (n,) β = 0 and one step lands on the optimum; lr is a
        Fraction for Fractions (n,) then. Where x is all zero lr is inf, as in
        `best_lr`.

    Raises:
        TypeError: If x does not hold real numbers.
        ValueError: If x is empty, not finite, or of a size whose squares overflow.

    Guarantee:
        |w_t − w*| ≤ (1 + 2t) ρᵗ |w_0 − w*| in the row space of x, from w_{−1} = w_0;
        no lr and beta have a smaller ρ (tight but for the factor 1 + 2t, which the
        double root at L and μ needs): tests/theory/test_theory_momentum.py,
        test_best_momentum_is_accelerated and test_no_momentum_is_better.

    Example:
        >>> from refgd.theory import best_momentum
        >>> best_momentum([[1, 0], [0, 3]])  # eigenvalues 1 and 9
        Momentum(lr=0.25, beta=0.25, rate=0.5)

    References:
        B. T. Polyak, Some methods of speeding up the convergence of iteration methods,
        USSR Comput. Math. Math. Phys. 4 (1964) 1; Introduction to Optimization (1987),
        section 3.2. Both known here by quotation; the tests stand in for them.
    """
    x = _checks.for_features(x)
    spectrum = eigenvalues(x)
    if x.ndim == 1 or not len(spectrum):
        return Momentum(best_lr(x), 0.0, 0.0)
    low, high = np.sqrt(spectrum[[0, -1]])
    rho = float((high - low) / (high + low))
    return Momentum(float((2 / (high + low)) ** 2), rho**2, rho)


def momentum_rate(
    x: Data, lr: Number, beta: Number, *, nesterov: bool = False
) -> float:
    r"""Return the factor by which a step with momentum shrinks the error, in the end.

    **Definition**
    $$\rho = \max_{\lambda \ne 0} |r_{1,2}(\lambda)|, \qquad r^2 - p\,r + q = 0$$

    with (p, q) = (1 + β − ηλ, β) for the heavy ball and (1 − ηλ)(1 + β, β) for
    Nesterov's momentum: the spectral radius of the two-step recurrence.

    Args:
        x: The samples, (n,) or (n, d).
        lr: The learning rate η, finite and not negative.
        beta: The momentum β, in [0, 1).
        nesterov: Nesterov's momentum and not the heavy ball.

    Returns:
        ρ; below 1 every start converges, above 1 some start diverges. `rate` for
        β = 0. 0 where x is all zero. Near a double root, as at `best_momentum`, ρ
        moves with the square root of a change: ten digits of λ are five of ρ.

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If lr or beta is out of its range, or x is not a data set's x.

    Guarantee:
        The heavy ball converges if and only if 0 < lr < 2(1 + β)/λmax (tight):
        tests/theory/test_theory_momentum.py, test_momentum_stretches_the_bound.
        ρ is attained, exactly, by data in the plane:
        tests/theory/test_worst_cases.py, test_momentum_attains_its_rate.

    Example:
        >>> from refgd.theory import momentum_rate
        >>> momentum_rate([[1, 0], [0, 3]], lr=0.2, beta=0.36)
        0.6

    References:
        B. T. Polyak, Introduction to Optimization (1987), section 3.2, by quotation.
    """
    x = _checks.for_features(x)
    lr = _checks.in_kind_of(x, _checks.not_negative("lr", lr))
    _checks.below_one(beta=beta)
    _checks.flags(nesterov=nesterov)
    h = float(lr) * eigenvalues(x)
    radius = spectral_radius(h, float(_checks.in_kind_of(x, beta)), nesterov=nesterov)
    return float(radius.max(initial=0))
