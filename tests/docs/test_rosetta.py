"""What docs/check/rosetta.md says: its formulas, its files, its outputs."""

import pytest

from docs._ext.content import port, rosetta


def test_optax_adadelta_climbs_where_the_page_says_so() -> None:
    """By default, from w = 1 on w²: optax's own, in float64."""
    optax = pytest.importorskip("optax", reason="optax not installed")
    jax = pytest.importorskip("jax", reason="optax runs on jax: jax not installed")
    with jax.enable_x64(True):
        optimizer = optax.adadelta()
        w = jax.numpy.float64(1.0)
        state = optimizer.init(w)
        for _ in range(50):
            updates, state = optimizer.update(2 * w, state, w)
            w = optax.apply_updates(w, updates)
        assert float(w) == pytest.approx(rosetta.uphill(50), abs=1e-11)


@pytest.mark.parametrize("pair", port.BEFORE)
def test_variants_counted_first_are_all_there(pair: tuple[str, str]) -> None:
    exact, variants = port.BEFORE[pair]
    now = port.first(port.between(*pair))
    assert len(now) == variants
    assert len(port.single(now)) >= exact


def test_extras_are_the_frameworks_of_the_table() -> None:
    """And not what else the tests need, such as tables of data."""
    said = {
        each.rstrip("0123456789.").rstrip("=>") for each in rosetta.extras().split(", ")
    }
    assert said == {"keras", "optax", "scikit-learn", "torch"}
