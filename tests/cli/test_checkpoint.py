"""What may befall a checkpoint of `refgd fit`: a line each, and the run is printed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import refgd
from refgd.cli import main

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and small disks are others on Windows"
)

resource = pytest.importorskip("resource", reason="limits the size of files")
PATIENCE = 30  # seconds; one or two are needed
HUBBLE = "fit --dataset hubble --checkpoint-every 0"
ENDLESS = f"{HUBBLE} --tol 0 --n-iters 1000000000"


@contextmanager
def _endless(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run in its own process, and wait for its first checkpoint."""
    argv = [*ENDLESS.split(), "--checkpoint", str(path)]
    with subprocess.Popen(  # noqa: S603 - our own program, with literal arguments
        [sys.executable, "-m", "refgd", *argv],
        env={**os.environ, "PYTHONPATH": str(Path(refgd.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not path.exists() and time.monotonic() < end:
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


def test_sigterm_saves_and_prints_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.npz"
    with _endless(path) as process:
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (128 + signal.SIGTERM, "")
    assert out.endswith(" steps: it was interrupted\n")
    assert [each.name for each in tmp_path.iterdir()] == ["run.npz"]
    steps = out.rpartition("stopped after ")[2].split()[0]
    assert main(f"{HUBBLE} --tol 0 --n-iters 1 --checkpoint {path}".split()) in {0, 3}
    assert capsys.readouterr().err == f"refgd: going on from step {steps}\n"


def test_a_second_process_is_refused_until_the_first_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed, it leaves its lock; the next one takes it over."""
    path = tmp_path / "run.npz"
    argv = f"{HUBBLE} --tol 0 --n-iters 1 --checkpoint {path}".split()
    with _endless(path) as process:
        assert main(argv) == 1
        said = f"refgd: {path} is in use by process {process.pid} on "
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(said)
        assert err.endswith(f"; if that no longer runs, delete {path}.lock\n")
    if sys.platform == "linux":
        assert Path(f"{path}.lock").exists()
        assert main(argv) in {0, 3}
        assert "going on from step" in capsys.readouterr().err
        assert not Path(f"{path}.lock").exists()


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk of its own where root may mount one; else one that takes no byte."""
    options, limit = request.param, resource.getrlimit(resource.RLIMIT_FSIZE)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(tmp_path)]
    is_mounted = False
    with suppress(OSError):
        is_mounted = (
            subprocess.run(  # noqa: S603 - a literal command
                mount, check=False, capture_output=True
            ).returncode
            == 0
        )
    if not is_mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    if is_mounted:
        subprocess.run(["umount", str(tmp_path)], check=True)  # noqa: S603, S607


@pytest.mark.parametrize("disk", ["size=4k", "ro"], indirect=True)
def test_a_run_is_printed_whatever_the_disk(
    disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Full, or read-only: that is said when it is met, and at the end."""
    path = disk / "run.npz"
    assert main([*HUBBLE.split(), "--checkpoint", str(path)]) == 1
    out, err = capsys.readouterr()
    going_on, failed = err.splitlines()
    assert failed.startswith(f"refgd: cannot write {path}: ")
    assert going_on == f"{failed}; going on"
    assert "w[distance in Mpc] = 423.93732" in out
    assert list(disk.iterdir()) == []


@pytest.mark.parametrize("error", [IsADirectoryError, PermissionError])
def test_a_checkpoint_that_cannot_be_read_is_one_line_and_stays(
    error: type[OSError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Root reads any file; as another user this is what opening it raises."""
    path = tmp_path / "run.npz"
    if error is IsADirectoryError:
        path.mkdir()
    else:
        path.write_bytes(b"precious")
        opened: Any = Path.open

        def refused(self: Path, *mode: str, **options: str) -> object:
            if self == path and mode == ("rb",):
                raise error(13, "Permission denied")
            return opened(self, *mode, **options)

        monkeypatch.setattr(Path, "open", refused)
    assert main([*HUBBLE.split(), "--checkpoint", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    reason = "Is a directory" if error is IsADirectoryError else "Permission denied"
    assert err == f"refgd: cannot read {path}: {reason}\n"
    assert [each.name for each in tmp_path.iterdir()] == ["run.npz"]
