"""From a chapter's file as it came to a chapter that can be bound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Stream

from dspguide.pdf.analysis.identity import OwnContents, check_identity
from dspguide.pdf.analysis.page_number_detection import NumberFinder, with_own_labels
from dspguide.pdf.analysis.references import ReferenceFinder
from dspguide.pdf.analysis.sections import SectionFinder
from dspguide.pdf.analysis.text import pages_of
from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.model import ChapterPlan, Evidence, FoundSection, Limits, PreparedChapter
from dspguide.pdf.naming import Naming
from dspguide.pdf.source.clean import clean
from dspguide.pdf.source.form_fields import draw_field_values
from dspguide.pdf.source.freeze import freeze
from dspguide.pdf.source.left_out import left_out
from dspguide.pdf.source.links import destinations, link_boxes
from dspguide.pdf.source.opening import open_chapter
from dspguide.pdf.source.page_contents import check_contents, content_streams
from dspguide.pdf.source.page_labels import read_page_labels
from dspguide.pdf.source.source_outline import read_outline
from dspguide.pdf.source.streams import compress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_LETTER = (0.0, 0.0, 612.0, 792.0)  # what readers take for a page without a size
#: What the libraries raise when a value in a file is of a kind that nobody expected there.
_SURPRISES = (
    pikepdf.PikepdfError,
    pypdfium2.PdfiumError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def prepare(
    source: Path,
    plan: ChapterPlan,
    position: int = 0,
    *,
    limits: Limits | None = None,
    find_references: bool = True,
) -> PreparedChapter:
    """Read, check, repair, clean and measure one chapter's file.

    ``position`` is the chapter's 0-based place in the book. ``find_references`` asks for what the
    text names.

    Raises RejectedChapter. A file that had to be repaired comes back with ``repaired`` set: fetch
    it once more if it came over a network, and accept it when the same bytes come again.
    """
    told = f"{plan.name} cannot be bound"
    try:
        return _prepare(source, plan, position, limits or Limits(), find_references)
    except RejectedChapter as rejected:
        raise RejectedChapter(rejected.reason, f"{told}: {rejected.detail}") from rejected
    except MemoryError as error:
        raise RejectedChapter("too-big", f"{told}: it takes too much memory") from error
    except _SURPRISES as error:
        detail = f"{told}: {type(error).__name__} while reading it: {error}"
        raise RejectedChapter("damaged", detail) from error


def _prepare(
    source: Path, plan: ChapterPlan, position: int, limits: Limits, find_references: bool
) -> PreparedChapter:
    with open_chapter(source, limits) as opened:
        pdf, source_bytes = opened.pdf, len(opened.data)
        digest = hashlib.sha256(opened.data).hexdigest()
        known = destinations(pdf, opened.pages)
        outline = read_outline(pdf, known, len(opened.pages))
        own_labels = read_page_labels(pdf, len(opened.pages))
        undrawn = draw_field_values(pdf, opened.pages)
        lost = left_out(pdf, opened.pages)
        cleaned = clean(pdf, opened.pages, known)
        report = compress(pdf, cleaned.streams, limits, content_streams(opened))
        warnings = check_contents(opened, report)
        if undrawn:
            warnings.append(f"{undrawn} values of form fields cannot be drawn")
        if lost:
            warnings.append(lost)
        frozen = freeze(pdf, opened.pages, f"{position} {digest}", masks=cleaned.masks)
        data = _saved(pdf, cleaned.streams)
        references = ReferenceFinder() if find_references else None
        text = _read_text(data, plan, own_labels, outline, references, is_first=position == 0)
        taken = link_boxes(opened.pages, cleaned.links)
        naming = references.finish(text.labels, text.body_size, taken) if references else Naming()
        page_size = _seen_size(opened.pages[0])
        corners = {n: _corner(opened.pages[n]) for n in (0, *(s.page_index for s in text.sections))}
        repairs = opened.repairs
        pages = len(opened.pages)
    if repairs:
        warnings.insert(0, f"the file is damaged and was repaired ({repairs[0]})")
    warnings += text.warnings
    return PreparedChapter(
        plan=plan,
        position=position,
        sha256=digest,
        source_bytes=source_bytes,
        pages=pages,
        labels=text.labels,
        sections=text.sections,
        warnings=tuple(f"{plan.name}: {text}" for text in warnings),
        repaired=bool(repairs),
        evidence=text.evidence,
        frozen=frozen,
        links=cleaned.links,
        destinations=known.named,
        corners=corners,
        naming=naming,
        page_size=page_size,
        brings_contents=text.lists_book,
    )


def _saved(pdf: pikepdf.Pdf, streams: Sequence[Stream]) -> bytes:
    """Return the file as PDFium is to read it for its text: without the samples of its images.

    A chapter of scanned pages would be in memory once more.
    """
    for stream in streams:
        if stream.get("/Subtype") == "/Image":
            stream.write(b"")
    buffer = BytesIO()
    pdf.save(
        buffer,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        preserve_pdfa=False,
        fix_metadata_version=False,
        static_id=True,
    )
    return buffer.getvalue()


def _corner(page: Dictionary) -> tuple[float, float]:
    """The file's coordinates, in points, of the upper left corner of a page as it is seen."""
    box = _box(page)
    left, right = sorted((box[0], box[2]))
    bottom, top = sorted((box[1], box[3]))
    turned = page.get("/Rotate", 0)  # whatever the file has there
    quarters = int(turned) // 90 % 4 if isinstance(turned, (int, float, Decimal)) else 0
    return left if quarters < 2 else right, top if quarters in (0, 3) else bottom


