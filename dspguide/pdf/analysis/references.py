"""Finding, page by page, what a chapter's text names, and the places that may bear a name."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.captions import (
    CAPTION_LINES,
    caption_at,
    equations_on,
    headings_on,
    last_line_of,
    list_entries,
)
from dspguide.pdf.analysis.layout import SAME_SIZE
from dspguide.pdf.analysis.spelling import (
    Group,
    Spelled,
    bibliography_from,
    groups,
    names_another_book,
)
from dspguide.pdf.naming import Caption, Mention, Naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.text import PageText
    from dspguide.pdf.naming import Box

_HEAD_BAND = 0.13  # part of the page's height in which running heads and feet stand
_SOME = 4  # mentions
_HEAD_LENGTH = 45  # characters: a longer line is more likely one of a paragraph
_TOUCHING = 0.5  # points
#: Only if something in the book is called so: anything may be a program.
_LOOSE = {"listing", "program", "algorithm"}
_HEADED = {"chapter", "section", "appendix"}


class _Seen(NamedTuple):
    """A mention before it is known what the chapter's text and heads look like."""

    mention: Mention
    size: float
    in_band: bool
    line: str


class _Page:
    """A page's lines as one text, in which names may go on over line ends."""

    def __init__(self, text: PageText) -> None:
        self.text = text
        self.starts = [0, *accumulate(len(line) + 1 for line in text.lines)]
        self.joined = "\n".join(text.lines)

    def line_at(self, offset: int) -> int:
        """The line in which an offset is."""
        return bisect_right(self.starts, offset) - 1

    def begins(self, line: int, group: Group) -> bool:
        """Whether nothing stands before a name on its line."""
        return not self.joined[self.starts[line] : group.start].strip()

    def has_alone(self, line: int, group: Group) -> bool:
        """Whether nothing but a name stands on its lines, as in an opening."""
        whole = self.joined[self.starts[line] : self.starts[self.line_at(group.end - 1) + 1]]
        # "CHAPTER" over "7 Convolution"
        is_word = group.word.isupper() and group.kind in _HEADED and self.begins(line, group)
        return is_word or len(whole.strip()) <= group.end - group.start

    def is_bold(self, line: int) -> bool:
        """Whether a line is bold from end to end."""
        ends = (0, len(self.text.lines[line].rstrip()) - 1)
        return all((glyph := self.text.glyph(line, end)) and glyph.bold for end in ends)

    def boxes(self, spelled: Spelled) -> tuple[Box, ...]:
        """The boxes around what is spelled, line by line."""
        found: list[Box] = []
        for line in range(self.line_at(spelled.start), self.line_at(spelled.end - 1) + 1):
            offset = self.starts[line]
            start = max(spelled.start - offset, 0)
            end = min(spelled.end - offset, len(self.text.lines[line]))
            if end > start:
                found += self.text.boxes(line, start, end)
        return tuple(found)


