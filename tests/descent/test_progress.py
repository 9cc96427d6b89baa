import errno
import io
import itertools
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

import refgd
from refgd import _progress


def _seconds(step: float) -> Iterator[float]:
    return itertools.count(0.0, step)


@pytest.fixture
def no_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)


@pytest.mark.usefixtures("no_tqdm")
@pytest.mark.parametrize(
    ("total", "lines"),
    [
        (9, [f"step {t} of at most 9" for t in (1, 3, 5, 7)]),
        (None, ["step 1", "step 3", "step 5", "step 7"]),
        (1_000_000, [f"step {t} of at most 1,000,000" for t in (1, 3, 5, 7)]),
    ],
)
def test_without_tqdm_a_line_comes_every_two_seconds(
    total: int | None, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The clock goes on by one second at each look, and is looked at after a line."""
    ticks = _seconds(1.0)
    watched = _progress.watch(iter(range(9)), total, clock=lambda: next(ticks))
    assert list(watched) == list(range(9))
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", [f"refgd: {line}" for line in lines])


@pytest.mark.usefixtures("no_tqdm")
def test_without_tqdm_a_short_run_shows_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(_progress.watch(range(5), 5)) == list(range(5))
    assert capsys.readouterr() == ("", "")


def test_with_tqdm_a_short_run_shows_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("tqdm", reason="the bar is optional: refgd[cli]")
    assert list(_progress.watch(range(5), 5)) == list(range(5))
    assert capsys.readouterr() == ("", "")


def test_with_tqdm_a_long_run_shows_a_bar_and_takes_it_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tqdm = pytest.importorskip("tqdm", reason="the bar is optional: refgd[cli]")
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 1e-9)
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)
    assert list(_progress.watch(range(5), 5)) == list(range(5))
    err = capsys.readouterr().err
    assert err.endswith("\r")


@pytest.mark.usefixtures("no_tqdm")
def test_bytes_without_tqdm(capsys: pytest.CaptureFixture[str]) -> None:
    ticks, read = _seconds(1.0), iter(range(1000, 9000, 1000))
    watched = _progress.watch_bytes(
        "abcd", lambda: next(read), 9000, clock=lambda: next(ticks)
    )
    assert list(watched) == list("abcd")
    lines = ["read 1,000 of 9,000 bytes", "read 2,000 of 9,000 bytes"]
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", [f"refgd: {line}" for line in lines])


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_bytes_with_tqdm(
    seconds: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bar that is taken away again; nothing of what is over soon."""
    tqdm = pytest.importorskip("tqdm", reason="the bar is optional: refgd[cli]")
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", seconds)
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)
    read = iter([4_000_000, 8_000_000])
    watched = _progress.watch_bytes("ab", lambda: next(read), 8_000_000)
    assert list(watched) == ["a", "b"]
    err = capsys.readouterr().err
    assert ("8.00M" in err and err.endswith("\r")) if seconds < 1 else err == ""


@pytest.mark.parametrize("blocked", [(), ("tqdm",)])
def test_progress_changes_nothing_in_the_run(
    blocked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in blocked:
        monkeypatch.setitem(sys.modules, name, None)
    quiet, watched = (
        refgd.fit([1, 2, 3], [2, 4, 7], n_iters=9, progress=progress)
        for progress in (False, True)
    )
    assert quiet.history.w.tolist() == watched.history.w.tolist()
    assert (quiet.reason, quiet.n_iters) == (watched.reason, watched.n_iters)


class _Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def _closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("blocked", [(), ("tqdm",)])
@pytest.mark.parametrize(
    "stderr", [_Full, _closed, lambda: None], ids=["full", "closed", "none"]
)
def test_a_run_is_not_lost_with_its_progress(
    blocked: tuple[str, ...], stderr: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr takes no more, is closed, or is not there."""
    for name in blocked:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 1e-9)
    monkeypatch.setattr(_progress, "SECONDS_BETWEEN_LINES", 0.0)
    monkeypatch.setattr(sys, "stderr", stderr())
    run = refgd.fit([1, 2, 3], [2, 4, 7], n_iters=9, progress=True)
    assert run.n_iters == 9


def test_optional_packages_are_not_imported_with_refgd() -> None:
    """`import refgd` and the command line need NumPy alone."""
    code = """
    import sys
    import refgd, refgd.cli, refgd.plots
    assert not {"tqdm", "matplotlib", "hypothesis"} & set(sys.modules)
    """
    path = f"import sys; sys.path[:0] = {sys.path!r}"
    program = f"{path}\n{textwrap.dedent(code)}"
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - this Python, our own text
