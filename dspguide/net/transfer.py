"""One file's way over the network, over all the requests that it takes."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from dspguide.errors import FetchError, StoreError, UnavailableError
from dspguide.store.files import digest_of
from dspguide.store.partial_file import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy import Request
    from scrapy.http import Headers, Response

    from dspguide.store.partial_file import PartialFile

# A body begins to be kept when its first bytes look like the file that is wanted. PDF readers look
# for the signature this far into a file.
SIGNATURE = b"%PDF-"
_HEAD = 1024 + len(SIGNATURE)

_PROGRESS = 1024  # bytes that an attempt must add for it not to count as a failure
_PAGE_MOST = 4 << 20  # bytes of a body that is no PDF, but a page in its place, kept in memory

TOO_LARGE = "it is larger than DOWNLOAD_MAXSIZE allows"

_DECODED = {b"gzip", b"x-gzip", b"deflate"}
_ZLIB_OR_GZIP = 47  # zlib's word for: look which of the two it is
_PIECE = 1 << 20


def has_signature(body: bytes) -> bool:
    """Tell whether a body begins like a PDF."""
    return SIGNATURE in body[:_HEAD]


class Arrived(NamedTuple):
    """What there is to know of a body while it waits on disk, and not in memory."""

    size: int
    sha256: str
    head: bytes
    """Its first bytes, as many as may come before a PDF's signature."""


