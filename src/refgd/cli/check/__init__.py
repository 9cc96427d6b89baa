"""`refgd check`: is the gradient in this file right?"""

import argparse
import functools
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from refgd.cli import _child
from refgd.cli._arguments import Status
from refgd.cli.check import _feedback, _files, _reports, _words
from refgd.cli.check._files import Checked

# as in refgd.testing.conventions, whose import would slow every command down
CONVENTIONS = ("mse", "half_mse", "sse", "half_sse", _files.OWN, _files.ANY)

SUMMARY = "is the gradient in this file right?"

DESCRIPTION = """\
Check the gradient, the loss and the predictions in a Python file, in a notebook, or in
a module that can be imported, against exact arithmetic. The functions are found by
their usual names and told apart by their parameters: gradient(x, y, y_pred) or grad(w,
x, y), loss(y, y_pred), forward(w, x), or forward(x) with a global w. Of a folder, every
.py and .ipynb file is checked.

Each file runs in its own folder and in a process of its own, which is ended with all
that it started; windows do not open. It is a process and no sandbox: the file can read,
write and send what you can. Check strangers' files in a sandbox (see below).
"""

EPILOG = """\
examples:
  refgd check homework.py
  refgd check --gradient dJ --convention half_mse homework.py
  refgd check --csv marks.csv --feedback feedback submissions/

where it can neither write nor send: with bwrap (Linux), or in a container, whose image
`refgd` has refgd installed:
  bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all \\
    --die-with-parent refgd check submissions/
  docker run --rm --network none --read-only --tmpfs /tmp --memory 4g \\
    --pids-limit 256 --volume "$PWD:/work:ro" --workdir /work refgd \\
    refgd check submissions/

exit status: 0 all right, 1 something is wrong, 2 something could not be run or is
unclear, and nothing is wrong
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is checked, what it means, and what is written where."""
    words = "or a folder, or a module"
    parser.add_argument("targets", nargs="+", metavar="FILE.py", help=words)
    for name in ("gradient", "loss", "forward"):
        parser.add_argument(f"--{name}", metavar="NAME", help=f"the {name}'s name")
    words = "what the gradient takes, in order, and returns, where its names do not "
    words += "tell: 'w, b, X, y -> db, dw'; X.T is X (d, n), [1, X] has ones in front, "
    words += "[b, w] the intercept; a number is given as it is"
    parser.add_argument("--signature", metavar="TEXT", help=words)
    words = "what it returns alone, such as 'db, dw' or 'loss, dw'; _ is left out"
    parser.add_argument("--returns", metavar="TEXT", help=words)
    words = "what the loss means; own: the gradient must be the derivative of the "
    words += "file's own loss, whatever that is; any: whichever of these the file's "
    words += "loss keeps to, else its gradient (default: any)"
    add = parser.add_argument
    add("--convention", choices=CONVENTIONS, help=words)
    words = "default: 100 a kind of model"
    add("--max-examples", type=_child.positive(int), help=words)
    _child.add_time_limit(parser, "file")
    words = "how many files to check at once (default: one a processor)"
    add("--jobs", type=_child.positive(int), metavar="N", help=words)
    words = "write all that was found there; - is stdout"
    add("--json", metavar="FILE", help=words)
    add("--csv", metavar="FILE", help="the same, a row for each function")
    words = "write a Markdown file there for each file that is checked"
    add("--feedback", metavar="DIR", type=Path, help=words)


def run(args: argparse.Namespace) -> int:
    """Check every file; print a verdict for each function, or a line for each file."""
    if args.json == args.csv == _reports.STDOUT:
        return _refuse("only one of --json and --csv can be written to stdout")
    try:
        targets = _files.list_targets(args.targets)
        with _reports.opened(args.json, args.csv) as files:
            checked = list(_print_verdicts(_check_all(targets, args), targets, args))
            _reports.write(checked, *files)
        if args.feedback is not None:
            _feedback.write(checked, args.feedback)
    except _files.RefusedError as error:
        return _refuse(str(error))
    statuses = [each.status for each in checked]
    return Status.FAILED if Status.FAILED in statuses else max(statuses)


def _refuse(why: str) -> int:
    print(f"refgd: check: {why}", file=sys.stderr)
    return Status.NOT_RUN


def _check_all(targets: list[str], args: argparse.Namespace) -> Iterator[Checked]:
    """Check several files at once; yield what was found in the order of the files."""
    jobs = min(args.jobs or _count_processors(), len(targets))
    check = functools.partial(_files.check, args=args, jobs=jobs)
    if jobs == 1:
        yield from map(check, targets)
        return
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(check, targets)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _child.end_running()
            raise


def _count_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _print_verdicts(
    found: Iterator[Checked], targets: list[str], args: argparse.Namespace
) -> Iterator[Checked]:
    """Print what is found as it comes, unless a report goes to stdout."""
    quiet = _reports.STDOUT in (args.json, args.csv)
    so_far = []
    for checked in found:
        so_far.append(checked)
        if len(targets) == 1 and checked.error:
            print(f"refgd: check: {checked.target} {checked.error}", file=sys.stderr)
        elif not quiet and len(targets) == 1:
            print("\n".join(_words.write_verdicts(checked)))
        elif not quiet:
            print(_words.write_line(checked), flush=True)
        yield checked
    if not quiet and len(targets) > 1:
        print(_words.write_total(so_far))
