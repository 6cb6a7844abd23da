"""Telling names in this book from names in another: "Chapter 3 of [12]", "Knuth's Table 2"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dspguide.pdf.analysis.spelling import Group

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
#: What is the heading over a list of other books, but for a number.
_LISTS = (
    *("references", "bibliography", "literature", "literature cited", "works cited"),
    "further reading",
)
_NUMBERED = re.compile(r"\s*(?:(?:\d{1,3}|[A-Z])(?:\.\d{1,3})*\.?\s+)?(.*?)\s*")
_LONGEST = 32  # characters of such a heading


def is_bibliography(line: str) -> bool:
    """Whether a line is the heading over a list of other books."""
    if len(line) > _LONGEST or not line.rstrip().lower().endswith(_LISTS):
        return False
    match = _NUMBERED.fullmatch(line)
    return match is not None and match[1].lower() in _LISTS


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
    if not entries:
        return False
    return ".\n" not in text[entries[-1].start() : start] or len(entries) > 1
