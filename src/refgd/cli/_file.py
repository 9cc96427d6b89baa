"""A file as lines of text: opened, decoded, and how far it was read."""

import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, TypeVar

from refgd._progress import watch_bytes
from refgd.cli._errors import UserError

T = TypeVar("T")

STDIN = "-"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class File(NamedTuple):
    """An open file.

    Attributes:
        title: What messages call it.
        binary: Its bytes.
        text: Its lines, each with its end.
    """

    title: str
    binary: BinaryIO
    text: io.TextIOWrapper


@contextmanager
def opened(path: str) -> Iterator[File]:
    """Open a file of UTF-8; `-` is standard input, which stays open.

    Raises:
        UserError: If there is no such file, or it cannot be opened.
    """
    title = "standard input" if path == STDIN else path
    binary = _binary(path)
    text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
    try:
        yield File(title, binary, text)
    finally:
        text.detach()
        if path != STDIN:
            binary.close()


def _binary(path: str) -> BinaryIO:
    if path == STDIN and sys.stdin is None:
        raise UserError("cannot read standard input: it is closed")
    try:
        return sys.stdin.buffer if path == STDIN else open(path, "rb")  # noqa: PTH123 - `opened` closes it
    except FileNotFoundError:
        msg = f"{path}: no such file"
    except IsADirectoryError:
        msg = f"{path} is a directory, not a file"
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
    raise UserError(msg)


def undecoded(title: str, lines: int, error: UnicodeDecodeError) -> str:
    """Say where a byte is not UTF-8; so many lines were read before its chunk."""
    if lines == 0 and error.object.startswith(UTF16_MARKS):
        return f"{title} is UTF-16: save it as UTF-8"
    line = lines + error.object[: error.start].count(b"\n") + 1
    byte = error.object[error.start]
    return f"{title}, line {line}: byte 0x{byte:02x} is not UTF-8; save it as UTF-8"


def watch(batches: Iterable[T], file: File) -> Iterator[T]:
    """Yield the batches, and show how much of the file they took; nothing of a pipe."""
    about = os.fstat(file.binary.fileno())
    if not stat.S_ISREG(about.st_mode):
        return iter(batches)
    return watch_bytes(batches, file.binary.tell, about.st_size)
