"""What earlier runs wrote, read through one gate: what does not fit counts as not there.

State on disk may be of another version, of a killed machine or of another program. No value of it
reaches the program but through the types that are declared for it; fields that are not known are
left out, so that a newer version's state can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


def read_as(kind: type[T], path: Path) -> T | None:
    """Return what a JSON file holds, as a dataclass; None where it cannot be read as one."""
    try:
        if not path.is_file():  # a pipe, say, would be waited for
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return decode_as(kind, data)


def decode_as(kind: type[T], data: bytes) -> T | None:
    """Return what JSON says, as a dataclass; None where it cannot be read as one."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None
