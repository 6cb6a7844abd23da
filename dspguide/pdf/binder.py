"""Prepared chapters in, one book out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial as partial_function
from typing import TYPE_CHECKING

from pypdf.errors import PyPdfError

from dspguide.pdf.compose import BoundChapter, write_book
from dspguide.pdf.errors import BindingError, RejectedChapter
from dspguide.pdf.freeze import Freezer
from dspguide.pdf.layers import freeze_layers
from dspguide.pdf.relink import FileNames, set_links
from dspguide.pdf.writer import BookWriter

if TYPE_CHECKING:
    from pathlib import Path

    from pypdf import PageObject

    from dspguide.pdf.model import BookFacts, BookPlan, Link, PreparedChapter, Target, View


@dataclass
class _Late:
    """A page that links to other chapters, and so is frozen when all of them are there."""

    page: PageObject
    links: list[Link]


class Binder:
    """Binds prepared chapters into one book.

    Chapters may be appended in any order, for the book's bytes depend on the chapters alone. A
    chapter is turned into bytes as it is appended, so that little is left for finish().
    """

    def __init__(self, plan: BookPlan) -> None:
        self._plan = plan
        self._known = {chapter.number for chapter in plan.chapters}
        self._names = FileNames(plan.chapters)
        self._writer = BookWriter()
        self._freezer = Freezer()
        self._bound: dict[int, BoundChapter] = {}
        self._late: dict[int, list[_Late]] = {}
        self._destinations: dict[int, dict[str, Target]] = {}
        self._finished = False

    def append(self, prepared: PreparedChapter) -> None:
        """Bind a chapter of the plan; if it was bound before, in place of that one.

        Raises BindingError for a chapter that is not in the plan, and RejectedChapter for one
        that pypdf cannot read.
        """
        number = prepared.plan.number
        if number not in self._known:
            raise BindingError(f"chapter {number} is not in the plan of this book")
        if self._finished:
            raise BindingError("the book is written already")
        try:
            self._append(prepared)
        except (PyPdfError, RecursionError, ValueError, KeyError, TypeError) as error:
            detail = f"chapter {number} ({prepared.plan.title}) cannot be bound: {error}"
            raise RejectedChapter("damaged", detail) from error

    def _append(self, prepared: PreparedChapter) -> None:
        number = prepared.plan.number
        appended = self._writer.append_chapter(prepared.data)
        pages = appended.pages
        if len(pages) != prepared.pages:
            raise ValueError(f"{len(pages)} of its {prepared.pages} pages could be read")
        links: dict[int, list[Link]] = {}
        for link in prepared.links:
            links.setdefault(link.page_index, []).append(link)

        def inside(link: Link) -> tuple[PageObject, View] | None:
            target = link.target
            if target is None or not 0 <= target.page_index < len(pages):
                return None
            return pages[target.page_index], target.view

        batch = self._freezer.begin(str(number), pages)
        late = []
        for index, page in enumerate(pages):
            own = links.get(index, [])
            if any(link.target is not None and link.target.file is not None for link in own):
                late.append(_Late(page, own))
                continue
            set_links(page, own, inside)
            self._freezer.freeze_page(batch, page)
        layers = freeze_layers(self._freezer, batch, appended.layers)
        leads_to = {0, *(section.page_index for section in prepared.sections)}
        corners = {index: _corner(pages[index]) for index in leads_to}
        if not late:
            self._writer.forget_objects(appended)
        self._bound[number] = BoundChapter(prepared.summary(), pages, batch, layers, corners)
        self._late[number] = late
        self._destinations[number] = prepared.destinations

    def discard(self, number: int) -> None:
        """Take a chapter out of the book again; nothing happens if it is not in."""
        self._bound.pop(number, None)

    def finish(self, path: Path, *, partial: bool = False) -> BookFacts:
        """Write the book to ``path``, in place: replacing atomically is the caller's part.

        Raises BindingError when chapters are missing, unless ``partial``: then the book is made
        of those that are there.
        """
        if missing := sorted(self._known - self._bound.keys()):
            names = ", ".join(map(str, missing))
            if not partial or not self._bound:
                raise BindingError(f"the book lacks chapters {names}")
        if self._finished:
            raise BindingError("the book is written already")
        self._finished = True
        for number, chapter in self._bound.items():
            for late in self._late[number]:
                set_links(late.page, late.links, partial_function(self._across, number))
                self._freezer.freeze_page(chapter.batch, late.page)
        return write_book(self._plan, self._bound, self._freezer, path)

    def _across(self, own: int, link: Link) -> tuple[PageObject, View] | None:
        """Where a link leads that may lead to another chapter."""
        target = link.target
        if target is None:
            return None
        number: int | None = own
        if target.file is not None:
            number = self._names.chapter(target.file)
            if number is not None and target.name is not None:
                target = self._destinations.get(number, {}).get(target.name, target)
        chapter = self._bound.get(number) if number is not None else None
        if chapter is None or not 0 <= target.page_index < len(chapter.pages):
            return None
        return chapter.pages[target.page_index], target.view


def _corner(page: PageObject) -> tuple[float, float]:
    """The left and top edge of what is seen of a page, in points."""
    return float(page.cropbox.left), float(page.cropbox.top)
