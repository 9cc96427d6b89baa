"""`refgd translate`: a framework's optimizer as another framework writes it."""

import argparse
from collections.abc import Iterator

from refgd import dialects
from refgd.cli._arguments import Status, UserError
from refgd.dialects import Translation

SUMMARY = "write an optimizer as another framework does"

DESCRIPTION = """\
Print the call of another framework that walks the same path as the given one: exact;
exact while a condition holds, with the test that says so; or none, then the nearest,
what cannot be said there, and the first step after which the paths are apart.
"""

EPILOG = """\
examples:
  refgd translate "torch.optim.RMSprop(lr=0.01, alpha=0.9)" --to optax
  refgd translate "torch.optim.SGD(momentum=0.9)" --to keras
  refgd translate "optax.adamw(1e-3)"

The call is read, not run, and no framework need be installed. The exit status is 0 if
there is an exact call, also if under a condition, in one of the frameworks asked for; 1
if there is none.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    words = "as it is written there, in quotes"
    parser.add_argument("call", metavar="CALL", help=words)
    words = f"{', '.join(dialects.frameworks())}; or all, for a table (default: all)"
    parser.add_argument("--to", default="all", metavar="FRAMEWORK", help=words)


def run(args: argparse.Namespace) -> int:
    """Print the translation; 1 if there is none that is exact."""
    try:
        if args.to == "all":
            found = dialects.translate_to_all(args.call)
            print(*_table(found), sep="\n")
        else:
            found = [dialects.translate(args.call, to=args.to)]
            print(*found)
    except (TypeError, ValueError) as error:
        raise UserError(str(error)) from error
    exact = any(each.verdict != "none" for each in found)
    return Status.DONE if exact else Status.FAILED


def _table(found: list[Translation]) -> Iterator[str]:
    """Yield a line for each framework: the verdict, the call, the reservations."""
    yield str(found[0].source)
    wide = max(len(each.to) for each in found)
    for each in found:
        yield f"  {each.to:<{wide}}  {each.verdict:<11}  {each.call}"
        yield from (f"  {'':<{wide}}  {line}" for line in each.reservations)
