"""Flate data whose end is not as it should be, as readers take it."""

from __future__ import annotations

import zlib
from enum import Enum
from typing import NamedTuple

_CHUNK = 1 << 20
_FLUSHED = b"\0\0\xff\xff"  # where a writer flushed last, every block before is closed
_CHECKSUM_BYTES = 4
_HEADER_BYTES = 2


class End(Enum):
    """How the data end."""

    SOUND = "as they should"
    NO_CHECKSUM = "all data are there, but their checksum is cut or missing"
    WRONG_CHECKSUM = "their checksum is wrong"
    UNCLOSED = "their last block is not closed"


class Unpacked(NamedTuple):
    """What is known of Flate data without keeping what they unpack to.

    ``length`` is what they unpack to, in bytes, or something above the limit.
    """

    end: End
    length: int


def check(packed: bytes, most: int) -> Unpacked:
    """Unpack piece by piece, keeping nothing; stops above ``most`` bytes.

    Raises ValueError for data that are damaged before their end.
    """
    if not packed:  # no bytes at all are no bytes, as every reader takes them
        return Unpacked(End.SOUND, 0)
    try:
        decoder, length = _run(zlib.MAX_WBITS, packed, most)
        if decoder.eof or length > most:
            return Unpacked(End.SOUND, length)
    except zlib.error:
        pass  # it may be the checksum alone
    head = int.from_bytes(packed[:_HEADER_BYTES], "big")
    if head % 31 or head >> 8 & 15 != zlib.DEFLATED or head & 32:  # RFC 1950, 2.2
        raise ValueError("they do not begin as they should")
    try:
        decoder, length = _run(-zlib.MAX_WBITS, packed[_HEADER_BYTES:], most)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if decoder.eof:
        whole = len(decoder.unused_data) >= _CHECKSUM_BYTES
        return Unpacked(End.WRONG_CHECKSUM if whole else End.NO_CHECKSUM, length)
    return Unpacked(End.NO_CHECKSUM if packed.endswith(_FLUSHED) else End.UNCLOSED, length)


def unpack(packed: bytes) -> bytes:
    """All that readers get out of data for which check() raised nothing."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed[_HEADER_BYTES:])


def _run(bits: int, packed: bytes, most: int) -> tuple[zlib._Decompress, int]:
    decoder = zlib.decompressobj(bits)
    length, rest = 0, packed
    while rest and not decoder.eof and length <= most:
        length += len(decoder.decompress(rest, _CHUNK))
        rest = decoder.unconsumed_tail
    return decoder, length
