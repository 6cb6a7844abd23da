"""What in a line of text may be a printed page number."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.page_label import LOWER, UPPER, Series, from_roman

if TYPE_CHECKING:
    from collections.abc import Iterator

#: "A-", "II.", "3:", "App-", "A-3-": what may stand before the count, one or two deep.
_PREFIX = r"(?:(?:[A-Z][A-Za-z]{0,9}|\d{1,3})\s?[-–:]\s?|(?:[A-Z]{1,4}|\d{1,3})\.){0,2}[A-Z]?"
_NUMBER = re.compile(
    rf"(?<![\w.,:])(?=[A-Z\d第p])(?:第\s?|pp?\.\s?)?({_PREFIX})(\d{{1,5}})"
    r"(?=[页頁쪽ペ]|(?![^\W_]|[.,:]\d|\s?[-–]\w))"
    r"(?P<total>\s*(?:of|/|von|de|di|sur|van|из)\s*\d{1,5}(?!\w))?"
)
_DIGIT = re.compile(r"\d")
_ALONE = re.compile(r"\D{0,14}(?:\d{1,5}\D{1,8}){0,2}\d{1,5}\D{0,8}")
_ROMAN = r"([ivxlc]{1,8}|[IVXLC]{1,8})"
_ROMAN_FIRST = re.compile(rf"\W{{0,2}}{_ROMAN}(?=\W|$)")
_ROMAN_LAST = re.compile(rf"(?<=\s)\W{{0,2}}{_ROMAN}\W{{0,2}}$")
#: "7-40" may be page 7 of 40 as well as page 40 of chapter 7.
_OF_ALL = re.compile(r"(\d{1,4})\s?[-–/]\s?\d{1,4}")
#: What says no more than that a number is a page's.
_PAGE = re.compile(
    r"(?:page|seite|p[aá]gina|side|sida|strona|стр|pg|pp?|s|[页頁쪽](?: 共 [页頁]?)?)\.?",
    re.IGNORECASE,
)
#: A list's item and a footnote begin with a number as a head does.
_ITEM = re.compile(r"[.)]\s")
_SENTENCE = (".", ",", ";", ":", "?", "!")
_ORNAMENT = " \t\r-–—−·•|*~_.‧・[]<>"
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_LONGEST = 120  # characters: a head or foot in which there may be a number has no more
_LONG = 64  # characters: no head has so many with its number in the middle
_MOST = 8  # of one line
_ROW = 3  # numbers and nothing else are a row of a table
_END = 14  # characters of a line's end that may be a number


class Numeral(NamedTuple):
    """A number that may be the page's; ``start`` is where it stands in the line.

    ``company`` is what else the line says, in small letters without digits: "" for a number that
    stands alone. ``inside`` says that there are words on both sides of it.
    """

    series: Series
    number: int
    start: int
    company: str
    inside: bool


def numerals(line: str, *, alone: bool) -> Iterator[Numeral]:
    """The numbers of a line that may be its page's; with ``alone`` only if it says no more."""
    has_digit = _DIGIT.search(line) is not None
    if not has_digit and not _roman_ends(line):
        return  # as nearly all lines do
    text = line.strip(_ORNAMENT)
    if len(text) > _LONGEST or (alone and has_digit and not _ALONE.fullmatch(text)):
        return
    offset = line.find(text)
    numbers = _numbers(text) if has_digit else []
    if len(numbers) >= _ROW and not _has_letters(text):
        return
    for match in (*numbers, *_roman_ends(text)):
        before, after = text[: match.start()], text[match.end() :]
        company = _NOT_LETTERS.sub(" ", f"{before} {after}").strip().lower()
        company = "" if _PAGE.fullmatch(company) else company
        if (company and alone) or _is_bracketed(before, after, match):
            continue
        if company and not before and (_ITEM.match(after) or line.rstrip().endswith(_SENTENCE)):
            continue
        inside = _has_letters(before) and _has_letters(after)
        for series, number in _readings(match, company):
            yield Numeral(series, number, offset + match.start(1), company, inside)


def _numbers(text: str) -> list[re.Match[str]]:
    """The numbers of a line; only those at its ends if it is long, for the search is slow."""
    if len(text) <= _LONG:
        return list(islice(_NUMBER.finditer(text), _MOST))
    found = [_NUMBER.match(text), *_NUMBER.finditer(text, len(text) - _END)]
    return [match for match in found if match and (match.start() == 0 or match.end() == len(text))]


def _roman_ends(text: str) -> list[re.Match[str]]:
    """The roman numbers at the ends of a line."""
    ends = _ROMAN_FIRST.match(text), _ROMAN_LAST.search(text, max(len(text) - _END, 0))
    return [match for match in ends if match]


def _readings(match: re.Match[str], company: str) -> Iterator[tuple[Series, int]]:
    """What a number may mean; a number of 0 is no page's."""
    if match.re is not _NUMBER:
        numeral = match.group(1)
        if number := from_roman(numeral):
            yield Series("", LOWER if numeral.islower() else UPPER), number
        return
    prefix, number = "".join(match.group(1).split()), int(match.group(2))
    if number:
        yield Series(prefix), number
    if prefix and company and number and " " in match.group(1):
        yield Series(), number  # "Chapter 3 - 12"
    if (of_all := _OF_ALL.fullmatch(match.group())) and (first := int(of_all.group(1))):
        yield Series(), first


def _is_bracketed(before: str, after: str, match: re.Match[str]) -> bool:
    """Whether it is an equation's number or a note's: in brackets, and dotted or not alone."""
    if not (before.endswith("(") and after.startswith(")")):
        return False
    return len(before) > 1 or len(after) > 1 or bool(match.group(1))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
