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
    without_lists,
)
from dspguide.pdf.analysis.elsewhere import is_bibliography, names_another_book
from dspguide.pdf.analysis.spelling import Group, Spelled, groups
from dspguide.pdf.naming import Caption, Mention, Naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.text import PageText
    from dspguide.pdf.naming import Box

_HEAD_BAND = 0.13  # part of the page's height in which running heads and feet stand
_SAMPLED = 3  # one of so many pages shows how large the text is
_TEXT_LENGTH = 30  # characters: captions beside pictures have shorter lines than the text
_SOME = 4  # mentions
_HEAD_LENGTH = 45  # characters: a longer line is more likely one of a paragraph
_SAME_SIZE = 0.6  # points
_TOUCHING = 0.5  # points
#: Only if something in the book is called so: anything may be a program.
_LOOSE = {"listing", "program", "algorithm"}
_HEADED = {"chapter", "section", "appendix"}


class _Seen(NamedTuple):
    """A mention before it is known what the chapter's text and heads look like."""

    mention: Mention
    size: float
    alone: bool  # nothing else is on its line
    bold_line: bool
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
        return not self.joined[self.starts[line] : group.members[0].start].strip()

    def has_alone(self, line: int, group: Group) -> bool:
        """Whether nothing but a name stands on its lines, as in an opening."""
        last = self.line_at(group.end - 1)
        whole = self.joined[self.starts[line] : self.starts[last] + len(self.text.lines[last])]
        if len(whole.strip()) <= group.end - group.members[0].start:
            return True
        # "CHAPTER" over "7 Convolution"
        named = group.word.isupper() and group.members[0].name.kind in _HEADED
        return named and self.begins(line, group)

    def is_bold(self, line: int) -> bool:
        """Whether a line is bold from end to end."""
        ends = (0, len(self.text.lines[line].rstrip()) - 1)
        return all((glyph := self.text.glyph(line, end)) and glyph.bold for end in ends)

    def boxes(self, spelled: Spelled) -> tuple[Box, ...]:
        """The boxes around what is spelled, line by line."""
        found: list[Box] = []
        start = spelled.start
        while start < spelled.end:
            line = self.line_at(start)
            offset = self.starts[line]
            end = min(spelled.end, offset + len(self.text.lines[line]))
            if end > start:
                found += self.text.boxes(line, start - offset, end - offset)
            start = self.starts[line + 1]
        return tuple(found)


