"""`refgd vectors`: golden vectors of a rule, and the check of a program's results."""

import argparse
import re
from pathlib import Path

from refgd import vectors
from refgd.cli import _arguments
from refgd.cli._arguments import Status, UserError

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
  refgd vectors --check results.json adam.json
  refgd vectors --check results.json   # against the rule that the results name
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", nargs="?", help="such as adam, or torch.optim.Adam")
    _arguments.add_settings(parser, "a hyperparameter; may be given again")
    words = "compare results with golden vectors, or with those of the rule they name"
    files = ("RESULTS.json", "GOLDEN.json")
    parser.add_argument("--check", nargs="+", type=Path, metavar=files, help=words)


def run(args: argparse.Namespace) -> int:
    """Print the vectors of a rule, or check results; 1 if they differ."""
    if (args.rule is None) == (args.check is None):
        raise UserError("vectors: give either the name of a rule or --check FILE")
    try:
        return _print_vectors(args) if args.check is None else _check_results(args)
    except (OverflowError, TypeError, ValueError) as error:
        msg = f"vectors: {error}"
        raise UserError(msg) from error


def _print_vectors(args: argparse.Namespace) -> int:
    settings = dict(map(_arguments.setting, args.settings))
    print(vectors.write(vectors.make(args.rule, settings)), end="")
    return Status.DONE


def _check_results(args: argparse.Namespace) -> int:
    if args.settings or len(args.check) > 2:  # noqa: PLR2004 - RESULTS and GOLDEN
        raise UserError("vectors: --check takes RESULTS.json and, maybe, GOLDEN.json")
    difference = _compare(args.check)
    print(difference or f"all weights agree within {vectors.TOLERANCE:g}")
    return Status.FAILED if difference else Status.DONE


def _compare(paths: list[Path]) -> vectors.Difference | None:
    """Compare the files; a refusal names the one that it is about."""
    texts = [*map(_read_text, paths)]
    try:
        return vectors.check(*texts)
    except ValueError as error:
        message = str(error)
        for name, path in zip(("results", "golden"), paths, strict=False):
            message = re.sub(f"^{name}: ", f"{path}: ", message)
        raise ValueError(message) from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        msg = f"vectors: {path}: no such file"
        raise UserError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        msg = f"vectors: {path}: {reason}"
        raise UserError(msg) from error
