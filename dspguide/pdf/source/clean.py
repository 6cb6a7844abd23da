"""Taking out of a chapter all that is not its pages' picture, text and links."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from dspguide.pdf.source import known_keys
from dspguide.pdf.source.annotations import clean_annotations
from dspguide.pdf.source.soft_masks import is_mask
from dspguide.pdf.source.values import drop, names, text_of
from dspguide.pdf.syntax import LARGEST

if TYPE_CHECKING:
    from dspguide.pdf.model import Link
    from dspguide.pdf.source.links import Destinations

#: Actions, by their /S. What is only called like one, such as the style of a border, is not here.
_ACTIONS = names(
    "/GoTo /GoTo3DView /GoToDp /GoToE /GoToR /Hide /ImportData /JavaScript /Launch /Movie "
    "/Named /Rendition /ResetForm /RichMediaExecute /SetOCGState /Sound /SubmitForm /Thread "
    "/Trans /URI"
)
#: Things that are no part of a picture, by their /Type.
_NO_PICTURES = names(
    "/3D /Action /EmbeddedFile /F /Filespec /MediaClip /Metadata /Movie /Rendition /Sig /Sound"
)
_CATALOG_KEYS = {"/Type", "/Pages", "/OCProperties", "/OutputIntents", "/ViewerPreferences"}
#: Without one of these, readers take the page's /MediaBox.
_BOXES = ("/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")
_OBJECT_NUMBER = tuple[int, int]


class _Role(Enum):
    """What a dictionary is, by the way that led to it."""

    RESOURCES = auto()
    NAMED = auto()
    """A list of things by their names."""
    OTHER = auto()


@dataclass
class Cleaned:
    """What clean() has seen on its way."""

    links: tuple[Link, ...]
    streams: list[Stream]
    """All that the pages lead to."""
    masks: bool
    """Whether there are soft masks."""


def clean(pdf: Pdf, pages: list[Dictionary], known: Destinations) -> Cleaned:
    """Reduce the file to its pages, in place.

    Afterwards the catalog has nothing but the page tree, the layers that decide what is visible,
    the output intents and the reading direction; annotations are ink or bare links, whose targets
    are in the returned value; and no object that a page leads to has a key that is not known.
    """
    links: list[Link] = []
    cleaner = _Cleaner()
    for index, page in enumerate(pages):
        drop(page, set(page.keys()) - known_keys.PAGE)
        drop(page, [key for key in _BOXES if key in page and not _is_within_reach(page[key])])
        links += clean_annotations(pdf, page, index, known)
        cleaner.clean_page(page)
    _clean_catalog(pdf, cleaner)
    drop(pdf.trailer, ("/Info", "/ID"))
    return Cleaned(tuple(links), list(cleaner.streams.values()), cleaner.masks)


def _clean_catalog(pdf: Pdf, cleaner: _Cleaner) -> None:
    root = pdf.Root
    drop(root, set(root.keys()) - _CATALOG_KEYS)
    layers = root.get("/OCProperties")
    groups = layers.get("/OCGs") if isinstance(layers, Dictionary) else None
    if groups is not None:
        cleaner.clean(groups)
    _clean_intents(pdf, cleaner)


def _clean_intents(pdf: Pdf, cleaner: _Cleaner) -> None:
    root = pdf.Root
    intents = root.get("/OutputIntents")
    listed = list(intents) if isinstance(intents, Array) else []
    kept = [one for one in listed if isinstance(one, Dictionary)]
    for one in kept:
        cleaner.clean(one)
    drop(root, ("/OutputIntents",))
    if kept:
        root.OutputIntents = Array([pdf.make_indirect(one) for one in kept])


def _is_within_reach(box: Any) -> bool:
    """Whether no number of a box is beyond what readers take."""
    values: list[Any] = list(box) if isinstance(box, Array) else []
    return all(-LARGEST <= one <= LARGEST for one in values if isinstance(one, (int, Decimal)))


class _Cleaner:
    """Goes once through all that its roots lead to, by whatever way."""

    def __init__(self) -> None:
        self._seen: set[tuple[_OBJECT_NUMBER, _Role]] = set()
        self._left: list[tuple[Object, _Role]] = []
        self.streams: dict[_OBJECT_NUMBER, Stream] = {}
        self.masks = False

    def clean_page(self, page: Dictionary) -> None:
        annotations = page.get("/Annots")
        for annotation in annotations if isinstance(annotations, Array) else ():
            if isinstance(annotation, Dictionary):
                self._go_on(annotation)
        self._go_on(page)
        self._work()

    def clean(self, item: Object) -> None:
        self._push(item, _Role.OTHER)
        self._work()

    def _go_on(self, item: Dictionary) -> None:
        """Clean what is below a dictionary whose own keys are right already."""
        for key, value in item.items():
            if key not in ("/Parent", "/Annots", "/IRT"):
                self._push(value, _role(_Role.OTHER, key))

    def _push(self, value: object, role: _Role) -> None:
        if not isinstance(value, (Dictionary, Array, Stream)):
            return
        if value.is_indirect:
            if (value.objgen, role) in self._seen:
                return
            self._seen.add((value.objgen, role))
            if isinstance(value, Stream):
                self.streams[value.objgen] = value
        self._left.append((value, role))

    def _work(self) -> None:
        while self._left:
            item, role = self._left.pop()
            if isinstance(item, Array):
                self._clean_array(item)
            elif isinstance(item, (Dictionary, Stream)):
                self._clean_dictionary(item, role)

    def _clean_array(self, array: Array) -> None:
        text = array.unparse(resolved=True)
        if b"<<" in text or b" R" in text or text.find(b"[", 1) > 0:  # seldom, and quicker to see
            for entry in array:
                self._push(entry, _Role.OTHER)

    def _clean_dictionary(self, item: Dictionary | Stream, role: _Role) -> None:
        if _is_no_picture(item) or (isinstance(item, Stream) and _is_for_printers(item)):
            _empty(item)
            return
        if role is not _Role.NAMED:
            good = known_keys.RESOURCES if role is _Role.RESOURCES else known_keys.ELSEWHERE
            drop(item, set(item.keys()) - good)
            self.masks = self.masks or is_mask(item)
        for key, value in list(item.items()):
            if role is _Role.NAMED and not _is_resource(value):
                drop(item, (key,))
            else:
                self._push(value, _role(role, key))


def _is_resource(value: object) -> bool:
    """Whether it may be one of the things that have names: those without an inside are names too,
    of colour spaces.
    """
    named = isinstance(value, Name) and text_of(value) not in _ACTIONS
    return named or isinstance(value, (Dictionary, Array, Stream))


def _role(parent: _Role, key: str) -> _Role:
    if parent is _Role.RESOURCES:
        return _Role.NAMED
    if parent is _Role.NAMED:
        return _Role.OTHER
    if key == "/Resources":
        return _Role.RESOURCES
    return _Role.NAMED if key in known_keys.NAMED else _Role.OTHER


def _is_no_picture(item: Dictionary | Stream) -> bool:
    kind, action = item.get("/Type"), item.get("/S")
    return (
        (isinstance(action, Name) and text_of(action) in _ACTIONS)
        or (isinstance(kind, Name) and text_of(kind) in _NO_PICTURES)
        or ("/EF" in item and isinstance(item.get("/F", item.get("/UF")), String))
    )


def _is_for_printers(stream: Stream) -> bool:
    """Whether it is a program in PostScript, which no reader shows."""
    return stream.get("/Subtype") == "/PS" or "/Subtype2" in stream


def _empty(item: Dictionary | Stream) -> None:
    """Leave nothing of it, or a picture that shows nothing."""
    drop(item, set(item.keys()) - {"/Length"})
    if isinstance(item, Stream):
        item.Type, item.Subtype, item.BBox = Name.XObject, Name.Form, Array([0, 0, 0, 0])
        item.write(b"")
