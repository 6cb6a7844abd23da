"""Links of the book: every link of a chapter gets an explicit destination in the book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)

from dspguide.pdf.model import ChapterPlan, Link, View
from dspguide.pdf.writer import annotations_of

if TYPE_CHECKING:
    from pypdf import PageObject

#: From a link's target to the page it leads to in the book and the view of it, None if dead.
Resolver = Callable[[Link], "tuple[PageObject, View] | None"]


class FileNames:
    """Which chapter of the book a file name or URL means."""

    def __init__(self, chapters: Iterable[ChapterPlan]) -> None:
        self._urls: dict[str, int] = {}
        self._files: dict[str, int] = {}
        for chapter in chapters:
            for name in chapter.names:
                if "://" in name:
                    self._urls.setdefault(_url_key(name), chapter.number)
                self._files.setdefault(_file_key(name), chapter.number)

    def chapter(self, name: str) -> int | None:
        """The number of the chapter; an URL must be a chapter's own, a path may be any path."""
        if "://" in name and not name.lower().startswith("file:"):
            return self._urls.get(_url_key(name))
        return self._files.get(_file_key(name))


def _url_key(url: str) -> str:
    """An URL without scheme, "www." and fragment: all of these mean one file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{unquote(parts.path)}?{parts.query}"


def _file_key(name: str) -> str:
    return unquote(name).replace("\\", "/").rsplit("/", 1)[-1].casefold()


def set_links(page: PageObject, links: Sequence[Link], resolve: Resolver) -> None:
    """Give a page's link annotations their destinations, and take the dead ones off the page."""
    annotations = annotations_of(page)
    dead: set[int] = set()
    for link in links:
        annotation = annotations[link.annotation].get_object()
        if not isinstance(annotation, DictionaryObject):
            continue
        if place := resolve(link):
            annotation[NameObject("/Dest")] = _destination(*place)
        elif link.uri is not None:
            annotation[NameObject("/A")] = DictionaryObject(
                {
                    NameObject("/S"): NameObject("/URI"),
                    NameObject("/URI"): TextStringObject(link.uri),
                }
            )
        else:
            dead.add(link.annotation)
    if dead:
        alive = [item for place, item in enumerate(annotations) if place not in dead]
        page[NameObject("/Annots")] = ArrayObject(alive)


def _destination(page: PageObject, view: View) -> ArrayObject:
    items: list[object] = [page.indirect_reference]
    for item in view:
        if item is None:
            items.append(NullObject())
        elif isinstance(item, str):
            items.append(NameObject(item))
        else:
            items.append(FloatObject(item))
    return ArrayObject(items)
