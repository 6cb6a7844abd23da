"""Does the first file bring the book's own list of contents?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.text import PageText

_HEADING = re.compile(r"^\s*(?:table of )?contents\s*$", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"^.*\D[\s.·…](\d{1,4})\s*$", re.MULTILINE)
_ENTRIES = 5  # that lead to pages beyond the file


class OwnContents:
    """Looks for a list of contents; one that leads no further than its own file is a chapter's."""

    def __init__(self) -> None:
        self._numbers: list[int] = []

    def read(self, page: PageText) -> None:
        """Note the numbers on a page that is called contents, and on those behind it."""
        text = "\n".join(page.lines)
        heading = _HEADING.search(text)
        if heading or self._numbers:
            found = _ENTRY.findall(text, heading.end() if heading else 0)
            self._numbers += [int(number) for number in found]

    def lead_beyond(self, labels: Sequence[str | None]) -> bool:
        """Whether they lead beyond the file, of which ``labels`` are the printed numbers."""
        own = [int(label) for label in labels if label is not None and label.isdecimal()]
        last = max(own, default=len(labels))
        return sum(number > last for number in self._numbers) >= _ENTRIES
