"""A lock file, so that two processes do not write the same checkpoint."""

import errno
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START = 19  # where /proc/PID/stat has the start time, counted behind the name


@contextmanager
def lock(path: str | os.PathLike[str]) -> Iterator[None]:
    """Hold the lock of a checkpoint: a file ``path.lock`` that names this process.

    It is made with O_EXCL, so that only one process can; what it holds is the host,
    the process and when that began. A lock whose process is known to be gone is taken
    over; where that cannot be known, on another host or where there is no /proc, it is
    held.

    Args:
        path: The checkpoint.

    Raises:
        BlockingIOError: If another process holds it, or may.
        OSError: If the file cannot be made, as in a folder that is read-only.

    Example:
        >>> import tempfile
        >>> from refgd import checkpoint
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with checkpoint.lock(f"{folder}/run.npz"):
        ...         print(*os.listdir(folder))
        ...     print(len(os.listdir(folder)))
        run.npz.lock
        0
    """
    file, own = Path(f"{os.fspath(path)}.lock"), _name_process(str(os.getpid()))
    while not _is_made(file, own):
        holder = _read(file)
        if holder is not None and _may_run(holder):
            message = _describe(path, file, holder)
            raise BlockingIOError(errno.EAGAIN, message)
        if holder is not None:
            _take_away(file, holder)
    try:
        yield
    finally:
        if _read(file) == own:
            with suppress(OSError):
                file.unlink()


def _is_made(file: Path, own: str) -> bool:
    try:
        made = file.open("x", encoding="utf-8")
    except FileExistsError:
        return False
    try:
        with made:
            made.write(own)
    except OSError:  # the disk is full
        file.unlink()
        raise
    return True


def _read(file: Path) -> str | None:
    """Return what a lock holds: nothing if it cannot be read, None if it is gone."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def _take_away(file: Path, holder: str) -> None:
    """Remove the lock of a process that is gone, of two that try one alone."""
    taken = Path(f"{file}.{secrets.token_hex(4)}.tmp")
    with suppress(FileNotFoundError):
        file.rename(taken)
        if _read(taken) == holder:
            taken.unlink()
        else:  # another one was quicker, and this is its own
            taken.rename(file)


def _name_process(pid: str) -> str:
    """Return the host, the process and when it began, if it runs and that is known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        began = stat.rpartition(")")[2].split()[START]
    except (IndexError, OSError):
        began = ""
    return f"{platform.node()} {pid} {began}"


def _may_run(holder: str) -> bool:
    host, pid, began = _parts(holder)
    known = bool(began) and host == platform.node() and pid.isdigit()
    return not known or _name_process(pid) == holder


def _parts(holder: str) -> list[str]:
    """Return the host, the process and when it began, each empty if not there."""
    return (holder.split() + 3 * [""])[:3]


def _describe(path: str | os.PathLike[str], file: Path, holder: str) -> str:
    host, pid, _ = _parts(holder)
    who = f"process {pid} on {host}" if pid else "another process"
    return (
        f"{os.fspath(path)} is in use by {who}; if that no longer runs, delete {file}"
    )
