"""The page of a report, from plain values."""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from dspguide.book.outcome import megabytes
from dspguide.observe.report.render import render
from dspguide.observe.report.waterfall import Waterfall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.book.manifest import Manifest
    from dspguide.items import Chapter
    from dspguide.observe.trace import Exchange

_STATUS = {"downloaded": "fetched", "failed": "missing", None: "missing"}


def page(
    manifest: Manifest,
    book_file: str | None,
    notes: Sequence[str],
    exchanges: Sequence[Exchange],
    seconds: float,
) -> str:
    """Return the HTML of a report.

    `book_file` is the name of the book beside the page, if there is one; `notes` are lines on how
    the run ended; `seconds` is how long it took.
    """
    book, chapters = manifest.book, manifest.chapters
    began = datetime.fromisoformat(book.started)
    waterfall = Waterfall(exchanges, seconds, None if book.pages is None else seconds)
    return render(
        "page.html",
        book=book,
        began=f"{began.day} {began:%B %Y, %H:%M} UTC",
        file=book_file,
        href=None if book_file is None else quote(os.fsencode(book_file)),
        missing=sum(chapter.error is not None for chapter in chapters),
        chapters=chapters,
        # Those of one part together; a book may have chapters before, between and behind its parts.
        parts=[(part, list(group)) for part, group in groupby(chapters, lambda c: c.part)],
        notes=[note.strip() for note in notes],
        totals=_totals(chapters, waterfall),
        waterfall=waterfall,
        exchanges=exchanges,
        printed=_printed,
        status=_status,
    )


def _status(chapter: Chapter) -> str:
    return "missing" if chapter.error else _STATUS.get(chapter.status) or f"{chapter.status}"


def _printed(chapter: Chapter) -> str | None:
    """Return the printed numbers of a chapter's pages, which run on from its first."""
    first, pages = chapter.first_printed_page, chapter.pages
    if first is None or pages is None:
        return None
    if pages == 1 or not re.fullmatch(r"[0-9]{1,9}", first):
        return first
    return f"{first}–{int(first) + pages - 1}"


def _totals(chapters: Sequence[Chapter], waterfall: Waterfall) -> dict[str, object]:
    exchanges = waterfall.exchanges
    statuses = Counter(map(_status, chapters))
    spared = sum(chapter.bytes_resumed for chapter in chapters)
    files = sum(exchange.kind == "PDF" for exchange in exchanges)
    return {
        "Time": f"{waterfall.seconds:.1f} s",
        "Requests": f"{len(exchanges)} ({files} for PDFs)",
        "In flight at most": waterfall.most,
        "Over the network": megabytes(sum(exchange.bytes for exchange in exchanges)),
        **({"Not asked for again": megabytes(spared)} if spared else {}),
        "Chapters": ", ".join(f"{number} {name}" for name, number in statuses.items()),
        "Requests that failed": sum(exchange.failed for exchange in exchanges),
    }
