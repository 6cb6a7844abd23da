"""How texts spell the names of things: "Fig. 7-1a", "Eqs. (8.1)–(8.3)", "Chapters 6 and 7"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.naming import Name

if TYPE_CHECKING:
    from collections.abc import Iterator

_BREAK = r"(?:-\n?)?"  # a word may be divided at a line's end; PDFium keeps the hyphen
_COMPOUND = (
    r"(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,3}|(?:\d{1,3}|[A-Z])[-\u2010\u2011–](?:\n?)\d{1,3}"
    r"(?![-\u2010\u2011–.]\d)"
)
_END = r"(?![A-Za-z\d])(?![.,]\d)"
_DEEP = rf"(?:{_COMPOUND})[a-z]?{_END}"
_ANY = rf"(?:{_COMPOUND}|\d{{1,3}})[a-z]?{_END}"
_WHOLE = rf"(?:\d{{1,3}}|[IVXLC]{{1,7}}|[A-Z]){_END}"
#: "page 3-12" is one page, "pages 3-12" are ten.
_PAGE = rf"(?:(?<![sS]\s)\d{{1,3}}[-–]\d{{1,3}}|\d{{1,4}}|[ivxlc]{{1,7}}){_END}"


class _Kind(NamedTuple):
    """How things of a kind are spelled: their word, what numbers they have, where to look."""

    word: str
    number: str
    stems: tuple[str, ...]


#: Stems are in lower case; nearly all text is passed over by looking for them alone.
_KINDS = {
    "figure": _Kind(rf"fig{_BREAK}ures?|figs?\.?", _ANY, ("fig",)),
    "table": _Kind(rf"ta{_BREAK}bles?|tabs?\.", _ANY, ("tab", "ta-")),
    "equation": _Kind(rf"equa{_BREAK}tions?|eqn?s?\.?", _ANY, ("eq",)),
    "listing": _Kind(rf"list{_BREAK}ings?", _ANY, ("listing", "list-")),
    "program": _Kind(rf"pro{_BREAK}grams?", _ANY, ("program", "pro-")),
    "algorithm": _Kind(rf"al{_BREAK}go{_BREAK}rithms?", _ANY, ("algo", "al-")),
    "chapter": _Kind(rf"chap{_BREAK}ters?|chaps?\.|ch\.", _WHOLE, ("chap", "ch.")),
    "section": _Kind(rf"sec{_BREAK}tions?|secs?\.|§§?", _DEEP, ("sec", "§")),
    "appendix": _Kind(
        rf"ap{_BREAK}pen{_BREAK}di(?:x|ces)|app\.", _WHOLE, ("append", "ap-", "app.")
    ),
    "page": _Kind(r"pages?", _PAGE, ("page",)),
}
_STEMS = tuple((stem, kind) for kind, (_, _, stems) in _KINDS.items() for stem in stems)
_FIRST = {
    kind: re.compile(rf"((?i:{word}))[\s~]{{0,3}}(?:\(({number})\)|({number}))")
    for kind, (word, number, _) in _KINDS.items()
}
_NEXT = {
    kind: re.compile(
        rf"\s*(?:[–—-]|[,;]?\s*\b(?:and|or|to|through)\b|[,;&])\s*(?:\(({number})\)|({number}))"
    )
    for kind, (_, number, _) in _KINDS.items()
}
_PARTS = re.compile(r"[.\-\u2010\u2011–\n]+")
_NUMBERED_ALONE = {"chapter", "appendix", "page"}


class Spelled(NamedTuple):
    """A name in a text: the thing, and from where to where it is spelled."""

    name: Name
    start: int
    end: int
    in_list: bool = False  # a further number behind a word: "and 7-2"


class Group(NamedTuple):
    """A word and all numbers behind it, and where they end."""

    word: str
    members: tuple[Spelled, ...]
    end: int

    @property
    def start(self) -> int:
        """Where the word begins."""
        return self.members[0].start

    @property
    def kind(self) -> str:
        """The kind of what is named."""
        return self.members[0].name.kind


def groups(text: str) -> Iterator[Group]:
    """All names that a text spells, by kind; one that goes on over line ends has them in it."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become two
        lowered = "".join(c.lower() if c.isascii() else c for c in text)
    for stem, kind in _STEMS:
        at = lowered.find(stem)
        while at >= 0:
            if group := _group(text, at, kind):
                yield group
            at = lowered.find(stem, at + len(stem))


def _group(text: str, at: int, kind: str) -> Group | None:
    if at and (text[at - 1].isalnum() or text[at - 1] in "-_/"):
        return None  # in the middle of a word, as most are
    match = _FIRST[kind].match(text, at)
    if match is None:
        return None
    word = match[1]
    first = _name(kind, match[2] or match[3])
    if len(first.number) == 1 and kind not in _NUMBERED_ALONE and word[0].islower():
        return None  # "table 5" may be any five
    if match.start(3) == match.end(1) and word[-1] not in ".§":
        return None
    members = [Spelled(first, at, match.end())]
    end = match.end()
    several = word.rstrip(".").lower().endswith(("s", "ces", "§§")) or len(first.number) > 1
    while several and (further := _NEXT[kind].match(text, end)):
        name = _name(kind, further[1] or further[2])
        if len(name.number) != len(first.number):
            break
        place = further.span(further.lastindex or 0)
        members.append(Spelled(name, *place, in_list=True))
        end = further.end()
    return Group(word, tuple(members), end)


def _name(kind: str, number: str) -> Name:
    parts = _PARTS.split(number)
    return Name(kind, tuple(part.lstrip("0") or "0" for part in parts))
