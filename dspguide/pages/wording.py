"""What the words of a line say: the number ("7", "3a", "IV", "12-13", "七") and the title."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from dspguide.pages.text import fold, regex

if TYPE_CHECKING:
    from typing import TypeAlias

    Kind: TypeAlias = str
    """`arabic`, `roman`, `letter`, or `dotted` for numbers of sections, which are not counted."""

CHAPTER, APPENDIX, PART = "chapter", "appendix", "part"

_NAMES = {
    CHAPTER: "chapters?|kapitel|chapitres?|cap[ií]tulos?|capitol[oi]|hoofdstuk(?:ken)?|глава|"
    "rozdział|kapitola|kapittel|luku|fejezet|bölüm|κεφάλαιο|розділ|поглавље|poglavlje|chương|chap|"
    "ch|kap|cap|bab|lessons?|lektion|leçon|lecci[oó]n|lezione|lectures?|units?|modules?|sessions?|"
    "weeks?|topics?|essays?|unidad|einheit|урок|лекция",
    APPENDIX: "appendix|appendices|app|anhang|annexe?|ap[eé]ndice|appendice|anexo|bijlage|"
    "приложение|dodatek|bilaga|liite|függelék",
    PART: "parts?|teil|partie|parte|часть|deel|část|część|books?|volumes?|vol|livre|libro|buch|"
    "band|tome|tomo|том",
}
# Longer rows of digits are no number of a chapter, but an identifier or an attack.
_DIGITS = r"\d{1,5}(?!\d)"
_ROMAN = r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_LOWER = rf"(?:(?=[ivxl]{{1,6}}(?![^\W_])){_ROMAN.lower()}|[a-z])(?![^\W_])"  # not "mix", "ill"
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_HAN = "〇零一二三四五六七八九十百两"
_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty"
)
_NUMBER = (
    rf"(?:{_DIGITS}(?:[a-zA-Z](?![^\W_]))?|{_ROMAN}(?![^\W_])|[A-Z](?![^\W_])|[{_HAN}]{{1,5}}"
    rf"|(?i:{_WORDS})\b)"
)
_PLAIN = str.maketrans(
    {0xFF01 + i: 0x21 + i for i in range(94)} | {0x2460 + i: str(i + 1) for i in range(9)}
)
"""Full width and circled characters; each stays one character."""
_ALONE = r"\.?(?![^\W\d_])"
_CHAPTER = rf"(?i:{_NAMES[CHAPTER]}){_ALONE}"
_GAP = (  # the last are dashes in UTF-8 that were taken for Windows-1252
    r"(?P<gap>\s*(?:(?:[-‐‑‒–—―−－:：.．;,、)\]|/•·~>»�]|â€[“”\"'˜\x93\x94]|âˆ’)\s*)*)"
)
_DOTTED = (
    rf"(?:{_CHAPTER}\s*|§\s*)?(?P<number>(?:[A-Z]\.?)?{_DIGITS}(?:\.\d{{1,4}})+(?![^\W_])"
    rf"|[A-Z](?:\.\d{{1,4}})+(?![^\W_])){_GAP}"
)
_BY_WORD = {
    name: rf"(?i:{words}){_ALONE}[-_\s]*(?i:no\.?\s|nr\.?\s|№|#)?\s*[\[(]?"
    rf"(?P<number>{_NUMBER}|{_LOWER})(?P<range>\s*(?:[-–—/&+,]|(?i:and|und|et|y|e|bis|to)\b)\s*"
    rf"(?P<end>\d{{1,4}})(?=\s*[:.)]|\s+[-–—]\s|\s*$))?{_GAP}"
    for name, words in _NAMES.items()
}
_OTHER_ORDERS = (  # "1. Kapitel", "第3章", "제3장"
    (CHAPTER, rf"(?P<number>\d{{1,4}})\.?\s*{_CHAPTER}{_GAP}"),
    (CHAPTER, rf"第\s*(?P<number>\d{{1,4}}|[{_HAN}]{{1,5}})\s*[章課课讲講回]{_GAP}"),
    (CHAPTER, rf"제\s*(?P<number>\d{{1,4}})\s*[장강과]{_GAP}"),
    (PART, rf"第\s*(?P<number>\d{{1,4}}|[{_HAN}]{{1,5}})\s*[部編编篇卷]{_GAP}"),
    (PART, rf"제\s*(?P<number>\d{{1,4}})\s*[부편]{_GAP}"),
)
_RANGE = rf"(?P<number>\d{{1,4}})\s?[-–]\s?(?P<end>\d{{1,4}})(?=\s*[:.)]){_GAP}"
_BARE = rf"(?:[\[(#№]?\s*(?P<number>{_NUMBER})|[\[(]?(?P<lower>{_LOWER})(?=[.)\]]\s)){_GAP}"
_UNREADABLE = (  # "Chapter 4x7", "Chapter four: …" in a language that is not known
    rf"(?i:{_NAMES[CHAPTER]}|{_NAMES[APPENDIX]}){_ALONE}\s*"
    r"(?:\S*\d\S*|[^\s:–—−-]{1,12}\s*(?:[:–—−]|-\s))"
)
_LONGEST_NUMBER = 200
"""Characters of a line in which its number must have come to an end."""
_LONGEST_RANGE = 20
"""Chapters in one file that are named by the first and the last."""


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


@dataclass(frozen=True)
class Wording:
    """A line read as number and title."""

    text: str
    word: str | None
    """CHAPTER, APPENDIX or PART where the line begins with such a word."""
    number: Number | None
    title: str
    """Without the number, unless nothing else is there."""
    sure: bool
    """Whether the number can be nothing else: "4: X", not "50 Years of X"."""
    unreadable: bool = False
    """Whether it begins like a chapter and its number cannot be read."""

    @property
    def untitled(self) -> bool:
        """Tell whether there is a number and nothing else."""
        return self.number is not None and self.title == self.text

    def without_number(self) -> Wording:
        """Return the line taken as a title alone."""
        return Wording(self.text, self.word, None, self.text, sure=False)


@lru_cache(maxsize=4096)
def read_wording(line: str) -> Wording:
    """Read a line such as "Chapter 4 - Convolution", "IV. Wells" or "Preface"."""
    text = fold(line)
    head = _plain(text[:_LONGEST_NUMBER])
    found = _with_word(text, head) or _bare(text, head)
    if found is not None:
        return found
    begins = (n for n, words in _NAMES.items() if regex(rf"(?i:{words}){_ALONE}(?!\w)").match(head))
    unreadable = bool(regex(_UNREADABLE).match(head))
    return Wording(text, next(begins, None), None, text, sure=False, unreadable=unreadable)


def mentioned_chapters(line: str) -> list[int]:
    """Return the numbers that stand behind the word "chapter" anywhere in a line."""
    mention = rf"(?<![^\W\d_]){_CHAPTER}\s*(\d{{1,4}})(?!\d|\.\d)"
    return [int(number) for number in regex(mention).findall(_plain(line))]


def _plain(text: str) -> str:
    """Return text of the same length with full-width characters as ASCII."""
    return text if text.isascii() else text.translate(_PLAIN)


def _with_word(text: str, head: str) -> Wording | None:
    found = regex(_DOTTED).match(head)
    if found and (found["gap"] or found.end() == len(head)):
        return _wording(text, found, None, Number(found["number"], (("dotted", 0),)))
    for word, pattern in _BY_WORD.items():
        found = regex(pattern).match(head)
        if found and _can_follow_a_word(found):
            number = _number(found["number"], found["end"])
            if found["end"] and number.last is None:  # "Chapter 7 - 1984" has a year for a title
                title = regex(_GAP).sub("", text[found.start("range") :], count=1)
                return Wording(text, word, number, title, sure=True)
            return _wording(text, found, word, number)
    for word, pattern in _OTHER_ORDERS:
        found = regex(pattern).match(head)
        if found:
            return _wording(text, found, word, _number(found["number"]))
    return None


def _can_follow_a_word(found: re.Match[str]) -> bool:
    """Tell whether a number follows: not as in "Part a company" or "Chapter 4711x"."""
    number, gap, rest = found["number"], found["gap"], found.string[found.end() :]
    if rest and not gap:  # "Chapter 4Convolution", "第4章畳み込み"
        return number.isdecimal() and not rest[0].islower() and rest[0].isalpha()
    sure = {"ii", "iii", "iv", "vi", "vii", "viii", "ix"}
    return not number.islower() or not rest or bool(gap.strip()) or number in sure


def _bare(text: str, head: str) -> Wording | None:
    found = regex(_RANGE).match(head)
    if found and (number := _number(found["number"], found["end"])).last is not None:
        return _wording(text, found, None, number)
    found = regex(_BARE).match(head)
    if found is None:
        return None
    number, gap, rest = (
        _number(found["number"] or found["lower"]),
        found["gap"],
        head[found.end() :],
    )
    if rest and not gap.strip():  # "4 Processes" may begin with a number
        # "A Tale of Two Cities" and "I Robot" do not, nor does "3D Graphics".
        if not gap or number.text in {"A", "I", "O"} or number.suffix:
            return None
        return replace(_wording(text, found, None, number), sure=False)
    glued = rest and not gap[-1:].isspace()
    digits = glued and (rest[0].isdecimal() or gap in {"-", "/", ","})  # "10:30", "4-Bit", "I/O"
    letters = number.means("arabic") is None and (  # "U.S. History", "C, a Language"
        (glued and gap == ".") or gap.strip() in {",", ";", "/"}
    )
    return None if digits or letters else _wording(text, found, None, number)


def _wording(text: str, found: re.Match[str], word: str | None, number: Number) -> Wording:
    title = text[found.end() :].strip()
    if not any(c.isalnum() for c in title):
        title = text
    return Wording(text, word, number, title, sure=True)


def _number(text: str, end: str | None = None) -> Number:
    """Return the number that a text is, which _NUMBER matches as a whole.

    `end` is that of a range; where it can be none, the number is the first alone.
    """
    found = regex(rf"({_DIGITS})([a-zA-Z]?)").fullmatch(text)
    if found is None:
        return Number(text, _meanings(text.lower()))
    first, suffix = int(found[1]), found[2].lower()
    if end is not None and not suffix and 0 < int(end) - first <= _LONGEST_RANGE:
        return Number(f"{text}-{end}", (("arabic", first),), int(end))
    return Number(text, (("arabic", first),), suffix=suffix)


def _meanings(text: str) -> tuple[tuple[Kind, int], ...]:
    if text in _WORDS.split("|"):
        return (("arabic", _WORDS.split("|").index(text) + 1),)
    if text[0] in _HAN:
        return (("arabic", _han(text)),)
    found: list[tuple[Kind, int]] = []
    if regex(_ROMAN, re.IGNORECASE).fullmatch(text):
        found.append(("roman", _roman(text)))
    if len(text) == 1:
        found.append(("letter", ord(text) - ord("a") + 1))
    return tuple(found)


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
