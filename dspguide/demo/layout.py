"""Where everything stands on a chapter's pages, known before they are typeset.

Points count from the bottom left of the page; page indexes are 0-based within the chapter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from dspguide.demo import prose
from dspguide.demo.data import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dspguide.demo.book import Chapter, Section

PAGE_WIDTH, PAGE_HEIGHT = 522, 702
LEFT, RIGHT = 67.0, 455.0
TOP, BOTTOM = 630.0, 62.0
ABSTRACT_TOP, FIRST_PAGE_TOP = 524.0, 400.0
LEADING = 12.7
HEADING_SIZE = 14.0
_CAP_HEIGHT = 0.716
_HEADING_SPACE, _ROW, _CAPTION_SPACE = 36.0, 11.0, 44.0
_EQUATION_SPACE, _TABLE_ROWS = 48.0, 6

CAPTIONS = {"figure": 344, "table": 64, "equation": 124}
"""In the whole real book, as are the next two."""
_REFERENCES = {"figure": 640, "equation": 180, "table": 140, "chapter": 170}
_DANGLING = 8


@dataclass(frozen=True)
class Heading:
    """A section's heading in the chapter's PDF: one line."""

    section: Section
    page_index: int
    baseline: float

    @property
    def top(self) -> float:
        """Upper edge of its capitals."""
        return self.baseline + HEADING_SIZE * _CAP_HEIGHT

    @property
    def bottom(self) -> float:
        """Where text may go on below it."""
        return self.baseline - 8


@dataclass(frozen=True)
class Caption:
    """A line that begins "FIGURE 7-1"."""

    kind: str
    """"figure", "table" or "equation"."""
    number: str
    """As printed, "7-1"."""
    page_index: int
    top: float


@dataclass(frozen=True)
class Reference:
    """A place in the text that names something."""

    text: str
    """"Fig. 7-1a"; the second of two has no word of its own: "Figs. 7-1", then "7-2"."""
    target: tuple[str, str] | None
    """Kind and number, ("figure", "7-1") or ("chapter", "9"); None where there is no such thing.

    A book that lacks chapters may lack the target too.
    """
    page_index: int


@dataclass
class Block:
    """A piece of a page, as wide as the text."""

    kind: str
    """"text", "heading", "graphic" or a caption's kind."""
    top: float
    height: float
    label: str = ""
    """Number of the caption, title of the heading."""
    graphic: float = 0.0
    """Height of what a figure's caption stands below; 0 where that is on the next page."""
    sentences: list[str] = field(default_factory=list)
    """Those with references, which have to be in a text."""

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top - self.height

    @property
    def floor(self) -> float:
        """Lower edge of the graphic."""
        return round(self.top - self.graphic, 1)

    @property
    def lines(self) -> int:
        """Lines of body text that it has room for."""
        return int(self.height / LEADING)


@dataclass(frozen=True)
class Plan:
    """All of a chapter's pages."""

    pages: tuple[list[Block], ...]
    headings: tuple[Heading, ...]
    captions: tuple[Caption, ...]
    references: tuple[Reference, ...]


@lru_cache(maxsize=512)
def planned(chapter: Chapter) -> Plan:
    """What stands where in a chapter; the same for each size of the book."""
    rng = Random(chapter.number * 7919 + 11)  # noqa: S311 - to repeat, not to hide
    wanted = _wanted(chapter, rng)
    pages = tuple(
        list(_page_blocks(kinds, FIRST_PAGE_TOP if index == 0 else TOP, rng))
        for index, kinds in enumerate(wanted)
    )
    headings, captions = [], []
    sections = iter(chapter.sections)
    counts = dict.fromkeys(CAPTIONS, 0)
    for index, blocks in enumerate(pages):
        for block in blocks:
            if block.kind == "heading":
                section = next(sections)
                block.label = section.printed_title
                headings.append(Heading(section, index, block.top - 24))
            elif block.kind in CAPTIONS:
                counts[block.kind] += 1
                block.label = f"{chapter.number}-{counts[block.kind]}"
                captions.append(Caption(block.kind, block.label, index, caption_top(block)))
    references = tuple(_refer(chapter, pages, captions, rng))
    return Plan(pages, tuple(headings), tuple(captions), references)


def caption_top(block: Block) -> float:
    """Upper edge of the capitals of a caption."""
    below = {"figure": block.graphic + 8, "table": 6, "equation": 8}
    return block.top - below[block.kind]


def _quota(total: int, shape: int) -> int:
    """A chapter's share of what the whole book has, by its pages; all shares add up to `total`."""
    pages = [chapter["pages"] for chapter in load("book")["chapters"]]
    before, after = sum(pages[:shape]), sum(pages[: shape + 1])
    return round(total * after / sum(pages)) - round(total * before / sum(pages))


