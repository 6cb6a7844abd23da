"""Where everything stands on a chapter's pages, known before they are typeset.

Points count from the bottom left of the page; page indexes are 0-based within the chapter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from dspguide.demo import prose
from dspguide.demo.data import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dspguide.demo.book import Chapter, Section

PAGE_WIDTH, PAGE_HEIGHT = 522, 702
LEFT, RIGHT = 67.0, 455.0
LEADING = 12.7
_TOP, _BOTTOM, _FIRST_PAGE_TOP = 630.0, 62.0, 400.0
_HEADING_CAPITALS, _CAPTION_CAPITALS = 10.0, 5.9
_SPACE = {"text": 0, "heading": 36, "figure": 44, "graphic": 8, "table": 110, "equation": 58}
_FIRST_BASELINE = {"text": 9.7, "heading": 24, "figure": 14, "graphic": 0, "table": 12}

CAPTIONS = {"figure": 344, "table": 64, "equation": 124}
"""In the whole real book, as are the next two."""
_REFERENCES = {"figure": 640, "equation": 180, "table": 140, "chapter": 170}
_DANGLING = 8


class Heading(NamedTuple):
    """A section's heading in the chapter's PDF: one line."""

    section: Section
    page_index: int
    top: float  # upper edge of its capitals
    bottom: float  # where text may go on below it


class Caption(NamedTuple):
    """A line that begins "FIGURE 7-1"."""

    kind: str  # "figure", "table" or "equation"
    number: str  # as printed, "7-1"
    page_index: int
    top: float  # upper edge of its capitals


class Reference(NamedTuple):
    """Words in the text that name something."""

    text: str  # "Fig. 7-1a"; the second of two has no noun of its own: "Figs. 7-1", then "7-2"
    target: tuple[str, str] | None
    """Kind and number, ("figure", "7-1") or ("chapter", "9"); None where there is no such thing.

    In a book that lacks chapters the target may be missing too.
    """
    page_index: int


@dataclass
class Block:
    """A piece of a page, as wide as the text."""

    kind: str
    top: float
    height: float
    graphic: float = 0.0
    """Height of the picture at its top; none where that stands on the page after its caption."""
    label: str = ""  # number of a caption, title of a heading
    sentences: list[str] = field(default_factory=list)
    """Those that a text must have, for their references."""

    @property
    def base(self) -> float:
        """The baseline of its first line."""
        return round(self.top - self.graphic - _FIRST_BASELINE.get(self.kind, 14), 2)

    @property
    def lines(self) -> int:
        """Lines of text that it has room for."""
        return int(self.height / LEADING)


class Plan(NamedTuple):
    """All of a chapter's pages."""

    pages: tuple[list[Block], ...]
    headings: tuple[Heading, ...]
    captions: tuple[Caption, ...]
    references: tuple[Reference, ...]


@lru_cache(maxsize=512)
def planned(chapter: Chapter) -> Plan:
    """What stands where in a chapter; the same for each size of the book."""
    rng = Random(chapter.number * 7919 + 11)  # noqa: S311 - to repeat, not to hide
    pages = tuple(
        list(_blocks(kinds, _TOP if index else _FIRST_PAGE_TOP, rng))
        for index, kinds in enumerate(_kinds(chapter, rng))
    )
    headings, captions = [], []
    sections, counts = iter(chapter.sections), dict.fromkeys(CAPTIONS, 0)
    for index, blocks in enumerate(pages):
        for block in blocks:
            base = block.base
            if block.kind == "heading":
                section = next(sections)
                block.label = section.printed_title
                headings.append(Heading(section, index, base + _HEADING_CAPITALS, base - 8))
            elif block.kind in CAPTIONS:
                counts[block.kind] += 1
                block.label = f"{chapter.number}-{counts[block.kind]}"
                top = base + _CAPTION_CAPITALS
                captions.append(Caption(block.kind, block.label, index, top))
    return Plan(
        pages, tuple(headings), tuple(captions), tuple(_refer(chapter, pages, captions, rng))
    )


def _quota(total: int, shape: int) -> int:
    """A chapter's share of what the whole book has, by its pages; all shares add up to `total`."""
    pages: list[int] = [chapter["pages"] for chapter in load("book")["chapters"]]
    before, after = sum(pages[:shape]), sum(pages[: shape + 1])
    return round(total * after / sum(pages)) - round(total * before / sum(pages))


