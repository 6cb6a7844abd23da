"""S3 and what speaks like it, and Google's: with the settings that Scrapy's own storages have."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, BinaryIO

from scrapy.settings import BaseSettings

from dspguide.store.bucket import Blob, BucketError, ConflictError

_CONNECT_TIMEOUT = 10  # seconds
_PIECE = 1 << 17
_LIBRARIES = ("boto3", "botocore", "s3transfer", "urllib3")
_NOT_THERE = {"404", "NoSuchKey"}
_CHANGED = {"412", "PreconditionFailed", "ConditionalRequestConflict"}
_FORBIDDEN = {"403", "AccessDenied", "Forbidden"}
_ELSEWHERE = {"301", "PermanentRedirect", "AuthorizationHeaderMalformed"}


class S3Bucket:
    """A bucket of S3."""

    def __init__(
        self,
        bucket: str,
        settings: BaseSettings,
        *,
        acl: str | None = None,
        key: str | None = None,
        secret: str | None = None,
    ) -> None:
        """Take who asks from the settings, unless the URI had `key` and `secret` in it.

        An `acl` is given to each object that is written.
        """
        self.name = f"s3://{bucket}"
        self._bucket, self._settings, self._keys = bucket, settings, (key, secret)
        # "private" is what objects are anyway; buckets without ACLs refuse the word.
        self._extra = {"ACL": acl} if acl not in {None, "", "private"} else {}

    @cached_property
    def _client(self) -> Any:
        import boto3.session  # noqa: PLC0415  # only who stores there has it
        from botocore.config import Config  # noqa: PLC0415  # optional

        for library in _LIBRARIES:
            # At DEBUG they log what signs a request, at INFO where the keys were found.
            logging.getLogger(library).setLevel(logging.WARNING)
        settings, (key, secret) = self._settings, self._keys
        return boto3.session.Session().client(
            "s3",
            aws_access_key_id=key or settings["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or settings["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=settings["AWS_SESSION_TOKEN"],
            endpoint_url=settings["AWS_ENDPOINT_URL"] or None,
            region_name=settings["AWS_REGION_NAME"] or None,
            use_ssl=_flag(settings, "AWS_USE_SSL"),
            verify=_flag(settings, "AWS_VERIFY"),
            config=Config(
                max_pool_connections=settings.getint("AWS_MAX_POOL_CONNECTIONS") or 16,
                connect_timeout=_CONNECT_TIMEOUT,
                read_timeout=settings.getfloat("DOWNLOAD_TIMEOUT") or None,
            ),
        )

    def get(self, key: str, into: BinaryIO) -> Blob | None:
        with self._errors(key):
            answer = self._call("get_object", key)
            if answer is None:
                return None
            into.writelines(answer["Body"].iter_chunks(_PIECE))
            return _s3_blob(answer)

    def put(self, key: str, body: BinaryIO, *, replaces: str | None) -> str:
        condition = {"IfNoneMatch": "*"} if replaces is None else {"IfMatch": replaces}
        answer = self._call("put_object", key, Body=body, **condition, **self._extra)
        if answer is None:  # what was to be replaced is gone
            raise ConflictError(self.name, key)
        return str(answer["ETag"])

    def head(self, key: str) -> Blob | None:
        answer = self._call("head_object", key)
        return None if answer is None else _s3_blob(answer)

    def list(self, prefix: str) -> dict[str, Blob]:
        with self._errors(prefix):
            pages = self._client.get_paginator("list_objects_v2")
            return {
                one["Key"]: Blob(one["ETag"], one["Size"])
                for page in pages.paginate(Bucket=self._bucket, Prefix=prefix)
                for one in page.get("Contents", ())
            }

    def delete(self, key: str) -> None:
        self._call("delete_object", key)

    def _call(self, method: str, key: str, **more: Any) -> dict[str, Any] | None:
        """Return S3's answer; None where there is no such object. Raises BucketError."""
        try:
            with self._errors(key):
                call = getattr(self._client, method)
                answer: dict[str, Any] = call(Bucket=self._bucket, Key=key, **more)
                return answer
        except _NotThereError:
            return None

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        from botocore import exceptions  # noqa: PLC0415  # optional

        try:
            yield
        except exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _CHANGED:
                raise ConflictError(self.name, key) from error
            why = str(error.response["Error"].get("Message") or code).strip().rstrip(".")
            if code in _ELSEWHERE:
                why += "; set AWS_REGION_NAME to the bucket's region"
            elif code in _FORBIDDEN:
                why += f": {error.operation_name} of {key} is not allowed with these credentials"
            kind = _NotThereError if code in _NOT_THERE else BucketError
            raise kind(self.name, why) from error
        except exceptions.NoCredentialsError as error:
            why = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"
            raise BucketError(self.name, why) from error
        # ValueError: an endpoint that is no URL.
        except (exceptions.BotoCoreError, ValueError) as error:
            raise BucketError(self.name, str(error)) from error


class _NotThereError(BucketError):
    """Raised where there is no such object."""


def _flag(settings: BaseSettings, name: str) -> bool | None:
    return None if settings[name] is None else settings.getbool(name)


def _s3_blob(answer: dict[str, Any]) -> Blob:
    sent = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    # Both times are the server's: clocks of other machines do not matter.
    age = (parsedate_to_datetime(sent) - answer["LastModified"]).total_seconds() if sent else 0.0
    return Blob(answer["ETag"], answer["ContentLength"], max(age, 0.0))


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
            return _google_blob(blob)

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
            return None if blob is None else _google_blob(blob)

    def list(self, prefix: str) -> dict[str, Blob]:
        with self._errors(prefix):
            found = self._bucket.list_blobs(prefix=prefix, timeout=self._timeout)
            return {blob.name: _google_blob(blob) for blob in found}

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


def _google_blob(blob: Any) -> Blob:
    age = (datetime.now(tz=timezone.utc) - blob.updated).total_seconds()
    return Blob(str(blob.generation), blob.size, max(age, 0.0))
