"""What is asked of an object storage."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, Protocol

from dspguide.errors import StoreError
from dspguide.store.files import digest_of
from dspguide.urls import masked


class BucketError(StoreError):
    """Raised when a bucket cannot be used: names it, and says why in `why` alone, in one line."""

    def __init__(self, bucket: str, why: str) -> None:
        self.why = " ".join(masked(why).split()).rstrip(".")
        super().__init__(f"{bucket} cannot be used: {self.why}.")


class ConflictError(BucketError):
    """Raised when an object is no longer as it was when it was looked at."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(bucket, f"another run has written {key} meanwhile")


class Blob(NamedTuple):
    """What is known of an object without reading it."""

    tag: str
    """Another one when other bytes were written: S3's ETag, Google's generation."""
    size: int
    """Bytes."""
    age: float = 0.0
    """Seconds since it was written, by the storage's own clock where that can be asked."""


class Bucket(Protocol):
    """A bucket; all calls wait for the network. They raise BucketError."""

    name: str
    """For people, as `s3://name`."""

    def get(self, key: str, into: BinaryIO) -> Blob | None:
        """Write an object's bytes into a file; None where there is none. Raises OSError too."""

    def put(self, key: str, body: BinaryIO, *, replaces: str | None) -> str:
        """Write an object at one stroke, in place of the one with this tag; return the new tag.

        None stands for no object. Raises ConflictError where something else is there.
        """

    def head(self, key: str) -> Blob | None:
        """Return what is known of an object; None where there is none."""

    def list(self, prefix: str) -> dict[str, Blob]:
        """Return the objects whose keys begin so."""

    def delete(self, key: str) -> None:
        """Remove an object, if there is one."""


def read_bytes(bucket: Bucket, key: str) -> tuple[bytes, Blob] | None:
    """Return a small object's bytes; None where there is none. Raises BucketError."""
    into = io.BytesIO()
    blob = bucket.get(key, into)
    return None if blob is None else (into.getvalue(), blob)


def write(bucket: Bucket, key: str, what: bytes | Path, *, replaces: str | None) -> str:
    """Write bytes, or those of a file, and return the object's tag. Raises BucketError, OSError.

    A client sends again what got no answer: where the first attempt did arrive, the second meets
    its own bytes, which is no conflict.
    """
    with io.BytesIO(what) if isinstance(what, bytes) else what.open("rb") as body:
        try:
            return bucket.put(key, body, replaces=replaces)
        except ConflictError:
            with TemporaryFile() as there:
                blob = bucket.get(key, there)
                body.seek(0)
                there.seek(0)
                if blob is None or digest_of(body) != digest_of(there):
                    raise
            return blob.tag