def _kinds(chapter: Chapter, rng: Random) -> list[list[str]]:
    """The kinds of block on each page, in order, without its text."""
    pages: list[list[str]] = [[] for _ in range(chapter.pages)]
    step, page = (chapter.pages - 1) / len(chapter.sections), 0
    for n in range(len(chapter.sections)):
        # In some chapters the first heading is on the first page, in some two share a page.
        own = 0 if n == 0 and chapter.number % 3 == 0 else 1 + int(step * (n + 0.8 * rng.random()))
        if not (n == 2 and chapter.number % 5 == 1):
            page = max(page, min(own, chapter.pages - 1))
        pages[page].append("heading")
    for kind, total in CAPTIONS.items():
        count = _quota(total, chapter.shape)
        for n in range(count):
            page = int((n + rng.random()) * chapter.pages / count)
            while len(pages[page]) >= (3 if page else 1):  # more have no room
                page = (page + 1) % chapter.pages
            pages[page].append(kind)
    for kinds in pages:
        rng.shuffle(kinds)
    for kinds, following in pairwise(pages):
        if kinds[-1:] == ["figure"] and len(following) < 3 and rng.random() < 0.2:
            kinds[-1] = "figure, drawn overleaf"
            following.insert(0, "graphic")
    return pages


def _blocks(kinds: list[str], top: float, rng: Random) -> Iterator[Block]:
    """Fills a page: texts of random heights around what has to be there."""
    drawn = sum(kind in ("figure", "graphic") for kind in kinds)
    blocks: list[Block] = []
    for kind in kinds:
        graphic = round((170 + 150 * rng.random()) / (1 if drawn < 2 else 1.4), 1)
        block = Block(kind.partition(",")[0], 0, 0, graphic if kind in ("figure", "graphic") else 0)
        block.height = _SPACE[block.kind] + block.graphic
        blocks += [Block("text", 0, 0.15 + rng.random()), block]
    if kinds[:1] == ["graphic"]:
        blocks[0].height = 0
    texts = [*blocks[::2], Block("text", 0, 0.15 + rng.random())]
    room = (top - _BOTTOM - sum(block.height for block in blocks[1::2])) / sum(
        t.height for t in texts
    )
    for text in texts:
        text.height *= room
    for block in [*blocks, texts[-1]]:
        block.top = round(top, 1)
        top -= block.height
        if block.kind != "text" or block.lines >= 2:
            yield block


def _refer(
    chapter: Chapter, pages: Sequence[list[Block]], captions: list[Caption], rng: Random
) -> Iterator[Reference]:
    """Gives the texts their sentences with references."""
    kinds = [kind for kind, n in _REFERENCES.items() for _ in range(_quota(n, chapter.shape))]
    rng.shuffle(kinds)
    room = [
        (index, block)
        for index, blocks in enumerate(pages)
        for block in blocks
        for _ in range((block.lines - 1) // 2 if block.kind == "text" else 0)
    ]
    dangling = _quota(_DANGLING, chapter.shape)
    for n in sorted(rng.sample(range(len(room)), min(len(kinds), len(room)))):
        if not kinds:
            return
        index, block = room[n]
        kind = kinds.pop()
        count = 2 if kinds and rng.random() < 0.3 else 1
        near = sorted(
            (caption for caption in captions if caption.kind == kind),
            key=lambda caption: abs(caption.page_index - index),
        )
        targets: list[tuple[str, str] | None] = []
        if dangling and kind == "figure":
            dangling -= 1
            numbers, targets = [f"{chapter.number}-{len(near) + 1}"], [None]
        elif len(near) < count or rng.random() < 0.12:
            numbers = _elsewhere(kind, chapter, count, rng)
        else:
            numbers = [caption.number for caption in rng.sample(near[: count + 2], count)]
        numbers.sort(key=lambda number: [int(part) for part in number.split("-")])
        sentence, texts = prose.referring(rng, kind, numbers)
        block.sentences.append(sentence)
        for text, target in zip(texts, targets or [(kind, n) for n in numbers], strict=True):
            yield Reference(text, target, index)
        del kinds[len(kinds) + 1 - len(numbers) :]


def _elsewhere(kind: str, chapter: Chapter, count: int, rng: Random) -> list[str]:
    """Numbers of other chapters, or of what has a caption there."""
    most = [_quota(CAPTIONS.get(kind, 0), n) for n in range(len(load("book")["chapters"]))]
    able = [n for n, has in enumerate(most) if n != chapter.shape and (has or kind == "chapter")]
    volume = chapter.number - chapter.shape
    return [
        f"{volume + n}" + (f"-{1 + int(rng.random() * most[n])}" if most[n] else "")
        for n in rng.sample(able, count)
    ]
