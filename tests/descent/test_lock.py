"""The lock of a checkpoint: one process at a time, and none that is gone for ever."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from refgd import _lock, checkpoint

HERE = _lock._name_process(str(os.getpid()))  # noqa: SLF001 - what a lock holds


def test_a_lock_names_its_process_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    with checkpoint.lock(path):
        assert (tmp_path / "run.npz.lock").read_text() == HERE
        assert HERE.split()[1] == str(os.getpid())
        with (
            pytest.raises(BlockingIOError, match="is in use by process"),
            checkpoint.lock(path),
        ):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_goes_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), checkpoint.lock(tmp_path / "run"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_another_is_left_to_it(tmp_path: Path) -> None:
    """Somebody deleted this one's, as the message says, and another came."""
    with checkpoint.lock(tmp_path / "run"):
        (tmp_path / "run.lock").write_text("elsewhere 7 99")
    assert (tmp_path / "run.lock").read_text() == "elsewhere 7 99"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("how", ["gone", "another with its number"])
def test_the_lock_of_a_process_that_is_gone_is_taken_over(
    tmp_path: Path, how: str
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    host, _, began = HERE.split()
    pid = process.pid if how == "gone" else os.getpid()
    (tmp_path / "run.lock").write_text(f"{host} {pid} {int(began) + 1}")
    with checkpoint.lock(tmp_path / "run"):
        assert (tmp_path / "run.lock").read_text() == HERE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("holder", "who"),
    [
        ("elsewhere 7 99", "process 7 on elsewhere"),
        (f"{HERE.split()[0]} 7 ", "process 7 on"),
        (f"{HERE.split()[0]} ../x 1", "process ../x on"),
        ("", "another process"),
    ],
)
def test_a_lock_of_which_nobody_knows_is_held(
    tmp_path: Path, holder: str, who: str
) -> None:
    """Of another host, of a system without /proc, or of another maker."""
    (tmp_path / "run.lock").write_text(holder)
    with (
        pytest.raises(BlockingIOError, match="if that no longer runs, delete") as held,
        checkpoint.lock(tmp_path / "run"),
    ):
        pass
    assert who in str(held.value)
    assert (tmp_path / "run.lock").read_text() == holder


def test_without_proc_a_process_has_no_beginning() -> None:
    assert _lock._name_process("0").split()[1:] == ["0"]  # noqa: SLF001


def test_a_lock_that_cannot_be_read_is_held(tmp_path: Path) -> None:
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(BlockingIOError), checkpoint.lock(tmp_path / "run"):
        pass


def test_a_lock_that_goes_meanwhile_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.lock").write_text("elsewhere 7 99")
    read = _lock._read  # noqa: SLF001 - the moment between

    def slow(file: Path) -> str | None:
        monkeypatch.setattr(_lock, "_read", read)
        file.unlink()
        return read(file)

    monkeypatch.setattr(_lock, "_read", slow)
    with checkpoint.lock(tmp_path / "run"):
        assert (tmp_path / "run.lock").read_text() == HERE


def test_of_two_that_take_over_the_slower_gives_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process took the lock over after this one had read it."""
    host = HERE.split()[0]
    lock, other = tmp_path / "run.lock", f"{host} 1 {'0' if host else ''}elsewhere"
    lock.write_text(f"{host} 999999999 1")
    may_run = _lock._may_run  # noqa: SLF001 - the moment between

    def slow(holder: str) -> bool:
        monkeypatch.setattr(_lock, "_may_run", lambda _: True)
        lock.write_text(other)
        return may_run(holder)

    monkeypatch.setattr(_lock, "_may_run", slow)
    with pytest.raises(BlockingIOError), checkpoint.lock(tmp_path / "run"):
        pass
    assert lock.read_text() == other
    assert list(tmp_path.iterdir()) == [lock]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), checkpoint.lock(tmp_path / "no" / "run"):
        pass


def test_a_lock_that_cannot_be_written_is_not_left(tmp_path: Path) -> None:
    """As where the disk is full: nobody would hold it, and nobody could take it."""
    resource = pytest.importorskip("resource", reason="limits the size of files")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    try:
        with (
            pytest.raises(OSError, match="File too large"),
            checkpoint.lock(tmp_path / "run"),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert list(tmp_path.iterdir()) == []
