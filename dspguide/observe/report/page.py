"""The page of a report, from plain values."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dspguide.book.outcome import count, megabytes
from dspguide.observe.report.markup import Markup, escape, join, link, tag
from dspguide.observe.report.waterfall import most_in_flight, waterfall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.book.manifest import Manifest
    from dspguide.items import Chapter
    from dspguide.observe.trace import Exchange

_STATUS = {"downloaded": "fetched", "failed": "missing", None: "missing"}
_COLUMNS = ("No.", "Title", "Pages", "Printed", "Size", "Sections", "Status", "Attempts", "Source")
_WIDE = frozenset({"From", "SHA-256"})
_REQUEST_COLUMNS = ("URL", "Attempt", "Asked at", "Waited", "First byte", "Took", "Bytes", "Answer")


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
    book, chapters = asdict(manifest.book), manifest.chapters
    template = files("dspguide.observe.report").joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(book["title"]),
        author=tag("p", f"by {book['author']}", class_="author") if book["author"] else "",
        verdict=_verdict(book, chapters, book_file),
        notes=_notes(notes),
        facts=_list(_facts(book)),
        chapters=_chapters(chapters, book_file),
        totals=_list(_totals(chapters, exchanges, seconds)),
        waterfall=waterfall(exchanges, seconds, bound=book["pages"] is not None),
        requests=_requests(exchanges),
        made_by=escape(book["made_by"]),
    )


def _verdict(book: dict[str, Any], chapters: Sequence[Chapter], file: str | None) -> Markup:
    missing = sum(chapter.error is not None for chapter in chapters)
    if missing:
        words: Markup = tag("strong", f"{missing} of {len(chapters)} chapters are missing.")
    else:
        words = tag("strong", f"Complete: {count(len(chapters), 'chapter')}.")
    if file is None:
        return tag("p", words, class_="verdict bad")
    facts = f"{count(book['pages'], 'page')}, {megabytes(book['bytes'])}"
    opened = tag("a", f"Open {file}", href=quote(file))
    return tag(
        "p", words, " ", opened, f" ({facts})", class_="verdict bad" if missing else "verdict"
    )


def _facts(book: dict[str, Any]) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [("From", link(book["url"], book["url"]))]
    if book["pages"] is not None:
        facts += [
            ("Pages", book["pages"]),
            ("Size", f"{megabytes(book['bytes'])} ({book['bytes']:,} bytes)"),
            ("SHA-256", tag("code", book["sha256"])),
        ]
    if book["sent_to"]:
        facts.append(("Sent to", book["sent_to"]))
    began = datetime.fromisoformat(book["started"])
    when = f"{began.day} {began:%B %Y, %H:%M} UTC"
    return [*facts, ("Run of", tag("time", when, datetime=book["started"]))]


def _notes(notes: Sequence[str]) -> Markup:
    if not notes:
        return Markup("")
    items = [tag("li", note.strip()) for note in notes]
    heading = tag("h2", "Notes", id="notes")
    return tag("section", heading, tag("ul", items), class_="notes", aria_labelledby="notes")


def _list(facts: Sequence[tuple[str, object]]) -> Markup:
    return tag(
        "dl",
        [
            tag("div", tag("dt", name), tag("dd", value), class_="wide" if name in _WIDE else None)
            for name, value in facts
        ],
    )


def _chapters(chapters: Sequence[Chapter], book_file: str | None) -> Markup:
    """Return the table of chapters, a group of rows for each part."""
    groups: list[Markup] = []
    rows: list[Markup] = []
    part: str | None = None
    for chapter in chapters:
        if chapter.part != part:
            groups.append(tag("tbody", rows))
            part = chapter.part
            heading = tag("th", part or "Without a part", scope="rowgroup", colspan=len(_COLUMNS))
            rows = [tag("tr", heading, class_="part")]
        rows.append(_chapter(chapter, book_file))
    groups.append(tag("tbody", rows))
    return _table("The chapters of the book, in its order", _COLUMNS, groups, "chapters")


def _chapter(chapter: Chapter, book_file: str | None) -> Markup:
    title: object = chapter.title
    if book_file is not None and chapter.first_page is not None:
        title = tag("a", chapter.title, href=f"{quote(book_file)}#page={chapter.first_page}")
    notes = [*([chapter.error] if chapter.error else []), *chapter.warnings]
    status = _STATUS.get(chapter.status, chapter.status)
    if chapter.error is not None:
        status = "missing"
    return tag(
        "tr",
        tag("th", chapter.number or "", scope="row", class_="number"),
        tag("td", title, tag("ul", [tag("li", note) for note in notes]) if notes else None),
        tag("td", _or_dash(chapter.pages), class_="number"),
        tag("td", _printed(chapter), class_="number"),
        tag("td", _or_dash(chapter.bytes and megabytes(chapter.bytes)), class_="number"),
        tag("td", _sections(chapter)),
        tag("td", tag("span", status, class_=f"status {status}")),
        tag("td", chapter.attempts, class_="number"),
        tag("td", _sources(chapter)),
    )


def _printed(chapter: Chapter) -> str:
    """Return the printed numbers of a chapter's pages, which run on from its first."""
    first = chapter.first_printed_page
    if first is None or chapter.pages is None:
        return "–"
    if chapter.pages == 1 or not re.fullmatch(r"[0-9]{1,9}", first):
        return first
    return f"{first}–{int(first) + chapter.pages - 1}"


