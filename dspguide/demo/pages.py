"""The site's HTML, with its quirks: none of it would pass as XML."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dspguide.demo import prose
from dspguide.demo.data import BOOK, FOLDER

if TYPE_CHECKING:
    from dspguide.demo.book import Book

_OTHER_BOOK = "/InnerLightTheory/"
OTHER_FILES = tuple(f"{_OTHER_BOOK}Ch{number}.pdf" for number in range(1, 13))
"""Another book's PDFs, which a crawl of this one must leave alone."""


def page(book: Book, path: str, base: str) -> str | None:
    """The page at `path`, None where there is none.

    `base` begins absolute links: scheme and host, no slash at the end.
    """
    facts = _facts(book, path)
    if facts is None:
        return None
    words = prose.sentences(Random(path), 5)  # noqa: S311 - to repeat, not to hide
    html = _template().render(book=book, path=path, base=base, prose=words, **facts)
    # Two editors had the files: a tab and blank lines in front, two sorts of line ends.
    lines = f"\t \n\n\n{html}".split("\n")
    return "".join(line + ("\n" if n % 3 == 2 else "\r\n") for n, line in enumerate(lines))


def _facts(book: Book, path: str) -> dict[str, Any] | None:
    """What a page shows."""
    if path == "/":
        return {"at": "home", "title": book.title}
    if path == "/pdfbook.htm":
        return {"at": "contents", "title": "Contents", "listed": book.chapters}
    if path == _OTHER_BOOK:
        return {"at": "other book", "title": "Inner Light", "files": OTHER_FILES}
    if path in BOOK["other_pages"]:
        return {"at": "other", "title": BOOK["other_pages"][path]}
    for chapter in book.chapters:
        titles = {chapter.section_path(section): section.title for section in chapter.sections}
        if path not in (chapter.page_path, *titles):
            continue
        # Every page links every chapter, in a book of several volumes those of its own.
        volume = chapter.number - chapter.shape
        listed = [other for other in book.chapters if other.number - other.shape == volume]
        if path in titles:
            at, title = "section", titles[path]
        else:
            at, title = "chapter", f"Chapter {chapter.number}: {chapter.title}"
        return {"at": at, "title": title, "chapter": chapter, "listed": listed}
    return None


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701  # its ampersands are as bare as the site's
        loader=FileSystemLoader(FOLDER), trim_blocks=True, undefined=StrictUndefined
    )
    return environment.get_template("site.html")
