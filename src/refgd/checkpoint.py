"""Checkpoints: a run so far in one file, to go on from in the same bits.

The file is an .npz without pickle: a header in JSON that says which problem it is of,
and an array for each number of the `SoFar`, named after its fields. The rows of the
history are among them, so that a run that goes on ends with all of its history.
"""

import hashlib
import json
import math
import os
import secrets
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from refgd import _checks, _user_functions
from refgd._lock import lock as lock  # noqa: PLC0414 - public from here
from refgd._types import Array, Data
from refgd.history import Best, History, Iterate, Recorder, SoFar
from refgd.optimizers import Optimizer

FORMAT = "refgd checkpoint 1"
HEADER = "header"
ZIP = b"PK\x03\x04"  # how an .npz begins
LOSSES = ("loss", "validation")  # what no square makes negative
BROKEN = (  # what NumPy, zipfile and json raise for a file that is not what it says
    AttributeError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

PathLike: TypeAlias = str | os.PathLike[str]


def problem_of(  # noqa: PLR0913 - what makes a run the same run
    x: Data,
    y: Data,
    *,
    optimizer: str,
    settings: Mapping[str, Any],
    batch_size: int | None = None,
    validation: Any = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Say which problem a run is of: what must agree for it to go on.

    Args:
        x: The samples, as `fit` gets them; kept as a hash.
        y: The targets, kept in the same way.
        optimizer: The optimizer's name.
        settings: Its settings, by name; what JSON can hold.
        batch_size: As `fit` gets it.
        validation: As `fit` gets it, a fraction or (x, y).
        seed: As `fit` gets it.

    Returns:
        A dictionary for `save` and `load`.
    """
    if isinstance(validation, tuple | list):
        validation = digest(*validation)
    parts = {
        "data": digest(x, y),
        "optimizer": optimizer,
        "settings": dict(settings),
        "batch_size": batch_size,
        "validation": validation,
        "seed": seed,
    }
    try:
        as_saved: dict[str, Any] = json.loads(json.dumps(parts))
    except TypeError as error:
        msg = f"settings must be what JSON can hold: {error}"
        raise TypeError(msg) from None
    return as_saved


def digest(*arrays: Data) -> str:
    """Return the SHA-256 of the arrays' dtypes, shapes and bytes, in hex."""
    total = hashlib.sha256()
    for value in arrays:
        a = np.ascontiguousarray(_checks.array("data", value))
        _refuse_objects(a)
        total.update(f"{a.dtype.str}{a.shape}".encode())
        total.update(a.tobytes())
    return total.hexdigest()


def save(path: PathLike, so_far: SoFar, problem: Mapping[str, Any]) -> None:
    """Write a checkpoint, atomically: at any moment the file is a whole one.

    It is written next to it, to a new file ``path.….tmp``, and then put in its place: a
    symlink there is replaced, never followed. A process that is killed leaves the old
    checkpoint, and perhaps its .tmp, which no other one touches.

    Args:
        path: Where to.
        so_far: The run: `Fit.so_far`, or `Recorder.so_far`.
        problem: Which problem it is of.

    Raises:
        OSError: If the file cannot be written.
        TypeError: If an optimizer's state holds other than numbers, arrays and
            NamedTuples of them: Fractions have no place in an .npz without pickle.
    """
    header = json.dumps({"format": FORMAT, **problem}, sort_keys=True)
    arrays = {HEADER: np.array(header), **dict(_leaves("run", so_far))}
    temporary = Path(f"{os.fspath(path)}.{secrets.token_hex(4)}.tmp")
    with temporary.open("xb") as file:  # x: O_EXCL, a file that was not there
        try:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # one keyword an array
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink()
            raise


def load(path: PathLike, problem: Mapping[str, Any], optimizer: Optimizer) -> SoFar:
    """Read a checkpoint of this problem.

    Args:
        path: What `save` wrote.
        problem: Which problem it must be of.
        optimizer: The optimizer, for the kinds of its state.

    Returns:
        The run so far: give it to `fit` in place of w.

    Raises:
        OSError: If there is no such file, or it cannot be opened.
        ValueError: If it is of another problem, naming the first difference; or not a
            checkpoint, or broken.
    """
    header, arrays = _read(path)
    for name, now in problem.items():
        if header.get(name) != now:
            how = _difference(name, header.get(name), now)
            msg = f"{path} is a checkpoint of another problem: {how}"
            raise ValueError(msg)
    try:
        so_far: SoFar = _restore("run", _run_like(arrays, optimizer), arrays)
        _check_steps(so_far, counted=_user_functions.is_own(optimizer))
    except BROKEN as error:
        raise _not_a_checkpoint(path, error) from None
    return so_far


def autosave(
    path: PathLike,
    problem: Mapping[str, Any],
    *,
    seconds: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[Recorder], None]:
    """Return a stop rule that never stops, and saves whenever that time is over.

    Args:
        path: Where to.
        problem: Which problem the run is of.
        seconds: The time between two checkpoints; 0 saves before every step.
        clock: Returns the time in seconds.
    """
    saved = clock()

    def watch(history: Recorder) -> None:
        nonlocal saved
        if clock() - saved >= seconds:
            saved = clock()  # before a save that may fail: the next one has its time
            save(path, history.so_far(), problem)

    return watch


def _read(path: PathLike) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the header and the arrays of a file, all of it read and checked."""
    with Path(path).open("rb") as file:
        try:
            arrays = _arrays(file)
            header = json.loads(str(arrays.pop(HEADER)))
            if header.pop("format") != FORMAT:
                raise ValueError("another format")
        except BROKEN as error:
            raise _not_a_checkpoint(path, error) from None
    return header, arrays


def _arrays(file: BinaryIO) -> dict[str, Array]:
    """Return the arrays of an .npz; of another file NumPy would say: trust a pickle."""
    if file.read(len(ZIP)) != ZIP:
        raise ValueError("not an .npz file")
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        return {
            member.filename.removesuffix(".npy"): _array(archive, member)
            for member in archive.infolist()
        }


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    """Return an array, if the file is as long as it says: no memory is taken before."""
    if member.compress_type != zipfile.ZIP_STORED:
        msg = f"{member.filename} is compressed"
        raise ValueError(msg)
    with archive.open(member) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            msg = f"{member.filename} is of another version"
            raise ValueError(msg)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        begin = file.tell()
    if begin + math.prod(shape) * dtype.itemsize != member.file_size:
        msg = f"{member.filename} is not as long as its header says"
        raise ValueError(msg)
    with archive.open(member) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
    return array


def _not_a_checkpoint(path: PathLike, error: Exception) -> ValueError:
    return ValueError(f"{path} is not a checkpoint of refgd, or it is broken: {error}")


def _difference(name: str, was: Any, now: Any) -> str:
    """Say what differs; of the settings, the first one; of the data, only that."""
    if name == "data":
        return "it was saved for different data"
    if isinstance(was, dict):
        keys = sorted({*was, *now})
        name = next(key for key in keys if was.get(key) != now.get(key))
        was, now = was.get(name), now.get(name)
    return f"{name} was {was}, now it is {now}"


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Array]]:
    """Yield every number and array of a tree of NamedTuples, by its path of fields."""
    if value is None:
        return
    if hasattr(value, "_fields"):
        for field, part in zip(value._fields, value, strict=True):
            yield from _leaves(f"{name}.{field}", part)
        return
    a = np.asarray(value)
    _refuse_objects(a)
    yield name, a


def _refuse_objects(a: Array) -> None:
    if a.dtype.kind not in "biuf":
        msg = f"a checkpoint holds floats and integers, got dtype {a.dtype}"
        raise TypeError(msg)


def _run_like(arrays: Mapping[str, Array], optimizer: Optimizer) -> SoFar:
    """Return a run with the fields of the one in the file, each of its kind and shape.

    The weight and the number of rows are the file's own.
    """
    w, rows = arrays["run.last.w"][()], len(arrays["run.history.t"])
    if w.dtype not in _checks.KINDS or w.ndim >= _checks.MATRIX or rows == 0:
        msg = f"a weight of {w.dtype} and shape {w.shape}, with {rows} rows"
        raise ValueError(msg)
    loss = w.dtype.type(0)
    validated = "run.validation" in arrays
    point = Iterate(0, w, loss, w, None)
    best = Best(0, w, loss, loss, 0) if validated else None
    losses = np.broadcast_to(loss, rows)
    history = History(
        np.broadcast_to(0, rows),
        np.broadcast_to(w, (rows, *w.shape)),
        losses,
        losses if validated else None,
    )
    last = point._replace(state=optimizer.init(w))
    validation = loss if validated else None
    like = SoFar(point, point, point, last, validation, best, history)
    if {name for name, _ in _leaves("run", like)} != set(arrays):
        raise ValueError("its fields are not those of a run with this optimizer")
    return like


def _restore(name: str, like: Any, arrays: Mapping[str, Array]) -> Any:
    """Return a tree like this one, with the file's numbers."""
    if like is None:
        return None
    if hasattr(like, "_fields"):
        parts = zip(like._fields, like, strict=True)
        return type(like)(*(_restore(f"{name}.{f}", p, arrays) for f, p in parts))
    value, wanted = arrays[name], np.asarray(like)
    if value.shape != wanted.shape or value.dtype != wanted.dtype:
        msg = (
            f"{name} must be of {wanted.dtype} and shape {wanted.shape}, "
            f"got {value.dtype} and shape {value.shape}"
        )
        raise ValueError(msg)
    if value.dtype.kind == "f" and np.isnan(value).any():
        msg = f"{name} is NaN"
        raise ValueError(msg)
    return int(value) if isinstance(like, int) else value[()]


def _check_steps(so_far: SoFar, *, counted: bool) -> None:
    """Refuse steps that are not in their order, and numbers that no run has.

    Args:
        so_far: The run.
        counted: Whether the t of its optimizer's state, if any, is the steps taken.
    """
    first, previous, epoch, last = so_far[:4]
    kept = so_far.history.t
    best = so_far.best or Best(first.t, None, None, None, 0)
    in_order = (
        0 <= first.t <= previous.t <= epoch.t <= last.t
        and first.t == kept[0]
        and (np.diff(kept) > 0).all()
        and kept[-1] <= epoch.t
        and first.t <= best.t <= epoch.t
        and best.stale >= 0
    )
    taken = getattr(last.state, "t", last.t) if counted else last.t
    if not in_order or taken != last.t:
        raise ValueError("its steps are not those of a run")
    points: list[Any] = [
        *so_far[:4],
        so_far.history,
        *([so_far.best] if so_far.best else []),
    ]
    finite = [part for at in so_far[:4] for part in at[1:4]]
    finite += [part for at in points for part in (at.w, at.loss)]
    if not all(np.isfinite(part).all() for part in finite):
        raise ValueError("a weight, loss or gradient is not finite")
    losses = [getattr(at, name, None) for at in points for name in LOSSES]
    if any((loss < 0).any() for loss in losses if loss is not None):
        raise ValueError("a loss is negative")
