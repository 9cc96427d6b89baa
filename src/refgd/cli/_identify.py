"""`refgd identify`: which rule, published or a framework's, an optimizer follows."""

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refgd import vectors
from refgd.cli import _arguments, _child
from refgd.cli._arguments import Status, UserError

if TYPE_CHECKING:
    from refgd import testing

#: How the names of files of results end.
RESULTS = (".json", ".txt")

#: The floats that a program may compute in.
KINDS = ("float64", "float32", "float16")

SUMMARY = "find out which rule an optimizer follows"

DESCRIPTION = """\
Run an optimizer on fixed gradients, and say which published rule or framework dialect
it follows, which is nearest to it without being it, and where nothing matches, where
the first difference shows and why. It runs in a process of its own, which is ended with
all that it started. It is a process and no sandbox: the code can read, write and send
what you can (refgd check --help shows one).

Or read from files what a program in any language did on the gradients of refgd vectors,
and say the same of it.
"""

EPILOG = """\
examples:
  refgd identify torch.optim:RMSprop --set alpha=0.9
  refgd identify optax:adam
  refgd identify keras.optimizers:Nadam
  refgd identify mine.py:update --set lr=0.01
  refgd identify results.json --set beta1=0.8
  refgd identify plain.json decay.json --dtype float32

mine.py has update(w, dw, state) -> (w, state), maybe with hyperparameters after these,
such as lr=0.01; and maybe init(w) -> state. A class of torch or keras will do too, or
one of your own with a method step(w, g).
results.json has what refgd vectors --check reads; rows of numbers, as results.txt, will
do too. Several are of one program: of the case plain, schedule, decay and so on.
The exit status is 0 if a rule was found, 1 if not, 2 if it could not be run.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    words = "such as torch.optim:Adam, optax:adam, FILE.py:my_update; or RESULTS.json"
    parser.add_argument("optimizer", metavar="MODULE:NAME", nargs="+", help=words)
    words = (
        f"what RESULTS were computed in: {', '.join(KINDS)} (default: what they say)"
    )
    parser.add_argument("--dtype", choices=KINDS, metavar="DTYPE", help=words)
    words = f"the case of RESULTS.txt, which cannot say it: {', '.join(vectors.CASES)}"
    parser.add_argument("--case", choices=vectors.CASES, metavar="CASE", help=words)
    words = "FILE.py's init(w) -> state (default: init)"
    parser.add_argument("--init", metavar="NAME", help=words)
    words = "a hyperparameter, in its own names; may be given again"
    _arguments.add_settings(parser, words)
    _child.add_time_limit(parser, "optimizer")


def run(args: argparse.Namespace) -> int:
    """Print what the optimizer is; 1 if it is no known rule, 2 if it did not run."""
    try:
        settings = dict(map(_arguments.setting, args.settings))
        if _are_results(args):
            found = _identify_results(args, settings)
            print(found)
            return Status.DONE if found.matches else Status.FAILED
    except UserError as error:
        return _not_run(str(error))
    (optimizer,) = args.optimizer
    folder, name = _locate(optimizer)
    orders = {"optimizer": name, "init": args.init, "settings": args.settings}
    answer = _child.run("refgd.cli._identify_child", orders, args.time_limit, folder)
    if "error" in answer:
        return _not_run(f"{optimizer}: {answer['error']}")
    print(answer["text"])
    return Status.DONE if answer["matches"] else Status.FAILED


def _are_results(args: argparse.Namespace) -> bool:
    """Whether files of results are given; refuse what goes with one kind alone."""
    if all(name.endswith(RESULTS) for name in args.optimizer):
        if args.init is not None:
            raise UserError("--init goes with FILE.py")
        return True
    if len(args.optimizer) > 1:
        raise UserError("give one MODULE:NAME, or files of results alone")
    if args.dtype or args.case:
        raise UserError("--dtype and --case are of results")
    return False


def _identify_results(
    args: argparse.Namespace, settings: dict[str, Any]
) -> "testing.Identification":
    """Identify a program by its results; they are data, and need no child process."""
    from refgd import testing  # noqa: PLC0415 - --help starts fast
    from refgd.testing import drivers  # noqa: PLC0415 - likewise
    from refgd.vectors._read import read_object  # noqa: PLC0415 - likewise

    paths = [Path(name) for name in args.optimizer]
    case = {} if args.case is None else {"case": args.case}
    try:
        made = [
            {**read_object(str(path), _arguments.read_text(path)), **case}
            for path in paths
        ]
        subject = drivers.recorded(
            *made, name=paths[0].name, dtype=args.dtype, **settings
        )
        return testing.identify(subject)
    except (OverflowError, TypeError, ValueError) as error:
        one = len(paths) == 1
        message = re.sub("^results: ", f"{paths[0]}: " if one else "", str(error))
        raise UserError(message) from error


def _locate(optimizer: str) -> tuple[Path, str]:
    """Return the folder to run in, and the optimizer as it is found from there."""
    name, colon, rest = optimizer.rpartition(":")
    path = Path(name).absolute()
    if colon and path.is_file():
        return path.parent, f"{path}:{rest}"
    return Path(), optimizer


def _not_run(why: str) -> int:
    print(f"refgd: identify: {why}", file=sys.stderr)
    return Status.NOT_RUN
