"""Which bytes need not be read again, for what comes of it is known."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from dspguide.pdf.errors import RejectedChapter

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.model import ChapterPlan, PreparedChapter

#: Reasons that have nothing to do with which chapter the file should be.
_COSTLY = frozenset({"too-slow", "too-big", "crashed"})


class Refusals:
    """What became of files, by the SHA-256 of their bytes. Any thread may use it.

    A file may take as much time and memory as the limits say in all, not in each reading of it: who
    fetches it again may get the same bytes, and other chapters may have them too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # held to look at or change any of the next three
        # With the reason and what follows the chapter's name in the detail.
        self._refused: dict[tuple[str, ChapterPlan | None], tuple[str, str]] = {}
        self._crashed: set[str] = set()
        self._repaired: dict[int, PreparedChapter] = {}  # by position

    def of(self, sha256: str, plan: ChapterPlan | None = None) -> RejectedChapter | None:
        """How these bytes were refused: for this chapter, or without ``plan`` for any."""
        with self._lock:
            found = self._refused.get((sha256, None)) or self._refused.get((sha256, plan))
        if found is None:
            return None
        reason, why = found
        return RejectedChapter(reason, (plan.name if plan else "the file") + why)

    def repaired(self, position: int, sha256: str, plan: ChapterPlan) -> PreparedChapter | None:
        """Take out the chapter that was prepared of these bytes and refused as repaired."""
        with self._lock:
            found = self._repaired.get(position)
            if found is None or found.sha256 != sha256 or found.plan != plan:
                return None
            return self._repaired.pop(position)

    def note(self, source: Path, plan: ChapterPlan, rejected: RejectedChapter) -> None:
        """Remember that a file was refused. Raises OSError."""
        sha256 = digest(source)
        with self._lock:
            # One crash may be the machine's fault; a file that is read once more and crashes again
            # is known.
            if rejected.reason == "crashed" and sha256 not in self._crashed:
                self._crashed.add(sha256)
            elif rejected.reason != "repaired":
                costly = rejected.reason in _COSTLY
                why = rejected.detail.removeprefix(plan.name)
                self._refused[sha256, None if costly else plan] = rejected.reason, why

    def keep(self, prepared: PreparedChapter) -> None:
        """Keep what was prepared of a file that was refused as repaired."""
        with self._lock:
            self._repaired[prepared.position] = prepared

    def forget(self, position: int) -> None:
        """Let go of what was kept for a chapter that is in the book."""
        with self._lock:
            self._repaired.pop(position, None)

    @property
    def empty(self) -> bool:
        """Whether nothing was refused so far, so that no file's digest is of use."""
        with self._lock:
            return not self._refused and not self._repaired


def digest(source: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    found = hashlib.sha256()
    with source.open("rb") as file:
        while data := file.read(1 << 20):
            found.update(data)
    return found.hexdigest()
