"""Reads what a user types after -a: flags, the URL, and chapters as in `chapters=1-4,30,A`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dspguide.errors import BadArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.items import Chapter

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
_LONGEST_LABEL = 150
"""Characters: file systems take names of 255 bytes, and there is more in them."""


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
            f"url={value}: give the start page of the book's site as http://… or https://…"
        )
    return value


@dataclass(frozen=True)
class Selection:
    """Chapters by their numbers, in ranges, or by what stands in place of a number ("A", "IV").

    In a book whose chapters have no decimal numbers, numbers are places, counted from 1.
    """

    text: str
    pieces: tuple[tuple[int, int] | str, ...]

    @classmethod
    def parse(cls, text: str) -> Selection:
        """Read a selection. Raises BadArgumentError where it is none."""
        # Each once, in the order they were named.
        pieces = tuple(dict.fromkeys(_piece(text, piece) for piece in text.split(",")))
        label = ",".join(map(_label, pieces))
        if len(label) > _LONGEST_LABEL:
            raise BadArgumentError(
                f"chapters={text[:40]}…: the book's file is named for them, and that name would be "
                "too long; write ranges, for example chapters=1-4"
            )
        return cls(label, pieces)

    def choose(self, chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
        """Return the chapters that are meant, in the book's order.

        Raises BadArgumentError where a piece of the selection names no chapter of the book.
        """
        numbers = [number for chapter in chapters if (number := _decimal(chapter)) is not None]
        chosen: set[int] = set()
        for piece in self.pieces:
            found = {c.position for c in chapters if _is_meant(c, piece, numbered=bool(numbers))}
            if not found:
                named = f"the book has no chapter {_label(piece).replace('-', ' to ')}"
                there = f"it has {len(chapters)}"
                if numbers:
                    there = f"its chapters are numbered {min(numbers)} to {max(numbers)}"
                raise BadArgumentError(f"chapters={self.text}: {named}; {there}")
            chosen |= found
        return tuple(chapter for chapter in chapters if chapter.position in chosen)


def _piece(text: str, piece: str) -> tuple[int, int] | str:
    bare = piece.strip(" ")
    found = re.fullmatch(r"(\d{1,6}) *(?:- *(\d{1,6}))?", bare, re.ASCII)
    if found is None and re.fullmatch(r"[^\W\d_][\w.]{0,20}", bare):
        return bare.upper()
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise BadArgumentError(
            f"chapters={text}: {piece!r} is no chapter or range of chapters; "
            "write numbers and ranges with commas between, for example chapters=1-4,30"
        )
    return first, last


def _label(piece: tuple[int, int] | str) -> str:
    return piece if isinstance(piece, str) else "-".join(map(str, dict.fromkeys(piece)))


def _is_meant(chapter: Chapter, piece: tuple[int, int] | str, *, numbered: bool) -> bool:
    if isinstance(piece, str):
        return chapter.number is not None and chapter.number.upper() == piece
    number = _decimal(chapter) if numbered else chapter.position
    return number is not None and piece[0] <= number <= piece[1]


def _decimal(chapter: Chapter) -> int | None:
    found = re.fullmatch(r"\d{1,6}", chapter.number or "", re.ASCII)
    return int(found[0]) if found else None
