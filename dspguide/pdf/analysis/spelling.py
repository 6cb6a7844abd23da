"""How texts spell the names of things: "Fig. 7-1a", "Eqs. (8.1)–(8.3)", "Chapters 6 and 7".

Also telling names in this book from names in another: "Chapter 3 of [12]", "Knuth's Table 2".
"""

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


#: How things of a kind are spelled: their word, what numbers they have, and stems in lower case:
#: nearly all text is passed over by looking for them alone.
_KINDS = {
    "figure": (rf"fig{_BREAK}ures?|figs?\.?", _ANY, ("fig",)),
    "table": (rf"ta{_BREAK}bles?|tabs?\.", _ANY, ("tab", "ta-")),
    "equation": (rf"equa{_BREAK}tions?|eqn?s?\.?", _ANY, ("eq",)),
    "listing": (rf"list{_BREAK}ings?", _ANY, ("listing", "list-")),
    "program": (rf"pro{_BREAK}grams?", _ANY, ("program", "pro-")),
    "algorithm": (rf"al{_BREAK}go{_BREAK}rithms?", _ANY, ("algo", "al-")),
    "chapter": (rf"chap{_BREAK}ters?|chaps?\.|ch\.", _WHOLE, ("chap", "ch.")),
    "section": (rf"sec{_BREAK}tions?|secs?\.|§§?", _DEEP, ("sec", "§")),
    "appendix": (rf"ap{_BREAK}pen{_BREAK}di(?:x|ces)|app\.", _WHOLE, ("append", "ap-", "app.")),
    "page": (r"pages?", _PAGE, ("page",)),
}
_STEMS = [(stem, kind) for kind, (_, _, stems) in _KINDS.items() for stem in stems]
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

_REACH = 90  # characters before and after a name that can say whose it is
_OWN = (
    r"Chapters?|Sections?|Parts?|Appendi\w+|Figures?|Figs?|Tables?|Equations?|Eqs?|Pages?|Listings?"
)
_WORK = r"books?|handbook|manual|textbook|paper|thesis|dissertation|monograph|proceedings|treatise"
#: These are works only where something is "of" or "from" them: "in the standard way".
_VAGUE = (
    r"article|report|standard|volume|vol|edition|guide|journal|specification|documentation|"
    r"data ?sheet|patent|ref|reference|tutorial|survey|recommendation"
)
_WORDS = r"(?:(?!this\b)[\w’'-]+\.?\s+){0,4}"
_AFTER = re.compile(
    # Behind "of" or "in": a number in brackets, a name, a title in quotes, "that".
    r"\s*,?\s*(?:of|in|from|by)\s+(?:"
    r"[\[(“\"‘']"
    rf"|(?!(?:{_OWN}|This)\b)[A-Z]"
    r"|(?:his|her|their|another|that|those|other)\b"
    r")"
    rf"|\s*,?\s*(?:of|from)\s+{_WORDS}(?:{_WORK}|{_VAGUE})\b"
    rf"|\s*,?\s*in\s+{_WORDS}(?:{_WORK})\b"
    r"|\s*(?:of|in|from)\s+the\s+(?:[\w-]+\s+){0,3}(?:Guide|Handbook|Manual|Standard|Art)\b"
    # Behind nothing: the same number, a name with a year, "ibid."
    r"|\s*,?\s*\[\s*\d"
    r"|\s*,?\s*\(?\s*[A-Z][\w.]+(?:\s+(?:and|&)\s+[A-Z]\w+|\s+et al\.?)?,?\s*\(?(?:19|20)\d\d\b"
    r"|\s*,?\s*(?:ibid|op\. cit|loc\. cit)"
)
_KEY = r"(?:\d{1,3}|[A-Z][A-Za-z+]{1,9}\d{2,4}[a-z]?)\b"  # of an entry in a bibliography
_BEFORE = re.compile(
    r"(?:"
    rf"\[{_KEY}[^\]]{{0,40}}"  # "[12, Chapter 3"
    rf"|(?:^|\s)\[{_KEY}[^\]]{{0,40}}\][\s,;:]*"  # "[12], Chapter 3"
    r"|[\w.]+(?:['’]s|s['’])\s+"  # "Knuth’s Chapter 3"
    r"|\b(?:19|20)\d\d[a-z]?\)?[,;:]?\s*"  # "Smith (1997), Chapter 3"
    r"|\b(?:[Vv]ol(?:ume)?|[Rr]ef(?:erence)?s?)\.?\s*\[?[\dIVX]+[\],;:]*\s*"  # "Vol. 2, Chapter 3"
    r"|[”\"’][,;:]?\s*"  # "“The Art”, Chapter 3"
    r"|\b(?:his|her|their|whose|another)\s+"
    r")$"
)
_ENDS = frozenset("IVX])”\"’',;:")
_OWNERS = ("'s", "’s", "his", "her", "their", "whose", "another")
#: "by Knuth, Chapter 3"; a sentence may begin with "However, Chapter 3".
_NAME_BEFORE = re.compile(r"[\w,;]\s+(?!(?:I|However|Later|Also)\b)[A-Z]\w+,\s*$")
_LEADS_TO_PAGE = re.compile(
    r"(?:\b(?:on|see|from|to|at|of|and|until|through|back|in|top|bottom|the|facing|opposite|or|"
    r"turn|next|also)|\(|(?:\d|[A-Z])\s*,)\s*$",
    re.IGNORECASE,
)
_THIS = re.compile(r"\s*(?:of|in)\s+this\b")
_ENTRY = re.compile(r"^\s*\[\w{1,8}\]", re.MULTILINE)
_ENTRY_REACH = 330  # characters: some four lines
#: The heading over a list of other books.
_BIBLIOGRAPHY = re.compile(
    r"""^[^\S\n]*(?:(?:\d{1,3}|[A-Z])(?:\.\d{1,3})*\.?[^\S\n]+)?
    (?:references|bibliography|literature(?:\ cited)?|works\ cited|further\ reading)[^\S\n]*$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


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
    lowered = text.replace("İ", "I").lower()  # the only letter that becomes two
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


def bibliography_from(text: str) -> int:
    """Where a list of other books begins, the text's end where there is none."""
    match = _BIBLIOGRAPHY.search(text)
    return match.start() if match else len(text)


def names_another_book(text: str, group: Group) -> bool:
    """Whether a name, or pages, are more likely those of another book than of this one."""
    start = group.start
    after = text[group.end : group.end + _REACH]
    if _THIS.match(after):
        return False
    before = text[max(start - _REACH, 0) : start]
    if _AFTER.match(after) or (_may_own(before) and _BEFORE.search(before)):
        return True
    if group.kind in ("chapter", "section", "appendix", "page") and _NAME_BEFORE.search(before):
        return True
    if group.kind == "page" and not _LEADS_TO_PAGE.search(before):
        return True
    return _in_an_entry(text, start)


def _may_own(before: str) -> bool:
    """Whether it is worth a closer look: a cheap question, as nearly always it is not."""
    tail = before.rstrip()
    return tail[-1:] in _ENDS or tail[-1:].isdigit() or tail.endswith(_OWNERS) or "[" in before


def _in_an_entry(text: str, start: int) -> bool:
    """Whether the paragraph is an entry of a list of other books, "[12] D. Knuth, …"."""
    reach = max(start - _ENTRY_REACH, 0)
    if text.find("[", reach, start) < 0:
        return False
    entries = list(_ENTRY.finditer(text, reach, start))
    return bool(entries) and (len(entries) > 1 or ".\n" not in text[entries[0].start() : start])
