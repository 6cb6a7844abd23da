"""From a chapter's file as it came to a chapter that can be bound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Stream

from dspguide.pdf.analysis.identity import check_identity
from dspguide.pdf.analysis.own_contents import OwnContents
from dspguide.pdf.analysis.page_number_detection import NumberFinder, with_own_labels
from dspguide.pdf.analysis.references import ReferenceFinder
from dspguide.pdf.analysis.sections import SectionFinder
from dspguide.pdf.analysis.text import pages_of
from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.model import ChapterPlan, Evidence, FoundSection, Limits, PreparedChapter
from dspguide.pdf.naming import Naming
from dspguide.pdf.source.clean import clean
from dspguide.pdf.source.freeze import freeze
from dspguide.pdf.source.links import destinations, link_boxes
from dspguide.pdf.source.opening import OpenedChapter, open_chapter
from dspguide.pdf.source.page_labels import read_page_labels
from dspguide.pdf.source.source_outline import read_outline
from dspguide.pdf.source.streams import StreamReport, compress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dspguide.pdf.analysis.own_outline import OutlineEntry

_FLATE = Name.FlateDecode
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
    content = source.read_bytes()
    told = f"{plan.name} cannot be bound"
    try:
        return _prepare(content, plan, position, limits or Limits(), find_references)
    except RejectedChapter as rejected:
        raise RejectedChapter(rejected.reason, f"{told}: {rejected.detail}") from rejected
    except MemoryError as error:
        raise RejectedChapter("too-big", f"{told}: it takes too much memory") from error
    except _SURPRISES as error:
        detail = f"{told}: {type(error).__name__} while reading it: {error}"
        raise RejectedChapter("damaged", detail) from error


def _prepare(
    content: bytes, plan: ChapterPlan, position: int, limits: Limits, find_references: bool
) -> PreparedChapter:
    digest = hashlib.sha256(content).hexdigest()
    opened = open_chapter(content, limits)
    with opened.pdf as pdf:
        known = destinations(pdf, opened.pages)
        outline = read_outline(pdf, known, len(opened.pages))
        own_labels = read_page_labels(pdf, len(opened.pages))
        links = clean(pdf, opened.pages, known)
        report = compress(pdf, limits)
        warnings = _check_contents(opened, report)
        references = ReferenceFinder() if find_references else None
        text = _read_text(
            _saved(pdf), plan, own_labels, outline, references, is_first=position == 0
        )
        taken = link_boxes(opened.pages, links)
        naming = references.finish(text.labels, taken) if references else Naming()
        page_size = _seen_size(opened.pages[0])
        frozen = freeze(pdf, opened.pages, f"{position} {digest}")
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
        source_bytes=len(content),
        pages=pages,
        labels=text.labels,
        sections=text.sections,
        warnings=tuple(f"{plan.name}: {text}" for text in warnings),
        repaired=bool(repairs),
        evidence=text.evidence,
        frozen=frozen,
        links=links,
        destinations=known.named,
        corners=corners,
        naming=naming,
        page_size=page_size,
        brings_contents=text.lists_book,
    )


def _saved(pdf: pikepdf.Pdf) -> bytes:
    """Return the file as PDFium is to read it, its streams as they are."""
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


def _check_contents(opened: OpenedChapter, report: StreamReport) -> list[str]:
    """Refuse pages whose content cannot be decoded or is not there; warn of other streams."""
    warnings = []
    contents: set[int] = set()
    for number, page in enumerate(opened.pages, start=1):
        if "/Contents" not in page and opened.repairs:
            # A blank page is a page; one that is blank since the file broke has lost its content.
            raise RejectedChapter("damaged", f"the content of its page {number} is lost")
        parts = _parts(page)
        if any(part is None for part in parts) and not opened.repairs:
            # Readers pass over what was never there; in a broken file it is lost content.
            parts = [part for part in parts if part is not None]
            page.Contents = Array(parts)
        for part in parts:
            if not isinstance(part, Stream):
                raise RejectedChapter("damaged", f"the content of its page {number} is missing")
            contents.add(part.objgen[0])
            if part.objgen[0] in report.broken or part.get("/Filter", _FLATE) != _FLATE:
                raise RejectedChapter("damaged", f"the content of its page {number} is damaged")
    if others := [number for number in report.broken if number not in contents]:
        warnings.append(f"{len(others)} of its images or fonts cannot be decoded, kept as they are")
    return warnings


def _parts(page: Dictionary) -> list[object]:
    if "/Contents" not in page:
        return []
    contents = page.get("/Contents")
    return list(contents) if isinstance(contents, Array) else [contents]


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


def _read_text(
    data: bytes,
    plan: ChapterPlan,
    own_labels: Sequence[str | None],
    outline: Sequence[OutlineEntry],
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
    return _Text(labels, tuple(sections), warnings, evidence, contents.lead_beyond(labels))
