"""What waits for a worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from dspguide.pdf.model import ChapterPlan, PreparedSummary


@dataclass(order=True)
class Turn:
    """Something for a thread that prepares; the least ``rank`` is next."""

    rank: float
    job: Job | None = field(default=None, compare=False)
    """None when there is nothing more to come."""


@dataclass
class Job:
    """A chapter on its way into the book."""

    position: int
    plan: ChapterPlan
    source: Path
    accept_repaired: bool
    future: Future[PreparedSummary]

    def turn(self) -> Turn:
        """The largest file first: the last one to be read is waited for alone."""
        try:
            return Turn(-self.source.stat().st_size, self)
        except OSError:
            return Turn(0, self)  # whoever reads it reports it
