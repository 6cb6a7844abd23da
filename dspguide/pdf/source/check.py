"""A first look at a file: is it a PDF, and all of it?"""

from __future__ import annotations

from pathlib import Path

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.model import Limits
from dspguide.pdf.source.opening import open_chapter

_END_WITHIN = 1024  # bytes: readers look for %%EOF in as many, see annex H of ISO 32000-1


def quick_check(data: bytes | Path, *, expected_length: int | None = None) -> int:
    """Look at a file for a few milliseconds and return its page count.

    ``expected_length`` is the announced length in bytes, None if none was announced. A file
    without an end marker passes only when it is as long as announced: then it is broken at
    its source and prepare() may repair it.

    Raises RejectedChapter when the file cannot be the whole PDF: "empty", "not-pdf",
    "truncated", "password", "no-pages", "cycle", "too-big", "damaged".
    """
    content = data.read_bytes() if isinstance(data, Path) else data
    if expected_length is not None and len(content) < expected_length:
        raise RejectedChapter(
            "truncated", f"{len(content):,} bytes came, {expected_length:,} were announced"
        )
    opened = open_chapter(content, Limits())
    with opened.pdf:
        if expected_length is None and b"%%EOF" not in content[-_END_WITHIN:]:
            raise RejectedChapter("truncated", "the file ends without its end marker")
        return len(opened.pages)
