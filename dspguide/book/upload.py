"""A book's copy on another system, sent by the storages that Scrapy's feeds use."""

from __future__ import annotations

import ftplib
import logging
import posixpath
import shutil
from contextlib import closing, suppress
from pathlib import PurePosixPath
from ssl import create_default_context
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from scrapy.extensions.feedexport import FTPFeedStorage, GCSFeedStorage, S3FeedStorage
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.ftp import ftp_makedirs_cwd
from scrapy.utils.misc import build_from_crawler, load_object

from dspguide.book.manifest import Manifest
from dspguide.errors import BadArgumentError, UploadError
from dspguide.store.bucket import BucketError, read_bytes, write
from dspguide.store.files import decode_as, write_json
from dspguide.store.location import check_library, open_bucket
from dspguide.urls import SECRET, masked

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from typing_extensions import Self

    from dspguide.store.bucket import Bucket

_OBJECTS = {S3FeedStorage: "s3", GCSFeedStorage: "gs"}

logger = logging.getLogger("dspguide")


def open_copy(uri: str, storage: str | type, settings: BaseSettings) -> Copy:
    """Return the copy at a URI, by a feed storage or its import path, without a word to it yet.

    Raises BadArgumentError where nothing can be sent there.
    """
    setting = f"BOOK_URI={masked(uri)}"
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
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
    if kind not in _OBJECTS:
        return Copy(uri, WholeFileFTPStorage if kind is FTPFeedStorage else kind)
    scheme = _OBJECTS[kind]
    check_library(scheme, setting)
    acl = settings["FEED_STORAGE_S3_ACL" if scheme == "s3" else "FEED_STORAGE_GCS_ACL"]
    bucket = open_bucket(
        scheme, str(host), settings, acl=acl, key=parts.username, secret=parts.password
    )
    return ObjectCopy(uri, kind, bucket)


class Copy:
    """The copy on a system of which nobody can tell what is there."""

    def __init__(self, uri: str, storage: type) -> None:
        self.name = masked(uri)
        """Its URI without a password."""
        self._uri, self._storage = uri, storage

    def look(self, known: Manifest | None, *, intact: bool) -> tuple[Manifest | None, bool]:
        """Return the manifest that is there, and whether its book is unharmed.

        Where nobody can tell, it is what this machine knows.
        """
        return known, intact

    async def send(self, book: Path, manifest: Manifest, crawler: Crawler, work: Path) -> None:
        """Send a book, and then its manifest, by way of a folder. Raises UploadError, OSError."""
        manifest.book.sent_tag = await self._send(book, self._uri, crawler)
        record = Manifest.path_for(work / book.name)
        write_json(record, manifest)
        await self.send_beside(record, crawler)

    async def send_beside(self, path: Path, crawler: Crawler) -> str:
        """Send a file of another extension to where the book was sent, and return its URI there.

        Raises UploadError.
        """
        uri = self._beside(path.suffix)
        await self._send(path, uri, crawler)
        return masked(uri)

    async def _send(self, path: Path, uri: str, crawler: Crawler) -> str | None:
        """Send a file; return what the other system calls its bytes. Raises UploadError."""
        try:
            return await self._store(path, uri, crawler)
        except UploadError:
            raise
        except Exception as error:  # each storage has errors of its own
            raise UploadError(f"{masked(uri)} could not be written: {_why(error, uri)}") from error

    async def _store(self, path: Path, uri: str, crawler: Crawler) -> str | None:
        options = {"overwrite": True}
        storage = build_from_crawler(self._storage, crawler, uri, feed_options=options)
        file = storage.open(crawler.spider)
        with path.open("rb") as source:
            await run_in_thread(shutil.copyfileobj, source, file)
        await ensure_awaitable(storage.store(file))
        return None

    def _beside(self, suffix: str) -> str:
        """Return the URI of the file beside the book that differs in its extension."""
        parts = urlsplit(self._uri)
        name = PurePosixPath(parts.path).with_suffix(suffix)
        return urlunsplit(parts._replace(path=str(name)))


class ObjectCopy(Copy):
    """The copy in an object storage; a run that was overtaken there replaces nothing."""

    def __init__(self, uri: str, storage: type, bucket: Bucket) -> None:
        super().__init__(uri, storage)
        self._bucket = bucket
        self._known: Manifest | None = None
        self._tags: dict[str, str | None] = {}
        """Of the book and the manifest that are there, by URI, once they were looked at."""

    def look(self, known: Manifest | None, *, intact: bool) -> tuple[Manifest | None, bool]:
        self._known = known
        try:
            return self._look()
        except BucketError as error:
            logger.info("It is not known which book is there: %s", error)
            return known, intact

    def _look(self) -> tuple[Manifest | None, bool]:
        record = self._beside(".json")
        found = read_bytes(self._bucket, _key(record))
        blob = self._bucket.head(_key(self._uri))
        self._tags = {self._uri: blob and blob.tag, record: found and found[1].tag}
        manifest = decode_as(Manifest, found[0]) if found else None
        intact = manifest is not None and blob is not None and blob.tag == manifest.book.sent_tag
        return manifest, intact

    async def _store(self, path: Path, uri: str, crawler: Crawler) -> str:  # noqa: ARG002  # see Copy
        return await run_in_thread(self._replace, path, uri)

    def _replace(self, path: Path, uri: str) -> str:
        if not self._tags:  # the bucket could not be asked when the run began
            there, _ = self._look()
            known = self._known
            if there and (known is None or known.book.sha256 != there.book.sha256):
                raise UploadError(
                    f"{self.name} was not written: there is a book which could not be looked at "
                    "when this run began"
                )
        if uri not in self._tags:
            blob = self._bucket.head(_key(uri))
            self._tags[uri] = blob and blob.tag
        return write(self._bucket, _key(uri), path, replaces=self._tags[uri])


def _key(uri: str) -> str:
    return urlsplit(uri).path.lstrip("/")


def _why(error: Exception, uri: str) -> str:
    """Return what an error says, in one line that holds no password."""
    said = (getattr(error, name, None) for name in ("why", "strerror"))
    text = next(filter(None, said), None) or str(error) or type(error).__name__
    found = SECRET.search(uri)
    for secret in (found[2], unquote(found[2])) if found else ():
        text = text.replace(secret, "***") if secret else text
    return " ".join(masked(text).split()).rstrip(".")


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
        with closing(file), closing(self._ftp()) as ftp:
            ftp.connect(self.host, self.port)
            ftp.login(self.username, self.password)
            if isinstance(ftp, ftplib.FTP_TLS):
                ftp.prot_p()
            ftp.set_pasv(not self.use_active_mode)
            file.seek(0)
            ftp_makedirs_cwd(ftp, folder)
            ftp.storbinary(f"STOR {new}", file)
            try:
                ftp.rename(new, name)
            except ftplib.error_perm:
                # RFC 959 leaves open what happens to a file of that name; some servers refuse.
                ftp.delete(name)
                ftp.rename(new, name)
            with suppress(OSError, EOFError):  # all that was asked for is done
                ftp.quit()

    def _ftp(self) -> ftplib.FTP:  # BOOK_URI asks for what is not safe
        if self.tls:
            return ftplib.FTP_TLS(context=create_default_context(), timeout=self.timeout)  # noqa: S321
        return ftplib.FTP(timeout=self.timeout)  # noqa: S321
