"""What stays of a page's annotations: ink, notes, and links without their targets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.source import known_keys
from dspguide.pdf.source.links import Destinations, link_of
from dspguide.pdf.source.values import Number, below, drop, is_new, names, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.pdf.model import Link

#: Annotations that are ink on the page. Others are kept as a stamp if they have a picture.
_INK = names(
    "/Text /FreeText /Line /Square /Circle /Polygon /PolyLine /Highlight /Underline /Squiggly "
    "/StrikeOut /Stamp /Caret /Ink /Watermark /Redact"
)
#: Neither is ever ink: the reader draws popups itself, and traps are for presses.
_NEVER = frozenset(("/Popup", "/TrapNet", "/PrinterMark"))
_MAX_ANNOTATIONS = 20_000
_MAX_DEPTH = 50  # of a form's fields


def clean_annotations(
    pdf: Pdf, page: Dictionary, index: int, known: Destinations
) -> Iterator[Link]:
    """Clean the annotations of the page at 0-based ``index``, each to an object of its own.

    Yields its links. Raises RejectedChapter.
    """
    kept: list[Dictionary] = []
    new_of: dict[Number, Dictionary] = {}
    for found in annotations_of(page):
        # A copy, since pages may share what should be on one of them alone.
        annotation = Dictionary(found)  # type: ignore[arg-type]  # it copies any
        is_link = annotation.get("/Subtype") == "/Link"
        link = link_of(annotation, known) if is_link else None
        if not _clean(annotation, is_alive=link is not None):
            continue
        if link is not None:
            yield replace(link, page_index=index, annotation=len(kept))
        annotation = pdf.make_indirect(annotation)
        kept.append(annotation)
        if found.is_indirect:
            new_of[found.objgen] = annotation
    for annotation in kept:
        # An answer to a note refers to that note as it is now, if it is kept.
        before = annotation.get("/IRT")
        if isinstance(before, Dictionary) and before.objgen in new_of:
            annotation.IRT = new_of[before.objgen]
        elif before is not None:
            del annotation["/IRT"]
    drop(page, ("/Annots",))
    if kept:
        page.Annots = Array(kept)


def annotations_of(page: Dictionary) -> Iterator[Dictionary]:
    """Each annotation of a page, once. Raises RejectedChapter for more than may be."""
    annotations = page.get("/Annots")
    if not isinstance(annotations, Array):
        return
    if len(annotations) > _MAX_ANNOTATIONS:
        raise RejectedChapter("too-big", f"a page has {len(annotations):,} annotations")
    seen: set[Number] = set()
    for number in range(len(annotations)):
        annotation = annotations[number]
        if isinstance(annotation, Dictionary) and is_new(annotation, seen):
            yield annotation


def picture_of(annotation: Dictionary) -> Stream | None:
    """What an annotation shows now: of a box with pictures for its states, the state it is in."""
    normal = below(annotation.get("/AP"), "/N")
    if isinstance(normal, Dictionary) and not isinstance(normal, Stream):
        state = annotation.get("/AS")
        state = state if isinstance(state, Name) else _value(annotation)
        normal = normal.get(state) if state is not None else None
    return normal if isinstance(normal, Stream) else None


def _value(field: Dictionary) -> Name | None:
    """The name that is the value of a field, or of one above it."""
    for _ in range(_MAX_DEPTH):
        value, parent = field.get("/V"), field.get("/Parent")
        if isinstance(value, Name):
            return value
        if not isinstance(parent, Dictionary):
            break
        field = parent
    return None


def _clean(annotation: Dictionary, *, is_alive: bool) -> bool:
    """Clean an annotation, which may be a link that leads somewhere; False to drop it."""
    subtype = text_of(annotation.get("/Subtype"))
    picture = picture_of(annotation)
    if not is_alive and subtype not in _INK:
        # A form's field, a movie's first picture: what is seen stays, what it does goes.
        if picture is None or subtype in _NEVER:
            return False
        annotation.Subtype = Name.Stamp
        if subtype == "/Widget":
            drop(annotation, ("/T",))
    drop(annotation, set(annotation.keys()) - known_keys.ANNOTATION | {"/AP", "/AS"})
    if picture is not None:
        annotation.AP = Dictionary(N=picture)
    return True
