"""Objects as they stand in a file, before anybody repairs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pikepdf import Pdf, Stream

if TYPE_CHECKING:
    import mmap


def as_written(pdf: Pdf, data: bytes | mmap.mmap, number: tuple[int, int]) -> bytes | None:
    """The last object of a number and generation in the file, None where it cannot be found."""
    return _by_itself(data, *number) or _packed(pdf, number[0])


def _by_itself(data: bytes | mmap.mmap, number: int, generation: int) -> bytes | None:
    """The last object of this number that stands in the file by itself, None if there is none."""
    begin = re.compile(rb"(?<!\d)%d\s+%d\s+obj\b" % (number, generation))
    found = list(begin.finditer(data))
    if not found:
        return None
    start = found[-1].end()
    end = data.find(b"endobj", start)
    return data[start : end if end >= 0 else len(data)]


def _packed(pdf: Pdf, number: int) -> bytes | None:
    """The object of this number as it stands in an object stream, None if it is in none."""
    for stream in pdf.objects:
        if not isinstance(stream, Stream) or stream.get("/Type") != "/ObjStm":
            continue
        data, first = stream.read_bytes(), int(stream.get("/First", 0))
        pairs = [int(word) for word in data[:first].split() if word.isdigit()]
        starts = dict(zip(pairs[::2], pairs[1::2], strict=False))
        if number in starts:
            start = starts[number]
            end = min((at for at in starts.values() if at > start), default=len(data))
            return data[first + start : first + end]
    return None
