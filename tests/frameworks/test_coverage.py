"""Each public optimizer of a framework has a dialect, or a reason why it has none."""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from refgd import dialects

#: Not an optimizer, but what one is derived from.
BASE = {"torch.optim.Optimizer", "keras.optimizers.Optimizer"}

#: Of optax.contrib these alone: the rest is experimental, and says so.
CONTRIB = ("muon", "schedule_free")


def _classes(module: str) -> Iterator[str]:
    """Yield the classes of a framework's module that are optimizers."""
    found: Any = import_module(module)
    for name in dir(found):
        if isinstance(getattr(found, name), type):
            yield f"{module}.{name}"


def _functions() -> Iterator[str]:
    """Yield optax's functions that make an optimizer, as its module of aliases does."""
    optax: Any = import_module("optax")
    for name in dir(optax):
        made = getattr(optax, name)
        made = made.func if isinstance(made, partial) else made
        if getattr(made, "__module__", "") == optax.adam.__module__:
            yield f"optax.{name}"
    for name in dir(import_module("optax.contrib")):
        if name.startswith(CONTRIB) and not name.endswith("eval_params"):
            yield f"optax.contrib.{name}"


@pytest.mark.parametrize("framework", ["torch", "optax", "keras"])
def test_every_optimizer_has_a_dialect_or_a_reason(framework: str) -> None:
    """And one alone: no reason is left over."""
    pytest.importorskip(framework, reason=f"{framework} not installed")
    theirs = _functions() if framework == "optax" else _classes(MODULES[framework])
    known = [name for name in dialects.names() if name.startswith(f"{framework}.")]
    absent = [r.name for r in dialects.table(absent=True) if r.framework == framework]
    assert {*theirs} - BASE == {*known, *absent}
    assert not {*known} & {*absent}


MODULES = {"torch": "torch.optim", "keras": "keras.optimizers"}


@pytest.mark.parametrize("row", dialects.table(absent=True), ids=lambda row: row.name)
def test_reason_is_what_get_says(row: dialects.Row) -> None:
    assert row.rule == ""
    with pytest.raises(ValueError, match=f"^{row.name} has no dialect: ") as caught:
        dialects.get(row.name)
    assert str(caught.value).endswith(row.variant)
