"""The site's HTML, with its quirks: none of it would pass as XML."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dspguide.replica.pdfs import one_page_pdf
from dspguide.replica.prose import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.replica.book import Book, Chapter

_VOLUME = 34
"""Chapters that the tree on a chapter's page lists, so that a page of a huge book stays small."""

_OTHER_BOOK = "/InnerLightTheory/"
_OTHER_BOOK_FILES = 12

_PLAIN_PAGES = {
    "/about.htm": "About the Book",
    "/copyrite.htm": "Copyright & Permissions",
    "/whatdsp.htm": "What is It, Anyway?",
    "/eightres.htm": "Eight Good Reasons",
    "/reviews.htm": "Reviews & Comments",
    "/errata.htm": "Errata",
    "/editions.htm": "Editions",
    "/download.htm": "Free Software & Teaching Aids",
    "/swsmith.htm": "About the Author",
    "/contact.htm": "Contact",
}

_NAV = (
    ("", "Home"),
    ("/pdfbook.htm", "The Book by Chapters"),
    ("/about.htm", "About the Book"),
    ("/swsmith.htm", "About the Author"),
    ("/reviews.htm", "Reviews"),
    ("/copyrite.htm", "Copyright & Use"),
    ("/contact.htm", "Contact"),
)


def paths(book: Book) -> Iterator[str]:
    """All pages of the site, and the other book's PDFs."""
    yield from ("/", "/pdfbook.htm", "/search.php", *_PLAIN_PAGES)
    for chapter in book.chapters:
        yield chapter.page_path
        yield from (chapter.section_path(section) for section in chapter.sections)
    yield _OTHER_BOOK
    yield from (_other_file(number) for number in range(1, _OTHER_BOOK_FILES + 1))


def page(book: Book, path: str, base: str) -> str | bytes | None:
    """The page at `path` as text, another book's PDF as bytes, None for nothing.

    `base` begins absolute links: scheme and host, no slash at the end.
    """
    if path == "/":
        return _home(book, base)
    if path == "/pdfbook.htm":
        return _contents(book, base)
    if path == "/search.php":
        return _plain(book, base, "Search", "<p>Your search found no pages.</p>\n")
    if path in _PLAIN_PAGES:
        return _plain(book, base, _PLAIN_PAGES[path], _plain_text(path))
    if path.startswith(_OTHER_BOOK):
        return _other_book(book, base, path)
    found = _chapter_at(book, path)
    return None if found is None else _chapter(book, base, *found)


def _chapter_at(book: Book, path: str) -> tuple[Chapter, int] | None:
    """The chapter and the number of its section (0: the chapter's own page) for a path."""
    name, _, _rest = path.removeprefix("/ch").partition("/")
    number = name.removesuffix(".htm")
    if not path.startswith("/ch") or not number.isdecimal():
        return None
    for chapter in book.chapters:
        if chapter.number == int(number):
            places = [chapter.page_path, *map(chapter.section_path, chapter.sections)]
            return (chapter, places.index(path)) if path in places else None
    return None


def _frame(book: Book, base: str, title: str, body: str) -> str:
    """A whole page around `body`; the head comes from another editor, with its own line ends."""
    head = (
        "\t \n\n\n"
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n'
        f"<title>{title}</title>\n"
        '<link href="/styles.css" rel="stylesheet" type="text/css" />\n'
        "</head>\n<body>\n"
    ).replace("\n", "\r\n")
    nav = "".join(f'<li><a href="{base}{path}">{text}</a></li>\r\n' for path, text in _NAV)
    return (
        f'{head}<div id="divPage">\n<div id="wrapper">\n<div id="header">\r\n'
        f"<h1>{book.title}</h1>\n<p>By {book.author}</p>\r\n"
        f'<ul id="nav">\n{nav}'
        '<li><a href="download.htm">Free Software and Teaching Aids</a></li>\n</ul>\n'
        '<form action="/search.php" method="post"><input name="q" type="text" /></form>\n'
        f'</div>\n{body}</div>\n<div id="footer">\r\n'
        f'<a href="{base}">Home</a> | <a href="{base}/pdfbook.htm">The Book by Chapters</a> | '
        f'<a href="{base}/copyrite.htm">Copyright</a>\n'
        f"<p>Copyright & permissions: {book.author}. Visit "
        '<a href="https://www.dsprelated.com/?from=guide&page=1">DSP Related</a>'
        " & friends.</p>\r\n</div>\n</div>\n</body>\n</html>\n"
    )


def _home(book: Book, base: str) -> str:
    body = (
        '<div id="greenBox">\n<h2>Read It Here & Now</h2>\n'
        '<p><a href="/pdfbook.htm">Browse and/or download chapters from the book</a></p>\n'
        f"<p>{' '.join(sentences(1, 2))}</p>\n</div>\n"
        f'<div id="column-1">\r\n<h2>The Book</h2>\n<p>{" ".join(sentences(2, 4))}</p>\n'
        '<p><a href="http://www.amazon.com/exec/obidos/ASIN/0&tag=guide">Buy it in paper</a></p>\n'
        '</div>\n<div id="column-2">\n<h2>News</h2>\n'
        f"<p>{' '.join(sentences(3, 3))}</p>\r\n"
        '<p><a href="https://www.tek84.com/">Where the author works</a></p>\n</div>\n'
    )
    return _frame(book, base, book.title, body)


