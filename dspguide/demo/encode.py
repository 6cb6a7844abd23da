"""Stream filters of the 1990s that no library writes any more."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CLEAR, _END = 256, 257
_TABLE_FULL = 4093
"""A producer clears the table a little before its 4096 codes are used up."""


def lzw(data: bytes) -> bytes:
    """LZWDecode with the default EarlyChange 1: codes grow a bit one code earlier than needed."""
    codes = [f"{_CLEAR:09b}"]
    table: dict[int, int] = {}  # code of a string << 8 | byte after it -> code of the longer string
    next_code, width, form = _END + 1, 9, "09b"
    prefix = data[0] if data else _END
    for byte in data[1:]:
        key = prefix << 8 | byte
        code = table.get(key)
        if code is not None:
            prefix = code
            continue
        codes.append(format(prefix, form))
        table[key] = next_code
        next_code += 1
        prefix = byte
        if next_code >= 1 << width:
            width += 1
            form = f"0{width}b"
        if next_code >= _TABLE_FULL:
            codes.append(format(_CLEAR, form))
            table.clear()
            next_code, width, form = _END + 1, 9, "09b"
    codes.append(format(prefix, form))
    if data:
        codes.append(format(_END, f"0{width + (next_code + 1 >= 1 << width)}b"))
    bits = "".join(codes)
    count = -(-len(bits) // 8)
    return int(bits.ljust(count * 8, "0"), 2).to_bytes(count, "big")


def ascii85(data: bytes) -> bytes:
    """ASCII85Decode, in lines of 72 characters, with its end mark."""
    return base64.a85encode(data, wrapcol=72) + b"~>"


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "LZWDecode": lzw,
    "FlateDecode": zlib.compress,
    "ASCII85Decode": ascii85,
    "DCTDecode": bytes,
}
"""By the name that PDF has for the decoder, without its slash."""
