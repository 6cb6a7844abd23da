"""Prepared chapters in, one book out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pdf.errors import BindingError
from dspguide.pdf.spool import LARGE, Spool

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.frozen import Frozen
    from dspguide.pdf.model import BindResult, BookPlan, PreparedChapter


class Binder:
    """Binds prepared chapters into one book.

    Chapters may be appended in any order, for the book's bytes depend on the chapters alone.
    """

    def __init__(self, plan: BookPlan, spool: Spool | None = None) -> None:
        """``spool`` keeps large streams. Raises BindingError for a plan without chapters."""
        if not plan.chapters:
            raise BindingError("a book needs chapters")
        self._plan = plan
        self._spool = spool or Spool()
        self._chapters: dict[int, PreparedChapter] = {}  # by position
        self._first_of: dict[bytes, Frozen] = {}  # by digest
        self._finished = False

    def append(self, prepared: PreparedChapter) -> None:
        """Take a chapter of the plan; if it was taken before, in place of that one.

        Raises BindingError for a chapter that is not in the plan.
        """
        if not 0 <= prepared.position < len(self._plan.chapters):
            raise BindingError(f"{prepared.plan.name} is not in the plan of this book")
        if self._finished:
            raise BindingError("the book is written already")
        self._chapters[prepared.position] = prepared
        for item in prepared.frozen.objects:
            # Equal objects need not be kept twice while they wait, either.
            first = self._first_of.setdefault(item.digest, item)
            item.parts, item.stream = first.parts, first.stream
            if isinstance(item.stream, bytes) and len(item.stream) >= LARGE:
                item.stream = self._spool.add(item.stream)

    def discard(self, position: int) -> None:
        """Take a chapter out of the book again; nothing happens if it is not in."""
        self._chapters.pop(position, None)

    def finish(self, path: Path, *, partial: bool = False) -> BindResult:
        """Write the book to ``path``, in place: replacing atomically is the caller's part.

        Raises BindingError when chapters are missing, unless ``partial``: then the book is made
        of those that are there.
        """
        chapters = self._plan.chapters
        missing = [chapters[n].name for n in range(len(chapters)) if n not in self._chapters]
        if missing and (not partial or not self._chapters):
            raise BindingError(f"the book lacks {', '.join(missing)}")
        if self._finished:
            raise BindingError("the book is written already")
        self._finished = True
        from dspguide.pdf.output.book import write_book  # noqa: PLC0415  # pypdf, when it is needed

        result = write_book(self._plan, self._chapters, path, self._spool)
        self._spool.close()
        return result
