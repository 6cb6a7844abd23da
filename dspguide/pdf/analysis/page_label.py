"""Printed page numbers as text: decimal, roman as in front matter, or with a prefix ("3-12")."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Styles of page labels (ISO 32000-1, table 159).
_DECIMAL, _LOWER, _UPPER = "D", "r", "R"
_NUMERALS = (
    *(("c", 100), ("xc", 90), ("l", 50), ("xl", 40)),
    *(("x", 10), ("ix", 9), ("v", 5), ("iv", 4), ("i", 1)),
)
_LABEL = re.compile(r"([A-Z]?[-–]?|\d{1,3}[-–])(\d+)")
_ROMAN = re.compile(r"(?=.)c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")


class Series(NamedTuple):
    """What numbers of one count have in common: what stands before them, and their style."""

    prefix: str = ""
    style: str = _DECIMAL

    def label(self, number: int) -> str:
        """The printed number; roman ones end at 399, as no front matter is so long."""
        if self.style == _DECIMAL or not 0 < number < 400:
            return f"{self.prefix}{number}"
        text = ""
        for numeral, value in _NUMERALS:
            times, number = divmod(number, value)
            text += numeral * times
        return text.upper() if self.style == _UPPER else text


def read_label(text: str) -> tuple[Series, int] | None:
    """The series and the number of a printed page number; None for what is none."""
    if match := _LABEL.fullmatch(text):
        return Series(match.group(1)), int(match.group(2))
    lowered = text.lower()
    if not _ROMAN.fullmatch(lowered) or text not in (lowered, lowered.upper()):
        return None
    rest, number = lowered, 0
    for numeral, value in _NUMERALS:
        while rest.startswith(numeral):
            rest, number = rest.removeprefix(numeral), number + value
    return Series("", _LOWER if text == lowered else _UPPER), number
