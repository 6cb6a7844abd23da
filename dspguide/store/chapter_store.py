"""What a store of a book's chapters does, wherever it is; see FolderStore and ObjectStore."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from dspguide.urls import PageKey, page_key, same_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dspguide.items import Chapter, Contents
    from dspguide.store.partial_file import PartialFile

_LONGEST_SLUG = 80


@dataclass(frozen=True)
class Record:
    """What is known of a stored chapter."""

    url: str
    sha256: str
    bytes: int
    etag: str | None = None
    last_modified: str | None = None
    fetched: float = 0.0
    """POSIX time at which the file came."""


class Found(NamedTuple):
    """A stored chapter."""

    name: str
    """Of its file."""
    record: Record


class ChapterStore(ABC):
    """Keeps the chapters of one book, and puts each file there at one stroke.

    A run takes it by lock() before anything else. Methods may wait for a disk or a network: call
    them in a thread, but for those that say otherwise. They raise StoreError for what lies
    elsewhere and OSError for what lies on this machine.
    """

    place: str
    """Where it is, for people."""
    LOOK_EVERY: ClassVar[float]
    """Seconds between two looks whether another run has ended."""
    _otherwise: tuple[Contents, dict[PageKey, str]] | None = None

    @abstractmethod
    def lock(self) -> bool:
        """Take the store for this run; return whether it was free."""

    @abstractmethod
    def unlock(self) -> None:
        """Give the store back, without what only this run needed."""

    @property
    @abstractmethod
    def work(self) -> Path:
        """A folder for temporary files, on the file system of file(). Waits for nothing."""

    @abstractmethod
    def partial(self, name: str) -> PartialFile:
        """Return what has come so far of a chapter, on this machine's disk."""

    @abstractmethod
    def file(self, name: str) -> Path:
        """Return the path that a chapter has on this machine. Waits for nothing."""

    @abstractmethod
    def local(self, name: str) -> Path:
        """Have a stored chapter on this machine, unharmed, and return its path."""

    @abstractmethod
    def record(self, name: str) -> Record | None:
        """Return the record of a chapter that is stored and unharmed, else None."""

    @abstractmethod
    def records(self) -> Mapping[str, Record]:
        """Return all records by the files' names, whether or not the files are there."""

    @abstractmethod
    def rename(self, found: Found, name: str) -> None:
        """Give a stored chapter another name."""

    @abstractmethod
    def adopt(self, partial: PartialFile, name: str, record: Record) -> None:
        """Make a complete file the chapter, in place of what was there."""

    @abstractmethod
    def renew(self, name: str, record: Record) -> None:
        """Note anew where a stored chapter came from, whose bytes stay."""

    @abstractmethod
    def forget(self, name: str) -> None:
        """Trust a stored chapter no more: the next run fetches it again."""

    @abstractmethod
    def save_contents(self, contents: Contents) -> None:
        """Keep what the contents page said, for binding without the network. Waits for no network.

        It is safe once flush() returns.
        """

    @abstractmethod
    def load_contents(self) -> Contents | None:
        """Return what the contents page said last, if a run came that far. Waits for no network."""

    @abstractmethod
    def sweep(self, names: Iterable[str]) -> None:
        """Remove what a book of these chapters has no use for.

        Those are chapters that earlier runs stored and the book no longer has, partial and
        temporary files: all chapters are here. Files that no record names are somebody else's and
        stay.
        """

    @abstractmethod
    def flush(self) -> None:
        """Have everything in its place, and see that the store is still this run's."""

    def find(self, chapter: Chapter, contents: Contents, url: str) -> Found | None:
        """Return what is stored of a chapter if it came from this URL, else None.

        It may have another name: files are named for places and titles, and those can change.
        """
        found = self.stored(chapter, contents)
        if found is not None:
            return found if same_page(found.record.url, url) else None
        name = self._named_otherwise(contents).get(page_key(url))
        record = None if name is None else self.record(name)
        return None if name is None or record is None else Found(name, record)

    def _named_otherwise(self, contents: Contents) -> dict[PageKey, str]:
        """Return what is stored under names that no chapter has, by source; read once a book."""
        if self._otherwise is None or self._otherwise[0] is not contents:
            names = {file_name(chapter, contents.count) for chapter in contents.chapters}
            records = self.records().items()
            named = {page_key(known.url): name for name, known in records if name not in names}
            self._otherwise = contents, named
        return self._otherwise[1]

    def stored(self, chapter: Chapter, contents: Contents) -> Found | None:
        """Return what is stored of a chapter, wherever it came from."""
        name = file_name(chapter, contents.count)
        record = self.record(name)
        return None if record is None else Found(name, record)


def file_name(chapter: Chapter, count: int) -> str:
    """Return a file name for a chapter that every file system takes and that sorts in book order.

    `count` is that of the book's chapters.
    """
    plain = unicodedata.normalize("NFKD", chapter.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("'", "")).strip("-")
    slug = slug[:_LONGEST_SLUG].rstrip("-") or "chapter"
    return f"{chapter.position:0{max(2, len(str(count)))}}-{slug}.pdf"
