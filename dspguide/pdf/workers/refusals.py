"""Which bytes need not be read again, for what comes of it is known."""

from __future__ import annotations

import hashlib
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
    ``repaired`` has, by position, the chapters prepared of files that were refused as repaired.
    """

    def __init__(self) -> None:
        # With the reason and what follows the chapter's name in the detail. Here and below nothing
        # is done but single operations on dictionaries and sets, which need no lock.
        self._refused: dict[tuple[str, ChapterPlan | None], tuple[str, str]] = {}
        self._crashed: set[str] = set()
        self.repaired: dict[int, PreparedChapter] = {}

    def of(self, sha256: str, plan: ChapterPlan | None = None) -> RejectedChapter | None:
        """How these bytes were refused: for this chapter, or without ``plan`` for any."""
        found = self._refused.get((sha256, None)) or self._refused.get((sha256, plan))
        if found is None:
            return None
        reason, why = found
        return RejectedChapter(reason, (plan.name if plan else "the file") + why)

    def recall(self, position: int, source: Path, plan: ChapterPlan) -> PreparedChapter | None:
        """What was prepared of the same bytes before.

        Raises RejectedChapter as it was then, OSError.
        """
        if not self._refused and not self.repaired:
            return None  # no file's digest is of use
        sha256 = digest(source)
        if rejected := self.of(sha256, plan):
            raise rejected
        found = self.repaired.get(position)
        return found if found and (found.sha256, found.plan) == (sha256, plan) else None

    def note(self, source: Path, plan: ChapterPlan, rejected: RejectedChapter) -> None:
        """Remember that a file was refused. Raises OSError."""
        sha256 = digest(source)
        # One crash may be the machine's fault; a file that is read once more and crashes again
        # is known.
        if rejected.reason == "crashed" and sha256 not in self._crashed:
            self._crashed.add(sha256)
        elif rejected.reason != "repaired":
            costly = rejected.reason in _COSTLY
            why = rejected.detail.removeprefix(plan.name)
            self._refused[sha256, None if costly else plan] = rejected.reason, why


def digest(source: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    found = hashlib.sha256()
    with source.open("rb") as file:
        while data := file.read(1 << 20):
            found.update(data)
    return found.hexdigest()
