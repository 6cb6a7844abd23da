"""What has arrived so far of a file, kept on disk as it comes."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from scrapy.extensions.httpcache import rfc1123_to_epoch
from scrapy.http import Headers

from dspguide.store.files import read_as, write_json
from dspguide.urls import same_page

_PIECE = 1 << 17
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True)
class Source:
    """Where bytes came from, and what tells whether a rest still belongs to them."""

    url: str
    """Where the file was asked for first: what it was redirected to may be new each time."""
    etag: str | None
    last_modified: str | None
    date: str | None
    length: int | None
    """Bytes of the whole file, where the server announced them."""

    @classmethod
    def of(cls, url: str, headers: Headers) -> Source:
        """Read the validators and the length from the headers of a whole file."""
        length = _header(headers, "Content-Length")
        return cls(
            url,
            _header(headers, "ETag"),
            _header(headers, "Last-Modified"),
            _header(headers, "Date"),
            int(length) if length is not None and re.fullmatch(r"\d{1,18}", length) else None,
        )

    @property
    def validator(self) -> str | None:
        """What If-Range may hold: a strong ETag, or a strong date (RFC 9110, 8.8.2.2 and 13.1.5).

        A Last-Modified is strong when it is at least a second before the Date of the answer.
        """
        if self.etag is not None and not self.etag.startswith("W/"):
            return self.etag
        if self.last_modified is None or self.date is None:
            return None
        changed, sent = rfc1123_to_epoch(self.last_modified), rfc1123_to_epoch(self.date)
        if changed is None or sent is None:
            return None
        return self.last_modified if sent - changed >= 1 else None


class PartialFile:
    """The first bytes of one file, and beside them a note of their source.

    The file `path` holds nothing but bytes of the body, in order from the first; it is complete
    when it has the announced length. The note is written before the first byte, so that a process
    killed at any moment leaves bytes whose source is known.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(path.name + ".json")
        self._file: io.FileIO | None = None
        self.source: Source | None = None
        self.size = 0
        try:
            size = _drop_nulls(path)
        except OSError:
            return  # nothing to go on from; what there is goes when the first bytes come
        source = read_as(Source, self._note)
        if source is not None and size <= (source.length or size):
            self.source, self.size = source, size

    def can_continue(self, url: str) -> bool:
        """Tell whether the rest may be asked for at this URL, with proof that it belongs."""
        source = self.source
        return bool(self.size and source and same_page(source.url, url) and source.validator)

    def overlap(self, headers: Headers) -> int | None:
        """Return how many bytes of an answer with a Content-Range are here already.

        None where it is not the next part of what is here.
        """
        found, source = _Range.of(headers), self.source
        if found is None or source is None or _header(headers, "Content-Encoding"):
            return None
        same = all(
            known is None or sent is None or known == sent
            for known, sent in (
                (source.etag, _header(headers, "ETag")),
                (source.last_modified, _header(headers, "Last-Modified")),
                (source.length, found.length),
            )
        )
        overlap = self.size - found.first
        # What begins earlier than asked is believed only if it ends where the file does.
        believed = overlap == 0 or (overlap > 0 and found.ends_the_file)
        return overlap if same and believed else None

    @staticmethod
    def is_whole(headers: Headers) -> bool:
        """Tell whether an answer with a Content-Range brings all of the file."""
        found = _Range.of(headers)
        return found is not None and found.first == 0 and found.ends_the_file

    def end(self) -> None:
        """Note that the file is complete, though nobody announced how long it would be."""
        if self.source is not None:
            self.source = replace(self.source, length=self.size)

    def learn_length(self, headers: Headers) -> None:
        """Take the length of the whole file from an answer with its rest, if it was not known."""
        found = _Range.of(headers)
        if found and found.length is not None and self.source and self.source.length is None:
            self.source = replace(self.source, length=found.length)

    def begin(self, source: Source) -> None:
        """Drop what was here and start over. Raises OSError."""
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._note, source)
        self.source = source

    def append(self, data: bytes) -> None:
        """Add bytes at the end; they are with the operating system when this returns.

        Raises OSError.
        """
        if self._file is None:
            # A file that begins is nobody else's: a link that somebody put there is not followed.
            self._file = self.path.open("ab" if self.size else "xb", buffering=0)
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            self.size += written
            view = view[written:]

    def shorten(self) -> None:
        """Drop the last byte, so that a complete part has a rest to ask for."""
        self.close()
        self.size -= 1
        os.truncate(self.path, self.size)

    def close(self) -> None:
        """Close the file; the bytes stay."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Remove bytes and note."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.source = None
        self.size = 0


def _drop_nulls(path: Path) -> int:
    """Cut NULs off the end of a file, and return its size.

    When a machine stops, a file system may have noted the new length of a file and not its last
    bytes yet, which are NULs then. Raises OSError.
    """
    with path.open("rb+") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _PIECE)
            file.seek(start)
            kept = len(file.read(end - start).rstrip(b"\0"))
            end = start + kept
            if kept:
                break
        if end < size:
            file.truncate(end)
    return end


class _Range(NamedTuple):
    """What a Content-Range says: the first and last byte, and the whole file's length if known."""

    first: int
    last: int
    length: int | None

    @classmethod
    def of(cls, headers: Headers) -> _Range | None:
        found = _CONTENT_RANGE.fullmatch(_header(headers, "Content-Range") or "")
        length = None if found is None or found[3] == "*" else int(found[3])
        return None if found is None else cls(int(found[1]), int(found[2]), length)

    @property
    def ends_the_file(self) -> bool:
        return self.length == self.last + 1


def _header(headers: Headers, name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1").strip()
