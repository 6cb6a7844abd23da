"""Freezing a chapter: its pages, and all that they refer to, turned into bytes."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Object, Pdf, Stream

from dspguide.pdf.frozen import Frozen, FrozenChapter, Layers
from dspguide.pdf.source.soft_masks import Number, mask_levels
from dspguide.pdf.syntax import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DIGEST_BYTES = 16
#: A reference, told from what looks like one in a string; qpdf puts a space on both its sides.
_REFERENCE = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|<[0-9a-f]*>|(?<![^ ])(\d+) (\d+) R(?![^ ])", re.DOTALL
)
#: A number that may be larger than readers take, or what looks like one in a string.
_LONG = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|<[0-9a-f]*>|(?<![^ ])([-+]?\d{10,}(?:\.\d*)?)(?![^ ])", re.DOTALL
)
_MANY_DIGITS = re.compile(rb"\d{10}")
_DIRECTIONS = ("/L2R", "/R2L")


def freeze(
    pdf: Pdf, pages: Sequence[Dictionary], name: str, *, masks: bool = True
) -> FrozenChapter:
    """Freeze the pages of a cleaned chapter; ``name`` tells them from those of other files.

    ``masks`` says whether the file has soft masks, or may have.
    """
    freezer = _Freezer(pdf, name, mask_levels(pages) if masks else {})
    places = [freezer.reserve(page.objgen) for page in pages]
    layers = _layers(freezer, pdf.Root.get("/OCProperties"))
    annotations = tuple(freezer.freeze_page(*pair) for pair in zip(places, pages, strict=True))
    intents = tuple(
        freezer.freeze(number) for number in _references(pdf.Root.get("/OutputIntents"))
    )
    preferences = pdf.Root.get("/ViewerPreferences")
    direction = preferences.get("/Direction") if isinstance(preferences, Dictionary) else None
    return FrozenChapter(
        tuple(freezer.objects),
        annotations,
        layers,
        intents,
        next((name for name in _DIRECTIONS if direction == name), None),
    )


class _Parsed:
    """An object's syntax, taken apart at its references."""

    __slots__ = ("parts", "references", "stream")

    def __init__(self, text: bytes, stream: bytes | None) -> None:
        self.stream = stream
        if _MANY_DIGITS.search(text):
            text = _LONG.sub(_within_reach, text)
        self.parts: list[bytes] = []
        self.references: list[Number] = []
        start = 0
        for match in _REFERENCE.finditer(text):
            if match[1] is not None:
                self.parts.append(text[start : match.start()])
                self.references.append((int(match[1]), int(match[2])))
                start = match.end()
        self.parts.append(text[start:])


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
        digest = hashlib.blake2b(unique, digest_size=_DIGEST_BYTES).digest()
        self.objects.append(Frozen(digest, (b"null",)))
        self._place_of[number] = place = len(self.objects) - 1
        return place

    def freeze_page(self, place: int, page: Dictionary) -> tuple[int, ...]:
        """Freeze a page in its place, and its annotations; returns the places of those.

        Annotations that say the same stay apart, since each may belong to one page only and stand
        there once (ISO 32000-1, 12.5.2).
        """
        found = page.get("/Annots")
        annotations = list(found) if isinstance(found, Array) else []
        places = [self.reserve(annotation.objgen) for annotation in annotations]
        for own, annotation in zip(places, annotations, strict=True):
            self._fill(own, _parse(annotation))
        bare = Dictionary(page)  # type: ignore[arg-type]  # it copies any
        for key in ("/Annots", "/Parent"):
            if key in bare:
                del bare[key]
        self._fill(place, _Parsed(bare.unparse(), None))
        return tuple(places)

    def freeze_apart(self, number: Number) -> int:
        """Freeze what is never the same as another object; returns its place."""
        place = self._place_of.get(number)
        if place is None:
            place = self.reserve(number)
            self._fill(place, _parse(self._pdf.get_object(number)))
        return place

    def freeze(self, number: Number) -> int:
        """Freeze what a reference leads to; returns its place.

        Works from the leaves up, as a digest contains those of all that an object refers to. An
        object that leads back to itself has a digest of its own, and is never merged.
        """
        way = [number]
        open_: dict[Number, _Parsed] = {}
        while way:
            number = way[-1]
            parsed = open_.get(number)
            if parsed is None:
                if number in self._place_of:
                    way.pop()
                    continue
                parsed = open_[number] = _parse(self._pdf.get_object(number))
                below = [n for n in parsed.references if n not in self._place_of]
                for other in below:
                    if other in open_:
                        self.reserve(other)
                way.extend(n for n in reversed(below) if n not in open_)
                continue
            way.pop()
            del open_[number]
            self._settle(number, parsed)
        return self._place_of[number]

    def _settle(self, number: Number, parsed: _Parsed) -> None:
        place = self._place_of.get(number)
        if place is None:
            frozen = self._frozen(parsed, self._salt(number))
            place = self._place_of_digest.setdefault(frozen.digest, len(self.objects))
            self._place_of[number] = place
            if place == len(self.objects):
                self.objects.append(frozen)
        else:  # part of a circle
            self._put(place, parsed)

    def _fill(self, place: int, parsed: _Parsed) -> None:
        """Freeze all that an object refers to, then the object in a place that was reserved."""
        for number in parsed.references:
            self.freeze(number)
        self._put(place, parsed)

    def _put(self, place: int, parsed: _Parsed) -> None:
        digest = self.objects[place].digest
        self.objects[place] = self._frozen(parsed)
        self.objects[place].digest = digest

    def _salt(self, number: Number) -> bytes:
        """What tells an object from those that say the same in other levels of soft masks."""
        levels = self._levels.get(number)
        if levels is None or not _may_contain_itself(self._pdf.get_object(number)):
            return b""
        if len(levels) == 1:
            return b"level %d" % levels
        return f"{self._name}\0{number}".encode()

    def _frozen(self, parsed: _Parsed, salt: bytes = b"") -> Frozen:
        references = tuple(self._place_of[number] for number in parsed.references)
        digest = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=salt)
        for part in parsed.parts:
            digest.update(b"%d:" % len(part))
            digest.update(part)
        for place in references:
            digest.update(self.objects[place].digest)
        if parsed.stream is not None:
            digest.update(b"stream")
            digest.update(parsed.stream)
        return Frozen(digest.digest(), tuple(parsed.parts), references, parsed.stream)


