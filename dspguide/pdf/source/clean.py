"""Taking out of a chapter all that is not its pages' picture, text and links."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.model import Link
from dspguide.pdf.source.links import Destinations, link_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What a page may have. All else of it is either active (/AA), a date, or for editors.
_PAGE_KEYS = {
    "/Type",
    "/Parent",
    "/MediaBox",
    "/CropBox",
    "/BleedBox",
    "/TrimBox",
    "/ArtBox",
    "/Rotate",
    "/UserUnit",
    "/Resources",
    "/Contents",
    "/Annots",
    "/Group",
}
#: What an annotation may have. Actions, popups and ties to forms and structure are not in it.
_ANNOTATION_KEYS = {
    "/Type",
    "/Subtype",
    "/Rect",
    "/Contents",
    "/NM",
    "/F",
    "/AP",
    "/AS",
    "/Border",
    "/BS",
    "/BE",
    "/C",
    "/IC",
    "/CA",
    "/ca",
    "/BM",
    "/H",
    "/QuadPoints",
    "/L",
    "/LE",
    "/Vertices",
    "/InkList",
    "/DA",
    "/DS",
    "/Q",
    "/CL",
    "/RD",
    "/Name",
    "/Sy",
    "/OC",
    "/T",
    "/Subj",
    "/IT",
}
#: Annotations that are ink on the page. Others are kept as a stamp if they have a picture.
_INK = {
    "/Text",
    "/FreeText",
    "/Line",
    "/Square",
    "/Circle",
    "/Polygon",
    "/PolyLine",
    "/Highlight",
    "/Underline",
    "/Squiggly",
    "/StrikeOut",
    "/Stamp",
    "/Caret",
    "/Ink",
    "/Watermark",
    "/Redact",
}
#: Neither is ever ink: the reader draws popups itself, and traps are for presses.
_NEVER = {"/Popup", "/TrapNet", "/PrinterMark"}
#: Keys of any object that are active, attached, private to a program, or about editing.
_DROPPED_EVERYWHERE = {
    "/AA",
    "/AF",
    "/JS",
    "/OpenAction",
    "/Metadata",
    "/PieceInfo",
    "/LastModified",
    "/Alternates",
    "/OPI",
    "/StructParent",
    "/StructParents",
    "/Thumb",
}
#: Keys by which a stream takes its data or its picture from another file, or from a host.
_ELSEWHERE = {"/F", "/FFilter", "/FDecodeParms", "/Ref"}
#: Actions, by their /S. What is only called like one, such as the style of a border, is not here.
_ACTIONS = {
    "/GoTo",
    "/GoToE",
    "/GoToR",
    "/Hide",
    "/ImportData",
    "/JavaScript",
    "/Launch",
    "/Movie",
    "/Named",
    "/Rendition",
    "/ResetForm",
    "/RichMediaExecute",
    "/SetOCGState",
    "/Sound",
    "/SubmitForm",
    "/Thread",
    "/URI",
}
_CATALOG_KEYS = {"/Type", "/Pages", "/OCProperties"}
_MAX_ANNOTATIONS = 20_000


def clean(pdf: Pdf, pages: list[Dictionary], known: Destinations) -> tuple[Link, ...]:
    """Reduce the file to its pages, in place, and return its links.

    Afterwards the catalog has nothing but the page tree and the layers that decide what is
    visible; annotations are ink or bare links, whose targets are in the returned values.
    """
    links: list[Link] = []
    for index, page in enumerate(pages):
        _drop(page, set(page.keys()) - _PAGE_KEYS)
        links += _clean_annotations(pdf, page, index, known)
    for item in pdf.objects:
        _disarm(item)
    _drop(pdf.Root, set(pdf.Root.keys()) - _CATALOG_KEYS)
    _drop(pdf.trailer, ("/Info", "/ID"))
    return tuple(links)


def _clean_annotations(
    pdf: Pdf, page: Dictionary, index: int, known: Destinations
) -> Iterator[Link]:
    """Clean the annotations of the page at ``index``, each to an object of its own."""
    kept: list[Dictionary] = []
    for found in _annotations(page):
        # A copy, since pages may share what should be on one of them alone.
        annotation = Dictionary(found)  # type: ignore[arg-type]  # it copies any
        result = _clean_annotation(annotation, known)
        if isinstance(result, Link):
            yield replace(result, page_index=index, annotation=len(kept))
        if result:
            kept.append(annotation)
    if kept:
        page.Annots = Array([pdf.make_indirect(annotation) for annotation in kept])
    else:
        _drop(page, ("/Annots",))


def _annotations(page: Dictionary) -> Iterator[Dictionary]:
    annotations = page.get("/Annots")
    if not isinstance(annotations, Array):
        return
    seen: set[tuple[int, int]] = set()
    if len(annotations) > _MAX_ANNOTATIONS:
        raise RejectedChapter("too-big", f"a page has {len(annotations):,} annotations")
    for number in range(len(annotations)):
        annotation = annotations[number]
        if not isinstance(annotation, Dictionary) or annotation.objgen in seen:
            continue
        if annotation.objgen != (0, 0):
            seen.add(annotation.objgen)
        yield annotation


def _clean_annotation(annotation: Dictionary, known: Destinations) -> Link | bool:
    """Clean one annotation in place; False to drop it, its Link if it is one."""
    subtype = text_of(annotation.get("/Subtype"))
    if subtype in _NEVER:
        return False
    link = link_of(annotation, known) if subtype == "/Link" else None
    if link is None and subtype not in _INK:
        # A form's field, a movie's first picture: what is seen stays, what it does goes.
        if "/AP" not in annotation:
            return False
        annotation.Subtype = Name.Stamp
        if subtype == "/Widget" and "/T" in annotation:
            del annotation["/T"]
    _drop(annotation, set(annotation.keys()) - _ANNOTATION_KEYS)
    return link or True


def _disarm(item: Object) -> None:
    """Take all that is active out of an object and the values in it that have no number."""
    if isinstance(item, Array):
        _disarm_array(item)
    elif isinstance(item, (Dictionary, Stream)):
        _disarm_dictionary(item)
        if isinstance(item, Stream) and (item.get("/Subtype") == "/PS" or "/Subtype2" in item):
            # A program for printers, which no reader shows.
            _drop(item, ("/Subtype2", "/PS", "/Level1"))
            item.Subtype, item.BBox = Name.Form, Array([0, 0, 0, 0])
            item.write(b"")


def _disarm_array(array: Array) -> None:
    if b"<<" in array.unparse():  # seldom, and quicker than to look at each value
        for entry in array:
            if isinstance(entry, (Dictionary, Array)) and not entry.is_indirect:
                _disarm(entry)


def _disarm_dictionary(item: Dictionary | Stream) -> None:
    unwanted: set[str] = set()
    if isinstance(item, Stream):
        unwanted = _DROPPED_EVERYWHERE | _ELSEWHERE
    elif "/Type" in item:  # without a type it may be a list of resources, where any name is good
        unwanted = _DROPPED_EVERYWHERE
    for key, value in list(item.items()):
        # No resource is a string.
        if key in unwanted or (key == "/JS" and isinstance(value, String)):
            _drop(item, (key,))
        elif (key == "/S" and isinstance(value, Name) and text_of(value) in _ACTIONS) or (
            key == "/EF" and isinstance(item.get("/F", item.get("/UF")), String)
        ):  # an action, or an attachment
            _drop(item, list(item.keys()))
            return
        elif isinstance(value, (Dictionary, Array)) and not value.is_indirect and key != "/Widths":
            _disarm(value)  # widths are most of all values, and numbers whatever they look like


def _drop(item: Object, keys: Iterable[str]) -> None:
    for key in keys:
        if key not in item:  # or is null there, which pikepdf would not delete
            item[key] = 0
        del item[key]
