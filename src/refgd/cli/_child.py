"""Somebody's code in a process of its own: with a time limit, and without windows.

It is a process and no sandbox: the code may do there what its user may do. But it is
ended whole, with what it started; what it prints fills neither memory nor disk; and
findings that it writes itself are not believed. The child gets its orders on stdin,
behind a key, and sends its findings as one line on what was its stdout, signed with
that key. Neither the key nor the orders are in a file, an argument or the environment.
"""

import argparse
import base64
import collections
import contextlib
import hashlib
import json
import math
import os
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

STORAGE = "HYPOTHESIS_STORAGE_DIRECTORY"

LIMIT = 60.0  # seconds

KEY = 32  # bytes; of the key, and of a signature

LONGEST = 2**24  # bytes of findings; a longer line is none

LEAST_MEMORY = 2**31  # bytes: what a framework needs to begin with

KEPT = 100  # pieces of what the code writes to stderr, each of PIECE bytes at most
PIECE = 1024

#: -P: what lies in the current folder is not imported in place of what refgd needs.
START = """\
import runpy, sys
sys.argv[1] in sys.path or sys.path.insert(0, sys.argv[1])
runpy.run_module(sys.argv[2], run_name="__main__", alter_sys=True)
"""
HERE = str(Path(__file__).parents[2])


def add_time_limit(parser: argparse.ArgumentParser, each: str) -> None:
    """Add --time-limit, for each of what is run."""
    words, seconds = f"for each {each}; default: {LIMIT:g}", positive(float)
    add = parser.add_argument
    add("--time-limit", type=seconds, default=LIMIT, metavar="SECONDS", help=words)


def positive(kind: type) -> Any:
    """Return what reads a number above zero."""

    def number(text: str) -> Any:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = f"positive {kind.__name__}"
    return number


_running: set[subprocess.Popen[bytes]] = set()


def run(
    program: str,
    orders: dict[str, Any],
    limit: float,
    folder: Path = Path(),
    jobs: int = 1,
) -> dict[str, Any]:
    """Run a module of refgd's on its orders; return its findings, or an error.

    It runs in a folder, from which it can import, and has the limit among its orders.
    Of the memory it may have its share, if so many jobs run at once.
    """
    orders = {
        **orders,
        "limit": limit,
        "folder": str(folder.resolve()),
        "memory": _share_memory(jobs),
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as storage:
        process = _start(program, storage, orders["folder"])
        _running.add(process)
        try:
            return _listen(process, orders, limit)
        finally:
            _running.discard(process)
            _end(process)


def _share_memory(jobs: int) -> int | None:
    """Return the bytes of memory that a child may have; None where nobody knows."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return max(LEAST_MEMORY, whole // (jobs + 1))


def _start(program: str, storage: str, folder: str) -> subprocess.Popen[bytes]:
    own = {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8:backslashreplace"}
    return subprocess.Popen(  # noqa: S603 - this very Python, and a module of refgd's
        [sys.executable, "-P", "-c", START, HERE, program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, **own, STORAGE: storage},
        start_new_session=True,
    )


def end_running() -> None:
    """End every child; whoever waits for it goes on."""
    for process in [*_running]:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a child with all that it started; on Windows, the child alone."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _listen(
    process: subprocess.Popen[bytes], orders: dict[str, Any], limit: float
) -> dict[str, Any]:
    """Give the orders; return the findings as soon as they are there."""
    heard: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    said: collections.deque[bytes] = collections.deque(maxlen=KEPT)
    key = secrets.token_bytes(KEY)
    _in_thread(_hear_findings, process.stdout, key, heard.put)
    listener = _in_thread(_keep_end, process.stderr, said)
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(key + json.dumps(orders).encode())
    try:
        found = heard.get(timeout=limit)
        if found is not None:
            return found
        status = process.wait(timeout=limit)
    except (queue.Empty, subprocess.TimeoutExpired):
        return {"error": f"took longer than {limit:g} s; see --time-limit"}
    listener.join(timeout=1)
    text = b"".join(said).decode(errors="replace").strip()
    last = (text.splitlines() or ["no message"])[-1]
    return {"error": f"ended its process with {_name(status)}: {last}"}


def _in_thread(work: Callable[..., None], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _hear_findings(
    stream: IO[bytes], key: bytes, put: Callable[[dict[str, Any] | None], None]
) -> None:
    """Put the first line that is signed, or None if there is none to the end."""
    with stream:
        while line := stream.readline(LONGEST):
            signature, _, findings = line.strip().partition(b" ")
            if secrets.compare_digest(signature, _sign(findings, key)):
                put(json.loads(base64.b64decode(findings)))
                return
        put(None)


def _keep_end(stream: IO[bytes], said: collections.deque[bytes]) -> None:
    with stream:
        while piece := stream.readline(PIECE):
            said.append(piece)


def _sign(findings: bytes, key: bytes) -> bytes:
    signature = hashlib.blake2b(findings, key=key, digest_size=KEY)
    return signature.hexdigest().encode()


def _name(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return str(status)


# --- in the child ----------------------------------------------------------------


def answer(
    examine: Callable[[dict[str, Any]], dict[str, Any]], stdin: int = 0, stdout: int = 1
) -> None:
    """In the child: read the orders, and send the findings, signed.

    What the kit consists of is imported before the folder of the user's code can be
    imported from. Once the code runs, stdin is empty and stdout leads nowhere.
    """
    import refgd.testing  # noqa: F401, PLC0415 - the parent needs it not
    from refgd.cli import _tampering  # noqa: PLC0415 - likewise

    send = _make_sender(given := _read_all(stdin), os.dup(stdout))
    orders = json.loads(given[KEY:])
    del given
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (stdin, stdout):
        os.dup2(nowhere, stream)
    _limit_resources(orders["limit"], orders["memory"])
    list_changed = _tampering.watch()
    sys.dont_write_bytecode = True
    sys.path.insert(0, orders["folder"])
    found = examine(orders)
    if changed := list_changed():
        names = ", ".join(changed[:3])
        found = {"error": f"changes {names}, with which it is checked"}
    send(found)


def _read_all(stream: int) -> bytes:
    return b"".join(iter(lambda: os.read(stream, 65536), b""))


def _make_sender(given: bytes, channel: int) -> Callable[[dict[str, Any]], None]:
    """Return what sends findings, made of what no code can replace any more."""
    signing = hashlib.blake2b(key=given[:KEY], digest_size=KEY)
    dumps, encode, write = json.dumps, base64.b64encode, os.write

    def send(found: dict[str, Any]) -> None:
        findings = encode(dumps(found).encode())
        signature = signing.copy()
        signature.update(findings)
        line = b"\n%s %s\n" % (signature.hexdigest().encode(), findings)
        while line:
            line = line[write(channel, line) :]

    return send


def _limit_resources(seconds: float, memory: int | None) -> None:
    """In the child: keep it from the rest of the machine, where the system can.

    Its own parent ends it in time; where that was ended itself, the system does.
    """
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    processors = os.cpu_count() or 1
    limits = {resource.RLIMIT_CPU: math.ceil(seconds * processors) + 1}
    if memory is not None:
        limits[resource.RLIMIT_DATA] = memory
    for kind, limit in limits.items():
        _, most = resource.getrlimit(kind)
        if most == resource.RLIM_INFINITY or most > limit:
            resource.setrlimit(kind, (limit, most))
