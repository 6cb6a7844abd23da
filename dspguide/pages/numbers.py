"""Numbers of chapters: "7", "3a", "IV", "B", "12-13", "七", "Seven"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    Kind: TypeAlias = str
    """`arabic`, `roman`, `letter`, or `dotted` for numbers of sections, which are not counted."""

# Longer rows of digits are no number of a chapter, but an identifier or an attack.
DIGITS = r"\d{1,5}(?!\d)"
_ROMAN = r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
HAN = "〇零一二三四五六七八九十百两"
_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty"
)
NUMBER = (
    rf"(?:{DIGITS}(?:[a-zA-Z](?![^\W_]))?|{_ROMAN}(?![^\W_])|[A-Z](?![^\W_])|[{HAN}]{{1,5}}"
    rf"|(?i:{_WORDS})\b)"
)
DOTTED = rf"(?:[A-Z]\.?)?{DIGITS}(?:\.\d{{1,4}})+(?![^\W_])|[A-Z](?:\.\d{{1,4}})+(?![^\W_])"
_PLAIN = str.maketrans(
    {0xFF01 + i: 0x21 + i for i in range(94)} | {0x2460 + i: str(i + 1) for i in range(9)}
)
"""Full width and circled characters; each stays one character."""
_PARSED = re.compile(rf"({DIGITS})([a-zA-Z]?)")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}


@dataclass(frozen=True)
class Number:
    """A number as it is written, and what it may mean: "C" is a letter or a hundred."""

    text: str
    meanings: tuple[tuple[Kind, int], ...]
    last: int | None = None
    """Of a range such as 3-4: the value of its end."""
    suffix: str = ""
    """Of "3a": the letter."""

    @property
    def keys(self) -> frozenset[tuple[Kind, int, str]]:
        """What two spellings of one number have in common."""
        return frozenset((kind, value, self.suffix) for kind, value in self.meanings)

    def means(self, kind: Kind) -> int | None:
        """Return the value as a number of that kind, if it can be one."""
        return dict(self.meanings).get(kind)


def plain(text: str) -> str:
    """Return text of the same length with full-width characters as ASCII."""
    return text if text.isascii() else text.translate(_PLAIN)


@lru_cache(maxsize=4096)
def read_number(text: str, end: str | None = None) -> Number:
    """Return the number that a text is, which NUMBER matches as a whole; `end` is a range's."""
    written = text if end is None else f"{text}-{end}"
    last = None if end is None else _meanings(end)[0][1]
    found = _PARSED.fullmatch(text)
    if found:
        return Number(written, (("arabic", int(found[1])),), last, found[2].lower())
    return Number(written, _meanings(text), last)


def dotted(text: str) -> Number:
    """Return a number such as "4.1", which names a section."""
    return Number(text, (("dotted", 0),))


def _meanings(text: str) -> tuple[tuple[Kind, int], ...]:
    lower = text.lower()
    if lower.isdecimal():
        return (("arabic", int(lower)),)
    words = _WORDS.split("|")
    if lower in words:
        return (("arabic", words.index(lower) + 1),)
    if text[0] in HAN:
        return (("arabic", _han(text)),)
    found: list[tuple[Kind, int]] = []
    if re.fullmatch(_ROMAN, text, re.IGNORECASE):
        found.append(("roman", _roman(lower)))
    if len(text) == 1:
        found.append(("letter", ord(lower) - ord("a") + 1))
    return tuple(found) or (("arabic", int(re.match(r"\d+", text)[0])),)  # type: ignore[index]


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[c] for c in text]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))


def _han(text: str) -> int:
    total, digit = 0, 0
    for c in text:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = 2 if c == "两" else max(0, "零一二三四五六七八九".find(c))
    return total + digit
