"""`refgd vectors`: golden vectors of a rule, and the check of a program's results."""

import argparse
import re
from pathlib import Path
from typing import Any

from refgd import vectors
from refgd.cli import _arguments
from refgd.cli._arguments import Status, UserError
from refgd.vectors._check import tolerance_of
from refgd.vectors._read import read_object

SUMMARY = "golden vectors for optimizers in other languages"

DESCRIPTION = """\
Print what a rule does on fixed gradients, as JSON with exact numbers; or check the
results of a program in another language against it. The format is described in
refgd.vectors.
"""

EPILOG = """\
examples:
  refgd vectors adam > adam.json
  refgd vectors adam --set beta1=0.8 --set eps_hat=true
  refgd vectors torch.optim.RMSprop --set centered=true
  refgd vectors adam --case schedule --dtype float32
  refgd vectors adam --all golden      # every case and dtype, in the folder golden
  refgd vectors --all golden           # of every rule
  refgd vectors adam --text > adam.txt # the numbers alone
  refgd vectors --check results.json adam.json
  refgd vectors --check results.json   # against the rule that the results name
  refgd vectors adam --check results.txt --tol 1e-9

refgd identify results.json says from the same results which rule they are of.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", nargs="?", help="such as adam, or torch.optim.Adam")
    _arguments.add_settings(parser, "a hyperparameter; may be given again")
    words = f"what is special about the run: {', '.join(vectors.CASES)}"
    parser.add_argument("--case", choices=vectors.CASES, metavar="CASE", help=words)
    words = f"what it is computed in: {', '.join(vectors.DTYPES)}"
    parser.add_argument("--dtype", choices=vectors.DTYPES, metavar="DTYPE", help=words)
    words = "print the numbers alone: T and d, then T rates, T x d gradients, and w"
    parser.add_argument("--text", action="store_true", help=words)
    words = "write every case and dtype into a folder, of every rule if none is given"
    parser.add_argument("--all", type=Path, metavar="DIR", help=words)
    words = "compare results with golden vectors, or with those of a rule"
    files = ("RESULTS", "GOLDEN.json")
    parser.add_argument("--check", nargs="+", type=Path, metavar=files, help=words)
    words = "the largest relative error that --check allows (default: by the dtype, "
    words += ", ".join(f"{tol:g} in {kind}" for kind, tol in vectors.TOLERANCES.items())
    parser.add_argument("--tol", metavar="TOL", help=words + ")")


def run(args: argparse.Namespace) -> int:
    """Print the vectors of a rule, write many, or check results; 1 if they differ."""
    if (args.rule, args.check, args.all) == (None, None, None):
        raise UserError("vectors: give the name of a rule, --check FILE or --all DIR")
    if args.check is None and args.tol is not None:
        raise UserError("vectors: --tol goes with --check")
    if args.check is not None and (args.all is not None or args.text):
        raise UserError("vectors: --check goes with neither --all nor --text")
    try:
        if args.check is not None:
            return _check_results(args)
        return _print_vectors(args) if args.all is None else _write_all(args)
    except (OverflowError, TypeError, ValueError) as error:
        msg = f"vectors: {error}"
        raise UserError(msg) from error


def _make(args: argparse.Namespace) -> dict[str, Any]:
    settings = dict(map(_arguments.setting, args.settings))
    chosen = {key: getattr(args, key) for key in ("case", "dtype")}
    chosen = {key: value for key, value in chosen.items() if value is not None}
    return vectors.make(args.rule, settings, **chosen)


def _print_vectors(args: argparse.Namespace) -> int:
    write = vectors.write_numbers if args.text else vectors.write
    print(write(_make(args)), end="")
    return Status.DONE


def _write_all(args: argparse.Namespace) -> int:
    """Write a file for each case and dtype that is not chosen, of each rule."""
    settings = dict(map(_arguments.setting, args.settings))
    cases = [args.case] if args.case else vectors.CASES
    dtypes = [args.dtype] if args.dtype else vectors.DTYPES
    write, end = (
        (vectors.write_numbers, "txt") if args.text else (vectors.write, "json")
    )
    made = vectors.make_all(args.rule, settings, cases=cases, dtypes=dtypes)
    n = 0
    try:
        args.all.mkdir(parents=True, exist_ok=True)
        for n, golden in enumerate(made, 1):  # noqa: B007 - how many there were
            name = "-".join(golden[key] for key in ("rule", "case", "dtype"))
            (args.all / f"{name}.{end}").write_text(write(golden), "utf-8")
    except OSError as error:
        msg = f"vectors: {args.all}: {error.strerror}"
        raise UserError(msg) from error
    print(f"{n} files in {args.all}")
    return Status.DONE


def _check_results(args: argparse.Namespace) -> int:
    files = 1 if args.rule else 2
    if len(args.check) > files or (args.settings and not args.rule):
        raise UserError(
            "vectors: --check takes RESULTS and, maybe, GOLDEN.json; or RESULTS alone "
            "after the name of a rule, which --set goes with"
        )
    tol = None if args.tol is None else _arguments.real("--tol")(args.tol)
    difference, tol = _compare(args, tol)
    print(difference or f"all weights agree within {tol:g}")
    return Status.FAILED if difference else Status.DONE


def _compare(
    args: argparse.Namespace, tol: float | None
) -> tuple[vectors.Difference | None, float]:
    """Compare the files, within a tolerance; a refusal names the one it is about."""
    texts = [*map(_arguments.read_text, args.check)]
    try:
        theirs, *rest = (
            read_object(*each)
            for each in zip(("results", "golden"), texts, strict=False)
        )
        case = args.case or theirs.get("case")
        ours = rest[0] if rest else None
        if args.rule:
            ours = _make(argparse.Namespace(**{**vars(args), "case": case}))
        tol = tolerance_of(theirs, ours or {}, args.dtype) if tol is None else tol
        return vectors.check(theirs, ours, tol=tol), tol
    except ValueError as error:
        message = str(error)
        for name, path in zip(("results", "golden"), args.check, strict=False):
            message = re.sub(f"^{name}: ", f"{path}: ", message)
        raise ValueError(message) from error
