"""The one way to write a file: it is there as a whole or not at all.

A file grows beside its place under another name, which is created exclusively, so that a link
somebody put there is not followed, and is then renamed.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

NEW = ".new"
"""How the other name ends."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file at one stroke. Raises OSError, which names the file."""
    new = stage(path, data)
    try:
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file at one stroke. Raises OSError, which names the file."""
    write_atomically(path, json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """Return a value as a JSON file holds it."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def stage(path: Path, data: bytes) -> Path:
    """Write a file beside its place, to be renamed there: what needs room on the disk is done.

    Raises OSError, which names the file.
    """
    new = _new(path)
    try:
        with _create(new) as file:
            file.write(data)
    except OSError as error:
        if not new.is_dir():
            new.unlink(missing_ok=True)
        # A write that fails, unlike an open, does not say of which file.
        raise OSError(error.errno, error.strerror, str(path)) from error
    return new


def move_atomically(source: Path, path: Path) -> None:
    """Move a finished file to its place at one stroke, also to another disk. Raises OSError."""
    new = _new(path)
    try:
        new.unlink(missing_ok=True)
        try:
            source.rename(new)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with source.open("rb") as old, _create(new) as file:
                shutil.copyfileobj(old, file)
            source.unlink()
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        if not new.is_dir():
            new.unlink(missing_ok=True)


def _new(path: Path) -> Path:
    return path.with_name(f".{path.name}{NEW}")


def _create(path: Path) -> BinaryIO:
    """Open a file that nobody else has; what an earlier run left there goes."""
    path.unlink(missing_ok=True)
    return path.open("xb")
