"""The chapters of a book in object storage.

Below the prefix that FILES_STORE names every book has one of its own. Below it, `01-title.pdf` is
exactly the bytes that came, and `.dspguide/` holds

- `index.json`, the records of all chapters, and the book as its contents page described it last;
- `lock`, written again and again by the run that uses them.

What is under way grows on this machine's disk, in a folder below BOOK_WORK_DIR.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from dspguide.errors import StoreError
from dspguide.items import Contents
from dspguide.store.bucket import Bucket, read_bytes, write
from dspguide.store.chapter_store import STATE, ChapterStore, Found, Record
from dspguide.store.files import decode_as, is_unharmed, json_bytes
from dspguide.store.lease import Lease
from dspguide.store.partial_file import PartialFile

_INDEX, _LOCK = f"{STATE}/index.json", f"{STATE}/lock"


@dataclass(frozen=True)
class _Entry:
    """A chapter in the index."""

    record: Record
    tag: str
    """Of the object with its bytes."""


@dataclass
class _Index:
    contents: Contents | None = None
    chapters: dict[str, _Entry] = field(default_factory=dict)


class ObjectStore(ChapterStore):
    """Keeps the chapters in a bucket, so that any machine can go on with them.

    The folder on this machine is for what is under way, and for what was read of the bucket.

    A chapter counts only if the object has the tag that the index notes, which one listing tells of
    all; its hash is checked when it is read. The object goes first and the index after it: a run
    that is killed between the two leaves a chapter to be fetched again, never a wrong one. Each
    write names what it replaces, so that a run which lost its lock writes nothing.
    """

    LOOK_EVERY: ClassVar[float] = 2.0  # each look is a request

    def __init__(self, bucket: Bucket, prefix: str, folder: Path, lease: float) -> None:
        """Take the prefix of the book's keys, room on this machine, and the lock's seconds."""
        super().__init__(folder, "BOOK_WORK_DIR")
        self.place = f"{bucket.name}/{prefix.rstrip('/')}"
        self._bucket, self._prefix = bucket, prefix
        self._lease_seconds = lease
        self._lease: Lease | None = None
        self._index = _Index()
        self._tags: dict[str, str] = {}
        """Of the objects that are there, by name."""
        self._written = b""
        """The index as it is in the bucket."""
        self._changing, self._writing = threading.Lock(), threading.Lock()

    def lock(self) -> bool:
        if not super().lock():
            return False
        try:
            lease = Lease(self._bucket, self._prefix + _LOCK, self._node(), self._lease_seconds)
            if lease.acquire():
                self._lease = lease
                self._load()
            else:
                super().unlock()
        except BaseException:
            with suppress(StoreError):  # what went wrong is being raised; the lock ends by itself
                self.unlock()
            raise
        return self._lease is not None

    def unlock(self) -> None:
        """Give the chapters back. Raises StoreError where the bucket cannot be told."""
        try:
            if self._lease is not None:
                # They are in the bucket: a machine that makes many books keeps none of them.
                for name in self._index.chapters:
                    self.file(name).unlink(missing_ok=True)
                try:
                    self.flush()
                finally:
                    self._lease.release()
        finally:
            self._lease = None
            super().unlock()

    def local(self, name: str) -> Path:
        path, record = self.file(name), self._index.chapters[name].record
        if is_unharmed(path, record.sha256):
            return path
        new = self.work / name
        with new.open("wb") as file:
            self._bucket.get(self._prefix + name, file)
        if not is_unharmed(new, record.sha256):
            self.forget(name)
            raise StoreError(
                f"{self.place}/{name} is not what was stored there. The next run fetches it again."
            )
        new.replace(path)
        return path

    def record(self, name: str) -> Record | None:
        entry = self._index.chapters.get(name)
        return entry.record if entry is not None and entry.tag == self._tags.get(name) else None

    def records(self) -> Mapping[str, Record]:
        return {name: entry.record for name, entry in self._index.chapters.items()}

    def rename(self, found: Found, name: str) -> None:
        if found.name != name:
            self._store(self.local(found.name), name, found.record)
            self._remove([found.name])

    def adopt(self, partial: PartialFile, name: str, record: Record) -> None:
        partial.close()
        self._store(partial.path, name, record)
        partial.path.replace(self.file(name))
        partial.discard()

    def renew(self, name: str, record: Record) -> None:
        with self._changing:
            entry = self._index.chapters[name]
            self._index.chapters[name] = replace(entry, record=record)

    def forget(self, name: str) -> None:
        with self._changing:
            self._index.chapters.pop(name, None)

    def save_contents(self, contents: Contents) -> None:
        with self._changing:
            self._index.contents = deepcopy(contents)  # the run fills in its chapters

    def load_contents(self) -> Contents | None:
        return deepcopy(self._index.contents)

    def sweep(self, names: Iterable[str]) -> None:
        self._remove(sorted(self._index.chapters.keys() - set(names)))
        super().sweep(())

    def flush(self) -> None:
        """Write the index if it has changed. Raises StoreError.

        Chapters that come while it is written are in the next one together.
        """
        assert self._lease is not None  # noqa: S101  # lock() comes first
        self._lease.check()
        with self._writing:
            with self._changing:
                data = json_bytes(self._index)
            if data != self._written:
                self._put(_INDEX, data)
                self._written = data

    def _load(self) -> None:
        listed = self._bucket.list(self._prefix)
        self._tags = {key.removeprefix(self._prefix): blob.tag for key, blob in listed.items()}
        found = read_bytes(self._bucket, self._prefix + _INDEX)
        self._index = (decode_as(_Index, found[0]) if found else None) or _Index()
        self._written = json_bytes(self._index)

    def _store(self, path: Path, name: str, record: Record) -> None:
        entry = _Entry(record, self._put(name, path))
        with self._changing:
            self._index.chapters[name] = entry
        self.flush()

    def _put(self, name: str, what: bytes | Path) -> str:
        """Write an object in place of the one that is known, and return its tag."""
        tag = write(self._bucket, self._prefix + name, what, replaces=self._tags.get(name))
        self._tags[name] = tag
        return tag

    def _remove(self, names: list[str]) -> None:
        """Remove chapters, from the index first: what it names is there."""
        if not names:
            return
        with self._changing:
            for name in names:
                self._index.chapters.pop(name, None)
        self.flush()
        for name in names:
            self._bucket.delete(self._prefix + name)
            self._tags.pop(name, None)
            self.file(name).unlink(missing_ok=True)

    def _node(self) -> str:
        """Return what tells this machine's folder from all others: who holds it is the only run.

        Raises OSError.
        """
        path = self._state / "node"
        if not path.exists():
            path.write_text(uuid.uuid4().hex, encoding="ascii")
        return path.read_text(encoding="ascii")
