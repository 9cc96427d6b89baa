"""`refgd identify`: which rule, published or a framework's, an optimizer follows."""

import argparse
import sys
from pathlib import Path

from refgd.cli import _arguments, _child
from refgd.cli._arguments import Status, UserError

SUMMARY = "find out which rule an optimizer follows"

DESCRIPTION = """\
Run an optimizer on fixed gradients, and say which published rule or framework dialect
it follows, which is nearest to it without being it, and where nothing matches, where
the first difference shows and why. It runs in a process of its own, which is ended with
all that it started. It is a process and no sandbox: the code can read, write and send
what you can (refgd check --help shows one).
"""

EPILOG = """\
examples:
  refgd identify torch.optim:RMSprop --set alpha=0.9
  refgd identify optax:adam
  refgd identify keras.optimizers:Nadam
  refgd identify mine.py:update --set lr=0.01

mine.py has update(w, dw, state) -> (w, state), maybe with hyperparameters after these,
such as lr=0.01; and maybe init(w) -> state. A class of torch or keras will do too.
The exit status is 0 if a rule was found, 1 if not, 2 if it could not be run.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    words = "such as torch.optim:Adam, optax:adam, FILE.py:my_update"
    parser.add_argument("optimizer", metavar="MODULE:NAME", help=words)
    words = "FILE.py's init(w) -> state (default: init)"
    parser.add_argument("--init", metavar="NAME", help=words)
    words = "a hyperparameter, in its own names; may be given again"
    _arguments.add_settings(parser, words)
    _child.add_time_limit(parser, "optimizer")


def run(args: argparse.Namespace) -> int:
    """Print what the optimizer is; 1 if it is no known rule, 2 if it did not run."""
    try:
        for text in args.settings:
            _arguments.setting(text)
    except UserError as error:
        return _not_run(str(error))
    orders = {key: getattr(args, key) for key in ("optimizer", "init", "settings")}
    folder, orders["optimizer"] = _locate(args.optimizer)
    found = _child.run("refgd.cli._identify_child", orders, args.time_limit, folder)
    if "error" in found:
        return _not_run(f"{args.optimizer}: {found['error']}")
    print(found["text"])
    return Status.DONE if found["matches"] else Status.FAILED


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
