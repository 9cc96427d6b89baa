"""How far a correct program may be from the reference: what rounding can do."""

from typing import Any

import numpy as np
import pytest

from refgd import dialects
from refgd.testing import WrongOptimizer, check_optimizer, drivers
from refgd.testing.optimizer._reference import complete
from refgd.testing.optimizer._tolerance import FLOOR, rectification, tolerance


def test_float32_has_float32s_tolerance() -> None:
    """What float32 cannot tell it does not tell apart: eps = 1e-8 beside 1."""
    recipe = complete(dialects.recipe("torch.optim.Adam"))
    single, double = tolerance(recipe, np.float32), tolerance(recipe, np.float64)
    assert double == FLOOR
    # u = 2^-24 times 20 + 20 roundings and 5 / (1 - 0.999)
    assert single == pytest.approx(2.0**-24 * (40 + 5000), abs=1e-9)


def radam_in_floats(w: Any, dw: Any, state: Any, lr: float) -> Any:
    """As a float32 program may have it: running products, all in w's own dtype."""
    kind = type(w[0])
    b1, b2 = kind(0.9), kind(0.999)
    t, m, v, p1, p2 = state or (0, kind(0), kind(0), kind(1), kind(1))
    t, p1, p2 = t + 1, p1 * b1, p2 * b2
    m, v = b1 * m + (1 - b1) * dw, b2 * v + (1 - b2) * dw * dw
    last = kind(2 / (1 - 0.999) - 1)  # once, in double
    rho = last - 2 * t * p2 / (1 - p2)
    down = m / (1 - p1)
    if rho > 4:
        r = (rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho)
        down = np.sqrt(r) * down * np.sqrt(1 - p2) / (np.sqrt(v) + kind(1e-8))
    return w - kind(lr) * down, (t, m, v, p1, p2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_radam_may_lose_what_its_rho_loses_and_no_more(dtype: type) -> None:
    """In float32 it is off by more than Adam may be; 5 % more is wrong."""
    hyper: dict[str, Any] = {"eps": 1e-8, "eps_hat": True}
    mine = drivers.update(radam_in_floats, dtype=dtype)
    check_optimizer(mine, "radam", **hyper)

    def more(w: Any, dw: Any, state: Any, lr: float) -> Any:
        after, made = radam_in_floats(w, dw, state, lr)
        return w + type(w[0])(1.05 if made[0] > 5 else 1) * (after - w), made

    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(drivers.update(more, dtype=dtype), "radam", **hyper)
    assert caught.value.t > 5


def test_rectification_is_what_two_programs_differ_by() -> None:
    """Worked for b = 0.999, where rho_6 is 5.99."""
    lost = rectification(complete(dialects.recipe("torch.optim.RAdam")), np.float32)
    assert not lost[:5].any()  # torch's threshold is 5
    u, delta = 2.0**-24, abs(float(np.float32(0.999)) - 0.999) / 0.999
    # (1/1.99 + 1/3.99 - 1/5.99) / 2 = 0.293
    assert lost[5] == pytest.approx(0.293 * 2e6 * (u + delta), rel=0.02, abs=0)
    assert (np.diff(lost[5:]) < 0).all()
