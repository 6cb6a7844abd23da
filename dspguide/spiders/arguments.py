"""Reads what a user types: URL, chapter selection, flags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dspguide.errors import BadArgumentError

if TYPE_CHECKING:
    from dspguide.items import Chapter

_RANGE = re.compile(r" *(\d{1,6}) *(?:- *(\d{1,6}) *)?", re.ASCII)
_LONGEST_LABEL = 150
"""Characters: file systems take names of 255 bytes, and there is more in them."""
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


@dataclass(frozen=True)
class ChapterRanges:
    """A selection of chapters by number, such as `1-4,30`."""

    text: str
    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> ChapterRanges:
        """Read a selection. Raises BadArgumentError where it is none."""
        ranges: dict[tuple[int, int], None] = {}  # each once, in the order they were named
        for piece in text.split(","):
            found = _RANGE.fullmatch(piece)
            first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
            if first > last:
                raise BadArgumentError(
                    f"chapters={text}: {piece!r} is no chapter or range of chapters; "
                    "write numbers and ranges with commas between, for example chapters=1-4,30"
                )
            ranges[first, last] = None
        label = ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
        if len(label) > _LONGEST_LABEL:
            raise BadArgumentError(
                f"chapters={text[:40]}…: the book's file is named for them, and that name would be "
                "too long; write ranges, for example chapters=1-4"
            )
        return cls(label, tuple(ranges))

    def choose(self, chapters: tuple[Chapter, ...]) -> tuple[Chapter, ...]:
        """Return the chapters that are meant, in the book's order.

        Raises BadArgumentError where a single number or a whole range names no chapter of the book.
        """
        for first, last in self.ranges:
            if not any(first <= chapter.number <= last for chapter in chapters):
                numbers = [chapter.number for chapter in chapters]
                raise BadArgumentError(
                    f"chapters={self.text}: the book has no chapter {first}"
                    + (f" to {last}" if last > first else "")
                    + f"; its chapters are numbered {min(numbers)} to {max(numbers)}"
                )
        return tuple(c for c in chapters if any(a <= c.number <= b for a, b in self.ranges))


def parse_flag(name: str, value: str | bool) -> bool:
    """Read a yes-or-no argument. Raises BadArgumentError for anything else."""
    flag = value if isinstance(value, bool) else _FLAGS.get(value.strip().lower())
    if flag is None:
        raise BadArgumentError(f"{name}={value}: write {name}=1 or {name}=0")
    return flag


def parse_url(value: str) -> str:
    """Check the start URL. Raises BadArgumentError where Scrapy could not ask for it."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        valid = valid and not re.search(r"\s", parts.netloc)
    except ValueError:
        valid = False
    if valid and "@" in parts.netloc:  # Scrapy sends no request to such hosts
        raise BadArgumentError("url: leave out the user's name and password, which are of no use")
    if not valid:
        raise BadArgumentError(
            f"url={value}: give the start page of a copy of the site as http://… or https://…"
        )
    return value
