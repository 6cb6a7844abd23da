"""Printed page numbers as text: decimal, roman as in front matter, or with a prefix ("3-12")."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Styles of page labels (ISO 32000-1, table 159); a label that does not count has none.
DECIMAL, LOWER, UPPER, NONE = "D", "r", "R", ""
_NUMERALS = (
    *(("c", 100), ("xc", 90), ("l", 50), ("xl", 40)),
    *(("x", 10), ("ix", 9), ("v", 5), ("iv", 4), ("i", 1)),
)
_ROMAN = re.compile(r"(?=.)c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
#: What stands before the count, shortest first; a numeral of letters is a word of its own.
_COUNTED = re.compile(r"(.*?)([1-9]\d{0,8}|(?<![^\W_])(?:[ivxlc]{1,15}|[IVXLC]{1,15}))", re.DOTALL)


class Series(NamedTuple):
    """What numbers of one count have in common: what stands before them, and their style."""

    prefix: str = ""
    style: str = DECIMAL

    def label(self, number: int) -> str:
        """The printed number; roman ones end at 399, as no front matter is so long."""
        if self.style == NONE:
            return self.prefix
        if self.style == DECIMAL or not 0 < number < 400:
            return f"{self.prefix}{number}"
        numeral = to_roman(number)
        return self.prefix + (numeral.upper() if self.style == UPPER else numeral)


def to_roman(number: int) -> str:
    """A number from 1 to 399 in lower case."""
    text = ""
    for numeral, value in _NUMERALS:
        times, number = divmod(number, value)
        text += numeral * times
    return text


def from_roman(text: str) -> int | None:
    """The value of a numeral of up to 399 in either case; None for what is none."""
    lowered = text.lower()
    if not _ROMAN.fullmatch(lowered) or text not in (lowered, lowered.upper()):
        return None
    rest, number = lowered, 0
    for numeral, value in _NUMERALS:
        while rest.startswith(numeral):
            rest, number = rest.removeprefix(numeral), number + value
    return number


def split_label(text: str) -> tuple[Series, int]:
    """The series and the number of any page label, so that ``series.label(number)`` is the label.

    A label that does not end in a number is a series of its own that does not count.
    """
    if (match := _COUNTED.fullmatch(text)) and match.group(2).isascii():
        prefix, numeral = match.groups()
        if numeral.isdigit():
            return Series(prefix), int(numeral)
        if number := from_roman(numeral):
            return Series(prefix, LOWER if numeral.islower() else UPPER), number
    return Series(text, NONE), 0
