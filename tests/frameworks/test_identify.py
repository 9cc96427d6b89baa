"""The frameworks' own optimizers: each is identified, and is like itself."""

from typing import Any

import numpy as np
import pytest

from refgd import dialects
from refgd.dialects import Row
from refgd.testing import WrongOptimizer, check_optimizer, identify
from refgd.testing.optimizer import _check

from .drivers import driver

#: Of each name the most particular; the path of every row is in test_variants.py.
LAST = {row.name: row for row in dialects.table()}


@pytest.mark.parametrize("row", LAST.values(), ids=LAST)
def test_framework_is_identified(row: Row) -> None:
    """Among all dialects, and as the variant that its arguments make it."""
    found = identify(driver(row.name, row.arguments))
    assert row.name in found.dialects
    assert [match.rule for match in found.matches] == [row.rule]
    for flag, value in row.settings.items():
        if flag in found.matches[0].flags:
            assert found.matches[0].flags[flag] == value
    assert found.nearest.error > 1e-6


@pytest.mark.parametrize("row", LAST.values(), ids=LAST)
def test_framework_is_like_its_dialect(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a path that is a thousandth off is not."""
    monkeypatch.setattr(_check, "find_cause", lambda *_, **__: None)  # another's matter
    words = {k: v for k, v in row.arguments.items() if isinstance(v, bool | str | None)}
    made = driver(row.name, row.arguments)
    check_optimizer(made, row.name, **words)
    off = made._replace(walk=lambda *run: 1.001 * made.walk(*run))
    with pytest.raises(WrongOptimizer):
        check_optimizer(off, row.name, **words)


SINGLE = {row.rule: row for row in LAST.values() if row.framework != "sklearn"}


@pytest.mark.parametrize("row", SINGLE.values(), ids=SINGLE)
def test_float32_is_identified_too(row: Row) -> None:
    found = identify(driver(row.name, row.arguments, dtype=np.float32))
    assert row.name in found.dialects
    assert [match.rule for match in found.matches] == [row.rule]
    assert "float32" in str(found)


@pytest.mark.parametrize(
    "name", ["torch.optim.Adam", "optax.adam", "keras.optimizers.Adam"]
)
def test_float32_tells_where_eps_stands(name: str) -> None:
    found = identify(driver(name, {}, dtype=np.float32))
    assert ("keras.optimizers.Adam" in found.dialects) == name.startswith("keras")


def test_torchs_nadam_is_run_in_its_own_default_dtype() -> None:
    """Its mu_product is kept in torch's default dtype: 6.5e-9 off in float32."""
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        found = identify(driver("torch.optim.NAdam", {}))
        assert torch.get_default_dtype() is torch.float32
    finally:
        torch.set_default_dtype(before)
    assert found.dialects == ("torch.optim.NAdam",)


@pytest.mark.parametrize(
    ("name", "like", "arguments", "mistake"),
    [
        ("torch.optim.Adam", "keras.optimizers.Adam", {}, "after the bias correction"),
        ("keras.optimizers.Adam", "torch.optim.Adam", {}, "before the bias correction"),
        ("torch.optim.RMSprop", "optax.rmsprop", {}, "eps is outside"),
        ("optax.sgd", "keras.optimizers.SGD", {"momentum": 0.9}, "lr is outside"),
        ("optax.nadam", "torch.optim.NAdam", {}, "there is no schedule"),
        ("keras.optimizers.Nadam", "torch.optim.NAdam", {}, "0.96^t"),
        (
            "torch.optim.Adam",
            "torch.optim.AdamW",
            {"weight_decay": 0.1},
            "weight decay is coupled",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_what_a_port_gets_wrong_is_said(
    name: str, like: str, arguments: dict[str, Any], mistake: str
) -> None:
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(driver(name, arguments), like)
    assert mistake in (caught.value.mistake or "")
