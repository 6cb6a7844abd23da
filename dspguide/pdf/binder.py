"""Prepared chapters in, one book out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pdf.errors import BindingError

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.frozen import Frozen
    from dspguide.pdf.model import BookFacts, BookPlan, PreparedChapter


class Binder:
    """Binds prepared chapters into one book.

    Chapters may be appended in any order, for the book's bytes depend on the chapters alone.
    """

    def __init__(self, plan: BookPlan) -> None:
        """Raises BindingError for a plan without chapters, or with one number twice."""
        numbers = [chapter.number for chapter in plan.chapters]
        if not numbers or len(set(numbers)) < len(numbers):
            raise BindingError("a book needs chapters, each with a number of its own")
        self._plan = plan
        self._known = {chapter.number for chapter in plan.chapters}
        self._chapters: dict[int, PreparedChapter] = {}
        self._first_of: dict[bytes, Frozen] = {}  # by digest
        self._finished = False

    def append(self, prepared: PreparedChapter) -> None:
        """Take a chapter of the plan; if it was taken before, in place of that one.

        Raises BindingError for a chapter that is not in the plan.
        """
        number = prepared.plan.number
        if number not in self._known:
            raise BindingError(f"chapter {number} is not in the plan of this book")
        if self._finished:
            raise BindingError("the book is written already")
        self._chapters[number] = prepared
        for item in prepared.frozen.objects:
            # Equal objects need not be kept twice while they wait, either.
            first = self._first_of.setdefault(item.digest, item)
            item.parts, item.stream = first.parts, first.stream

    def discard(self, number: int) -> None:
        """Take a chapter out of the book again; nothing happens if it is not in."""
        self._chapters.pop(number, None)

    def finish(self, path: Path, *, partial: bool = False) -> BookFacts:
        """Write the book to ``path``, in place: replacing atomically is the caller's part.

        Raises BindingError when chapters are missing, unless ``partial``: then the book is made
        of those that are there.
        """
        if missing := sorted(self._known - self._chapters.keys()):
            names = ", ".join(map(str, missing))
            if not partial or not self._chapters:
                raise BindingError(f"the book lacks chapters {names}")
        if self._finished:
            raise BindingError("the book is written already")
        self._finished = True
        from dspguide.pdf.compose import write_book  # noqa: PLC0415  # pypdf, when it is needed

        return write_book(self._plan, self._chapters, path)