def _wanted(chapter: Chapter, rng: Random) -> list[list[str]]:
    """The kinds of block on each page, in order."""
    pages: list[list[str]] = [[] for _ in range(chapter.pages)]
    for index in _heading_pages(chapter, rng):
        pages[index].append("heading")
    for kind, total in CAPTIONS.items():
        count = _quota(total, chapter.shape)
        for n in range(count):
            index = int((n + rng.random()) * chapter.pages / count)
            # A page has room for three things, the first one for one.
            while len(pages[index]) >= (3 if index else 1):
                index = (index + 1) % chapter.pages
            pages[index].append(kind)
    for index, kinds in enumerate(pages):
        shuffled = sorted(kinds, key=lambda _: rng.random())
        away = shuffled[-1:] == ["figure"] and rng.random() < 0.2 and index + 1 < len(pages)
        pages[index] = (["graphic"] if pages[index][:1] == ["graphic"] else []) + shuffled
        if away and len(pages[index + 1]) < 3:
            pages[index][-1] = "figure away"
            pages[index + 1].insert(0, "graphic")
    return pages


def _heading_pages(chapter: Chapter, rng: Random) -> Iterator[int]:
    """Pages of the headings: in some chapters the first is on page 1, in some two share a page."""
    step = (chapter.pages - 1) / len(chapter.sections)
    page = 0
    for index in range(len(chapter.sections)):
        own = 1 + int(step * (index + 0.8 * rng.random()))
        if index == 0 and chapter.number % 3 == 0:
            own = 0
        if not (index == 2 and chapter.number % 5 == 1):
            page = max(page, min(own, chapter.pages - 1))
        yield page


def _page_blocks(kinds: list[str], top: float, rng: Random) -> Iterator[Block]:
    """Fills a page: texts of random heights around what has to be there."""
    graphics = sum(kind in ("figure", "graphic") for kind in kinds)
    blocks = []
    for kind in kinds:
        graphic = (170 + 150 * rng.random()) / (1 if graphics < 2 else 1.4)
        space = {
            "heading": _HEADING_SPACE,
            "figure": graphic + _CAPTION_SPACE,
            "figure away": _CAPTION_SPACE,
            "graphic": graphic + 8,
            "table": _ROW * _TABLE_ROWS + _CAPTION_SPACE,
            "equation": _EQUATION_SPACE,
        }[kind]
        height = graphic if kind in ("figure", "graphic") else 0.0
        blocks.append(Block(kind.removesuffix(" away"), 0, space, graphic=round(height, 1)))
    room = top - BOTTOM - sum(block.height for block in blocks)
    weights = [0.15 + rng.random() for _ in range(len(blocks) + 1)]
    if kinds[:1] == ["graphic"]:
        weights[0] = 0
    for index, weight in enumerate(weights):
        text = Block("text", top, room * weight / sum(weights))
        if text.lines >= 2:
            yield text
        top -= text.height
        if index < len(blocks):
            blocks[index].top = round(top, 1)
            yield blocks[index]
            top -= blocks[index].height


def _refer(
    chapter: Chapter, pages: tuple[list[Block], ...], captions: list[Caption], rng: Random
) -> Iterator[Reference]:
    """Gives the texts their sentences with references."""
    kinds = [kind for kind, n in _REFERENCES.items() for _ in range(_quota(n, chapter.shape))]
    rng.shuffle(kinds)
    slots = [
        (index, block)
        for index, blocks in enumerate(pages)
        for block in blocks
        if block.kind == "text"
        for _ in range((block.lines - 1) // 2)
    ]
    dangling = _quota(_DANGLING, chapter.shape)
    chosen = sorted(rng.sample(range(len(slots)), min(len(kinds), len(slots))))
    left = len(kinds)
    for slot in chosen:
        if left <= 0:
            return
        index, block = slots[slot]
        kind = kinds[left - 1]
        two = left > 1 and rng.random() < 0.3
        targets = list(_targets(kind, chapter, index, captions, rng, count=2 if two else 1))
        if dangling and kind == "figure":
            dangling -= 1
            last = 1 + _quota(CAPTIONS["figure"], chapter.shape)
            targets = [f"{chapter.number}-{last}"]
        known = {caption.number for caption in captions if caption.kind == kind}
        sentence, texts = prose.referring(rng, kind, targets)
        block.sentences.append(sentence)
        for text, number in zip(texts, targets, strict=True):
            own = number.startswith(f"{chapter.number}-")
            lost = own and number not in known
            yield Reference(text, None if lost else (kind, number), index)
            left -= 1


def _targets(
    kind: str, chapter: Chapter, index: int, captions: Iterable[Caption], rng: Random, *, count: int
) -> Iterator[str]:
    """Numbers to refer to: mostly of this chapter's nearest, now and then of another chapter's."""
    near = sorted(
        (caption for caption in captions if caption.kind == kind),
        key=lambda caption: abs(caption.page_index - index),
    )[: count + 2]
    if kind == "chapter" or not near or rng.random() < 0.12:
        shapes = load("book")["chapters"]
        volume = chapter.number - chapter.shape
        full = [n for n in range(len(shapes)) if kind == "chapter" or _quota(CAPTIONS[kind], n)]
        for shape in sorted(rng.sample([n for n in full if n != chapter.shape], count)):
            most = 0 if kind == "chapter" else _quota(CAPTIONS[kind], shape)
            yield f"{volume + shape}" + (f"-{1 + int(rng.random() * most)}" if most else "")
        return
    chosen = rng.sample(near, min(count, len(near)))
    yield from sorted((c.number for c in chosen), key=lambda n: int(n.partition("-")[2]))
