"""What a broken file speaks of and no longer holds.

qpdf builds a file anew from the objects that it finds, and takes a reference to any other for null:
the end of a file that was cut is gone without a word, and with it fonts and pictures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pikepdf import Object

if TYPE_CHECKING:
    import mmap

    from pikepdf import Pdf

_DEFINED = re.compile(rb"(?<!\d)(\d{1,10})\s{1,4}\d{1,5}\s{1,4}obj\b")
_REFERRED = re.compile(rb"(?<!\d)(\d{1,10})\s{1,4}\d{1,5}\s{1,4}R\b")
_STREAM = re.compile(rb"\bstream\r?\n.*?endstream", re.DOTALL)


def lost_objects(pdf: Pdf, data: bytes | mmap.mmap) -> int:
    """Return how many objects are referred to and are nowhere in the file."""
    known = {item.objgen[0] for item in pdf.objects if isinstance(item, Object)}
    known.update(int(number) for number in _DEFINED.findall(data))
    referred: set[int] = set()
    start = 0
    for stream in _STREAM.finditer(data):  # whose bytes may look like anything
        referred.update(map(int, _REFERRED.findall(data[start : stream.start()])))
        start = stream.end()
    rest = data[start:].partition(b"stream")[0]  # one that was cut has no end
    referred.update(map(int, _REFERRED.findall(rest)))
    return len(referred - known)
