r"""The two-step recurrence of momentum, solved for any number of steps.

Along an eigenvector the error is e_t, and with h = ηλ

- heavy ball: e_{t+1} = (1 + β − h) e_t − β e_{t−1},           e_1 = (1 − h) e_0
- Nesterov:   e_{t+1} = (1 + β)(1 − h) e_t − β(1 − h) e_{t−1},  e_1 = (1 − h − βh) e_0

so e_{t+1} = p e_t − q e_{t−1}, and r² − p r + q = 0 has the roots d and o. Plain
descent is β = 0. At r = 1 the polynomial is h for both, so z = 1 − r has the product h
and the sum 2 − p, of which no digit cancels: the slow root, close to 1, is known by
its distance from 1, which is what a billion steps need.
"""

from typing import NamedTuple

import numpy as np

from refgd._types import Array

HALF = 0.5  # where r and z = 1 − r are equally good


class Steps(NamedTuple):
    """Numbers of steps: as floats, and whether each is odd."""

    times: Array
    odd: Array


class _Polynomial(NamedTuple):
    """The recurrence's r² − p r + q.

    Attributes:
        p: The roots' sum.
        q: The roots' product.
        root: √|p² − 4q|, from factors in which nothing cancels.
        real: Whether p² − 4q ≥ 0.
        z_sum: 2 − p, the sum of both 1 − r.
    """

    p: Array
    q: Array
    root: Array
    real: Array
    z_sum: Array


def _polynomial(h: Array, beta: float, *, nesterov: bool) -> _Polynomial:
    if nesterov:
        # p² − 4q = (1 − h) ((1 − β)² − (1 + β)² h)
        z_sum, q = (1 - beta) + (1 + beta) * h, beta * (1 - h)
        p, a, b = (1 + beta) * (1 - h), 1 - h, (1 - beta) ** 2 - (1 + beta) ** 2 * h
    else:
        # p² − 4q = ((1 − √β)² − h) ((1 + √β)² − h), with 1 − √β = (1 − β)/(1 + √β)
        above = 1 + np.sqrt(beta)
        z_sum, q = (1 - beta) + h, np.full_like(h, beta)
        p, a, b = 1 + beta - h, ((1 - beta) / above) ** 2 - h, above**2 - h
    root = np.sqrt(np.abs(a)) * np.sqrt(np.abs(b))
    return _Polynomial(p, q, root, np.sign(a) * np.sign(b) >= 0, z_sum)


def _larger(f: _Polynomial, h: Array) -> tuple[Array, Array]:
    """Return the real root d of larger size, and z = 1 − d."""
    far = (f.z_sum + f.root) / 2
    return (f.p + np.copysign(f.root, f.p)) / 2, np.where(f.p >= 0, h / far, far)


def spectral_radius(h: Array, beta: float, *, nesterov: bool) -> Array:
    """Return the size of the larger root, for each h."""
    f = _polynomial(h, beta, nesterov=nesterov)
    _, z = _larger(f, h)
    return np.where(f.real, np.abs(1 - z), np.sqrt(np.abs(f.q)))


def covered(h: Array, t: Steps, beta: float, *, nesterov: bool) -> Array:
    """Return g = 1 − e_t/e_0: the share of the way that t steps have covered."""
    f = _polynomial(h, beta, nesterov=nesterov)
    real = _covered_real(f, h, t, beta, nesterov=nesterov)
    return np.where(f.real, real, _covered_complex(f, h, t, beta, nesterov=nesterov))


def _covered_real(
    f: _Polynomial, h: Array, t: Steps, beta: float, *, nesterov: bool
) -> Array:
    d, z = _larger(f, h)
    ratio, gap = f.q / d / d, f.root / np.abs(d)  # o/d, and 1 − o/d
    power, covered_by_power = _power(d, z, t)
    # S = 1 + o/d + … + (o/d)^(t−1)
    s = np.where(gap == 0, t.times, _power(ratio, gap, t)[1] / gap)
    # e_t = dᵗ + (e_1 − d) dᵗ⁻¹ S, and e_1 − d = z o, or β z o/d for Nesterov
    late = z * ratio * s * (beta / d if nesterov else 1)
    share = covered_by_power - np.where(late == 0, 0.0, power * late)
    # d = 0: both roots vanish, and so does e_t but for e_0 = 1 and e_1 = −β
    at_rest = np.where(t.times == 0, 0.0, np.where(t.times == 1, 1 + beta, 1.0))
    return np.where(d == 0, at_rest, share)


def _covered_complex(
    f: _Polynomial, h: Array, t: Steps, beta: float, *, nesterov: bool
) -> Array:
    # r = √q exp(±iθ); log √q from β and h, whose digits q has rounded away
    log = (np.log(beta) + (np.log1p(-h) if nesterov else 0)) / 2
    # θ, or π − θ where that is the smaller: then each odd t changes the sign
    angle, size = t.times * np.arctan2(f.root, np.abs(f.p)), t.times * log
    # e_t = (√q)ᵗ (cos tθ + c sin tθ), with c = (2 e_1 − p)/√(4q − p²)
    c = ((1 - beta) - (h + beta * h if nesterov else h)) / f.root
    c = np.where(f.p < 0, -c, c)
    missing = 2 * np.sin(angle / 2) ** 2 - c * np.sin(angle)
    share: Array = np.where(
        t.odd & (f.p < 0),
        1 + np.exp(size) * (1 - missing),
        np.exp(size) * missing - np.expm1(size),
    )
    return share


def _power(r: Array, z: Array, t: Steps) -> tuple[Array, Array]:
    """Return rᵗ and 1 − rᵗ, from r and z = 1 − r, each exact where the other is not."""
    log = np.where(z < HALF, np.log1p(-np.minimum(z, HALF)), np.log(np.abs(r)))
    exponent = np.where(t.times == 0, 0.0, t.times * log)
    size, negative = np.exp(exponent), t.odd & (r < 0)
    return (
        np.where(negative, -size, size),
        np.where(negative, 1 + size, -np.expm1(exponent)),
    )
