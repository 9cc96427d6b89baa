"""What a gradient is tried on: the same with NumPy alone as with everything."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import refgd
from refgd.testing.gradient._examples import MODELS, POOLS, examples


def _digest() -> str:
    import hashlib  # noqa: PLC0415 - a child process runs this function's text alone

    from refgd.testing.gradient._examples import MODELS, examples  # noqa: PLC0415 - likewise

    entries = [
        (example.x.tolist(), example.y.tolist(), example.weights.tolist())
        for model in MODELS.values()
        for example in examples(model, 100)
    ]
    return hashlib.sha256(repr(entries).encode()).hexdigest()


#: Makes an ImportError of every package but Python's own, NumPy and refgd.
NUMPY_ALONE = """
import sys

class NumpyAlone:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "numpy", "refgd"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NumpyAlone)
"""


def test_the_examples_need_numpy_alone() -> None:
    source = f"{NUMPY_ALONE}\n{inspect.getsource(_digest)}\nprint(_digest())"
    folder = str(Path(refgd.__file__).parents[1])
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", source],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": folder},
    )
    assert done.stdout.strip() == _digest()


def test_every_model_is_tried_on_every_pool() -> None:
    """Whole numbers, zeros, repeated entries, and fractions of many denominators."""
    for model in MODELS.values():
        exact = [example for example in examples(model, 100) if example.exact]
        for pool in map(set, POOLS):
            drawn = [e for e in exact if {*e.targets.flat, *e.weights.flat} <= pool]
            assert len({e.n for e in drawn}) > 7


def test_the_widest_pool_has_large_numerators_and_every_denominator() -> None:
    wide = POOLS[-1]
    assert min(wide) == -1024
    assert max(wide) == 1024
    assert {q.denominator for q in wide} == set(range(1, 65))
