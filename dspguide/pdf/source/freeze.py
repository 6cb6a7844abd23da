"""Freezing a chapter: its pages, and all that they refer to, turned into bytes.

Equal objects are one in the book. But a form that is painted through a soft mask made of an equal
form would then be met again inside its own mask, which MuPDF takes for a form that contains itself,
and paints nothing. Chrome's "Save as PDF" writes such pairs. So objects are one only within a
level: that of the pages, that of the masks used there, that of the masks used in those, and so on.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from pikepdf import Array, Dictionary, Object, Pdf, Stream

from dspguide.pdf.frozen import Frozen, FrozenChapter, Layers
from dspguide.pdf.source.values import Number, below, items_of
from dspguide.pdf.syntax import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_DIGEST_BYTES = 16
_STRING = rb"\((?:[^()\\]|\\.)*\)|<[0-9a-f]*>"
#: A reference, told from what looks like one in a string; qpdf puts a space on both its sides.
_REFERENCE = re.compile(_STRING + rb"|(?<![^ ])(\d+) (\d+) R(?![^ ])", re.DOTALL)
#: A number that may be larger than readers take, or what looks like one in a string.
_LONG = re.compile(_STRING + rb"|(?<![^ ])([-+]?\d{10,}(?:\.\d*)?)(?![^ ])", re.DOTALL)
_MANY_DIGITS = re.compile(rb"\d{10}")
_DIRECTIONS = ("/L2R", "/R2L")
_MASKS = ("/Alpha", "/Luminosity")
_MOST_LEVELS = 8  # masks in a circle have no end


def freeze(
    pdf: Pdf, pages: Sequence[Dictionary], name: str, *, masks: bool = True
) -> FrozenChapter:
    """Freeze the pages of a cleaned chapter; ``name`` tells them from those of other files.

    ``masks`` says whether the file has soft masks, or may have.
    """
    freezer = _Freezer(pdf, name, _mask_levels(pages) if masks else {})
    places = [freezer.reserve(page.objgen) for page in pages]
    layers = _layers(freezer, pdf.Root.get("/OCProperties"))
    annotations = tuple(freezer.freeze_page(*pair) for pair in zip(places, pages, strict=True))
    intents = tuple(map(freezer.freeze, _references(pdf.Root.get("/OutputIntents"))))
    said = below(pdf.Root.get("/ViewerPreferences"), "/Direction")
    direction = next((one for one in _DIRECTIONS if said == one), None)
    return FrozenChapter(tuple(freezer.objects), annotations, layers, intents, direction)


class _Syntax(NamedTuple):
    """An object's syntax, taken apart at its references."""

    parts: tuple[bytes, ...]
    references: tuple[Number, ...]
    stream: bytes | None


class _Freezer:
    def __init__(self, pdf: Pdf, name: str, levels: Mapping[Number, tuple[int, ...]]) -> None:
        self.objects: list[Frozen] = []
        self._pdf = pdf
        self._name = name
        self._levels = levels
        self._place_of: dict[Number, int] = {}
        self._place_of_digest: dict[bytes, int] = {}

    def reserve(self, number: Number) -> int:
        """Make a place for an object that is never the same as another one."""
        unique = f"{self._name}\0{len(self.objects)}".encode()
        return self._add(number, hashlib.blake2b(unique, digest_size=_DIGEST_BYTES).digest())

    def freeze_page(self, place: int, page: Dictionary) -> tuple[int, ...]:
        """Freeze a page in its place, and its annotations; returns the places of those.

        Annotations that say the same stay apart, since each may belong to one page only and stand
        there once (ISO 32000-1, 12.5.2).
        """
        annotations = items_of(page.get("/Annots"))
        places = [self.reserve(annotation.objgen) for annotation in annotations]
        for own, annotation in zip(places, annotations, strict=True):
            self._fill(own, _syntax_of(annotation))
        bare = Dictionary(page)  # type: ignore[arg-type]  # it copies any
        for key in ("/Annots", "/Parent"):
            if key in bare:
                del bare[key]
        self._fill(place, _taken_apart(bare.unparse()))
        return tuple(places)

    def freeze_apart(self, number: Number) -> int:
        """Freeze what is never the same as another object; returns its place."""
        if number not in self._place_of:
            self._fill(self.reserve(number), _syntax_of(self._pdf.get_object(number)))
        return self._place_of[number]

    def freeze(self, number: Number) -> int:
        """Freeze what a reference leads to; returns its place.

        Works from the leaves up, as a digest contains those of all that an object refers to. An
        object that leads back to itself has a digest of its own, and is never merged.
        """
        way = [number]
        open_: dict[Number, _Syntax] = {}
        while way:
            at = way[-1]
            if at in open_:
                way.pop()
                self._settle(at, open_.pop(at))
            elif at in self._place_of:
                way.pop()
            else:
                open_[at] = syntax = _syntax_of(self._pdf.get_object(at))
                missing = [n for n in syntax.references if n not in self._place_of]
                for other in missing:
                    if other in open_:
                        self.reserve(other)
                way.extend(n for n in reversed(missing) if n not in open_)
        return self._place_of[number]

    def _settle(self, number: Number, syntax: _Syntax) -> None:
        """Give an object its place, which is that of an equal one, if all below it have theirs."""
        place = self._place_of.get(number)
        if place is None:
            digest = self._digest(number, syntax)
            place = self._place_of_digest.get(digest)
            if place is not None:
                self._place_of[number] = place
                return
            place = self._place_of_digest[digest] = self._add(number, digest)
        self._put(place, syntax)

    def _add(self, number: Number, digest: bytes) -> int:
        self._place_of[number] = place = len(self.objects)
        self.objects.append(Frozen(digest, (b"null",)))
        return place

    def _fill(self, place: int, syntax: _Syntax) -> None:
        """Freeze all that an object refers to, then the object in a place that was reserved."""
        for number in syntax.references:
            self.freeze(number)
        self._put(place, syntax)

    def _put(self, place: int, syntax: _Syntax) -> None:
        item = self.objects[place]
        item.parts, item.stream = syntax.parts, syntax.stream
        item.references = tuple(self._place_of[number] for number in syntax.references)

    def _digest(self, number: Number, syntax: _Syntax) -> bytes:
        digest = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=self._salt(number))
        for part in syntax.parts:
            digest.update(b"%d:" % len(part))
            digest.update(part)
        for other in syntax.references:
            digest.update(self.objects[self._place_of[other]].digest)
        if syntax.stream is not None:
            digest.update(b"stream")
            digest.update(syntax.stream)
        return digest.digest()

    def _salt(self, number: Number) -> bytes:
        """What tells an object from those that say the same in other levels of soft masks."""
        levels = self._levels.get(number)
        if levels is None or not _may_contain_itself(self._pdf.get_object(number)):
            return b""
        return b"level %d" % levels if len(levels) == 1 else f"{self._name}\0{number}".encode()


