"""Files: there as a whole or not at all, and believed only as far as they can be read.

A file grows beside its place under another name, which is created exclusively, so that a link
somebody put there is not followed, and is then renamed.

State that earlier runs wrote may be of another version, of a killed machine or of another program.
No value of it reaches the program but through the types that are declared for it; fields that are
not known are left out, so that a newer version's state can be read.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

T = TypeVar("T")

_PIECE = 1 << 17


def json_bytes(value: Any) -> bytes:
    """Return a value, with dataclasses in it, as a JSON file holds it."""
    text = json.dumps(value, indent=1, ensure_ascii=False, default=asdict)
    return f"{text}\n".encode("utf-8", "replace")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file at one stroke. Raises OSError, which names the file."""
    write_atomically(path, json_bytes(value))


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file at one stroke. Raises OSError, which names the file."""
    with staged(path, data) as new:
        new.replace(path)


@contextmanager
def staged(path: Path, data: bytes) -> Iterator[Path]:
    """Write a file beside its place, to be renamed there: what needs room on the disk is done.

    It goes if it was not renamed. Raises OSError, which names the file.
    """
    with _beside(path) as new:
        with new.open("xb") as file:
            file.write(data)
        yield new


def move_atomically(source: Path, path: Path) -> None:
    """Move a finished file to its place at one stroke, also to another disk. Raises OSError."""
    with _beside(path) as new:
        try:
            source.rename(new)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with source.open("rb") as old, new.open("xb") as file:
                shutil.copyfileobj(old, file)
            source.unlink()
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Return the other name, of which nothing is left before or after."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        yield new
    except OSError as error:
        if error.filename not in {None, str(new)}:
            raise
        # A write that fails, unlike an open, does not say of which file.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if not new.is_dir():
            new.unlink(missing_ok=True)


def read_as(kind: type[T], path: Path) -> T | None:
    """Return what a JSON file holds, as a dataclass; None where it cannot be read as one."""
    try:
        # A pipe, say, would be waited for.
        return decode_as(kind, path.read_bytes()) if path.is_file() else None
    except OSError:
        return None


def decode_as(kind: type[T], data: bytes) -> T | None:
    """Return what JSON says, as a dataclass; None where it cannot be read as one."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None


def is_unharmed(path: Path, sha256: str | None) -> bool:
    """Tell whether a file is there, to the byte."""
    try:
        if not path.is_file():  # a pipe, say, would be waited for
            return False
        with path.open("rb") as file:
            return digest_of(file)[1] == sha256
    except OSError:
        return False


def digest_of(file: BinaryIO) -> tuple[int, str]:
    """Read a file to its end, a piece at a time; return size and SHA-256. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()
