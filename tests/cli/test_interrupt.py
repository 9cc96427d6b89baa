import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import refgd
from refgd import stopping
from refgd.cli import main
from refgd.cli.fit import _problem
from refgd.cli.fit._interrupt import interruption
from refgd.history import Recorder

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and terminals are others on Windows"
)

PATIENCE = 30  # seconds; one or two are needed
ENDLESS = ["fit", "--dataset", "hubble", "--tol", "0", "--n-iters", "1000000000"]

# A shell starts background jobs with SIGINT ignored; the run has to hear it.
PROGRAM = """
import signal, sys
from refgd.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""


@contextmanager
def _started(*argv: str, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run in its own process, on this very source."""
    source = str(Path(refgd.__file__).parents[1])
    with subprocess.Popen(  # noqa: S603 - this Python, our own text
        [sys.executable, "-c", PROGRAM, *argv],
        env={**os.environ, "PYTHONPATH": source, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=stderr,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _interrupt_once_running(process: subprocess.Popen[bytes]) -> tuple[str, bytes]:
    """Send SIGINT after the lines that come before the run; return what was said."""
    assert process.stdout is not None
    said = b""
    while not said.endswith(b"\n\n"):
        said += process.stdout.readline()
    time.sleep(0.3)  # the lines are flushed just before the run begins
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    return (said + out).decode(), err


def test_ctrl_c_prints_what_there_is() -> None:
    with _started(*ENDLESS, stderr=subprocess.PIPE) as process:
        out, err = _interrupt_once_running(process)
    assert (process.returncode, err) == (130, b"")
    assert "w[distance in Mpc] = 423.9373232316" in out
    assert out.endswith("steps: it was interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_the_status(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), number))
    try:
        timer.start()
        assert main(ENDLESS) == 128 + number
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().out.endswith("steps: it was interrupted\n")


def _read_until(terminal: int, word: bytes) -> bytes:
    """Read from a terminal until a word comes, or PATIENCE ends."""
    seen, end = b"", time.monotonic() + PATIENCE
    while word not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 1.0)[0]:
            seen += os.read(terminal, 1024)
    return seen


def test_a_long_run_shows_a_bar_on_a_terminal() -> None:
    pytest.importorskip("tqdm", reason="the bar is optional: refgd[cli]")
    termios = pytest.importorskip("termios", reason="a terminal is sized by it")
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))  # a new one has no columns at all
    try:
        with _started(*ENDLESS, stderr=theirs) as process:
            seen = _read_until(ours, b"step/s")
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=PATIENCE)
    finally:
        os.close(theirs)
        os.close(ours)
    assert b"/1000000000 [00:0" in seen
    assert process.returncode == 130
    assert out.endswith(b"steps: it was interrupted\n")


def test_interruption_answers_after_the_first_sigint_only() -> None:
    """The second one is an interrupt as ever, for a step that takes too long."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        history = Recorder(refgd.fit([1], [1], n_iters=0).last)
        with interruption() as heard:
            assert heard.rule(history) is None
            signal.raise_signal(signal.SIGINT)
            assert heard.rule(history) is stopping.Reason.INTERRUPTED
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_interruption_puts_the_handler_back_after_an_error() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(ZeroDivisionError), interruption():
            raise ZeroDivisionError
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_interruption_leaves_an_ignored_signal_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruption():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_command_line_runs_in_any_thread(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only the main thread may ask for signals; the others run without."""
    status: list[int] = []
    argv = ["fit", "--dataset", "noint2"]
    thread = threading.Thread(target=lambda: status.append(main(argv)))
    thread.start()
    thread.join()
    assert status == [0]
    assert "w[x] = 0.72727272" in capsys.readouterr().out


def test_an_interrupt_outside_of_the_run_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_problem, "load", interrupted)
    assert main(["fit", "-"]) == 130
    assert capsys.readouterr() == ("", "refgd: interrupted\n")
