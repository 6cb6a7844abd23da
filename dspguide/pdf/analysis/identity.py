"""Does the first page say that it is another chapter?

Openings differ: the word in large letters with its number behind or below, or a small "CHAPTER"
over a large number, with the title anywhere near, and page numbers, figures and captions before
and between them in the order of the content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.layout import SAME_SIZE, BodyText
from dspguide.pdf.analysis.page_label import from_roman
from dspguide.pdf.analysis.titles import are_alike, title_key, title_keys
from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.model import Evidence

if TYPE_CHECKING:
    from dspguide.pdf.analysis.text import Glyph, PageText
    from dspguide.pdf.model import ChapterPlan

_WORD = (
    "chapter|appendix|lesson|lecture|unit|kapitel|anhang|lektion|chapitre|annexe"
    "|cap[ií]tulo|capitolo|appendice|ap[eé]ndice|глава|hoofdstuk|rozdział"
)
_SPELLED = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
#: A single letter or a word is a number only where nothing follows that it could belong to.
_COUNT = rf"\d{{1,4}}|[IVXLC]{{2,7}}|(?:[A-Z]|(?i:{_SPELLED}))(?=\s*(?:$|[.:–—-]))"
_SAYS = re.compile(rf"\s*(?i:{_WORD})\b[^\w(]*(?:\b({_COUNT})\b)?\W*(.*)")
_WORD_KEYS = frozenset(title_key(word) for word in _WORD.split("|")) | {"capitulo", "apendice"}
_NUMBER = re.compile(rf"\W*({_COUNT})\b\W*(.*)")
#: An entry of a list of chapters ends with leaders or a page number.
_LISTED = re.compile(r"(?:[.·…]\s*){3,}|\s\d+\s*$")
_ARTICLE = re.compile(r"\s*(?:the|an?)\s", re.IGNORECASE)
_LARGE = 1.05  # times the size of the text: a word of an opening is set larger, or in bold
_LARGE_NUMBER = 1.3  # times: a number that stands by itself
_LARGE_TITLE = 1.1
_LARGE_ALONE = 13.0  # points, on a page without text
_LINES_OF_AN_OPENING = 12
_LINES_OF_A_TITLE = 4


@dataclass(frozen=True)
class _Claim:
    """That the page opens a chapter of this number; ``top`` is where it says so, in points."""

    number: str
    title: str
    lines: tuple[int, ...]
    top: float


def check_identity(page: PageText, plan: ChapterPlan) -> Evidence:
    """What a chapter's first page prints as its opening.

    Raises RejectedChapter("other-chapter") when it opens with another number and another title. A
    page that says nothing, or names several chapters, or has something larger over the chapter
    that it names, as a contents page and exercises have, is taken as it is.
    """
    claims = _claims(page)
    values = [_values(claim.number) for claim in claims]
    if not claims or not set.intersection(*values):
        return Evidence()
    claim = claims[0]
    largest, is_over = _title(page, claim)
    title = claim.title or largest
    has_own_number = plan.number is not None and bool(values[0] & _values(str(plan.number)))
    if has_own_number or _bears(page, title, plan.title):
        return Evidence(claim.number, title, is_own=True)
    if plan.number is None or is_over:
        return Evidence(claim.number, title, is_own=None)
    says_only_numbers = _SAYS.fullmatch(plan.title) is not None and not title
    if len(title_key(title)) >= 3 or says_only_numbers:
        raise RejectedChapter(
            "other-chapter",
            f"its first page says that it is chapter {claim.number}, not {plan.number}",
        )
    return Evidence(claim.number, title, is_own=False)


def _claims(page: PageText) -> list[_Claim]:
    """All places that name a chapter as an opening does."""
    found: list[_Claim] = []
    usual = _usual_size(page)
    for line, text in enumerate(page.lines):
        match = _SAYS.fullmatch(text)
        is_alone = title_key(text) in _WORD_KEYS  # perhaps with spaces between the letters
        glyph = page.glyph(line) if match or is_alone else None
        if glyph is None:
            continue
        if match and match.group(1) and not is_alone:
            title = match.group(2) if title_key(match.group(2)) else ""
            if title[:1].islower() or _LISTED.search(title):
                continue  # a sentence, or an entry of a list
            if glyph.bold or _is_larger(glyph, usual, _LARGE):
                found.append(_Claim(match.group(1), title, (line,), glyph.top))
        elif is_alone and (claim := _number_beside(page, line, glyph, usual)):
            found.append(claim)
    return found


def _number_beside(page: PageText, word: int, glyph: Glyph, usual: float) -> _Claim | None:
    """The number that belongs to a line that says no more than "CHAPTER": below, or large."""
    numbers = [
        (line, match, number)
        for line, text in enumerate(page.lines)
        if (match := _NUMBER.fullmatch(text)) and (number := page.glyph(line))
    ]
    for line, match, number in numbers:
        title = match.group(2).strip() if title_key(match.group(2)) else ""
        is_large = _is_larger(number, usual, _LARGE_NUMBER)
        if line == word + 1 and (number.bold or glyph.bold or is_large):
            return _Claim(match.group(1), title, (word, line), glyph.top)
    large = [(n.size, -line, m) for line, m, n in numbers if _is_larger(n, usual, _LARGE_NUMBER)]
    alone = [(size, line, m.group(1)) for size, line, m in large if not title_key(m.group(2))]
    if not alone:
        return None
    _, line, count = max(alone)
    return _Claim(count, "", (word, -line), glyph.top)


def _title(page: PageText, claim: _Claim) -> tuple[str, bool]:
    """The largest words of a page beside its claim, and whether they stand over it."""
    usual = _usual_size(page)
    glyphs = {
        line: glyph
        for line, text in enumerate(page.lines)
        if line not in claim.lines and _has_words(text) and (glyph := page.glyph(line))
    }
    large = {n: g for n, g in glyphs.items() if _is_larger(g, usual, _LARGE_TITLE)}
    large = large or {n: g for n, g in glyphs.items() if g.bold}
    if not large:
        return "", False
    size = max(glyph.size for glyph in large.values())
    lines = [n for n, glyph in large.items() if size - glyph.size <= SAME_SIZE]
    first, *rest = lines[:_LINES_OF_A_TITLE]
    title = [first, *(n for at, n in enumerate(rest, first + 1) if n == at)]
    is_over = any(glyph.bottom > claim.top for glyph in large.values())
    return " ".join(page.lines[n].strip() for n in title), is_over


def _bears(page: PageText, title: str, planned: str) -> bool:
    """Whether lines are the planned title and no more, for titles may be part of each other."""
    own = set(title_keys(planned))
    said = {*title_keys(title), *title_keys(_ARTICLE.sub("", title))}
    if any(are_alike(key, other) for key in said for other in own):
        return True
    lines = page.lines[:_LINES_OF_AN_OPENING]
    for first in range(len(lines)):
        joined = title_keys(lines[first])
        for last in range(first, min(first + _LINES_OF_A_TITLE, len(lines))):
            if last > first:
                joined = tuple(key + title_key(lines[last]) for key in joined)
            if not own.isdisjoint(joined):
                return True
    return False


def _values(number: str) -> set[str]:
    """What a number may mean, for "IV" is 4 and "C" may be the third letter."""
    text = number.strip().lower()
    if text.isdecimal():
        return {str(int(text))}
    if text in (spelled := _SPELLED.split("|")):
        return {str(spelled.index(text) + 1)}
    if roman := from_roman(text):
        return {text, str(roman)}
    return {text} if len(text) == 1 else set()


def _is_larger(glyph: Glyph, usual: float, times: float) -> bool:
    return glyph.size > (usual * times if usual else _LARGE_ALONE)


def _usual_size(page: PageText) -> float:
    body = BodyText()
    body.read(page, range(len(page.lines)))
    return body.size


def _has_words(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= 3
