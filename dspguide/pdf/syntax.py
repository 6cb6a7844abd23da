"""Writing PDF syntax: the few kinds of values that a book needs beside its chapters' objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def text_string(text: str) -> bytes:
    """A text string for people: ASCII as it is, everything else in UTF-16 with its mark."""
    if text.isascii() and text.isprintable():
        raw = text.encode("ascii")
        return b"(" + raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
    return b"<" + (b"\xfe\xff" + text.encode("utf-16-be", "replace")).hex().encode() + b">"


def number(value: float) -> bytes:
    """A number with at most three decimals, never in exponent form."""
    return f"{value:.3f}".rstrip("0").rstrip(".").encode() if value % 1 else b"%d" % value


def reference(object_number: int) -> bytes:
    """A reference to an object of generation 0."""
    return b"%d 0 R" % object_number


def dictionary(*entries: tuple[str, bytes]) -> bytes:
    """A dictionary from keys without their slash and values in PDF syntax."""
    return b"<<" + b"".join(b"/" + key.encode() + b" " + value for key, value in entries) + b">>"


def array(items: Sequence[bytes]) -> bytes:
    """An array of values in PDF syntax."""
    return b"[" + b" ".join(items) + b"]"


#: The /Type of a stream that holds an array of numbers on its way to the binding process (see
#: packing.py), and what such an array is: nothing else may pass.
PACKED_NUMBERS = "/DspguideNumbers"
NUMBERS = re.compile(rb"\[[-+.0-9 \r\n]*\]")
