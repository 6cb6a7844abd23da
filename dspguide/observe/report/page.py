"""The page of a report, and its waterfall: a bar for each request, from left to right in time."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from dspguide.book.outcome import count, megabytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from dspguide.book.manifest import Manifest
    from dspguide.items import Chapter
    from dspguide.observe.trace import Exchange

_STATUS = {"downloaded": "fetched", "failed": "missing", None: "missing"}
_TICKS = 6
# What HTML has no place for: control characters other than white space, and surrogates.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Waterfall:
    """What waterfall.svg draws, in the report or by itself; times in seconds from the start."""

    exchanges: Sequence[Exchange]
    seconds: float
    """How long the run took."""
    bound_at: float | None
    """When the book was there; None without one."""

    @cached_property
    def last(self) -> float:
        """When the last request ended."""
        return max((e.end for e in self.exchanges if e.end is not None), default=0.0)

    @cached_property
    def whole(self) -> float:
        """What the width stands for."""
        return max(self.seconds, self.last, 0.001)

    @property
    def most(self) -> int:
        """How many requests were in flight at once at most."""
        sent = [e for e in self.exchanges if e.sent is not None]
        moments = [(e.sent or 0.0, 1) for e in sent]
        moments += [(e.end, -1) for e in sent if e.end is not None]
        return max(accumulate(change for _, change in sorted(moments)), default=0)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Marks of the axis, at 1, 2 or 5 of some power of ten: seconds, and what to write."""
        power = 10.0 ** math.floor(math.log10(self.whole / _TICKS))
        step = next(power * n for n in (1, 2, 5, 10) if power * n * _TICKS >= self.whole)
        digits = max(0, -math.floor(math.log10(step)))
        marks = (step * tick for tick in range(int(self.whole / step) + 1))
        return [(mark, f"{mark:.{digits}f} s") for mark in marks]

    def draw(self, heading: str) -> str:
        """Return it as an SVG file."""
        return compile_template("drawing.svg").render(waterfall=self, heading=heading)


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
    return compile_template("page.html").render(
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
    pdfs = sum(exchange.kind == "PDF" for exchange in exchanges)
    return {
        "Time": f"{waterfall.seconds:.1f} s",
        "Requests": f"{len(exchanges)} ({pdfs} for PDFs)",
        "In flight at most": waterfall.most,
        "Over the network": megabytes(sum(exchange.bytes for exchange in exchanges)),
        **({"Not asked for again": megabytes(spared)} if spared else {}),
        "Chapters": ", ".join(f"{number} {name}" for name, number in statuses.items()),
        "Requests that failed": sum(exchange.failed for exchange in exchanges),
    }


@cache
def compile_template(name: str) -> Template:
    """Return a template of this package; the first time takes a while.

    No text of a site's becomes markup in it.
    """
    folder = files(__package__)
    environment = Environment(
        # Not PackageLoader, which reads a zipped package by what zipimport keeps private.
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": count, "megabytes": megabytes, "seconds": _seconds}
    environment.tests["web"] = _is_web
    return environment.get_template(name)


def _printable(value: Any) -> Any:
    """Return what is shown of a value: a dash for what is not known."""
    if isinstance(value, Markup):
        return value
    return "–" if value is None else _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _seconds(moment: float | None, since: float | None = 0.0) -> str | None:
    return None if moment is None or since is None else f"{moment - since:.3f}"


def _is_web(url: str | None) -> bool:
    return url is not None and re.match(r"https?://", url, re.IGNORECASE) is not None
