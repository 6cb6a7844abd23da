"""What stands in a broken file itself, before anybody repairs it.

qpdf builds a file anew from the objects that it finds, and takes a reference to any other for null:
the end of a file that was cut is gone without a word, and with it fonts and pictures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pikepdf import Object, Pdf, Stream

if TYPE_CHECKING:
    import mmap

_DEFINED = re.compile(rb"(?<!\d)(\d{1,10})\s{1,4}\d{1,5}\s{1,4}obj\b")
_REFERRED = re.compile(rb"(?<!\d)(\d{1,10})\s{1,4}\d{1,5}\s{1,4}R\b")
_STREAM = re.compile(rb"\bstream\r?\n.*?endstream", re.DOTALL)


def lost_objects(pdf: Pdf, data: mmap.mmap) -> int:
    """Return how many objects are referred to and are nowhere in the file."""
    known = {item.objgen[0] for item in pdf.objects if isinstance(item, Object)}
    known.update(map(int, _DEFINED.findall(data)))
    referred: set[int] = set()
    start = 0
    for stream in _STREAM.finditer(data):  # whose bytes may look like anything
        referred.update(map(int, _REFERRED.findall(data[start : stream.start()])))
        start = stream.end()
    rest = data[start:].partition(b"stream")[0]  # one that was cut has no end
    referred.update(map(int, _REFERRED.findall(rest)))
    return len(referred - known)


def as_written(pdf: Pdf, data: mmap.mmap, number: tuple[int, int]) -> bytes | None:
    """The last object of a number and generation in the file, None where it cannot be found."""
    begin = re.compile(rb"(?<!\d)%d\s+%d\s+obj\b" % number)
    by_itself = [match.end() for match in begin.finditer(data)]
    if by_itself:
        end = data.find(b"endobj", by_itself[-1])
        return data[by_itself[-1] : end if end >= 0 else len(data)]
    return _packed(pdf, number[0])


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
