"""A chapter's text, set by typst in the places that `layout` has chosen."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

# Typst sets mathematics, captions and whole books from a few lines of template, faster than any
# other typesetter tried, to the same bytes on each run, and brings the fonts that it needs.
import typst

from dspguide.demo import prose
from dspguide.demo.data import FOLDER, load
from dspguide.demo.layout import Block, planned

if TYPE_CHECKING:
    from dspguide.demo.book import Book, Chapter

_TEMPLATE = str(FOLDER / "chapter.typ")
_CHARACTERS = 82
"""That a line of text holds at least, so that nothing runs over what stands below."""


def typeset(book: Book, chapter: Chapter, revision: int = 0) -> bytes:
    """A PDF as typst makes it. Another revision has other words in the same places."""
    rng = Random(chapter.number * 1_000_003 + revision * 101)  # noqa: S311 - to repeat
    full = book.size == "full"
    titles = [section.printed_title for section in chapter.sections]
    about = f"This chapter is about {' and '.join(titles[:2])}."
    standard = load("book")

    def shown(block: Block) -> dict[str, Any]:
        words = ""
        if block.kind == "text":
            room = _CHARACTERS * block.lines - 30 if full else 0
            words = prose.filled(rng, block.sentences, room, titles)
        elif block.kind not in ("heading", "graphic"):
            number = int(block.label.partition("-")[2])
            words = prose.sentences(rng, 2 if full and block.kind != "equation" else 1)
            if number % 3 == 1:  # a title also stands where no section begins
                words = titles[number // 3 % len(titles)]
        chance = int(rng.random() * 100)
        return vars(block) | {"base": block.base, "words": words, "chance": chance}

    content = {
        "number": chapter.number,
        "title": chapter.title.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
        "book": standard["running_title"] if book.title == standard["title"] else book.title,
        "first": chapter.first_number,
        # In some chapters the title comes only after the captions of its page.
        "late": chapter.shape % 3 == 1,
        "abstract": prose.filled(rng, [about], (8 if full else 3) * _CHARACTERS, titles),
        "pages": [[shown(block) for block in blocks] for blocks in planned(chapter).pages],
    }
    return _compiled(_TEMPLATE, {"chapter": json.dumps(content)})


@cache
def one_page_pdf(text: str) -> bytes:
    """A PDF of one page with a line on it."""
    return _compiled(text.encode(), {})


def _compiled(source: Any, inputs: dict[str, str]) -> bytes:
    # No tags: they would be a third of the content, and no file of the 1990s had them.
    made = _compiler().compile(
        source, format="pdf", pdf_standards="1.4", pdf_tags=False, sys_inputs=inputs
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made no PDF")
    return made


@cache
def _compiler() -> typst.Compiler:
    """One for all chapters; only typst's own fonts, so that each machine gets the same bytes."""
    return typst.Compiler(_TEMPLATE, ignore_system_fonts=True)
