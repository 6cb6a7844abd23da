"""The folder of a book's chapters: PDFs as the site sent them, and what is known of each.

Below FILES_STORE every book has a folder of its own. In it, `01-title.pdf` holds exactly the bytes
that came, and `.dspguide` holds

- `01-title.pdf.json`, the chapter's record: source, validators, hash;
- `01-title.pdf.part`, what has come so far of one that is not complete;
- `contents.json`, the whole book as its contents page described it last;
- `work`, room for the bindery, and `lock`, held by the run that uses the folder.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from w3lib.url import file_uri_to_path

from dspguide.errors import BadArgumentError, StoreError
from dspguide.items import Contents
from dspguide.store.atomic import json_bytes, stage, write_json
from dspguide.store.partial_file import PartialFile, digest_of
from dspguide.store.schema import read_as
from dspguide.urls import same_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.settings import BaseSettings

    from dspguide.items import Chapter

STATE = ".dspguide"
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


class ChapterStore:
    """Keeps the chapters of one book on this machine, and puts each file there at one stroke."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state = folder / STATE
        self._lock = FileLock(self._state / "lock")

    def lock(self) -> bool:
        """Take the folder for this run; return whether it was free. Raises StoreError.

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
                "Set FILES_STORE to a folder that can be written."
            ) from error
        return True

    def unlock(self) -> None:
        """Give the folder back, without what only this run needed."""
        if self._lock.is_locked:
            shutil.rmtree(self.work, ignore_errors=True)
            self._lock.release()

    @property
    def work(self) -> Path:
        """A folder for temporary files, on the same file system."""
        return self._state / "work"

    def partial(self, name: str) -> PartialFile:
        """Return what has come so far of a chapter."""
        return PartialFile(self._state / f"{name}.part")

    def file(self, name: str) -> Path:
        """Return the path of a chapter."""
        return self.folder / name

    def record(self, name: str) -> Record | None:
        """Return the record of a chapter that is stored and unharmed, else None.

        The file's bytes are hashed: what is on disk is not trusted for its name alone.
        """
        record = read_as(Record, self._record_path(name))
        try:
            if not self.file(name).is_file():  # a pipe, say, would be waited for
                return None
            with self.file(name).open("rb") as file:
                _, digest = digest_of(file)
        except OSError:
            return None
        return record if record is not None and digest == record.sha256 else None

    def find(self, chapter: Chapter, contents: Contents, url: str) -> Found | None:
        """Return what is stored of a chapter if it came from this URL, else None.

        It may have another name: files are named for places and titles, and those can change.
        """
        name = file_name(chapter, contents.count)
        record = self.record(name)
        if record is not None:
            return Found(name, record) if same_page(record.url, url) else None
        names = {file_name(c, contents.count) for c in contents.chapters}
        for path in self._state.glob("*.pdf.json"):
            old = path.name.removesuffix(".json")
            known = read_as(Record, path)
            if old not in names and known is not None and same_page(known.url, url):
                record = self.record(old)
                if record is not None:
                    return Found(old, record)
        return None

    def stored(self, chapter: Chapter, contents: Contents) -> Found | None:
        """Return what is stored of a chapter, wherever it came from."""
        name = file_name(chapter, contents.count)
        record = self.record(name)
        return None if record is None else Found(name, record)

    def rename(self, found: Found, name: str) -> None:
        """Give a stored chapter another name. Raises OSError."""
        if found.name == name:
            return
        # At each moment one of the two names has a file and its record.
        write_json(self._record_path(name), asdict(found.record))
        self.file(found.name).replace(self.file(name))
        self._record_path(found.name).unlink(missing_ok=True)

    def adopt(self, partial: PartialFile, name: str, record: Record) -> None:
        """Make a complete file the chapter, in place of what was there. Raises OSError."""
        partial.close()
        path = self._record_path(name)
        # Written first, so that a full disk costs no file that has come.
        new = stage(path, json_bytes(asdict(record)))
        try:
            # In place last: a file without a matching record is fetched again, never trusted.
            path.unlink(missing_ok=True)
            partial.path.replace(self.file(name))
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        partial.discard()

    def renew(self, name: str, record: Record) -> None:
        """Note anew where a stored chapter came from, whose bytes stay. Raises OSError."""
        write_json(self._record_path(name), asdict(record))

    def forget(self, name: str) -> None:
        """Trust a stored chapter no more: the next run fetches it again. Raises OSError."""
        self._record_path(name).unlink(missing_ok=True)

    def save_contents(self, contents: Contents) -> None:
        """Keep what the contents page said, for binding without the network. Raises OSError."""
        if contents != self.load_contents():
            write_json(self._state / "contents.json", asdict(contents))

    def load_contents(self) -> Contents | None:
        """Return what the contents page said last, if a run came that far."""
        return read_as(Contents, self._state / "contents.json")

    def sweep(self, names: Iterable[str]) -> None:
        """Remove what a book of these chapters has no use for.

        Those are chapters that earlier runs stored and the book no longer has, partial and
        temporary files: all chapters are here. Files that no record names are somebody else's and
        stay. Raises OSError.
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

    def _record_path(self, name: str) -> Path:
        return self._state / f"{name}.json"


def store_folder(settings: BaseSettings) -> Path:
    """Return the folder that FILES_STORE means. Raises BadArgumentError where it means none."""
    uri = str(settings["FILES_STORE"] or "")
    scheme = "" if PureWindowsPath(uri).drive else urlsplit(uri).scheme
    elsewhere = scheme == "file" and urlsplit(uri).netloc not in {"", "localhost"}
    if not uri or scheme not in {"", "file"} or elsewhere:
        raise BadArgumentError(f"FILES_STORE={uri}: give a folder on this machine")
    return Path(file_uri_to_path(uri) if scheme else uri).absolute()


def file_name(chapter: Chapter, count: int) -> str:
    """Return a file name for a chapter that every file system takes and that sorts in book order.

    `count` is that of the book's chapters.
    """
    plain = unicodedata.normalize("NFKD", chapter.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("'", "")).strip("-")
    slug = slug[:_LONGEST_SLUG].rstrip("-") or "chapter"
    return f"{chapter.position:0{max(2, len(str(count)))}}-{slug}.pdf"
