"""The mutation run of core.py bites, and has no mutant that cannot be made."""

import pytest

import mutate_core


def test_every_mutant_can_be_made() -> None:
    source = (mutate_core.ROOT / mutate_core.CORE).read_text("utf-8")
    changed = [mutate_core.mutate(source, mutant) for mutant in mutate_core.MUTANTS]
    assert len({source, *changed}) == 1 + len(mutate_core.MUTANTS)
    assert {mutant.changed for mutant in mutate_core.MUTANTS} >= mutate_core.SAME


def test_a_line_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="has no line, or more than one"):
        mutate_core.mutate("", mutate_core.MUTANTS[0])


def test_a_mutant_is_caught_by_name() -> None:
    mutant = mutate_core.Mutant("return w - lr * dw", "return w + lr * dw")
    law = "tests/core/test_laws.py::test_law[rise_of_one_step]"
    assert mutate_core.first_failure(mutant, [law]) == law