def _box(page: Dictionary) -> tuple[float, float, float, float]:
    """The part of a page that is seen, by the first of its boxes that is one."""
    for key in ("/CropBox", "/MediaBox"):
        try:
            left, bottom, right, top = (float(value) for value in page.get(key, ()))
        except (TypeError, ValueError):
            continue
        return left, bottom, right, top
    return _LETTER


def _seen_size(page: Dictionary) -> tuple[float, float]:
    """Width and height of a page as it is seen."""
    box = _box(page)
    width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
    turned = page.get("/Rotate", 0)
    quarters = int(turned) // 90 % 2 if isinstance(turned, (int, float, Decimal)) else 0
    return (height, width) if quarters else (width, height)


@dataclass(frozen=True)
class _Text:
    """What was read on the pages of a chapter."""

    labels: tuple[str | None, ...]
    sections: tuple[FoundSection, ...]
    warnings: list[str]
    evidence: Evidence
    lists_book: bool
    body_size: float


def _read_text(
    data: bytes,
    plan: ChapterPlan,
    own_labels: Sequence[str | None],
    outline: Sequence[FoundSection],
    references: ReferenceFinder | None,
    *,
    is_first: bool,
) -> _Text:
    finder = SectionFinder(plan, outline)
    numbers = NumberFinder()
    contents = OwnContents()
    evidence = Evidence()
    seen = 0
    for page in pages_of(data):
        if page.index == 0:
            evidence = check_identity(page, plan)
        finder.read(page)
        numbers.read(page)
        if references:
            references.read(page)
        if is_first:
            contents.read(page)
        seen += 1
    if seen != (pages := len(own_labels)):
        raise RejectedChapter("damaged", f"only {seen} of its {pages} pages can be read")
    sections, warnings = finder.choose(pages)
    printed = numbers.labels(own_labels)
    labels = with_own_labels(printed, own_labels)
    if not any(labels):
        warnings.append("no printed page numbers were found, they are counted on")
    has_text, lines = finder.strange_lines()
    evidence = replace(evidence, printed_labels=any(printed), has_text=has_text, lines=lines)
    lists_book = contents.lead_beyond(labels)
    return _Text(labels, tuple(sections), warnings, evidence, lists_book, finder.body.size)