def _may_contain_itself(item: Object) -> bool:
    """Whether it is one of the things that readers watch for going in circles."""
    return isinstance(item, (Dictionary, Stream)) and (
        item.get("/Subtype") in ("/Form", "/Type3") or item.get("/PatternType") == 1
    )


def _within_reach(match: re.Match[bytes]) -> bytes:
    """A number as readers take it: most of them have 32 bits for an integer."""
    if match[1] is None or abs(float(match[1])) <= LARGEST:
        return match[0]
    return b"%d" % (LARGEST if float(match[1]) > 0 else -LARGEST)


def _parse(value: object) -> _Parsed:
    if not isinstance(value, Object):  # pikepdf makes plain values of numbers, booleans and null
        return _Parsed(Array([value]).unparse()[2:-2], None)
    if not isinstance(value, Stream):
        return _Parsed(value.unparse(resolved=True), None)
    data = value.read_raw_bytes()
    header = Dictionary(value.stream_dict)  # type: ignore[arg-type]  # it copies any
    header["/Length"] = len(data)
    return _Parsed(header.unparse(), data)


def _layers(freezer: _Freezer, properties: Object | None) -> Layers:
    """Freeze what a chapter's /OCProperties says; its order and names in panels are not kept.

    Layers of the same name stay apart, since one may be on and the other off.
    """
    if not isinstance(properties, Dictionary):
        return Layers()
    groups = _references(properties.get("/OCGs"))
    default = properties.get("/D")
    if not isinstance(default, Dictionary):
        default = Dictionary()
    if default.get("/BaseState") == "/OFF":
        off = set(groups) - set(_references(default.get("/ON")))
    else:
        off = set(_references(default.get("/OFF")))
    places = {number: freezer.freeze_apart(number) for number in dict.fromkeys(groups)}
    return Layers(
        tuple(places.values()), tuple(place for number, place in places.items() if number in off)
    )


def _references(value: Object | None) -> list[Number]:
    if not isinstance(value, Array):
        return []
    return [item.objgen for item in value if isinstance(item, Object) and item.is_indirect]
