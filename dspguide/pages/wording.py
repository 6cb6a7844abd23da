"""What the words of a line say: the number and the title of a chapter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dspguide.pages.numbers import DOTTED, HAN, NUMBER, Number, dotted, plain, read_number
from dspguide.pages.text import fold

CHAPTER, APPENDIX, PART = "chapter", "appendix", "part"

_NAMES = {
    CHAPTER: (
        r"chapters?|kapitel|chapitres?|cap[ií]tulos?|capitol[oi]|hoofdstuk(?:ken)?|глава|rozdział|"
        r"kapitola|kapittel|luku|fejezet|bölüm|κεφάλαιο|розділ|поглавље|poglavlje|chương|chap|ch|kap|"
        r"cap|bab|lessons?|lektion|leçon|lecci[oó]n|lezione|lectures?|units?|modules?|sessions?|"
        r"weeks?|topics?|essays?|unidad|einheit|урок|лекция"
    ),
    APPENDIX: (
        r"appendix|appendices|app|anhang|annexe?|ap[eé]ndice|appendice|anexo|bijlage|приложение|"
        r"dodatek|bilaga|liite|függelék"
    ),
    PART: (
        r"parts?|teil|partie|parte|часть|deel|část|część|books?|volumes?|vol|livre|libro|buch|band|"
        r"tome|tomo|том"
    ),
}
_ALONE = r"\.?(?![^\W\d_])"
_SIGN = (  # the last are dashes in UTF-8 that were taken for Windows-1252
    r"(?:[-‐‑‒–—―−－:：.．;,、)\]|/•·~>»�]|â€[“”\"'˜\x93\x94]|âˆ’)"
)
_GAP = re.compile(rf"\s*(?:{_SIGN}\s*)*")
_BY_WORD = {
    name: re.compile(
        rf"(?i:{words}){_ALONE}[-_\s]*(?i:no\.?\s|nr\.?\s|№|#)?\s*[\[(]?"
        rf"(?P<number>{NUMBER}|[ivxl]{{1,6}}(?![^\W_])|[a-z](?![^\W_]))"
        rf"(?:\s*(?:[-–—/&+,]|(?i:and|und|et|y|e|bis|to)\b)\s*"
        rf"(?P<end>\d{{1,4}})(?=\s*[:.)]|\s+[-–—]\s|\s*$))?"
    )
    for name, words in _NAMES.items()
}
_OTHER_ORDERS = (
    re.compile(rf"(?P<number>\d{{1,4}})\.?\s*(?P<word>(?i:{_NAMES[CHAPTER]})){_ALONE}"),
    re.compile(rf"第\s*(?P<number>\d{{1,4}}|[{HAN}]{{1,5}})\s*(?P<word>[章課课讲講回部編编篇卷])"),
    re.compile(r"제\s*(?P<number>\d{1,4})\s*(?P<word>[장강과부편])"),
)
_PARTS_IN_HAN = frozenset("部編编篇卷부편")
_DOTTED = re.compile(rf"(?:(?i:{_NAMES[CHAPTER]}){_ALONE}\s*|§\s*)?(?P<number>{DOTTED})")
_BARE = re.compile(rf"[\[(#№]?\s*(?P<number>{NUMBER})")
_BARE_RANGE = re.compile(r"(?P<number>\d{1,4})\s?[-–]\s?(?P<end>\d{1,4})(?=\s*[:.)])")
_LOWER = re.compile(r"[\[(]?(?P<number>[ivxl]{1,6}|[a-z])(?=[.)\]]\s)")
_BEGINS = {name: re.compile(rf"(?i:{words}){_ALONE}(?=\W|$)") for name, words in _NAMES.items()}
_UNREADABLE = re.compile(  # "Chapter 4x7", "Chapter four: …" in a language that is not known
    rf"(?i:{_NAMES[CHAPTER]}|{_NAMES[APPENDIX]}){_ALONE}\s*"
    r"(?:\S*\d\S*|[^\s:–—−-]{1,12}\s*(?:[:–—−]|-\s))"
)
_LONGEST_NUMBER = 200
"""Characters of a line in which its number must have come to an end."""
_LONGEST_RANGE = 20
"""Chapters in one file that are named by the first and the last."""


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
    head = plain(text[:_LONGEST_NUMBER])  # character for character
    return _with_word(text, head) or _bare(text, head) or _untouched(text, head)


def _with_word(text: str, head: str) -> Wording | None:
    found = _DOTTED.match(head)
    if found and _gap(head, found.end()) is not None:
        return _wording(text, head, found, None, dotted(found["number"]))
    for name, pattern in _BY_WORD.items():
        found = pattern.match(head)
        if found and _can_follow_a_word(found, head):
            if found["end"] and not _is_range(found):  # "Chapter 7 - 1984" has a year for a title
                gap = _gap(head, found.end("number"))
                title = text[gap[0] if gap else 0 :]
                return Wording(text, name, read_number(found["number"]), title, sure=True)
            return _wording(text, head, found, name, read_number(found["number"], found["end"]))
    for pattern in _OTHER_ORDERS:
        found = pattern.match(head)
        if found:
            name = PART if found["word"] in _PARTS_IN_HAN else CHAPTER
            return _wording(text, head, found, name, read_number(found["number"]))
    return None


def _is_range(found: re.Match[str]) -> bool:
    first = found["number"]
    return first.isdecimal() and 0 < int(found["end"]) - int(first) <= _LONGEST_RANGE


def _can_follow_a_word(found: re.Match[str], head: str) -> bool:
    """Tell whether a number follows: not as in "Part a company" or "Chapter 4711x"."""
    end, number = found.end(), found["number"]
    gap = _gap(head, end)
    if gap is None:  # "Chapter 4Convolution", "第4章畳み込み"
        return number.isdecimal() and not head[end].islower() and head[end].isalpha()
    return (
        not number.islower() or gap[1] or number in {"ii", "iii", "iv", "vi", "vii", "viii", "ix"}
    )


def _bare(text: str, head: str) -> Wording | None:
    found = _BARE_RANGE.match(head)
    if found and _is_range(found):
        return _wording(text, head, found, None, read_number(found["number"], found["end"]))
    found = _BARE.match(head) or _LOWER.match(head)
    gap = _gap(head, found.end()) if found else None
    if found is None or gap is None:
        return None
    number = read_number(found["number"])
    signs, rest = head[found.end() : gap[0]], head[gap[0] :]
    if not gap[1]:
        # "A Tale of Two Cities" and "I Robot" begin with no number; "4 Processes" may.
        # So may "3D Graphics".
        return (
            None
            if number.text in {"A", "I", "O"} or number.suffix
            else _weak(text, head, found, number)
        )
    glued = rest and not signs[-1:].isspace()
    if glued and (rest[0].isdecimal() or signs in {"-", "/", ","}):
        return None  # "10:30", "2.5", "4-Bit", "I/O"
    if number.means("arabic") is None and (
        (glued and signs == ".") or signs.strip() in {",", ";", "/"}
    ):
        return None  # "U.S. History", "C, a Language"
    return _wording(text, head, found, None, number)


def _untouched(text: str, head: str) -> Wording:
    word = next((name for name, begins in _BEGINS.items() if begins.match(head)), None)
    return Wording(text, word, None, text, sure=False, unreadable=bool(_UNREADABLE.match(head)))


def _gap(head: str, start: int) -> tuple[int, bool] | None:
    """Return where the title begins after a number, and whether signs stand between.

    None where the number goes on without any gap.
    """
    found = _GAP.match(head, start)
    end = found.end() if found else start
    if end == start < len(head):
        return None
    return end, end == len(head) or bool(head[start:end].strip())


def _weak(text: str, head: str, found: re.Match[str], number: Number) -> Wording:
    wording = _wording(text, head, found, None, number)
    return Wording(text, None, number, wording.title, sure=False)


def _wording(
    text: str, head: str, found: re.Match[str], word: str | None, number: Number
) -> Wording:
    gap = _gap(head, found.end())
    title = text[gap[0] if gap else found.end() :].strip()
    if not any(c.isalnum() for c in title):
        title = text
    return Wording(text, word, number, title, sure=True)