class ReferenceFinder:
    """Collects mentions and captions; pages must come in order."""

    def __init__(self) -> None:
        self._seen: list[_Seen] = []
        self._captions: list[Caption] = []
        self._headings: list[Caption] = []
        self._corners: list[tuple[float, float]] = []
        self._sizes: Counter[float] = Counter()  # of mentions that stand in lines of others
        self._heads: dict[str, set[int]] = defaultdict(set)  # pages by text without digits
        self._in_bibliography = False

    def read(self, text: PageText) -> None:
        """Note all that a page names."""
        page = _Page(text)
        self._corners.append(text.in_file(text.left, text.top))
        found = [(page.line_at(group.start), group) for group in groups(page.joined)]
        first = [(line, group) for line, group in found if page.begins(line, group)]
        captions = [c for line, group in first if (c := caption_at(text, line, group))]
        headed = [
            (line, text.lines[line][group.end - page.starts[line] :])
            for line, group in first
            if group.kind in _HEADED
        ]
        # Neither entries of a list are references, nor what is set as no text is.
        apart = list_entries([*((c.line, c.title) for c in captions), *headed])
        captions = [c for c in captions if c.line not in apart]
        apart |= {c.line for c in captions if c.caption.form.word.isupper()}
        found = [(line, group) for line, group in found if line not in apart]
        inside: dict[int, list[int]] = defaultdict(list)  # captions by line
        for candidate in captions:
            following = range(candidate.line + 1, candidate.line + CAPTION_LINES + 1)
            last = candidate.line
            if any(line in following for line, _ in found):
                last = last_line_of(text, last)
            for line in range(candidate.line, last + 1):
                inside[line].append(len(self._captions))
            self._captions.append(candidate.caption)
        self._captions += equations_on(text)
        self._headings += headings_on(text)
        # The titles of other books go on to the chapter's end.
        ends = 0 if self._in_bibliography else bibliography_from(page.joined)
        self._in_bibliography |= ends < len(page.joined)
        for line, group in found:
            if group.start < ends and not names_another_book(page.joined, group):
                self._note(page, line, group, tuple(inside[line]))

    def _note(self, page: _Page, line: int, group: Group, captions: tuple[int, ...]) -> None:
        text = page.text
        glyph = text.glyph(line, group.start - page.starts[line])
        if glyph is None:
            return
        whole = text.lines[line].strip()
        height = ((glyph.top + glyph.bottom) / 2 - text.bottom) / text.height
        in_band = abs(height - 0.5) >= 0.5 - _HEAD_BAND
        if in_band:
            self._heads[_without_digits(whole)].add(text.index)
        if page.has_alone(line, group):
            return  # a heading
        self._sizes[round(glyph.size, 1)] += len(group.members)
        if glyph.bold and page.is_bold(line):
            return
        for spelled in group.members:
            words = page.joined[spelled.start : spelled.end]
            told = " ".join(f"{group.word} {words}".split() if spelled.in_list else words.split())
            if boxes := page.boxes(spelled):
                is_loose = group.kind in _LOOSE
                mention = Mention(spelled.name, told, text.index, boxes, captions, is_loose)
                self._seen.append(_Seen(mention, glyph.size, in_band, whole))

    def finish(
        self, labels: Sequence[str | None], body_size: float, taken: dict[int, list[Box]]
    ) -> Naming:
        """All of it; ``labels`` are the printed numbers and ``taken`` the links' boxes, by page.

        ``body_size`` is that of the chapter's text in points, 0 where it is not known.
        """
        # Where there are some, most mentions stand in the text itself.
        if self._sizes.total() >= _SOME:
            body_size = self._sizes.most_common(1)[0][0]
        mentions = tuple(
            seen.mention
            for seen in self._seen
            if not 0 < body_size < seen.size - SAME_SIZE
            and not (seen.in_band and self._is_head(seen, labels[seen.mention.page_index]))
            and not _touch(seen.mention.boxes, taken.get(seen.mention.page_index, ()))
        )
        headings = [
            h for h in self._headings if h.form.bold or 0 < body_size < h.form.size - SAME_SIZE
        ]
        return Naming((*self._captions, *headings), mentions, tuple(self._corners))

    def _is_head(self, seen: _Seen, label: str | None) -> bool:
        """Whether a mention near the page's edge stands in a running head or foot."""
        line, words = seen.line, seen.mention.text
        is_sentence = line[-1] in ".,;:-"
        named = seen.mention.name.kind in _HEADED and len(line) < _HEAD_LENGTH
        begins = named and not is_sentence and line.startswith(words)
        whole = line.rstrip(".") == words
        again = (whole or not is_sentence) and len(self._heads[_without_digits(line)]) > 1
        return begins or again or label in (line.split()[0], line.split()[-1])


def _touch(boxes: Sequence[Box], others: Sequence[Box]) -> bool:
    return any(
        a[0] < b[2] - _TOUCHING
        and b[0] < a[2] - _TOUCHING
        and a[1] < b[3] - _TOUCHING
        and b[1] < a[3] - _TOUCHING
        for a in boxes
        for b in others
    )


def _without_digits(text: str) -> str:
    return "".join(c for c in text if not c.isdigit())
