"""Sends files to another system, by the storages that Scrapy's feeds use."""

from __future__ import annotations

import ftplib
import posixpath
import shutil
from contextlib import closing
from pathlib import PurePosixPath
from ssl import create_default_context
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from scrapy.extensions.feedexport import FTPFeedStorage, GCSFeedStorage, S3FeedStorage
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.ftp import ftp_makedirs_cwd
from scrapy.utils.misc import build_from_crawler, load_object

from dspguide.book.book_object import BookObject
from dspguide.errors import BadArgumentError, UploadError
from dspguide.store.location import check_library, open_bucket
from dspguide.urls import SECRET, masked

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from typing_extensions import Self

_OBJECTS = {S3FeedStorage: "s3", GCSFeedStorage: "gs"}


def sibling(uri: str, suffix: str) -> str:
    """Return the URI of the file beside another one that differs in its extension."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(path=str(PurePosixPath(parts.path).with_suffix(suffix))))


def check_uploadable(uri: str, storage: str | type) -> None:
    """Find out without the network whether files can be sent to a URI by a feed storage.

    Raises BadArgumentError.
    """
    setting = f"BOOK_URI={masked(uri)}"
    try:
        host, _ = urlsplit(uri).hostname, urlsplit(uri).port
    except ValueError as error:
        raise BadArgumentError(
            f"{setting}: it cannot be read; write / # @ : in a user's name or password as "
            "%2F %23 %40 %3A"
        ) from error
    try:
        kind = load_object(storage)
    except (ImportError, NameError, ValueError) as error:
        raise BadArgumentError(f"{setting}: FEED_STORAGES has {storage} for it: {error}") from error
    if kind in {FTPFeedStorage, *_OBJECTS} and not host:
        raise BadArgumentError(f"{setting}: it names no host or bucket")
    if kind in _OBJECTS:
        check_library(_OBJECTS[kind], setting)


def book_object(uri: str, storage: str | type, settings: BaseSettings) -> BookObject | None:
    """Return the book in a bucket that a URI names; None for storages of another kind."""
    kind = _OBJECTS.get(load_object(storage))
    if kind is None:
        return None
    parts = urlsplit(uri)
    acl = settings["FEED_STORAGE_S3_ACL" if kind == "s3" else "FEED_STORAGE_GCS_ACL"]
    bucket = open_bucket(
        kind, str(parts.hostname), settings, acl=acl, key=parts.username, secret=parts.password
    )
    path = parts.path.lstrip("/")
    return BookObject(bucket, path, str(PurePosixPath(path).with_suffix(".json")))


async def upload_file(path: Path, uri: str, storage: str | type, crawler: Crawler) -> None:
    """Send a file to a URI by a feed storage, a class or its import path. Raises UploadError."""
    kind = load_object(storage)
    if kind is FTPFeedStorage:
        kind = WholeFileFTPStorage
    try:
        options = {"overwrite": True}
        store = build_from_crawler(kind, crawler, uri, feed_options=options)
        file = store.open(crawler.spider)
        with path.open("rb") as source:
            await run_in_thread(shutil.copyfileobj, source, file)
        await ensure_awaitable(store.store(file))
    except Exception as error:  # each storage has errors of its own
        raise UploadError(f"{masked(uri)} could not be written: {_why(error, uri)}") from error


class WholeFileFTPStorage(FTPFeedStorage):
    """Keeps the file that was there until the new one has arrived as a whole.

    Scrapy's own writes over it, so that a transfer which breaks off destroys it, and waits for a
    silent server for ever.
    """

    timeout: float | None = None
    """Seconds for which the server may be silent."""

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None
    ) -> Self:
        storage = super().from_crawler(crawler, uri, feed_options=feed_options)
        storage.timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT") or None
        return storage

    def _store_in_thread(self, file: IO[bytes]) -> None:
        folder, name = posixpath.split(self.path)
        new = f"{name}.new"
        with closing(file), self._connect() as ftp:
            file.seek(0)
            ftp_makedirs_cwd(ftp, folder)
            ftp.storbinary(f"STOR {new}", file)
            try:
                ftp.rename(new, name)
            except ftplib.error_perm:
                # RFC 959 leaves open what happens to a file of that name; some servers refuse.
                ftp.delete(name)
                ftp.rename(new, name)

    def _connect(self) -> ftplib.FTP:
        secure = ftplib.FTP_TLS(context=create_default_context()) if self.tls else None  # noqa: S321  # BOOK_URI asks for it
        ftp = secure or ftplib.FTP()  # noqa: S321  # BOOK_URI asks for it
        try:
            if self.timeout:
                ftp.timeout = self.timeout
            ftp.connect(self.host, self.port)
            ftp.login(self.username, self.password)
            if secure is not None:
                secure.prot_p()
            ftp.set_pasv(not self.use_active_mode)
        except BaseException:
            ftp.close()
            raise
        return ftp


def _why(error: Exception, uri: str) -> str:
    """Return what an error says, in one line that holds no password."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    found = SECRET.search(uri)
    for secret in (found[2], unquote(found[2])) if found else ():
        text = text.replace(secret, "***") if secret else text
    return " ".join(masked(text).split()).rstrip(".")
