"""The record of a book, as a JSON file beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from dspguide import __version__
from dspguide.items import Chapter
from dspguide.store.files import read_as, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf import BookPlan


@dataclass
class BookRecord:
    """What a manifest says of the book as a whole; what is not known of a failed run is None."""

    title: str
    author: str | None
    language: str
    url: str
    """Of the contents page."""
    complete: bool
    pages: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    started: str = ""
    """ISO 8601, UTC."""
    seconds: float = 0.0
    made_by: str = ""
    front_matter_pages: int | None = None
    references_found: int = 0
    """Figures, tables, equations, chapters … that the text names."""
    references_linked: int = 0
    references_nowhere: list[str] = field(default_factory=list)
    """Those of which there is none in the book."""
    plan: str = ""
    """A digest of what the site said of the book, and of the settings that its bytes depend on."""
    sent_to: str | None = None
    """The URI of the copy on another system, without a password."""
    sent_tag: str | None = None
    """What an object storage calls that copy's bytes."""


@dataclass
class Manifest:
    """What a book is made of: a record of it, and one of each chapter in the book's order."""

    book: BookRecord
    chapters: list[Chapter]

    @staticmethod
    def path_for(book: Path) -> Path:
        """Return the path of the manifest of a book."""
        return book.with_suffix(".json")

    @classmethod
    def load(cls, book: Path) -> Manifest | None:
        """Return the manifest of a book if there is one that can be read."""
        return read_as(cls, cls.path_for(book))

    def save(self, book: Path) -> None:
        """Write the manifest of a book. Raises OSError."""
        write_json(self.path_for(book), self)

    def is_of(self, plan: BookPlan, sent_to: str | None) -> bool:
        """Tell whether the book is complete, of this plan, made by this program, and sent."""
        own = self.book
        if not own.complete or own.made_by != made_by() or own.sent_to != sent_to:
            return False
        return None not in {own.pages, own.bytes} and own.plan == plan_digest(plan)


def plan_digest(plan: BookPlan) -> str:
    """Return a digest of all that a book is made by, but for the chapters' files."""
    chapters = [(c.number, c.title, c.part, c.sections) for c in plan.chapters]
    told = repr((replace(plan, chapters=()), chapters))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def made_by() -> str:
    """Return the versions that determine a book's bytes."""
    libraries = [f"{name} {version(name)}" for name in ("pypdf", "pikepdf", "pypdfium2")]
    return ", ".join([f"dspguide {__version__}", *libraries])


def changes(old: Manifest | None, new: Manifest) -> list[str]:
    """Return a line for each chapter that came, went or changed since the last book."""
    if old is None:
        return []
    before = {chapter.url: chapter for chapter in old.chapters}
    after = {chapter.url for chapter in new.chapters}
    found = [("Gone", gone) for gone in old.chapters if gone.url not in after]
    for chapter in new.chapters:
        known = before.get(chapter.url)
        if known is None:
            found.append(("New", chapter))
        elif known.sha256 != chapter.sha256:
            found.append(("Changed", chapter))
        elif _names(known) != _names(chapter):
            found.append(("Named anew", chapter))
    return [f"{what} since the last book: {chapter.name}" for what, chapter in found]


def _names(chapter: Chapter) -> tuple[str | None, ...]:
    return chapter.number, chapter.title, chapter.part
