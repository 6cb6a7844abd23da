"""One file's way over the network, over all the requests that it takes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from scrapy.http import Response

from dspguide.store.partial_file import Source, digest_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Headers

    from dspguide.store.partial_file import PartialFile

# A body begins to be kept when its first bytes look like the file that is wanted, since signals do
# not tell the status of an answer. PDF readers look for the signature this far into a file.
SIGNATURE = b"%PDF-"
SIGNATURE_WITHIN = 1024

PROGRESS = 1024
"""Bytes that an attempt must add to what was there to count as progress, not as a failure."""


def has_signature(body: bytes) -> bool:
    """Tell whether a body begins like a PDF."""
    return SIGNATURE in body[: SIGNATURE_WITHIN + len(SIGNATURE)]


@dataclass(frozen=True)
class Arrived:
    """What there is to know of a body while it waits on disk, and not in memory."""

    size: int
    sha256: str
    head: bytes
    """Its first bytes, as many as may come before a PDF's signature."""

    @classmethod
    def of(cls, body: BinaryIO) -> Arrived:
        """Read a body to its end. Raises OSError."""
        head = body.read(SIGNATURE_WITHIN + len(SIGNATURE))
        body.seek(0)
        return cls(*digest_of(body), head=head)


class BodyKind(enum.Enum):
    """What the body that is coming in is taken for."""

    NONE = enum.auto()
    FULL = enum.auto()
    PARTIAL = enum.auto()
    UNEXPECTED = enum.auto()
    """A range that was not asked for, or an encoded body: not kept."""


class Transfer:
    """Keeps the bytes of one file as they come, over all attempts, and counts them.

    It travels in the meta of the file's request, and of the requests that follow from it by
    redirect or retry, under the key `transfer`.
    """

    def __init__(self, partial: PartialFile) -> None:
        self.partial = partial
        self.digests: set[str] = set()
        """SHA-256 of complete files that came and were doubted."""
        self.attempts = 0
        self.received = 0
        self.resumed = 0
        self.error: str | None = None
        self.disk_error: OSError | None = None
        self.body_kind = BodyKind.NONE
        self.ranges_work = True
        self._best = partial.size
        self._source: Source | None = None
        self._head = b""

    def prepare(self, request: Request) -> None:
        """Make a request ask for what is not here yet."""
        self.attempts += 1
        self.body_kind = BodyKind.NONE
        # Bytes of an encoded body are not bytes of the file.
        request.headers["Accept-Encoding"] = "identity"
        request.headers.pop("Range", None)
        request.headers.pop("If-Range", None)
        partial = self.partial
        if not (self.ranges_work and partial.can_continue(request.url)):
            return
        assert partial.source is not None  # noqa: S101  # can_continue() tells so
        if partial.size == partial.source.length:
            partial.shorten()
        request.headers["Range"] = f"bytes={partial.size}-"
        request.headers["If-Range"] = partial.source.validator

    def begin(self, request: Request, headers: Headers) -> bool:
        """Decide from the headers what comes; return whether it is worth having."""
        self._head = b""
        if "Content-Range" in headers:
            fits = "Range" in request.headers and self.partial.is_continued_by(headers)
            self.body_kind = BodyKind.PARTIAL if fits else BodyKind.UNEXPECTED
            self.ranges_work = fits
            if fits:
                self.resumed += self.partial.size
                self.partial.learn_length(headers)
            else:
                self.partial.discard()
            return fits
        encoded = headers.get("Content-Encoding", b"identity") != b"identity"
        self.body_kind = BodyKind.UNEXPECTED if encoded else BodyKind.FULL
        self._source = Source.of(request.url, headers)
        return True

    def receive(self, data: bytes) -> None:
        """Keep bytes of the body. Raises OSError."""
        self.received += len(data)
        if self.body_kind is BodyKind.FULL and self._source is not None:
            self._head += data
            if has_signature(self._head):
                self.partial.begin(self._source)
                self._source, data = None, self._head
            else:
                self._head = self._head[: SIGNATURE_WITHIN + len(SIGNATURE)]
                return
        if self.body_kind is not BodyKind.UNEXPECTED:
            self.partial.append(data)

    def complete(self, response: Response) -> Response:
        """Return the response to the file, with status 200 where this was its rest.

        A file whose bytes are on disk is not kept in memory as well, where it would stay until
        the book has taken it.
        """
        self.partial.close()
        if response.status == 206 and self.body_kind is BodyKind.PARTIAL:
            headers = response.headers.copy()
            headers.pop("Content-Range", None)
            headers["Content-Length"] = str(self.partial.size)
            return _without_body(response, status=200, headers=headers)
        if response.status == 200 and self._is_kept and self.partial.size == len(response.body):
            return _without_body(response)
        return response

    def settle(self, response: Response) -> Arrived:
        """Say what came, and have the file on disk also where it was not kept as it came.

        A body that is no file of the kind that is wanted leaves what was there before alone.

        Raises OSError.
        """
        if not self._is_kept:
            if not has_signature(response.body):
                return Arrived.of(BytesIO(response.body))
            self.partial.begin(Source.of(response.url, response.headers))
            self.partial.append(response.body)
            self.partial.close()
        with self.partial.path.open("rb") as file:
            return Arrived.of(file)

    @property
    def missing(self) -> int:
        """Bytes that the server announced for what came last and that are not here.

        Less than 0 where more came than was announced, as only a rest can.
        """
        source = self.partial.source if self._is_kept else None
        return source.length - self.partial.size if source and source.length else 0

    @property
    def may_go_on(self) -> bool:
        """Whether what came may be a beginning whose rest can be had: no length was announced."""
        source = self.partial.source
        return bool(source and source.length is None and source.validator and self.ranges_work)

    @property
    def _is_kept(self) -> bool:
        """Whether the partial file is of the answer that came last."""
        whole = self.body_kind is BodyKind.FULL and self._source is None
        return whole or self.body_kind is BodyKind.PARTIAL

    def progressed(self) -> bool:
        """Tell whether more is here than after any attempt before; call once an attempt."""
        if not self.partial.source or not self.partial.source.validator:
            return False  # nothing to go on from
        gained = self.partial.size - self._best
        self._best = max(self._best, self.partial.size)
        return gained >= PROGRESS


def _without_body(response: Response, **changes: Any) -> Response:
    """Return the response to a file without its bytes.

    Not by ``replace()``: Scrapy takes PDFs that begin with text for text, and that would guess
    their encoding from all of their bytes, 0.10 s of CPU for the seven such files of a book of 34:
    6 % of what the crawl's own process takes.
    """
    attributes = {name: getattr(response, name) for name in Response.attributes}
    return Response(**(attributes | {"body": b""} | changes))