def _sections(chapter: Chapter) -> Markup:
    if not chapter.sections or chapter.pages is None:
        return escape("–")
    found = sum(section.page is not None for section in chapter.sections)
    said = tag("span", f" sections of {chapter.name} found", class_="unseen")
    items = [
        tag(
            "li",
            section.title,
            tag("span", f" {section.printed_page or 'not found'}", class_="where"),
        )
        for section in chapter.sections
    ]
    summary = tag("summary", f"{found} of {len(chapter.sections)}", said)
    return tag("details", summary, tag("ol", items))


def _sources(chapter: Chapter) -> Markup:
    of = f"of {chapter.name}"
    places = []
    if chapter.page_url is not None:
        places.append(link(chapter.page_url, "page", aria_label=f"page {of}"))
    if chapter.pdf_url is not None:
        places.append(link(chapter.pdf_url, "PDF", aria_label=f"PDF {of}"))
    return join([piece for place in places for piece in (place, " ")])


def _totals(
    chapters: Sequence[Chapter], exchanges: Sequence[Exchange], seconds: float
) -> list[tuple[str, object]]:
    kinds = Counter(exchange.kind for exchange in exchanges)
    status = Counter(_STATUS.get(c.status, c.status) for c in chapters)
    came = sum(exchange.bytes for exchange in exchanges)
    spared = sum(chapter.bytes_resumed for chapter in chapters)
    failed = sum(exchange.failed for exchange in exchanges)
    return [
        ("Time", f"{seconds:.1f} s"),
        ("Requests", f"{len(exchanges)} ({kinds['PDF']} for PDFs)"),
        ("In flight at most", most_in_flight(exchanges)),
        ("Over the line", megabytes(came)),
        *([("Not asked for again", megabytes(spared))] if spared else []),
        ("Chapters", ", ".join(f"{count} {name}" for name, count in status.items())),
        ("Requests that failed", failed),
    ]


def _requests(exchanges: Sequence[Exchange]) -> Markup:
    rows = [tag("tbody", [_request(exchange) for exchange in exchanges])]
    return _table("Every request of the run, times in seconds", _REQUEST_COLUMNS, rows, "requests")


def _request(exchange: Exchange) -> Markup:
    answer = exchange.error or str(exchange.status or "–")
    if exchange.resumed_from:
        answer += f", from byte {exchange.resumed_from:,}"
    end = exchange.end
    cells = (
        exchange.attempt,
        _seconds(exchange.waiting),
        _seconds(exchange.sent, exchange.waiting),
        _seconds(exchange.first_byte, exchange.sent),
        _seconds(end, exchange.sent),
        f"{exchange.bytes:,}",
    )
    return tag(
        "tr",
        tag("th", link(exchange.url, exchange.url), scope="row"),
        [tag("td", cell, class_="number") for cell in cells],
        tag("td", answer),
    )


def _seconds(moment: float | None, since: float | None = 0.0) -> str:
    return "–" if moment is None or since is None else f"{moment - since:.3f}"


def _table(caption: str, columns: Sequence[str], groups: object, name: str) -> Markup:
    """Return a table that is scrolled sideways where it is too wide, by keyboard as well."""
    head = tag("thead", tag("tr", [tag("th", column, scope="col") for column in columns]))
    table = tag("table", tag("caption", caption, id=f"{name}-caption"), head, groups)
    return tag(
        "div",
        table,
        class_="scroll",
        tabindex=0,
        role="region",
        aria_labelledby=f"{name}-caption",
    )


def _or_dash(value: object) -> object:
    return "–" if value is None else value
