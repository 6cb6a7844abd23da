"""Buckets in memory: one of this project's own, and one behind Google's client library."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from dspguide.store.bucket import Blob, ConflictError

if TYPE_CHECKING:
    import pytest


@dataclass
class MemoryBucket:
    """A bucket whose clock stands until a test moves it."""

    name: str = "mem://shelf"
    now: float = 0.0
    """Seconds."""
    objects: dict[str, tuple[bytes, str, float]] = field(default_factory=dict)
    """Bytes, tag, and when they were written."""
    written: int = 0

    def get(self, key: str, into: BinaryIO) -> Blob | None:
        if key in self.objects:
            into.write(self.objects[key][0])
        return self.head(key)

    def put(self, key: str, body: BinaryIO, *, replaces: str | None) -> str:
        there = self.objects.get(key)
        if (there and there[1]) != replaces:
            raise ConflictError(self.name, key)
        self.written += 1
        self.objects[key] = body.read(), f"tag {self.written}", self.now
        return f"tag {self.written}"

    def head(self, key: str) -> Blob | None:
        if key not in self.objects:
            return None
        data, tag, written = self.objects[key]
        return Blob(tag, len(data), self.now - written)

    def list(self, prefix: str) -> dict[str, Blob]:
        found = {key: self.head(key) for key in self.objects if key.startswith(prefix)}
        return {key: blob for key, blob in found.items() if blob is not None}

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)


class _NotFoundError(Exception):
    pass


class _PreconditionFailedError(Exception):
    pass


class _CallError(Exception):
    pass


class _GoogleBlob:
    """What google-cloud-storage gives for an object."""

    def __init__(self, objects: dict[str, Any], name: str) -> None:
        self._objects, self.name = objects, name
        self.generation: int | None = None
        self.size = 0
        self.updated = datetime.now(tz=timezone.utc)

    def download_to_file(self, file: BinaryIO, *, if_generation_match: int, timeout: float) -> None:
        data, generation, _ = self._objects[self.name]
        if generation != if_generation_match:
            raise _PreconditionFailedError
        file.write(data)

    def upload_from_file(
        self,
        file: BinaryIO,
        *,
        rewind: bool,
        predefined_acl: str | None,
        if_generation_match: int,
        timeout: float,
    ) -> None:
        there = self._objects.get(self.name)
        if (there[1] if there else 0) != if_generation_match:
            raise _PreconditionFailedError
        if rewind:
            file.seek(0)
        self.generation = len(self._objects) + (there[1] if there else 1000)
        written = datetime.now(tz=timezone.utc) - timedelta(seconds=5)
        self._objects[self.name] = file.read(), self.generation, written


class _GoogleBucket:
    def __init__(self, name: str) -> None:
        self._there = name == "shelf"
        self._objects: dict[str, Any] = {}

    def blob(self, key: str) -> _GoogleBlob:
        return _GoogleBlob(self._objects, key)

    def get_blob(self, key: str, *, timeout: float) -> _GoogleBlob | None:
        if not self._there:
            raise _CallError("404 The specified bucket does not exist.")
        if key not in self._objects:
            return None
        blob = self.blob(key)
        data, blob.generation, blob.updated = self._objects[key]
        blob.size = len(data)
        return blob

    def list_blobs(self, *, prefix: str, timeout: float) -> list[_GoogleBlob]:
        keys = [key for key in self._objects if key.startswith(prefix)]
        found = [self.get_blob(key, timeout=timeout) for key in keys]
        return [blob for blob in found if blob is not None]

    def delete_blob(self, key: str, *, timeout: float) -> None:
        if self._objects.pop(key, None) is None:
            raise _NotFoundError


def pretend_google(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Have google-cloud-storage importable, with one bucket, shelf; return the projects asked."""
    projects: list[str | None] = []
    buckets: dict[str, _GoogleBucket] = {}

    class Client:
        def __init__(self, project: str | None = None) -> None:
            projects.append(project)

        def bucket(self, name: str) -> _GoogleBucket:
            return buckets.setdefault(name, _GoogleBucket(name))

    modules: dict[str, dict[str, type]] = {
        "google.cloud.storage": {"Client": Client},
        "google.api_core.exceptions": {
            "GoogleAPICallError": _CallError,
            "NotFound": _NotFoundError,
            "PreconditionFailed": _PreconditionFailedError,
        },
        "google.auth.exceptions": {"GoogleAuthError": ConnectionRefusedError},
    }
    for name, members in modules.items():
        steps = name.split(".")
        for end in range(1, len(steps) + 1):
            path = ".".join(steps[:end])
            module = ModuleType(path)
            monkeypatch.setitem(sys.modules, path, sys.modules.get(path, module))
            if end > 1:
                monkeypatch.setattr(
                    sys.modules[".".join(steps[: end - 1])],
                    steps[end - 1],
                    sys.modules[path],
                    raising=False,
                )
        for member, value in members.items():
            monkeypatch.setattr(sys.modules[name], member, value, raising=False)
    return projects
