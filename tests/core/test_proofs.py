"""The laws of gradient descent, proved through refgd's own equations."""

import pytest

from refgd.testing.laws import LAWS, Law
from refgd.testing.proofs import SAMPLES, prove_law

IDENTITIES = [law for law in LAWS if law.kind == "identity"]


@pytest.mark.parametrize("law", IDENTITIES, ids=lambda law: law.name)
def test_proof(law: Law) -> None:
    for n in SAMPLES:
        for d in law.features:
            prove_law(law, n, d)
