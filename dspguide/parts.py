"""What has arrived so far of a file, kept on disk as it comes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import io
    from pathlib import Path

    from scrapy.http import Headers

_PIECE = 1 << 17
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Source:
    """Where bytes came from, and what tells whether a rest still belongs to them."""

    url: str
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
            int(length) if length is not None and length.isdecimal() else None,
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
        try:
            changed = parsedate_to_datetime(self.last_modified)
            sent = parsedate_to_datetime(self.date)
        except (TypeError, ValueError):
            return None
        return self.last_modified if (sent - changed).total_seconds() >= 1 else None


class Part:
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
            self.source = Source(**json.loads(self._note.read_text(encoding="utf-8")))
            self.size = path.stat().st_size
        except FileNotFoundError:
            return
        except (ValueError, TypeError):
            self.source = None
        if self.source is None or self.size > (self.source.length or self.size):
            self.discard()

    def can_continue(self, url: str) -> bool:
        """Tell whether the rest may be asked for at this URL, with proof that it belongs."""
        source = self.source
        return bool(self.size and source and source.url == url and source.validator)

    def is_continued_by(self, headers: Headers) -> bool:
        """Tell whether an answer with a Content-Range is the rest of what is here."""
        found = _CONTENT_RANGE.fullmatch(_header(headers, "Content-Range") or "")
        if found is None or self.source is None or _header(headers, "Content-Encoding"):
            return False
        etag = _header(headers, "ETag")
        length = self.source.length
        return (
            int(found[1]) == self.size
            and (found[3] == "*" or length is None or int(found[3]) == length)
            and (etag is None or self.source.etag is None or etag == self.source.etag)
        )

    def begin(self, source: Source) -> None:
        """Drop what was here and start over. Raises OSError."""
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        note = self._note.with_name(self._note.name + ".new")
        note.write_text(json.dumps(asdict(source)), encoding="utf-8")
        note.replace(self._note)
        self.source = source

    def append(self, data: bytes) -> None:
        """Add bytes at the end; they are with the operating system when this returns.

        Raises OSError.
        """
        if self._file is None:
            self._file = self.path.open("ab", buffering=0)
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


def digest_of(file: BinaryIO) -> tuple[int, str]:
    """Read a file to its end, a piece at a time; return size and SHA-256. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _header(headers: Headers, name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1").strip()
