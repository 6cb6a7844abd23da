"""The site's HTML, with its quirks: none of it would pass as XML."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dspguide.demo import prose
from dspguide.demo.data import FOLDER, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.demo.book import Book

_OTHER_BOOK = "/InnerLightTheory/"
OTHER_FILES = tuple(f"{_OTHER_BOOK}Ch{number}.pdf" for number in range(1, 13))
"""Another book's PDFs, which a crawl of this one must leave alone."""


def paths(book: Book) -> Iterator[str]:
    """The paths of all pages."""
    yield from ("/", "/pdfbook.htm", *load("book")["other_pages"], _OTHER_BOOK)
    for chapter in book.chapters:
        yield chapter.page_path
        yield from map(chapter.section_path, chapter.sections)


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
    others = load("book")["other_pages"]
    fixed = {path: {"at": "other", "title": title} for path, title in others.items()} | {
        "/": {"at": "home", "title": book.title},
        "/pdfbook.htm": {"at": "contents", "title": "Contents", "listed": book.chapters},
        _OTHER_BOOK: {"at": "other book", "title": "Inner Light", "files": OTHER_FILES},
    }
    if path in fixed:
        return fixed[path]
    for chapter in book.chapters:
        if path not in (chapter.page_path, *map(chapter.section_path, chapter.sections)):
            continue
        # Every page links every chapter, in a book of several volumes those of its own.
        first, count = chapter.number - chapter.shape, len(load("book")["chapters"])
        listed = [other for other in book.chapters if 0 <= other.number - first < count]
        facts: dict[str, Any] = {"chapter": chapter, "listed": listed}
        for section in chapter.sections:
            if path == chapter.section_path(section):
                return facts | {"at": "section", "title": section.title}
        title = f"Chapter {chapter.number}: {chapter.title}"
        return facts | {"at": "chapter", "title": title}
    return None


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701  # its ampersands are as bare as the site's
        loader=FileSystemLoader(FOLDER),
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("site.html")
