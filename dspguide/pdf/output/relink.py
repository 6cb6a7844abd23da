"""Links of the book: every link of a chapter gets an explicit destination in the book."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dspguide.pdf.syntax import byte_string, dictionary, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypdf.generic import IndirectObject

    from dspguide.pdf.model import Link, PreparedChapter, View
    from dspguide.pdf.output.writer import Pieces


class Links:
    """Knows where the links of the chapters lead in the book."""

    def __init__(self, chapters: Mapping[int, PreparedChapter]) -> None:
        """Take the chapters that are in the book, by position."""
        self._chapters = chapters
        self._urls: dict[str, int] = {}
        self._files: dict[str, int] = {}
        for position, chapter in chapters.items():
            for name in chapter.plan.names:
                if "://" in name:
                    self._urls.setdefault(_url_key(name), position)
                if key := _file_key(name):  # a folder's address has none
                    self._files.setdefault(key, position)

    def resolve(self, own: int, link: Link) -> tuple[int, int, View] | None:
        """Where a link of the chapter ``own`` leads; None if not into the book.

        Returns the position of the chapter, the 0-based index of the page in it, and the view.
        """
        target = link.target
        if target is None:
            return None
        position = own if target.file is None else self._position(target.file)
        if position not in self._chapters:
            return None
        chapter = self._chapters[position]
        if target.file is not None and target.name is not None:
            target = chapter.destinations.get(target.name, target)
        if not 0 <= target.page_index < chapter.pages:
            return None
        return chapter.position, target.page_index, target.view

    def _position(self, file: str) -> int:
        """The chapter that a file is, or -1; an URL must be a chapter's own, a path may be any."""
        if "://" in file and not file.lower().startswith("file:"):
            return self._urls.get(_url_key(file), -1)
        return self._files.get(_file_key(file), -1)


def destination(page: IndirectObject, view: View) -> Pieces:
    """An explicit destination."""
    items = (
        item.encode() if isinstance(item, str) else b"null" if item is None else number(item)
        for item in view
    )
    return [b"[", page, b" " + b" ".join(items) + b"]"]


def to_web(uri: str) -> Pieces:
    """What a link annotation has that leads to the web."""
    action = dictionary(("S", b"/URI"), ("URI", byte_string(uri.encode("utf-8", "replace"))))
    return [b" /A " + action]


def _url_key(url: str) -> str:
    """An URL without scheme, "www." and fragment: all of these mean one file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{_composed(unquote(parts.path))}?{parts.query}"


def _file_key(name: str) -> str:
    return _composed(unquote(name).replace("\\", "/").rsplit("/", 1)[-1]).casefold()


def _composed(name: str) -> str:
    """A name with its accents in one character each: macOS writes them in two."""
    return unicodedata.normalize("NFC", name)
