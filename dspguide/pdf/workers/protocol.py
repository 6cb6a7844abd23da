"""What goes between the bindery and its worker processes: typed messages in MessagePack.

A worker reads files that anybody may have made, so nothing that it says is more than data: a
message of another shape than those here is an error, and so is one that is larger than may be.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import msgspec

from dspguide.pdf.model import (  # noqa: TC001 - msgspec looks for them here
    ChapterPlan,
    Limits,
    PreparedChapter,
)
from dspguide.pdf.spool import LARGE, Spool

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH = 8  # bytes that say how long a message is
_LARGEST_REQUEST = 1 << 26  # bytes: a plan of 100,000 sections has fewer


class Warm(msgspec.Struct, tag=True, frozen=True):
    """Load what is needed, and take on the limit of memory; answered by Ready."""

    limits: Limits


class Prepare(msgspec.Struct, tag=True, frozen=True):
    """Prepare a chapter; answered by Prepared, Refused or Failed. ``source`` is an encoded path."""

    source: bytes
    plan: ChapterPlan
    position: int
    limits: Limits
    find_references: bool = True


class Ready(msgspec.Struct, tag=True, frozen=True):
    """The worker can be given chapters."""


class Prepared(msgspec.Struct, tag=True, frozen=True):
    """A chapter. Its large streams follow the message, ``large`` are their places and lengths."""

    chapter: PreparedChapter
    large: tuple[tuple[int, int], ...] = ()


class Refused(msgspec.Struct, tag=True, frozen=True):
    """The chapter's file is no good: a RejectedChapter."""

    reason: str
    detail: str


class Failed(msgspec.Struct, tag=True, frozen=True):
    """Something else is no good: the file could not be read, or the program has a fault."""

    detail: str


Request = Warm | Prepare
Reply = Ready | Prepared | Refused | Failed

_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


class ProtocolError(Exception):
    """Raised by receive_reply() for what no worker of ours would say."""


def send_request(pipe: IO[bytes], request: Request) -> None:
    """Ask a worker. Raises OSError where it is gone, UnicodeEncodeError for half a character."""
    _send(pipe, request)


def receive_request(pipe: IO[bytes]) -> Request:
    """Read a request; EOFError when the parent is gone."""
    return _requests.decode(_receive(pipe, _LARGEST_REQUEST))


def send_reply(pipe: IO[bytes], reply: Reply) -> None:
    """Answer the parent; takes the large streams out of a chapter, to copy them no more."""
    streams: list[bytes] = []
    if isinstance(reply, Prepared):
        large = []
        for place, item in enumerate(reply.chapter.frozen.objects):
            if isinstance(item.stream, bytes) and len(item.stream) >= LARGE:
                large.append((place, len(item.stream)))
                streams.append(item.stream)
                item.stream = None
        reply = Prepared(reply.chapter, tuple(large))
    _send(pipe, reply, streams)


def receive_reply(pipe: IO[bytes], spool: Spool, most: int) -> Reply:
    """Read a reply of at most ``most`` bytes, its large streams into the spool.

    Raises EOFError when the worker is gone, ProtocolError, OSError of the spool.
    """
    try:
        reply = _replies.decode(_receive(pipe, most))
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"its answer makes no sense: {error}") from error
    if isinstance(reply, Prepared):
        _check(reply.chapter)
        objects = reply.chapter.frozen.objects
        if sum(length for _, length in reply.large) > most:
            raise ProtocolError("its answer is too long")
        for place, length in reply.large:
            if not 0 <= place < len(objects) or length < 0:
                raise ProtocolError("its answer has a stream of no object")
            objects[place].stream = spool.take(pipe, length)
    return reply


def _send(pipe: IO[bytes], message: Request | Reply, streams: Sequence[bytes] = ()) -> None:
    body = msgspec.msgpack.encode(message)
    for piece in (len(body).to_bytes(_LENGTH, "big"), body, *streams):
        pipe.write(piece)
    pipe.flush()


def _receive(pipe: IO[bytes], most: int) -> bytes:
    head = pipe.read(_LENGTH)
    length = int.from_bytes(head, "big")
    if len(head) == _LENGTH and length > most:
        raise ProtocolError("its answer is too long")
    body = pipe.read(length)
    if len(head) < _LENGTH or len(body) < length:
        raise EOFError
    return body


def _check(chapter: PreparedChapter) -> None:
    """Raise ProtocolError where the binder would stumble over what is not there."""
    frozen, naming, pages = chapter.frozen, chapter.naming, chapter.pages
    places = [
        *(place for item in frozen.objects for place in item.references),
        *(place for own in frozen.annotations for place in own),
        *(*frozen.layers.all, *frozen.layers.off, *frozen.intents),
    ]
    indexes = [
        *(caption.page_index for caption in naming.captions),
        *(mention.page_index for mention in naming.mentions),
        *(section.page_index for section in chapter.sections),
    ]
    sound = (
        0 < pages <= len(frozen.objects)
        and pages == len(chapter.labels) == len(frozen.annotations)
        and len(chapter.plan.sections) in (0, len(chapter.sections))
        and len(naming.corners) in (0, pages)
        and all(0 <= index < pages for index in indexes)
        and all(0 <= place < len(frozen.objects) for place in places)
        and {0, *(section.page_index for section in chapter.sections)} <= chapter.corners.keys()
        and all(
            len(item.parts) == len(item.references) + 1
            and isinstance(item.stream, (bytes, type(None)))
            for item in frozen.objects
        )
    )
    if not sound:
        raise ProtocolError("its answer contradicts itself")
