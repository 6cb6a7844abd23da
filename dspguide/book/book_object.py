"""A book in object storage, with its manifest beside it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dspguide.book.manifest import Manifest
from dspguide.store.files import decode_as, json_bytes
from dspguide.store.objects.bucket import read_bytes, write

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.store.objects.bucket import Bucket


class BookObject:
    """Reads what is there, and replaces just that: a run that was overtaken replaces nothing."""

    def __init__(self, bucket: Bucket, key: str, manifest_key: str) -> None:
        self._bucket, self._key, self._manifest_key = bucket, key, manifest_key
        self._tags: tuple[str | None, str | None] | None = None
        """Of the book and the manifest that are there, once they were looked at."""

    @property
    def is_known(self) -> bool:
        """Whether look() has said what is there."""
        return self._tags is not None

    def look(self) -> tuple[Manifest | None, bool]:
        """Return the manifest that is there, and whether its book is, as it was sent.

        Raises BucketError.
        """
        found = read_bytes(self._bucket, self._manifest_key)
        blob = self._bucket.head(self._key)
        self._tags = blob.tag if blob else None, found[1].tag if found else None
        manifest = decode_as(Manifest, found[0]) if found else None
        intact = manifest is not None and blob is not None and blob.tag == manifest.book.sent_tag
        return manifest, intact

    def send(self, path: Path, manifest: Manifest) -> None:
        """Put a book there and, noting in it the book's tag, its manifest.

        Raises BucketError, OSError.
        """
        if self._tags is None:
            self.look()
        assert self._tags is not None  # noqa: S101  # look() noted them
        old_book, old_manifest = self._tags
        tag = write(self._bucket, self._key, path, replaces=old_book)
        manifest.book.sent_tag = tag
        data = json_bytes(manifest)
        tag_of_manifest = write(self._bucket, self._manifest_key, data, replaces=old_manifest)
        self._tags = tag, tag_of_manifest

    def send_beside(self, path: Path) -> None:
        """Put a file there, under the book's name and with its own extension.

        Raises BucketError, OSError.
        """
        key = str(PurePosixPath(self._key).with_suffix(path.suffix))
        blob = self._bucket.head(key)
        write(self._bucket, key, path, replaces=blob.tag if blob else None)
