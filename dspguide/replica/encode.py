"""Stream encodings as PDF producers of the 1990s used them."""

from __future__ import annotations

import base64
import zlib

_CLEAR, _END = 256, 257
_FIRST_FREE = 258
_TABLE_FULL = 4093
"""A producer clears the table a little before its 4096 codes are used up."""


def lzw(data: bytes) -> bytes:
    """LZWDecode with the default EarlyChange 1: codes grow a bit one code earlier than needed."""
    bits: list[str] = [f"{_CLEAR:09b}"]
    table: dict[int, int] = {}  # code of a string << 8 | byte after it -> code of the longer string
    get = table.get
    next_code, width, form = _FIRST_FREE, 9, "09b"
    prefix = -1
    for byte in data:
        if prefix < 0:
            prefix = byte
            continue
        key = prefix << 8 | byte
        code = get(key)
        if code is not None:
            prefix = code
            continue
        bits.append(format(prefix, form))
        table[key] = next_code
        next_code += 1
        prefix = byte
        if next_code + 1 > 1 << width:
            width += 1
            form = f"0{width}b"
        if next_code >= _TABLE_FULL:
            bits.append(format(_CLEAR, form))
            table.clear()
            next_code, width, form = _FIRST_FREE, 9, "09b"
    if prefix >= 0:
        bits.append(format(prefix, form))
        if next_code + 2 > 1 << width:
            width += 1
    bits.append(format(_END, f"0{width}b"))
    text = "".join(bits)
    count = -(-len(text) // 8)
    return int(text.ljust(count * 8, "0"), 2).to_bytes(count, "big")


def flate(data: bytes) -> bytes:
    """FlateDecode."""
    return zlib.compress(data, 6)


def ascii85(data: bytes) -> bytes:
    """ASCII85Decode, in lines of 72 characters, with its end mark."""
    return base64.a85encode(data, wrapcol=72) + b"~>"


def run_of_filters(data: bytes, filters: str) -> bytes:
    """`data` encoded so that the filter names, in decoding order ("A85 LZW"), give it back."""
    for name in reversed(filters.split()):
        data = _ENCODERS[name](data)
    return data


_ENCODERS = {"LZW": lzw, "Flate": flate, "A85": ascii85}
