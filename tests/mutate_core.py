"""Change one token of core.py at a time, and see which test tells.

    python tests/mutate_core.py
    python tests/mutate_core.py --tests tests/core/test_laws.py

Each mutant is a copy of the project in a temporary folder, where the tests stop at the
first that fails: its name is printed beside the mutant, or "survives". A mutant in
`SAME` computes the same for every legal input. The exit status is 1 if a test fails on
core.py as it is, if another mutant survives, or if one of `SAME` does not.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
CORE = Path("src", "refgd", "core.py")
TESTS = [f"tests/core/{name}.py" for name in ("test_laws", "test_numbers")]

SURVIVES = "survives"

#: The lines of core.py that compute, and the guards above them, each with what a token,
#: or a pair of operands that change places, may be taken for.
CHANGES = {
    "@_checks.guard(_checks.for_forward)": {
        "@_checks.guard(_checks.for_forward)": ["", "@_checks.guard(_checks.for_mse)"],
    },
    "return np.dot(x, w)": {
        "np.dot": ["np.inner", "np.outer", "np.vdot", "np.matmul", "np.multiply"],
        "(x, w)": ["(w, x)", "(x.T, w)", "(x, x)"],
    },
    "@_checks.guard(_checks.for_mse)": {
        "@_checks.guard(_checks.for_mse)": ["", "@_checks.guard(_checks.for_update)"],
    },
    "residual = y_pred - y": {
        "y_pred - y": [
            "y - y_pred",
            "y_pred + y",
            "y_pred * y",
            "y_pred / y",
            "y_pred - y_pred",
        ],
    },
    "return np.dot(residual, residual) / y.size": {
        "np.dot": ["np.inner", "np.vdot", "np.outer", "np.multiply"],
        "(residual, residual)": ["(y, residual)", "(residual, y_pred)"],
        " / ": [" * ", " // ", " - ", " % "],
        "y.size": ["y_pred.size", "y.ndim"],
    },
    "@_checks.guard(_checks.for_grad)": {
        "@_checks.guard(_checks.for_grad)": [""],
    },
    "return 2 * np.dot(x.T, y_pred - y) / y.size": {
        "2": ["1", "3", "-2"],
        " * ": [" / ", " + ", " ** "],
        "np.dot": ["np.outer", "np.vdot", "np.matmul"],
        "x.T": ["x", "y"],
        "y_pred - y": ["y - y_pred", "y_pred + y", "y_pred * y", "y_pred - y_pred"],
        " / ": [" * ", " // ", " - "],
        "y.size": ["y_pred.size", "x.size", "y.ndim"],
    },
    "@_checks.guard(_checks.for_step)": {
        "@_checks.guard(_checks.for_step)": ["", "@_checks.guard(_checks.for_grad)"],
    },
    "return w - lr * dw": {
        " - ": [" + ", " * "],
        " * ": [" / ", " + ", " - ", " ** "],
        "w - lr": ["dw - lr", "lr - lr", "w - dw"],
        "* dw": ["* w"],
    },
}


class Mutant(NamedTuple):
    """A line of core.py, and the same with one change."""

    line: str
    changed: str

    def __str__(self) -> str:
        """Show both."""
        return f"{self.line}  ->  {self.changed or '(nothing)'}"


MUTANTS = [
    Mutant(line, line.replace(old, new, 1))
    for line, changes in CHANGES.items()
    for old, news in changes.items()
    for new in news
]

#: The order of a product or of a difference that is squared, n by another name, and a
#: product that is the same of vectors.
SAME = {
    "return np.inner(x, w)",
    "residual = y - y_pred",
    "return np.inner(residual, residual) / y.size",
    "return np.vdot(residual, residual) / y.size",
    "return np.dot(residual, residual) / y_pred.size",
    "return 2 * np.dot(x.T, y_pred - y) / y_pred.size",
}


def mutate(source: str, mutant: Mutant) -> str:
    """Return the source with one line changed; it must be there, and once."""
    if source.count(f"{mutant.line}\n") + source.count(f"{mutant.line}  # (") != 1:
        msg = f"core.py has no line, or more than one, {mutant.line!r}"
        raise ValueError(msg)
    return source.replace(mutant.line, mutant.changed)


def first_failure(mutant: Mutant | None, tests: Sequence[str] = TESTS) -> str:
    """Return the first test that fails on a mutant, or "survives"."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "pyproject.toml", folder)
        for part in ("src", "tests"):
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)
        if mutant is not None:
            source = mutate((ROOT / CORE).read_text("utf-8"), mutant)
            (folder / CORE).write_text(source, "utf-8")
        return _run(folder, tests)


def _run(folder: Path, tests: Sequence[str]) -> str:
    options = ["-n0", "-x", "-q", "--tb=no", "-rfE", "--hypothesis-profile=mutants"]
    options += ["-p", "no:cacheprovider"]
    done = subprocess.run(  # noqa: S603 - this Python, and the project's own tests
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=folder,
        # of its own: options meant for the run that this one may be a test of stay out
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode == 0:
        return SURVIVES
    for line in done.stdout.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" ", 1)[1].partition(" - ")[0]
    msg = f"pytest did not run:\n{done.stdout}{done.stderr}"
    raise RuntimeError(msg)


def main() -> int:
    """Print a table, and how many mutants are caught."""
    parser = argparse.ArgumentParser(description="Mutate core.py, one token at a time.")
    parser.add_argument(
        "--tests", nargs="+", default=TESTS, metavar="FILE", help="which tests judge"
    )
    tests = parser.parse_args().tests
    if (found := first_failure(None, tests)) != SURVIVES:
        sys.exit(f"core.py itself fails {found}")
    survivors = set()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda mutant: first_failure(mutant, tests), MUTANTS)
        for mutant, test in zip(MUTANTS, results, strict=True):
            same = " (it computes the same)" if mutant.changed in SAME else ""
            sys.stdout.write(f"{mutant}\n    {test}{same}\n")
            sys.stdout.flush()
            survivors |= {mutant.changed} if test == SURVIVES else set()
    caught = len(MUTANTS) - len(survivors)
    sys.stdout.write(
        f"{len(MUTANTS)} mutants: {caught} caught, {len(survivors)} survive, "
        f"{len(SAME)} of all compute the same\n"
    )
    return int(survivors != SAME)


if __name__ == "__main__":
    sys.exit(main())
