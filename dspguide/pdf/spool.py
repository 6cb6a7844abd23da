"""Large streams of a book's chapters, on disk until the book is written.

A book may be larger than the memory that there is for it; so what is large waits in one temporary
file, which has no name that anybody else could open and goes with the process.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Streams of this many bytes and more are large. In 340 chapters those of a page of text, between 4
#: and 64 kB, are a sixth of the memory of a run, and cost no time to put away.
LARGE = 1 << 12
#: Bytes of all large streams that stay in memory: an ordinary book has no more.
_IN_MEMORY = 32_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes in a spool."""

    offset: int
    length: int


class Spool:
    """A file that only grows. Any thread may use it."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where to make the file, None for the system's temporary folder."""
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - close() does
            max_size=_IN_MEMORY, dir=str(folder) if folder else None
        )
        self._finalizer = weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()  # held from a seek to the end of what it is for
        self._end = 0

    def add(self, data: bytes) -> Stored:
        """Store bytes. Raises OSError."""
        return self.take(BytesIO(data), len(data))

    def take(self, source: IO[bytes], length: int) -> Stored:
        """Store the next ``length`` bytes of a pipe. Raises OSError, and EOFError at its end."""
        with self._lock:
            stored = Stored(self._end, length)
            self._end += length
        done = 0
        while done < length:
            data = source.read(min(length - done, _CHUNK))
            if not data:
                raise EOFError
            with self._lock:
                self._file.seek(stored.offset + done)
                self._file.write(data)
            done += len(data)
        return stored

    def pieces(self, stored: Stored) -> Iterator[bytes]:
        """Read what was stored, a piece at a time. Raises OSError."""
        done = 0
        while done < stored.length:
            with self._lock:
                self._file.seek(stored.offset + done)
                data = self._file.read(min(stored.length - done, _CHUNK))
            if not data:
                raise OSError("the temporary file of the book has become shorter")
            yield data
            done += len(data)

    def close(self) -> None:
        """Forget everything; a spool that nobody holds any more does so by itself."""
        with self._lock:
            self._finalizer()
