"""The folder of a book's chapters: PDFs as the site sent them, and what is known of each.

Below FILES_STORE every book has a folder of its own. In it, `01-title.pdf` holds exactly the bytes
that came, and `.dspguide` holds

- `01-title.pdf.json`, the chapter's record: source, validators, hash;
- `01-title.pdf.part`, what has come so far of one that is not complete;
- `contents.json`, the whole book as its contents page described it last;
- `work`, room for the bindery, and `lock`, held by the run that uses the folder.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from dspguide.errors import StoreError
from dspguide.items import Contents
from dspguide.store.atomic import json_bytes, stage, write_json
from dspguide.store.chapter_store import ChapterStore, Found, Record
from dspguide.store.partial_file import PartialFile, digest_of
from dspguide.store.schema import read_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

STATE = ".dspguide"


class FolderStore(ChapterStore):
    """Keeps the chapters in a folder on this machine."""

    LOOK_EVERY = 0.2

    def __init__(self, folder: Path, setting: str = "FILES_STORE") -> None:
        """Take the folder, and the name of the setting that chose it."""
        self.folder, self.place = folder, str(folder)
        self._setting = setting
        self._state = folder / STATE
        # Whichever thread takes it, the run has it.
        self._lock = FileLock(self._state / "lock", thread_local=False)

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
                f"Set {self._setting} to a folder that can be written."
            ) from error
        return True

    def unlock(self) -> None:
        if self._lock.is_locked:
            shutil.rmtree(self.work, ignore_errors=True)
            self._lock.release()

    @property
    def work(self) -> Path:
        return self._state / "work"

    def partial(self, name: str) -> PartialFile:
        return PartialFile(self._state / f"{name}.part")

    def file(self, name: str) -> Path:
        return self.folder / name

    def local(self, name: str) -> Path:
        return self.file(name)

    def record(self, name: str) -> Record | None:
        """Return the record of a chapter that is stored and unharmed, else None.

        The file's bytes are hashed: what is on disk is not trusted for its name alone.
        """
        record = read_as(Record, self._record_path(name))
        return record if record is not None and is_unharmed(self.file(name), record) else None

    def records(self) -> Mapping[str, Record]:
        found = {
            path.name.removesuffix(".json"): read_as(Record, path)
            for path in self._state.glob("*.pdf.json")
        }
        return {name: record for name, record in found.items() if record is not None}

    def rename(self, found: Found, name: str) -> None:
        if found.name == name:
            return
        # At each moment one of the two names has a file and its record.
        write_json(self._record_path(name), asdict(found.record))
        self.file(found.name).replace(self.file(name))
        self._record_path(found.name).unlink(missing_ok=True)

    def adopt(self, partial: PartialFile, name: str, record: Record) -> None:
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
        write_json(self._record_path(name), asdict(record))

    def forget(self, name: str) -> None:
        self._record_path(name).unlink(missing_ok=True)

    def save_contents(self, contents: Contents) -> None:
        if contents != self.load_contents():
            write_json(self._state / "contents.json", asdict(contents))

    def load_contents(self) -> Contents | None:
        return read_as(Contents, self._state / "contents.json")

    def sweep(self, names: Iterable[str]) -> None:
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
        """Do nothing: each write is in its place when it returns."""

    def _record_path(self, name: str) -> Path:
        return self._state / f"{name}.json"


def is_unharmed(path: Path, record: Record) -> bool:
    """Tell whether a file is there with the bytes that a record describes."""
    try:
        if not path.is_file():  # a pipe, say, would be waited for
            return False
        with path.open("rb") as file:
            return digest_of(file)[1] == record.sha256
    except OSError:
        return False
