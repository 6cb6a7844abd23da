"""Freezing objects: turned into bytes once, numbered when the book is written.

A chapter is bound when it arrives, which is in no fixed order, but the book's bytes must not
show that. So objects are kept as bytes with gaps where object numbers go, each with a digest of
all it says and refers to. Equal digests are equal objects, all the way down, so one pass over
the digests finds every identical object of the book.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from pypdf import PageObject
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NullObject,
    PdfObject,
    StreamObject,
)

from dspguide.pdf.syntax import NUMBERS, PACKED_NUMBERS
from dspguide.pdf.writer import annotations_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Stands among ``Frozen.references`` for the node of the page tree above a page.
PARENT = -1
_DIGEST_BYTES = 16


@dataclass(slots=True)
class Frozen:
    """An object as bytes: ``parts`` with a reference between each two of them.

    ``references`` are places in ``Freezer.objects``, or PARENT. ``stream`` is None for an object
    that is no stream.
    """

    digest: bytes
    parts: Sequence[bytes] = ()
    references: Sequence[int] = ()
    stream: bytes | None = None


@dataclass
class Batch:
    """The objects of one chapter, by their place in ``Freezer.objects``, in a fixed order."""

    name: str
    places: list[int] = field(default_factory=list)


class Freezer:
    """Freezes pages and all that they refer to."""

    def __init__(self) -> None:
        self.objects: list[Frozen] = []
        self._place_of: dict[int, int] = {}  # by object number in pypdf's writer
        self._open: set[int] = set()
        self._first_of: dict[bytes, Frozen] = {}  # by digest

    def begin(self, name: str, pages: Sequence[PageObject]) -> Batch:
        """Make places for the pages of a chapter, before anything refers to them.

        A page is never the same as another one; ``name`` keeps those of chapters apart.
        """
        batch = Batch(name)
        for page in pages:
            self._place_of[_number(page)] = self._add_unique(batch)
        return batch

    def freeze_page(self, batch: Batch, page: PageObject) -> None:
        """Freeze a page, which begin() was told of, and its annotations.

        Annotations that say the same stay apart, since each may belong to one page only and stand
        there once (ISO 32000-1, 12.5.2).
        """
        for item in annotations_of(page):
            if isinstance(item, IndirectObject):
                place = self._place_of[item.idnum] = self._add_unique(batch)
                self._fill(batch, place, item.get_object() or NullObject())
        self._fill(batch, self._place_of[_number(page)], page)

    def _fill(self, batch: Batch, place: int, value: PdfObject) -> None:
        frozen = self.objects[place]
        frozen.parts, frozen.references, frozen.stream = _Serializer(self, batch, value).run()

    def freeze(self, batch: Batch, reference: IndirectObject) -> int:
        """Freeze what a reference leads to; returns its place in ``objects``."""
        number = reference.idnum
        place = self._place_of.get(number)
        if place is not None:
            return place
        if number in self._open:
            # Met again before it is done: part of a circle, and so never merged.
            place = self._add_unique(batch)
            self._place_of[number] = place
            return place
        self._open.add(number)
        value = reference.get_object()
        if value is None:  # not "or": an empty dictionary counts as false
            value = NullObject()
        numbers = _numbers(value)
        if numbers is None:
            parts, references, stream = _Serializer(self, batch, value).run()
        else:
            parts, references, stream = (numbers,), (), None
        self._open.discard(number)
        place = self._place_of.get(number)
        if place is None:
            place = self._add(batch, self._digest(parts, references, stream))
            self._place_of[number] = place
        frozen = self.objects[place]
        frozen.parts, frozen.references, frozen.stream = parts, references, stream
        # Equal objects need not be kept twice while they wait, either.
        self.objects[place] = self._first_of.setdefault(frozen.digest, frozen)
        return place

    def _add(self, batch: Batch, digest: bytes) -> int:
        place = len(self.objects)
        self.objects.append(Frozen(digest))
        batch.places.append(place)
        return place

    def _add_unique(self, batch: Batch) -> int:
        name = f"{batch.name}\0{len(batch.places)}".encode()
        return self._add(batch, hashlib.blake2b(name, digest_size=_DIGEST_BYTES).digest())

    def _digest(
        self, parts: Sequence[bytes], references: Sequence[int], stream: bytes | None
    ) -> bytes:
        digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        for part in parts:
            digest.update(b"%d:" % len(part))
            digest.update(part)
        for place in references:
            digest.update(self.objects[place].digest)
        if stream is not None:
            digest.update(b"stream")
            digest.update(stream)
        return digest.digest()


class _Serializer:
    """Writes one object in PDF syntax, breaking off at each reference."""

    def __init__(self, freezer: Freezer, batch: Batch, value: PdfObject) -> None:
        self._freezer = freezer
        self._batch = batch
        self._value = value
        self._parts: list[bytes] = []
        self._references: list[int] = []
        self._out = BytesIO()

    def run(self) -> tuple[tuple[bytes, ...], tuple[int, ...], bytes | None]:
        value = self._value
        self._put(value)
        self._parts.append(self._out.getvalue())
        stream = _data(value) if isinstance(value, StreamObject) else None
        return tuple(self._parts), tuple(self._references), stream

    def _put(self, item: PdfObject) -> None:
        if isinstance(item, IndirectObject):
            self._refer(self._freezer.freeze(self._batch, item))
        elif isinstance(item, DictionaryObject):
            self._put_dictionary(item)
        elif isinstance(item, ArrayObject):
            self._out.write(b"[")
            for entry in item:
                self._put(entry)
                self._out.write(b" ")
            self._out.write(b"]")
        else:
            item.write_to_stream(self._out)

    def _put_dictionary(self, item: DictionaryObject) -> None:
        stream = item if isinstance(item, StreamObject) else None
        out = self._out
        out.write(b"<<")
        for key in item:
            if key == "/Length" and stream is not None:
                continue
            key.write_to_stream(out)
            out.write(b" ")
            if key == "/Parent" and item is self._value and isinstance(item, PageObject):
                self._refer(PARENT)
            else:
                self._put(item.raw_get(key))
        if stream is not None:
            out.write(b"/Length %d" % len(_data(stream)))
        out.write(b">>")

    def _refer(self, place: int) -> None:
        self._parts.append(self._out.getvalue())
        self._out.seek(0)
        self._out.truncate()
        self._references.append(place)


def _data(stream: StreamObject) -> bytes:
    return stream._data  # noqa: SLF001 - pypdf has no public way to bytes as they are stored


def _number(page: PageObject) -> int:
    reference = page.indirect_reference
    if reference is None:
        raise ValueError("a page of a writer has a reference")
    return reference.idnum


def _numbers(value: PdfObject) -> bytes | None:
    """Return the array, in PDF syntax, that pack_numbers() made a stream of; None for all else.

    Nothing but numbers passes, also from a file that comes with such streams of its own.
    """
    if not isinstance(value, StreamObject) or value.get("/Type") != PACKED_NUMBERS:
        return None
    text = _data(value)
    return text if NUMBERS.fullmatch(text) else None
