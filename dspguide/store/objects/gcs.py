"""Google Cloud Storage, with the settings that Scrapy's own storages have for it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from dspguide.store.objects.bucket import Blob, BucketError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.settings import BaseSettings


class GCSBucket:
    """A bucket of Google's; the tag of an object is its generation."""

    def __init__(self, bucket: str, settings: BaseSettings, *, acl: str | None = None) -> None:
        self.name = f"gs://{bucket}"
        self._acl = acl or None
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT") or None
        self._project, self._name = settings["GCS_PROJECT_ID"], bucket

    @cached_property
    def _bucket(self) -> Any:
        from google.cloud import storage  # noqa: PLC0415  # only who stores there has it

        return storage.Client(project=self._project).bucket(self._name)

    def get(self, key: str, into: BinaryIO) -> Blob | None:
        with self._errors(key):
            blob = self._bucket.get_blob(key, timeout=self._timeout)
            if blob is None:
                return None
            # Of that generation: what is written meanwhile has another tag.
            blob.download_to_file(into, if_generation_match=blob.generation, timeout=self._timeout)
            return _blob(blob)

    def put(self, key: str, body: BinaryIO, *, replaces: str | None) -> str:
        with self._errors(key):
            blob = self._bucket.blob(key)
            blob.upload_from_file(
                body,
                rewind=True,
                predefined_acl=self._acl,
                if_generation_match=int(replaces or 0),  # 0: no such object
                timeout=self._timeout,
            )
            return str(blob.generation)

    def head(self, key: str) -> Blob | None:
        with self._errors(key):
            blob = self._bucket.get_blob(key, timeout=self._timeout)
            return None if blob is None else _blob(blob)

    def list(self, prefix: str) -> dict[str, Blob]:
        with self._errors(prefix):
            found = self._bucket.list_blobs(prefix=prefix, timeout=self._timeout)
            return {blob.name: _blob(blob) for blob in found}

    def delete(self, key: str) -> None:
        from google.api_core.exceptions import NotFound  # noqa: PLC0415  # optional

        with self._errors(key), suppress(NotFound):
            self._bucket.delete_blob(key, timeout=self._timeout)

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        from google.api_core.exceptions import GoogleAPICallError, PreconditionFailed  # noqa: PLC0415  # optional
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # optional
        from requests.exceptions import RequestException  # noqa: PLC0415  # it comes with them

        try:
            yield
        except PreconditionFailed as error:
            raise ConflictError(self.name, key) from error
        except (GoogleAPICallError, GoogleAuthError, RequestException) as error:
            raise BucketError(self.name, str(error)) from error


def _blob(blob: Any) -> Blob:
    age = (datetime.now(tz=timezone.utc) - blob.updated).total_seconds()
    return Blob(str(blob.generation), blob.size, max(age, 0.0))
