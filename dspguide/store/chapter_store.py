"""The folder of chapters: PDFs as the site sent them, and beside them what is known of each.

Below FILES_STORE, `01-title.pdf` holds exactly the bytes that came, and `.dspguide` holds

- `01-title.pdf.json`, the chapter's record: source, validators, hash;
- `01-title.pdf.part`, what has come so far of one that is not complete;
- `contents.json`, the book as its contents page described it last;
- `work`, room for the bindery, and `lock`, held by the run that uses the folder.
"""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from scrapy.pipelines.files import FSFilesStore
from w3lib.url import file_uri_to_path

from dspguide.errors import BadArgumentError, StoreError
from dspguide.items import Chapter, Contents, Section
from dspguide.store.atomic import stage_json, write_json
from dspguide.store.partial_file import Part, digest_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from scrapy.settings import BaseSettings

_STATE = ".dspguide"
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


class ChapterStore(FSFilesStore):
    """Keeps chapters on disk; unlike Scrapy's store, it puts each file there at one stroke."""

    def __init__(self, basedir: str | os.PathLike[str]) -> None:
        self.folder = Path(basedir)
        self._state = self.folder / _STATE
        self._lock = FileLock(self._state / "lock")
        self._problem: OSError | None = None
        try:
            super().__init__(self.folder)
            self._state.mkdir(exist_ok=True)
        except OSError as error:
            self._problem = error  # lock() reports it: a constructor's error would stop Scrapy

    def lock(self) -> bool:
        """Take the folder for this run; return whether it was free. Raises StoreError.

        The operating system drops the lock of a process that died.
        """
        if self._problem is not None:
            raise _unusable(self.folder, self._problem)
        try:
            self._lock.acquire(timeout=0)
            shutil.rmtree(self.work, ignore_errors=True)  # of a run that was killed
            self.work.mkdir(exist_ok=True)
        except Timeout:
            return False
        except OSError as error:
            raise _unusable(self.folder, error) from error
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

    def part(self, name: str) -> Part:
        """Return what has come so far of a chapter."""
        return Part(self._state / f"{name}.part")

    def file(self, name: str) -> Path:
        """Return the path of a chapter."""
        return self.folder / name

    def record(self, name: str) -> Record | None:
        """Return the record of a chapter that is stored and unharmed, else None.

        The file's bytes are hashed: what is on disk is not trusted for its name alone.
        """
        try:
            record = Record(**json.loads(self._record_path(name).read_text(encoding="utf-8")))
            with self.file(name).open("rb") as file:
                _, digest = digest_of(file)
        except (OSError, ValueError, TypeError):
            return None
        return record if digest == record.sha256 else None

    def find(self, chapter: Chapter, contents: Contents, url: str) -> Found | None:
        """Return what is stored of a chapter if it came from this URL, else None.

        It may have another name: files are named for numbers and titles, and those can change.
        """
        name = file_name(chapter, contents.highest_number)
        record = self.record(name)
        if record is not None:
            return Found(name, record) if record.url == url else None
        names = {file_name(c, contents.highest_number) for c in contents.chapters}
        for path in self._state.glob("*.pdf.json"):
            old = path.name.removesuffix(".json")
            if old not in names and _source(path) == url:
                record = self.record(old)
                if record is not None:
                    return Found(old, record)
        return None

    def rename(self, found: Found, name: str) -> None:
        """Give a stored chapter another name. Raises OSError."""
        if found.name == name:
            return
        # At each moment one of the two names has a file and its record.
        write_json(self._record_path(name), asdict(found.record))
        self.file(found.name).replace(self.file(name))
        self._record_path(found.name).unlink(missing_ok=True)

    def adopt(self, part: Part, name: str, record: Record) -> None:
        """Make a complete part the chapter, in place of what was there. Raises OSError."""
        part.close()
        path = self._record_path(name)
        # Written first, so that a full disk costs no file that has come.
        new = stage_json(path, asdict(record))
        try:
            # In place last: a file without a matching record is fetched again, never trusted.
            path.unlink(missing_ok=True)
            part.path.replace(self.file(name))
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        part.discard()

    def save_contents(self, contents: Contents) -> None:
        """Keep what the contents page said, for binding without the network. Raises OSError."""
        if contents != self.load_contents():
            write_json(self._state / "contents.json", asdict(contents))

    def load_contents(self) -> Contents | None:
        """Return what the contents page said last, if a run came that far."""
        try:
            text = (self._state / "contents.json").read_text(encoding="utf-8")
            return contents_from(json.loads(text))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def sweep(self, names: Iterable[str]) -> list[str]:
        """Remove what a book of these chapters has no use for; return the names of other chapters.

        Those are what earlier runs stored and the book no longer has. Parts and temporary files go
        too: all chapters are here. Files that no record names are somebody else's and stay.

        Raises OSError.
        """
        keep = set(names)
        gone = []
        for path in self._state.iterdir():
            stem, _, kind = path.name.partition(".pdf.")
            name = f"{stem}.pdf"
            if not kind or (kind == "json" and name in keep):
                continue
            if kind == "json":
                self.file(name).unlink(missing_ok=True)
                gone.append(name)
            path.unlink(missing_ok=True)
        return gone

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


def file_name(chapter: Chapter, highest_number: int) -> str:
    """Return a file name for a chapter that every file system takes and that sorts in book order.

    `highest_number` is that of the book's chapters.
    """
    plain = unicodedata.normalize("NFKD", chapter.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("'", "")).strip("-")
    slug = slug[:_LONGEST_SLUG].rstrip("-") or "chapter"
    return f"{chapter.number:0{max(2, len(str(highest_number)))}}-{slug}.pdf"


def _source(record: Path) -> str | None:
    """Return the URL in a record's file, as far as it can be read."""
    try:
        url: str | None = json.loads(record.read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return url


def contents_from(value: dict[str, Any]) -> Contents:
    """Return the Contents that asdict() made a dictionary of. Raises KeyError, TypeError."""
    return Contents(**{**value, "chapters": tuple(chapter_from(c) for c in value["chapters"])})


def chapter_from(value: dict[str, Any]) -> Chapter:
    """Return the Chapter that asdict() made a dictionary of. Raises KeyError, TypeError."""
    return Chapter(**{**value, "sections": [Section(**s) for s in value["sections"]]})


def _unusable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The chapters' folder {folder} cannot be used: {error.strerror or error}. "
        "Set FILES_STORE to a folder that can be written."
    )