class Transfer:
    """Keeps the bytes of one file as they come, over all attempts, and counts them.

    It travels in the meta of the file's request, and of the requests that follow from it by
    redirect or retry, under the key `transfer`. What the disk does not take raises StoreError.
    """

    def __init__(self, partial: PartialFile, url: str, most: int = 0) -> None:
        """Take where the file is asked for first, and how many bytes it may have; 0 for any."""
        self.partial = partial
        self.digests: set[str] = set()
        """SHA-256 of complete files that came and were doubted."""
        self.attempts = 0
        self.received = 0
        self.resumed = 0
        self.error: str | None = None
        self.failure: Exception | None = None
        """Why what comes cannot be kept."""
        self.status: int | None = None
        """Of the answer whose body is coming in."""
        self.is_kept = False
        """Whether the body that came last, or is coming in, goes to the partial file."""
        self.ranges_work = True
        self._url = url
        self._most = most
        self._best = partial.size
        self._source: Source | None = None
        """Of a whole body whose first bytes are still to show that it is a PDF."""
        self._decoder: zlib._Decompress | None = None
        self._head = b""
        self._overlap = 0
        self._unkept = 0

    def prepare(self, request: Request) -> None:
        """Make a request ask for what is not here yet. Raises UnavailableError for too much."""
        self.attempts += 1
        self.is_kept, self.failure, self.status = False, None, None
        # Bytes of an encoded body are not bytes of the file.
        request.headers["Accept-Encoding"] = "identity"
        request.headers.pop("Range", None)
        request.headers.pop("If-Range", None)
        partial = self.partial
        with self._disk():
            self._check_size()
            if not (self.ranges_work and partial.can_continue(self._url)):
                return
            assert partial.source is not None  # noqa: S101  # can_continue() tells so
            if partial.size == partial.source.length:
                partial.shorten()
        request.headers["Range"] = f"bytes={partial.size}-"
        request.headers["If-Range"] = partial.source.validator

    def begin(self, request: Request, headers: Headers) -> bool:
        """Decide from status and headers what comes; return whether it is worth having.

        It is not where it is a range that was not asked for, or encoded in a way that was not.
        """
        self._head, self._unkept, self._decoder, self._source = b"", 0, None, None
        whole = self.partial.is_whole(headers)
        if not whole and (self.status == 206 or "Content-Range" in headers):
            return self.status == 416 or self._begin_rest(request, headers)
        if self.status not in {200, 206, None}:
            return True
        encoded = (headers.get("Content-Encoding") or b"identity").strip().lower()
        source = Source.of(self._url, headers)
        if encoded in _DECODED:
            self._decoder = zlib.decompressobj(_ZLIB_OR_GZIP)
            source = replace(source, length=None)
        elif encoded != b"identity":
            return False
        self._source, self._overlap = source, 0
        return True

    def _begin_rest(self, request: Request, headers: Headers) -> bool:
        overlap = self.partial.overlap(headers) if "Range" in request.headers else None
        self.ranges_work = self.is_kept = overlap is not None
        if overlap is None:
            self.partial.discard()
            return False
        self._overlap = overlap
        self.resumed += self.partial.size
        self.partial.learn_length(headers)
        return True

    def receive(self, data: bytes) -> None:
        """Keep bytes of the body. Raises FetchError."""
        self.received += len(data)
        with self._disk():
            if self._decoder is None:
                self._keep(data)
                return
            try:
                while data and not self._decoder.eof:
                    self._keep(self._decoder.decompress(data, _PIECE))
                    data = self._decoder.unconsumed_tail
            except zlib.error as error:
                raise FetchError(f"it cannot be decoded: {error}") from error

    def _keep(self, data: bytes) -> None:
        if self._source is not None:
            self._head += data
            if has_signature(self._head):
                self.partial.begin(self._source)
                data, self._head, self._source, self.is_kept = self._head, b"", None, True
            else:
                self._head = self._head[:_HEAD]
        if not self.is_kept:
            self._unkept += len(data)
            if self._unkept > _PAGE_MOST:
                raise UnavailableError(
                    f"the file is no PDF, and goes on after {_PAGE_MOST >> 20} MB: it begins with "
                    f"{self._head[:24]!r}"
                )
            return
        dropped = min(self._overlap, len(data))
        self._overlap -= dropped
        self.partial.append(data[dropped:])
        self._check_size()

    def _check_size(self) -> None:
        # Scrapy counts the bytes of one answer as they are sent, and a file may come in many.
        if 0 < self._most < self.partial.size:
            self.partial.discard()
            raise UnavailableError(TOO_LARGE)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = f"{self.partial.path} cannot be written: {error.strerror or error}."
            raise StoreError(what) from error

    def complete(self, response: Response) -> Response:
        """Return the response to the file, with status 200 where this was its rest.

        A file whose bytes are on disk is not kept in memory as well.
        """
        with self._disk():
            self.partial.close()
        if not self.is_kept:
            return response
        headers = response.headers.copy()
        for name in ("Content-Range", "Content-Encoding"):
            headers.pop(name, None)
        headers["Content-Length"] = str(self.partial.size)
        if self._decoder is not None and self._decoder.eof:
            self.partial.end()
        return response.replace(status=200, body=b"", headers=headers)

    def start_over(self) -> None:
        """Have the whole file asked for next."""
        self.ranges_work = False
        self.partial.discard()

    def settle(self, response: Response) -> Arrived:
        """Say what came; what is no file of the kind that is wanted leaves what was there alone.

        Raises OSError.
        """
        with self.partial.path.open("rb") if self.is_kept else BytesIO(response.body) as body:
            head = body.read(_HEAD)
            body.seek(0)
            return Arrived(*digest_of(body), head)

    @property
    def to_come(self) -> int:
        """Bytes of the file that are not here, as far as the partial file tells, else 0."""
        source = self.partial.source
        return source.length - self.partial.size if source and source.length else 0

    @property
    def missing(self) -> int:
        """Bytes that the server announced for what came last and that are not here.

        Less than 0 where more came than was announced, as only a rest can.
        """
        return self.to_come if self.is_kept else 0

    @property
    def may_go_on(self) -> bool:
        """Whether what came may be a beginning whose rest can be had: no length was announced."""
        source = self.partial.source
        return bool(source and source.length is None and source.validator and self.ranges_work)

    def progressed(self) -> bool:
        """Tell whether more is here than after any attempt before; call once an attempt."""
        if not self.partial.source or not self.partial.source.validator:
            return False  # nothing to go on from
        gained = self.partial.size - self._best
        self._best = max(self._best, self.partial.size)
        return gained >= _PROGRESS