def _plain(book: Book, base: str, title: str, text: str) -> str:
    body = (
        f'<div id="columnLeft">\n<div class="box"><h3>{title}</h3></div>\n</div>\n'
        f'<div id="columnRight">\n<div id="adbox"></div>\n<h2>{title}</h2>\r\n{text}</div>\n'
    )
    return _frame(book, base, title, body)


def _plain_text(path: str) -> str:
    text = "".join(f"<p>{sentence}</p>\n" for sentence in sentences(len(path), 5))
    if path == "/swsmith.htm":
        text += f'<p>Another work: <a href="{_OTHER_BOOK}">Inner Light</a>, free as well.</p>\n'
    return text


def _tree(chapters: tuple[Chapter, ...], base: str) -> str:
    """The tree in the left column: chapters root-relative, sections absolute."""
    items = []
    for chapter in chapters:
        sections = "".join(
            f'<li><a href="{base}{chapter.section_path(section)}">{section.title}</a></li>\n'
            for section in chapter.sections
        )
        items.append(
            f'<li><a href="{chapter.page_path}">{chapter.number}: {chapter.title}</a>\r\n'
            f"<ul>\n{sections}</ul>\n</li>\n"
        )
    return f'<ul id="red" class="treeview-red">\n<ul>\n{"".join(items)}</ul>\n</ul>\n'


def _contents(book: Book, base: str) -> str:
    """The contents page: each chapter twice, in two wordings, and no PDF."""
    parts = []
    for part in book.parts:
        items = []
        for chapter in part.chapters:
            sections = "".join(
                f'<li><a href="{chapter.section_path(section)[1:]}">{section.title}</a></li>\r\n'
                for section in chapter.sections
            )
            items.append(
                f'<li><a href="{chapter.page_path[1:]}">Chapter {chapter.number} - '
                f"{chapter.title}</a>\n<ul>\n{sections}</ul></li>\n"
            )
        parts.append(f"<h2>{part.title}</h2>\n<ul>\n{''.join(items)}</ul>\r\n")
    body = (
        '<div id="columnLeft">\n<div class="box">\n<h3>Table of Contents</h3>\n'
        f'{_tree(book.chapters, base)}</div>\n</div>\n<div id="columnRight">\n'
        f'<div id="adbox"></div>\n{"".join(parts)}</div>\n'
    )
    return _frame(book, base, f"{book.title} - Contents & Chapters", body)


def _chapter(book: Book, base: str, chapter: Chapter, section_number: int) -> str:
    """A chapter's page, or the page of one of its sections."""
    volume = (chapter.number - 1) // _VOLUME
    listed = tuple(c for c in book.chapters if (c.number - 1) // _VOLUME == volume)
    left = (
        '<div id="columnLeft">\n<div class="box">\r\n<h3>Search & Find</h3>\n'
        '<form action="/search.php" method="post"><input name="q" type="text" /></form>\n</div>\n'
        '<div class="box">\n<h3>Download this chapter in PDF format</h3>\r\n'
        f'<p><b><a href="{base}{chapter.pdf_path}">Chapter{chapter.number}.pdf</a></b></p>\n'
        '</div>\n<div class="box">\n<h3>Table of Contents</h3>\n'
        f"{_tree(listed, base)}</div>\n</div>\n"
    )
    heading = f"Chapter {chapter.number}: {chapter.title}"
    text = partial(sentences, chapter.number * 100 + section_number)
    if section_number:
        section = chapter.sections[section_number - 1]
        right = (
            f'<div class="breadcrumbs"><a href="{base}">Home</a> > '
            f'<a href="{base}/pdfbook.htm">The Book by Chapters</a> > '
            f'<a href="{base}{chapter.page_path}">{chapter.title}</a></div>\n<h2>{heading}</h2>\n'
            f'<div class="subTitle">{section.title}</div>\r\n'
            + "".join(f"<p>{sentence}</p>\n" for sentence in text(8))
        )
        title = section.title
    else:
        items = "".join(
            f'<li><a href="{chapter.section_path(section)[1:]}">{section.title}</a></li>\n'
            for section in chapter.sections
        )
        right = f"<h2>{heading}</h2>\r\n<p>{' '.join(text(4))}</p>\n<ul>\n{items}</ul>\n"
        title = heading
    body = f'{left}<div id="columnRight">\n<div id="adbox"></div>\n{right}</div>\n'
    return _frame(book, base, title, body)


def _other_file(number: int) -> str:
    return f"{_OTHER_BOOK}Ch{number}.pdf"


def _other_book(book: Book, base: str, path: str) -> str | bytes | None:
    """Twelve PDFs that a crawl of the book must leave alone, and the page that links them."""
    numbers = range(1, _OTHER_BOOK_FILES + 1)
    if path == _OTHER_BOOK:
        items = "".join(f'<li><a href="Ch{n}.pdf">Chapter {n}</a></li>\n' for n in numbers)
        return _plain(book, base, "Inner Light", f"<ul>\n{items}</ul>\n")
    if path in map(_other_file, numbers):
        return one_page_pdf(f"Inner Light, {path.removeprefix(_OTHER_BOOK)}")
    return None
