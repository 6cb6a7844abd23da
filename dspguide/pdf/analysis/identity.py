"""What a file says of itself: which chapter its first page opens, whether it lists the book.

Openings differ: the word in large letters with its number behind or below, or a small "CHAPTER"
over a large number, with the title anywhere near, and page numbers, figures and captions before
and between them in the order of the content.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.layout import SAME_SIZE, BodyText
from dspguide.pdf.analysis.page_label import from_roman
from dspguide.pdf.analysis.titles import SPELLED, are_alike, title_key, title_keys
from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dspguide.pdf.analysis.text import Glyph, PageText
    from dspguide.pdf.model import ChapterPlan

_WORD = (
    "chapter|appendix|lesson|lecture|unit|kapitel|anhang|lektion|chapitre|annexe"
    "|cap[ií]tulo|capitolo|appendice|ap[eé]ndice|глава|hoofdstuk|rozdział"
)
#: A single letter or a word is a number only where nothing follows that it could belong to.
_COUNT = rf"\d{{1,4}}|[IVXLC]{{2,7}}|(?:[A-Z]|(?i:{SPELLED}))(?=\s*(?:$|[.:–—-]))"
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
_CONTENTS = re.compile(r"^\s*(?:table of )?contents\s*$", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"^.*\D[\s.·…](\d{1,4})\s*$", re.MULTILINE)
_ENTRIES = 5  # of a list of contents that lead to pages beyond the file


class _Claim(NamedTuple):
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
    body = BodyText()
    body.read(page, range(len(page.lines)))
    claims = list(_claims(page, body.size))
    values = [_values(claim.number) for claim in claims]
    if not claims or not set.intersection(*values):
        return Evidence()
    claim = claims[0]
    largest, is_over = _title(page, claim, body.size)
    title = claim.title or largest
    has_own_number = plan.number is not None and bool(values[0] & _values(str(plan.number)))
    if has_own_number or _bears(page, title, plan.title):
        return Evidence(claim.number, title, is_own=True)
    if plan.number is None or is_over:
        return Evidence(claim.number, title, is_own=None)
    if len(title_key(title)) >= 3 or (_SAYS.fullmatch(plan.title) and not title):
        raise RejectedChapter(
            "other-chapter",
            f"its first page says that it is chapter {claim.number}, not {plan.number}",
        )
    return Evidence(claim.number, title, is_own=False)


def _claims(page: PageText, usual: float) -> Iterator[_Claim]:
    """All places that name a chapter as an opening does."""
    for line, text in enumerate(page.lines):
        match = _SAYS.fullmatch(text)
        is_alone = title_key(text) in _WORD_KEYS  # perhaps with spaces between the letters
        glyph = page.glyph(line) if match or is_alone else None
        if glyph is None:
            continue
        if is_alone:
            yield from _number_beside(page, line, glyph, usual)
        elif match and match[1]:
            title = _with_words(match[2])
            # A sentence goes on in small letters; an entry of a list has a page number.
            is_other = title[:1].islower() or _LISTED.search(title)
            if not is_other and (glyph.bold or _is_larger(glyph, usual, _LARGE)):
                yield _Claim(match[1], title, (line,), glyph.top)


def _number_beside(page: PageText, word: int, glyph: Glyph, usual: float) -> Iterator[_Claim]:
    """The number that belongs to a line that says no more than "CHAPTER": below, or large."""
    large: list[tuple[float, int, str]] = []
    for line, text in enumerate(page.lines):
        if not (match := _NUMBER.fullmatch(text)) or (number := page.glyph(line)) is None:
            continue
        title = _with_words(match[2]).strip()
        is_large = _is_larger(number, usual, _LARGE_NUMBER)
        if line == word + 1 and (number.bold or glyph.bold or is_large):
            yield _Claim(match[1], title, (word, line), glyph.top)
            return
        if is_large and not title:
            large.append((number.size, -line, match[1]))
    if large:
        _, line, count = max(large)
        yield _Claim(count, "", (word, -line), glyph.top)


def _title(page: PageText, claim: _Claim, usual: float) -> tuple[str, bool]:
    """The largest words of a page beside its claim, and whether they stand over it."""
    glyphs = {
        line: glyph
        for line, text in enumerate(page.lines)
        if line not in claim.lines
        and sum(character.isalpha() for character in text) >= 3
        and (glyph := page.glyph(line))
    }
    large = {n: g for n, g in glyphs.items() if _is_larger(g, usual, _LARGE_TITLE)}
    large = large or {n: g for n, g in glyphs.items() if g.bold}
    if not large:
        return "", False
    size = max(glyph.size for glyph in large.values())
    lines = [n for n, glyph in large.items() if size - glyph.size <= SAME_SIZE]
    title = [n for at, n in enumerate(lines[:_LINES_OF_A_TITLE], lines[0]) if n == at]
    is_over = any(glyph.bottom > claim.top for glyph in large.values())
    return " ".join(page.lines[n].strip() for n in title), is_over


def _bears(page: PageText, title: str, planned: str) -> bool:
    """Whether lines are the planned title and no more, for titles may be part of each other."""
    own = set(title_keys(planned))
    said = {*title_keys(title), *title_keys(_ARTICLE.sub("", title))}
    if any(are_alike(key, other) for key in said for other in own):
        return True
    lines = page.lines[:_LINES_OF_AN_OPENING]
    for first, line in enumerate(lines):
        joined = title_keys(line)
        for following in (*lines[first + 1 : first + _LINES_OF_A_TITLE], ""):
            if not own.isdisjoint(joined):
                return True
            joined = tuple(key + title_key(following) for key in joined)
    return False


def _values(number: str) -> set[str]:
    """What a number may mean, for "IV" is 4 and "C" may be the third letter."""
    text = number.strip().lower()
    if text.isdecimal():
        return {str(int(text))}
    if text in (spelled := SPELLED.split("|")):
        return {str(spelled.index(text) + 1)}
    if roman := from_roman(text):
        return {text, str(roman)}
    return {text} if len(text) == 1 else set()


def _is_larger(glyph: Glyph, usual: float, times: float) -> bool:
    return glyph.size > (usual * times if usual else _LARGE_ALONE)


def _with_words(text: str) -> str:
    """The text, "" where it says nothing."""
    return text if title_key(text) else ""


class OwnContents:
    """Looks for the book's own list of contents in its first file.

    A list that leads no further than its own file is a chapter's.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []

    def read(self, page: PageText) -> None:
        """Note the numbers on a page that is called contents, and on those behind it."""
        text = "\n".join(page.lines)
        heading = _CONTENTS.search(text)
        if heading or self._numbers:
            found = _ENTRY.findall(text, heading.end() if heading else 0)
            self._numbers += [int(number) for number in found]

    def lead_beyond(self, labels: Sequence[str | None]) -> bool:
        """Whether they lead beyond the file, of which ``labels`` are the printed numbers."""
        own = [int(label) for label in labels if label is not None and label.isdecimal()]
        last = max(own, default=len(labels))
        return sum(number > last for number in self._numbers) >= _ENTRIES