class ReferenceFinder:
    """Collects mentions and captions; pages must come in order."""

    def __init__(self) -> None:
        self._seen: list[_Seen] = []
        self._captions: list[Caption] = []
        self._headings: list[Caption] = []
        self._corners: list[tuple[float, float]] = []
        self._sizes: Counter[float] = Counter()
        self._heads: dict[str, set[int]] = defaultdict(set)  # pages by text without digits
        self._in_bibliography = False

    def read(self, text: PageText) -> None:
        """Note all that a page names."""
        page = _Page(text)
        self._corners.append(text.in_file(text.left, text.top))
        if text.index % _SAMPLED == 0:
            longest = max(text.lines, key=len)
            if len(longest) > _TEXT_LENGTH and (glyph := text.glyph(text.lines.index(longest))):
                self._sizes[round(glyph.size, 1)] += len(longest)
        found = [(page.line_at(group.members[0].start), group) for group in groups(page.joined)]
        begun = [
            candidate
            for line, group in found
            if page.begins(line, group) and (candidate := caption_at(text, line, group))
        ]
        captions = without_lists(begun)
        # Neither entries of a list are references, nor what is set as no text is.
        apart = {c.line for c in begun} - {c.line for c in captions}
        apart |= {c.line for c in captions if c.caption.form.word.isupper()}
        apart |= list_entries(
            [
                (line, text.lines[line][group.end - page.starts[line] :])
                for line, group in found
                if group.members[0].name.kind in _HEADED and page.begins(line, group)
            ]
        )
        found = [(line, group) for line, group in found if line not in apart]
        lines = [line for line, _ in found]
        spans = [
            (c.line, last_line_of(text, c.line) if _follows(c.line, lines) else c.line)
            for c in captions
        ]
        first = len(self._captions)
        self._captions += [c.caption for c in captions]
        self._captions += equations_on(text)
        self._headings += [c.caption for c in without_lists(list(headings_on(text)))]
        ends = self._bibliography_from(page)
        for line, group in found:
            if group.members[0].start < ends and not names_another_book(page.joined, group):
                inside = tuple(first + n for n, (a, b) in enumerate(spans) if a <= line <= b)
                self._note(page, line, group, inside)

    def _bibliography_from(self, page: _Page) -> int:
        """Where on the page the titles of other books begin; they go on to the chapter's end."""
        if self._in_bibliography:
            return 0
        for line, text in enumerate(page.text.lines):
            if is_bibliography(text):
                self._in_bibliography = True
                return page.starts[line]
        return len(page.joined)

    def _note(self, page: _Page, line: int, group: Group, captions: tuple[int, ...]) -> None:
        glyph = page.text.glyph(line, group.members[0].start - page.starts[line])
        if glyph is None:
            return
        whole = page.text.lines[line].strip()
        height = ((glyph.top + glyph.bottom) / 2 - page.text.bottom) / page.text.height
        in_band = abs(height - 0.5) >= 0.5 - _HEAD_BAND
        if in_band:
            self._heads[_without_digits(whole)].add(page.text.index)
        alone = page.has_alone(line, group)
        bold = glyph.bold and page.is_bold(line)
        for spelled in group.members:
            words = page.joined[spelled.start : spelled.end]
            if spelled.in_list:
                words = f"{group.word} {words}"
            mention = Mention(
                spelled.name,
                " ".join(words.split()),
                page.text.index,
                page.boxes(spelled),
                captions,
                spelled.name.kind in _LOOSE,
            )
            if mention.boxes:
                self._seen.append(_Seen(mention, glyph.size, alone, bold, in_band, whole))

    def finish(
        self, labels: Sequence[str | None], taken: dict[int, list[Box]] | None = None
    ) -> Naming:
        """All of it; ``labels`` are the printed numbers and ``taken`` the links' boxes, by page."""
        # Where there are some, most mentions stand in the text itself.
        sizes = Counter(round(seen.size, 1) for seen in self._seen if not seen.alone)
        if sizes.total() < _SOME:
            sizes = self._sizes
        body = sizes.most_common(1)[0][0] if sizes else 0.0
        taken = taken or {}
        mentions = tuple(
            seen.mention
            for seen in self._seen
            if not self._is_heading(seen, body)
            and not self._is_head(seen, labels)
            and not _touch(seen.mention.boxes, taken.get(seen.mention.page_index, ()))
        )
        headings = tuple(
            h for h in self._headings if h.form.bold or h.form.size > body + _SAME_SIZE
        )
        return Naming((*self._captions, *headings), mentions, tuple(self._corners))

    def _is_heading(self, seen: _Seen, body: float) -> bool:
        return seen.alone or seen.bold_line or (0 < body < seen.size - _SAME_SIZE)

    def _is_head(self, seen: _Seen, labels: Sequence[str | None]) -> bool:
        """Whether a mention stands in a running head or foot."""
        if not seen.in_band:
            return False
        label = labels[seen.mention.page_index]
        ends = seen.line.split()[:1] + seen.line.split()[-1:]
        sentence = seen.line[-1] in ".,;:-"
        named = seen.mention.name.kind in _HEADED and len(seen.line) < _HEAD_LENGTH
        begins = named and not sentence and seen.line.startswith(seen.mention.text)
        whole = seen.line.rstrip(".") == seen.mention.text
        again = (whole or not sentence) and len(self._heads[_without_digits(seen.line)]) > 1
        return begins or again or label in ends


def _follows(line: int, others: Sequence[int]) -> bool:
    """Whether something stands so near behind a caption's first line that it may be in it."""
    return any(line < other <= line + CAPTION_LINES for other in others)


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