def _may_contain_itself(item: Object) -> bool:
    """Whether it is one of the things that readers watch for going in circles."""
    return isinstance(item, (Dictionary, Stream)) and (
        item.get("/Subtype") in ("/Form", "/Type3") or item.get("/PatternType") == 1
    )


def _syntax_of(value: object) -> _Syntax:
    if not isinstance(value, Object):  # pikepdf makes plain values of numbers, booleans and null
        return _taken_apart(Array([value]).unparse()[2:-2])
    if not isinstance(value, Stream):
        return _taken_apart(value.unparse(resolved=True))
    data = value.read_raw_bytes()
    header = Dictionary(value.stream_dict)  # type: ignore[arg-type]  # it copies any
    header["/Length"] = len(data)
    return _taken_apart(header.unparse(), data)


def _taken_apart(text: bytes, stream: bytes | None = None) -> _Syntax:
    if _MANY_DIGITS.search(text):
        text = _LONG.sub(_within_reach, text)
    parts: list[bytes] = []
    references: list[Number] = []
    start = 0
    for match in _REFERENCE.finditer(text):
        if match[1] is not None:
            parts.append(text[start : match.start()])
            references.append((int(match[1]), int(match[2])))
            start = match.end()
    return _Syntax((*parts, text[start:]), tuple(references), stream)


def _within_reach(match: re.Match[bytes]) -> bytes:
    """A number as readers take it: most of them have 32 bits for an integer."""
    if match[1] is None or abs(float(match[1])) <= LARGEST:
        return match[0]
    return b"%d" % (LARGEST if float(match[1]) > 0 else -LARGEST)


def _layers(freezer: _Freezer, properties: Object | None) -> Layers:
    """Freeze what a chapter's /OCProperties says; its order and names in panels are not kept.

    Layers of the same name stay apart, since one may be on and the other off.
    """
    groups, default = _references(below(properties, "/OCGs")), below(properties, "/D")
    off = set(_references(below(default, "/OFF")))
    if below(default, "/BaseState") == "/OFF":
        off = set(groups) - set(_references(below(default, "/ON")))
    places = {number: freezer.freeze_apart(number) for number in dict.fromkeys(groups)}
    hidden = (place for number, place in places.items() if number in off)
    return Layers(tuple(places.values()), tuple(hidden))


def _references(value: Object | None) -> list[Number]:
    found = items_of(value)
    return [item.objgen for item in found if isinstance(item, Object) and item.is_indirect]


def is_mask(item: Dictionary | Stream) -> bool:
    """Whether a dictionary is a soft mask that is made of a form."""
    return "/G" in item and item.get("/S") in _MASKS


def _mask_levels(pages: Sequence[Dictionary]) -> dict[Number, tuple[int, ...]]:
    """The levels of every object that is in a mask, from 1, and also 0 where a page has it too."""
    levels: dict[Number, tuple[int, ...]] = {}
    roots: Sequence[object] = pages
    for level in range(_MOST_LEVELS):
        reached: set[Number] = set()
        masks: list[object] = []  # the forms that make those that are used on this level
        left = list(roots)
        while left:
            item = left.pop()
            if not isinstance(item, (Dictionary, Array, Stream)):
                continue
            if item.is_indirect:
                if item.objgen in reached:
                    continue
                reached.add(item.objgen)
            left += _below(item, masks)
        for number in reached:
            levels[number] = (*levels.get(number, ()), level)
        roots = masks
    return {number: found for number, found in levels.items() if found != (0,)}


def _below(item: Dictionary | Array | Stream, masks: list[object]) -> Iterable[object]:
    """What an object leads to without going into masks; the forms that make these go apart."""
    if isinstance(item, Array):
        yield from item
        return
    mask = is_mask(item)
    for key, value in item.items():
        if mask and key == "/G":
            if isinstance(value, Stream):
                masks.append(value)
        elif key != "/Parent":
            yield value
