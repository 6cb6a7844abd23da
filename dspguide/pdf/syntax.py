"""Writing PDF syntax: the few kinds of values that are bytes before pypdf sees them."""

from __future__ import annotations

#: The largest integer in a PDF file: ISO 32000-1, annex C.
LARGEST = 2**31 - 1


def byte_string(raw: bytes) -> bytes:
    """A string of bytes, as URIs are."""
    for sign in (b"\\", b"(", b")"):
        raw = raw.replace(sign, b"\\" + sign)
    return b"(" + raw.replace(b"\r", b"\\r").replace(b"\n", b"\\n") + b")"


def number(value: float) -> bytes:
    """A number with at most three decimals, never in exponent form."""
    return f"{value:.3f}".rstrip("0").rstrip(".").encode() if value % 1 else b"%d" % value


def within_reach(value: float | None) -> float | None:
    """A coordinate, or None where no reader could go: infinite, or too large to be read."""
    return value if value is not None and abs(value) <= LARGEST else None


def reference(object_number: int) -> bytes:
    """A reference to an object of generation 0."""
    return b"%d 0 R" % object_number


def dictionary(*entries: tuple[str, bytes]) -> bytes:
    """A dictionary from keys without their slash and values in PDF syntax."""
    return b"<<" + b"".join(b"/" + key.encode() + b" " + value for key, value in entries) + b">>"
