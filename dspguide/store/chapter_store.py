"""The store of a book's chapters: PDFs as the site sent them, and what is known of each.

Below FILES_STORE every book has a folder of its own. In it, `01-title.pdf` holds exactly the bytes
that came, and `.dspguide` holds

- `01-title.pdf.json`, the chapter's record: source, validators, hash;
- `01-title.pdf.part`, what has come so far of one that is not complete;
- `contents.json`, the whole book as its contents page described it last;
- `work`, room for the bindery, and `lock`, held by the run that uses the folder.
"""

from __future__ import annotations

import logging
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from filelock import FileLock, Timeout

from dspguide.errors import StoreError
from dspguide.items import Chapter, Contents
from dspguide.store.files import is_unharmed, json_bytes, read_as, staged, write_json
from dspguide.store.partial_file import PartialFile
from dspguide.urls import PageKey, page_key, same_page, same_site

STATE = ".dspguide"
_LONGEST_SLUG = 80

logger = logging.getLogger(__name__)


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


class ChapterStore:
    """Keeps the chapters of one book in a folder, and puts each file there at one stroke.

    A run takes it by lock() before anything else. Methods may wait for a disk, or the network where
    the chapters are elsewhere (ObjectStore): call them in a thread, but for those that say
    otherwise. They raise StoreError for what lies elsewhere and OSError for what lies here.
    """

    LOOK_EVERY: ClassVar[float] = 0.2
    """Seconds between two looks whether another run has ended."""

    def __init__(self, folder: Path, setting: str = "FILES_STORE") -> None:
        """Take the folder, and the name of the setting that chose it."""
        self.folder = folder
        self.place = str(folder)
        """Where the chapters are, for people."""
        self._setting = setting
        self._state = folder / STATE
        # Whichever thread takes it, the run has it.
        self._lock = FileLock(self._state / "lock", thread_local=False)
        self._otherwise: dict[PageKey, str] | None = None
        """What is stored under names that no chapter has, by source; read once a run."""

    def lock(self) -> bool:
        """Take the store for this run; return whether it was free. Raises StoreError.

        The operating system drops the lock of a process that died.
        """
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            shutil.rmtree(self.work, ignore_errors=True)  # of a run that was killed
            self.work.mkdir(exist_ok=True)
        except Timeout:
            return False
        except OSError as error:
            raise StoreError(
                f"The chapters' folder {self.folder} cannot be used: {error.strerror or error}. "
                f"Set {self._setting} to a folder that can be written."
            ) from error
        return True

    def unlock(self) -> None:
        """Give the store back, without what only this run needed."""
        if self._lock.is_locked:
            shutil.rmtree(self.work, ignore_errors=True)
            self._lock.release()

    def take_over(self, start_url: str) -> None:
        """Move chapters of a site here that version 1.0 kept in FILES_STORE itself, for all books.

        Chapters of other sites stay, as do files that no record names. Raises OSError.
        """
        old = self.folder.parent
        records = ChapterStore(old).records().items()
        files = [old / name for name, known in records if same_site(known.url, start_url)]
        files = [file for file in files if file.is_file()]
        if not files or not (old / STATE / "lock").exists():
            return
        try:
            with FileLock(old / STATE / "lock", timeout=0):
                for file in files:
                    # The record follows its file, so that one without the other is fetched again.
                    file.replace(self.file(file.name))
                    for left in (old / STATE).glob(f"{file.name}.*"):
                        left.replace(self._state / left.name)
        except Timeout:
            return  # a run of that version is under way
        logger.info("Took over %s chapters from %s.", len(files), old)

    @property
    def work(self) -> Path:
        """A folder for temporary files, on the file system of file(). Waits for nothing."""
        return self._state / "work"

    def partial(self, name: str) -> PartialFile:
        """Return what has come so far of a chapter, on this machine's disk."""
        return PartialFile(self._state / f"{name}.part")

    def file(self, name: str) -> Path:
        """Return the path that a chapter has on this machine. Waits for nothing."""
        return self.folder / name

    def local(self, name: str) -> Path:
        """Have a stored chapter on this machine, unharmed, and return its path."""
        return self.file(name)

    def record(self, name: str) -> Record | None:
        """Return the record of a chapter that is stored and unharmed, else None.

        The file's bytes are hashed: what is on disk is not trusted for its name alone.
        """
        record = read_as(Record, self._record_path(name))
        unharmed = record is not None and is_unharmed(self.file(name), record.sha256)
        return record if unharmed else None

    def records(self) -> Mapping[str, Record]:
        """Return all records by the files' names, whether or not the files are there."""
        paths = sorted(self._state.glob("*.pdf.json"))
        found = {path.name.removesuffix(".json"): read_as(Record, path) for path in paths}
        return {name: record for name, record in found.items() if record is not None}

    def rename(self, found: Found, name: str) -> None:
        """Give a stored chapter another name."""
        if found.name == name:
            return
        # At each moment one of the two names has a file and its record.
        self.renew(name, found.record)
        self.file(found.name).replace(self.file(name))
        self.forget(found.name)

    def adopt(self, partial: PartialFile, name: str, record: Record) -> None:
        """Make a complete file the chapter, in place of what was there."""
        partial.close()
        path = self._record_path(name)
        # Written first, so that a full disk costs no file that has come, and in place last: a file
        # without a matching record is fetched again, never trusted.
        with staged(path, json_bytes(record)) as new:
            path.unlink(missing_ok=True)
            partial.path.replace(self.file(name))
            new.replace(path)
        partial.discard()

    def renew(self, name: str, record: Record) -> None:
        """Note anew where a stored chapter came from, whose bytes stay."""
        write_json(self._record_path(name), record)

    def forget(self, name: str) -> None:
        """Trust a stored chapter no more: the next run fetches it again."""
        self._record_path(name).unlink(missing_ok=True)

    def save_contents(self, contents: Contents) -> None:
        """Keep what the contents page said, for binding without the network.

        Waits for no network: it is safe once flush() returns.
        """
        if contents != self.load_contents():
            write_json(self._state / "contents.json", contents)

    def load_contents(self) -> Contents | None:
        """Return what the contents page said last, if a run came that far. Waits for no network."""
        return read_as(Contents, self._state / "contents.json")

    def sweep(self, names: Iterable[str]) -> None:
        """Remove what a book of these chapters, which are all here, has no use for.

        Those are chapters that earlier runs stored and the book no longer has, partial and
        temporary files. Files that no record names are somebody else's and stay.
        """
        keep = set(names)
        for path in self._state.iterdir():
            stem, _, kind = path.name.partition(".pdf.")
            name = f"{stem}.pdf"
            if not kind or (kind == "json" and name in keep):
                continue
            if kind == "json":
                self.file(name).unlink(missing_ok=True)
            path.unlink(missing_ok=True)

    def flush(self) -> None:
        """Have everything in its place, and see that the store is still this run's."""

    def find(self, chapter: Chapter, contents: Contents, url: str) -> Found | None:
        """Return what is stored of a chapter if it came from this URL, else None.

        It may have another name: files are named for places and titles, and those can change.
        """
        found = self.stored(chapter, contents)
        if found is not None:
            return found if same_page(found.record.url, url) else None
        if self._otherwise is None:
            names = {file_name(one, contents.count) for one in contents.chapters}
            records = self.records().items()
            self._otherwise = {page_key(r.url): name for name, r in records if name not in names}
        name = self._otherwise.get(page_key(url), "")
        record = self.record(name) if name else None
        return Found(name, record) if record is not None else None

    def stored(self, chapter: Chapter, contents: Contents) -> Found | None:
        """Return what is stored of a chapter, wherever it came from."""
        name = file_name(chapter, contents.count)
        record = self.record(name)
        return None if record is None else Found(name, record)

    def _record_path(self, name: str) -> Path:
        return self._state / f"{name}.json"


def file_name(chapter: Chapter, count: int) -> str:
    """Return a file name for a chapter that every file system takes and that sorts in book order.

    `count` is that of the book's chapters.
    """
    plain = unicodedata.normalize("NFKD", chapter.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("'", "")).strip("-")
    slug = slug[:_LONGEST_SLUG].rstrip("-") or "chapter"
    return f"{chapter.position:0{max(2, len(str(count)))}}-{slug}.pdf"
