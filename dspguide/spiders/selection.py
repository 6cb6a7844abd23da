"""A selection of chapters, as a user types it: `chapters=1-4,30,A`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.errors import BadArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.items import Chapter

_RANGE = re.compile(r"(\d{1,6}) *(?:- *(\d{1,6}))?", re.ASCII)
_NAME = re.compile(r"[^\W\d_][\w.]{0,20}")
_LONGEST_LABEL = 150
"""Characters: file systems take names of 255 bytes, and there is more in them."""


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
        pieces: dict[tuple[int, int] | str, None] = {}  # each once, in the order they were named
        for piece in text.split(","):
            pieces[_piece(text, piece)] = None
        label = ",".join(_label(piece) for piece in pieces)
        if len(label) > _LONGEST_LABEL:
            raise BadArgumentError(
                f"chapters={text[:40]}…: the book's file is named for them, and that name would be "
                "too long; write ranges, for example chapters=1-4"
            )
        return cls(label, tuple(pieces))

    def choose(self, chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
        """Return the chapters that are meant, in the book's order.

        Raises BadArgumentError where a piece of the selection names no chapter of the book.
        """
        numbered = any(_decimal(chapter) is not None for chapter in chapters)
        chosen: set[int] = set()
        for piece in self.pieces:
            found = {c.position for c in chapters if _is_meant(c, piece, numbered=numbered)}
            if not found:
                raise BadArgumentError(
                    f"chapters={self.text}: the book has no chapter "
                    f"{_label(piece).replace('-', ' to ')}; {_range(chapters, numbered=numbered)}"
                )
            chosen |= found
        return tuple(chapter for chapter in chapters if chapter.position in chosen)


def _piece(text: str, piece: str) -> tuple[int, int] | str:
    bare = piece.strip(" ")
    found = _RANGE.fullmatch(bare)
    if found is None and _NAME.fullmatch(bare):
        return bare.upper()
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise BadArgumentError(
            f"chapters={text}: {piece!r} is no chapter or range of chapters; "
            "write numbers and ranges with commas between, for example chapters=1-4,30"
        )
    return first, last


def _label(piece: tuple[int, int] | str) -> str:
    if isinstance(piece, str):
        return piece
    first, last = piece
    return str(first) if first == last else f"{first}-{last}"


def _is_meant(chapter: Chapter, piece: tuple[int, int] | str, *, numbered: bool) -> bool:
    if isinstance(piece, str):
        return chapter.number is not None and chapter.number.upper() == piece
    number = _decimal(chapter) if numbered else chapter.position
    return number is not None and piece[0] <= number <= piece[1]


def _decimal(chapter: Chapter) -> int | None:
    number = chapter.number
    plain = number is not None and number.isascii() and number.isdecimal() and len(number) < 7
    return int(number) if plain and number is not None else None


def _range(chapters: Sequence[Chapter], *, numbered: bool) -> str:
    if not numbered:
        return f"it has {len(chapters)}"
    numbers = [number for number in map(_decimal, chapters) if number is not None]
    return f"its chapters are numbered {min(numbers)} to {max(numbers)}"
