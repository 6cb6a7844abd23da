"""Where everything stands on a chapter's pages, known before they are typeset.

Points count from the bottom left of the page; page indexes are 0-based within the chapter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, pairwise
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from dspguide.demo import prose
from dspguide.demo.data import BOOK

if TYPE_CHECKING:
    from dspguide.demo.book import Chapter

PAGE_WIDTH, PAGE_HEIGHT = 522, 702
LEFT, RIGHT = 67.0, 455.0
LEADING = 12.7
_TOP, _BOTTOM, _FIRST_PAGE_TOP = 630.0, 62.0, 400.0
_SPACE = {"text": 0, "heading": 36, "figure": 44, "graphic": 8, "table": 110, "equation": 58}
_FIRST_BASELINE = {"text": 9.7, "heading": 24, "figure": 14, "graphic": 0, "table": 12}

_CAPTIONS = {"figure": 344, "table": 64, "equation": 124}
"""In the whole real book, as are the next two."""
_REFERENCES = {"figure": 640, "equation": 180, "table": 140, "chapter": 170}
_DANGLING = 8


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

    kind: str  # "text", "heading", "figure", "table", "equation", "graphic"
    page_index: int
    label: str = ""  # title of a heading; number of a caption as printed, "7-1"
    edge: float = 0  # its upper one
    height: float = 0
    graphic: float = 0
    """Height of the picture at its top; none where that stands on the page after its caption."""
    sentences: list[str] = field(default_factory=list)
    """Those that a text must have, for its references."""
    references: list[Reference] = field(default_factory=list)

    @property
    def base(self) -> float:
        """The baseline of its first line."""
        return round(self.edge - self.graphic - _FIRST_BASELINE.get(self.kind, 14), 2)

    @property
    def top(self) -> float:
        """The upper edge of the capitals of a heading or a caption."""
        return self.base + (10 if self.kind == "heading" else 5.9)

    @property
    def lines(self) -> int:
        """Lines of text that it has room for."""
        return int(self.height / LEADING)


@lru_cache(maxsize=512)
def planned(chapter: Chapter) -> list[list[Block]]:
    """What stands on each page of a chapter; the same for each size of the book."""
    rng = Random(chapter.number * 7919 + 11)  # noqa: S311 - to repeat, not to hide
    pages = [_spaced(index, page, rng) for index, page in enumerate(_chosen(chapter, rng))]
    sections, counts = iter(chapter.sections), dict.fromkeys(_CAPTIONS, 0)
    for block in chain(*pages):
        if block.kind == "heading":
            block.label = next(sections).printed_title
        elif block.kind in _CAPTIONS:
            counts[block.kind] += 1
            block.label = f"{chapter.number}-{counts[block.kind]}"
    _refer(chapter, list(chain(*pages)), rng)
    return pages


def _quota(total: int, shape: int) -> int:
    """A chapter's share of what the whole book has, by its pages; all shares add up to `total`."""
    pages: list[int] = [chapter["pages"] for chapter in BOOK["chapters"]]
    before, after = sum(pages[:shape]), sum(pages[: shape + 1])
    return round(total * after / sum(pages)) - round(total * before / sum(pages))


def _chosen(chapter: Chapter, rng: Random) -> list[list[Block]]:
    """What there is on each page beside text, in order."""
    pages: list[list[Block]] = [[] for _ in range(chapter.pages)]
    step, page = (chapter.pages - 1) / len(chapter.sections), 0
    for n in range(len(chapter.sections)):
        # In some chapters the first heading is on the first page, in some two share a page.
        if (n, chapter.number % 3) != (0, 0) and (n, chapter.number % 5) != (2, 1):
            page = 1 + int(step * (n + 0.8 * rng.random()))
        pages[page].append(Block("heading", page))
    for kind, total in _CAPTIONS.items():
        count = _quota(total, chapter.shape)
        for n in range(count):
            page = int((n + rng.random()) * chapter.pages / count)
            while len(pages[page]) >= (3 if page else 1):  # more have no room
                page = (page + 1) % chapter.pages
            pages[page].append(Block(kind, page, graphic=kind == "figure"))
    for blocks in pages:
        rng.shuffle(blocks)
    for blocks, following in pairwise(pages):
        last = blocks[-1] if blocks else None
        if last and last.graphic and len(following) < 3 and rng.random() < 0.2:
            following.insert(0, replace(last, kind="graphic", page_index=last.page_index + 1))
            last.graphic = 0
    return pages


def _spaced(index: int, blocks: list[Block], rng: Random) -> list[Block]:
    """The page with pictures and texts of random heights, everything in its place."""
    drawn = sum(block.graphic > 0 for block in blocks)
    texts = [Block("text", index, height=0.15 + rng.random()) for _ in range(len(blocks) + 1)]
    page = [texts[0]]
    for block, text in zip(blocks, texts[1:], strict=True):
        if block.graphic:
            block.graphic = round((340 + 300 * rng.random()) / (1 + drawn), 1)
        block.height = _SPACE[block.kind] + block.graphic
        page += [block, text]
    if blocks and blocks[0].kind == "graphic":
        texts[0].height = 0
    edge = _TOP if index else _FIRST_PAGE_TOP
    room = edge - _BOTTOM - sum(block.height for block in blocks)
    shares = sum(text.height for text in texts)
    for text in texts:
        text.height *= room / shares
    for block in page:
        block.edge = round(edge, 1)
        edge -= block.height
    return [block for block in page if block.kind != "text" or block.lines >= 2]


def _refer(chapter: Chapter, blocks: list[Block], rng: Random) -> None:
    """Gives the texts their sentences with references."""
    room = [b for b in blocks if b.kind == "text" for _ in range((b.lines - 1) // 2)]
    rng.shuffle(room)
    dangling = _quota(_DANGLING, chapter.shape)
    for kind, total in _REFERENCES.items():
        own = [block.label for block in blocks if block.kind == kind]
        left = _quota(total, chapter.shape)
        while left > 0 and room:
            block, count = room.pop(), 2 if left > 1 and rng.random() < 0.3 else 1
            lost = kind == "figure" and dangling > 0
            if lost:
                dangling -= 1
                numbers = [f"{chapter.number}-{len(own) + 1}"]
            elif len(own) < count or rng.random() < 0.12:
                numbers = _elsewhere(kind, chapter, count, rng)
            else:
                numbers = rng.sample(own, count)
            numbers.sort(key=lambda number: [int(part) for part in number.split("-")])
            sentence, texts = prose.referring(rng, kind, numbers)
            block.sentences.append(sentence)
            block.references += [
                Reference(text, None if lost else (kind, number), block.page_index)
                for text, number in zip(texts, numbers, strict=True)
            ]
            left -= len(numbers)


def _elsewhere(kind: str, chapter: Chapter, count: int, rng: Random) -> list[str]:
    """Numbers of other chapters, or of what has a caption there."""
    most = [_quota(_CAPTIONS.get(kind, 0), n) for n in range(len(BOOK["chapters"]))]
    able = [n for n, has in enumerate(most) if n != chapter.shape and (has or kind == "chapter")]
    volume = chapter.number - chapter.shape
    return [
        f"{volume + n}" + (f"-{1 + int(rng.random() * most[n])}" if most[n] else "")
        for n in rng.sample(able, count)
    ]
