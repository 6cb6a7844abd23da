"""The record of a book, as a JSON file beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dspguide import __version__
from dspguide.store.atomic import stage_json, write_json
from dspguide.store.chapter_store import chapter_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dspguide.items import Chapter, Contents


@dataclass
class Manifest:
    """What a book is made of: a record of it, and one of each chapter in the book's order."""

    book: dict[str, Any]
    chapters: list[Chapter]

    @staticmethod
    def path_for(book: Path) -> Path:
        """Return the path of the manifest of a book."""
        return book.with_suffix(".json")

    @classmethod
    def load(cls, book: Path) -> Manifest | None:
        """Return the manifest of a book if there is one that can be read."""
        try:
            value = json.loads(cls.path_for(book).read_text(encoding="utf-8"))
            return cls(dict(value["book"]), [chapter_from(c) for c in value["chapters"]])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, book: Path) -> None:
        """Write the manifest of a book. Raises OSError."""
        write_json(self.path_for(book), self._value())

    def stage(self, book: Path) -> Path:
        """Write the manifest of a book beside its place, to be renamed there. Raises OSError."""
        return stage_json(self.path_for(book), self._value())

    def _value(self) -> dict[str, Any]:
        return {"book": self.book, "chapters": [asdict(chapter) for chapter in self.chapters]}

    def describes(self, book: Path, contents: Contents, sent_to: str | None) -> bool:
        """Tell whether the book is there, unharmed, complete, of these contents, and sent."""
        if not self.book.get("complete") or self.book.get("made_by") != made_by():
            return False
        if self.book.get("sent_to") != sent_to:
            return False
        about = (self.book.get("title"), self.book.get("author"), self.book.get("language"))
        if about != (contents.title, contents.author, contents.language):
            return False
        if _outline(self.chapters) != _outline(contents.chapters):
            return False
        try:
            digest = hashlib.sha256(book.read_bytes()).hexdigest()
        except OSError:
            return False
        return digest == self.book.get("sha256")


def made_by() -> str:
    """Return the versions that determine a book's bytes."""
    libraries = ("pypdf", "pikepdf", "pypdfium2")
    return ", ".join(
        [f"dspguide {__version__}", *(f"{name} {version(name)}" for name in libraries)]
    )


def changes(old: Manifest | None, new: Manifest) -> list[str]:
    """Return a line for each chapter that came, went or changed since the last book."""
    if old is None:
        return []
    before = {chapter.number: chapter for chapter in old.chapters}
    after = {chapter.number: chapter for chapter in new.chapters}
    lines = [f"Gone since the last book: {_name(before[n])}" for n in before if n not in after]
    for number, chapter in after.items():
        known = before.get(number)
        if known is None:
            lines.append(f"New since the last book: {_name(chapter)}")
        elif known.sha256 != chapter.sha256:
            lines.append(f"Changed since the last book: {_name(chapter)}")
        elif _outline([known]) != _outline([chapter]):
            lines.append(f"Named anew since the last book: {_name(chapter)}")
    return lines


def _name(chapter: Chapter) -> str:
    return f"chapter {chapter.number}, {chapter.title}"


def _outline(chapters: Sequence[Chapter]) -> list[tuple[Any, ...]]:
    return [(c.number, c.title, c.part, *(s.title for s in c.sections)) for c in chapters]
