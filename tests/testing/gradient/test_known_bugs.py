"""The museum: every exhibit is caught, with the diagnosis that belongs to it."""

import pytest

from refgd.testing.known_bugs import BUGS


@pytest.mark.parametrize("name", BUGS)
def test_a_known_bug_is_caught_and_named(name: str) -> None:
    bug = BUGS[name]
    error = bug.caught()
    assert error is not None
    assert bug.diagnosis in str(error.diagnosis)
