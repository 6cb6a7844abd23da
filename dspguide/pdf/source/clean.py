"""Taking out of a chapter all that is not its pages' picture, text and links."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from dspguide.pdf.source import known_keys
from dspguide.pdf.source.annotations import annotations_of, clean_annotations
from dspguide.pdf.source.freeze import is_mask
from dspguide.pdf.source.values import (
    Number,
    below,
    drop,
    items_of,
    names,
    show_nothing,
    text_of,
    tree,
)
from dspguide.pdf.syntax import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

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
#: Annotations that are media.
_MEDIA = frozenset(("/3D", "/Movie", "/RichMedia", "/Screen", "/Sound"))
_ATTACHMENTS = "attachment", "attachments"
_FILMS = "film, sound or model", "films, sounds or models"
_THREADS = "article thread", "article threads"

#: The keys that a dictionary may have, by the way that led to it: these, or for a list of things by
#: their names, any.
_Keys = frozenset[str]
_ANY: _Keys = frozenset()


@dataclass
class Cleaned:
    """What clean() has seen on its way.

    ``streams`` are all that the pages lead to, ``masks`` says whether there are soft masks.
    """

    links: tuple[Link, ...]
    streams: list[Stream]
    masks: bool


def left_out(pdf: Pdf, pages: Sequence[Dictionary]) -> str | None:
    """A sentence that names what clean() will take out and somebody might look for."""
    root = pdf.Root
    kinds = [text_of(one.get("/Subtype")) for page in pages for one in annotations_of(page)]
    files = tree(below(root.get("/Names"), "/EmbeddedFiles"), "/Names")
    counts = {
        _FILMS: sum(kind in _MEDIA for kind in kinds),
        _ATTACHMENTS: kinds.count("/FileAttachment") + sum(isinstance(k, String) for k, _ in files),
        _THREADS: len(items_of(root.get("/Threads"))),
    }
    found = [f"{n} {one if n == 1 else many}" for (one, many), n in counts.items() if n]
    if "/Collection" in root:
        found.append("the portfolio around it")
    if below(root.get("/AcroForm"), "/XFA") is not None:
        found.append("a form in XFA")
    if below(root.get("/StructTreeRoot"), "/K") is not None:
        found.append("the tags for screen readers")
    return f"left out of the book: {', '.join(found)}" if found else None


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
        drop(page, [key for key in _BOXES if not _is_within_reach(page.get(key))])
        links += clean_annotations(pdf, page, index, known)
        cleaner.clean_below(*items_of(page.get("/Annots")), page)
    root = pdf.Root
    drop(root, set(root.keys()) - _CATALOG_KEYS)
    cleaner.clean(below(root.get("/OCProperties"), "/OCGs"))
    intents = [one for one in items_of(root.get("/OutputIntents")) if isinstance(one, Dictionary)]
    drop(root, ("/OutputIntents",))
    for intent in intents:
        cleaner.clean(intent)
    if intents:
        root.OutputIntents = Array([pdf.make_indirect(one) for one in intents])
    drop(pdf.trailer, ("/Info", "/ID"))
    return Cleaned(tuple(links), list(cleaner.streams.values()), cleaner.masks)


def _is_within_reach(box: Object | None) -> bool:
    """Whether no number of a box is beyond what readers take."""
    values: list[Any] = items_of(box)
    return all(-LARGEST <= one <= LARGEST for one in values if isinstance(one, (int, Decimal)))


class _Cleaner:
    """Goes once through all that its roots lead to, by whatever way."""

    def __init__(self) -> None:
        self._seen: set[tuple[Number, _Keys]] = set()
        self._left: list[tuple[Object, _Keys]] = []
        self.streams: dict[Number, Stream] = {}
        self.masks = False

    def clean_below(self, *items: Object) -> None:
        """Clean what is below dictionaries whose own keys are right already."""
        for item in items:
            for key, value in item.items():
                if key not in ("/Parent", "/Annots", "/IRT"):
                    self._push(value, _keys_below(known_keys.ELSEWHERE, key))
        self._work()

    def clean(self, item: Object | None) -> None:
        """Clean an object and what is below it."""
        self._push(item, known_keys.ELSEWHERE)
        self._work()

    def _push(self, value: object, good: _Keys) -> None:
        if not isinstance(value, (Dictionary, Array, Stream)):
            return
        if value.is_indirect:
            if (value.objgen, good) in self._seen:
                return
            self._seen.add((value.objgen, good))
            if isinstance(value, Stream):
                self.streams[value.objgen] = value
        self._left.append((value, good))

    def _work(self) -> None:
        while self._left:
            item, good = self._left.pop()
            if isinstance(item, Array):
                self._clean_array(item)
            elif isinstance(item, (Dictionary, Stream)):
                self._clean_dictionary(item, good)

    def _clean_array(self, array: Array) -> None:
        text = array.unparse(resolved=True)
        if b"<<" in text or b" R" in text or text.find(b"[", 1) > 0:  # seldom, and quicker to see
            for entry in array:
                self._push(entry, known_keys.ELSEWHERE)

    def _clean_dictionary(self, item: Dictionary | Stream, good: _Keys) -> None:
        if _is_no_picture(item):
            show_nothing(item)
            return
        if good is _ANY:
            drop(item, [key for key, value in item.items() if not _may_have_a_name(value)])
        else:
            drop(item, set(item.keys()) - good)
            self.masks = self.masks or is_mask(item)
        for key, value in item.items():
            self._push(value, _keys_below(good, key))


def _keys_below(good: _Keys, key: str) -> _Keys:
    if good is known_keys.RESOURCES:
        return _ANY
    if good is _ANY:
        return known_keys.ELSEWHERE
    if key == "/Resources":
        return known_keys.RESOURCES
    return _ANY if key in known_keys.NAMED else known_keys.ELSEWHERE


def _may_have_a_name(value: object) -> bool:
    """Whether it may be one of the things that have names: those without an inside are names too,
    of colour spaces.
    """
    is_name = isinstance(value, Name) and text_of(value) not in _ACTIONS
    return is_name or isinstance(value, (Dictionary, Array, Stream))


def _is_no_picture(item: Dictionary | Stream) -> bool:
    """Whether it is an action, media, a file, or a program in PostScript, which no reader shows."""
    kind, action = item.get("/Type"), item.get("/S")
    return (
        (isinstance(action, Name) and text_of(action) in _ACTIONS)
        or (isinstance(kind, Name) and text_of(kind) in _NO_PICTURES)
        or ("/EF" in item and isinstance(item.get("/F", item.get("/UF")), String))
        or (isinstance(item, Stream) and (item.get("/Subtype") == "/PS" or "/Subtype2" in item))
    )
