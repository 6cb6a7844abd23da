"""Layers (optional content): what is hidden in a chapter stays hidden in the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NullObject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.pdf.freeze import Batch, Freezer


@dataclass(frozen=True)
class Layers:
    """A chapter's layers and those of them that are off, by place in ``Freezer.objects``."""

    all: tuple[int, ...]
    off: tuple[int, ...]


def freeze_layers(freezer: Freezer, batch: Batch, properties: DictionaryObject | None) -> Layers:
    """Freeze what a chapter's /OCProperties says; its order and names in panels are not kept."""
    if properties is None:
        return Layers((), ())
    groups = _references(properties.get("/OCGs"))
    default = properties.get("/D", NullObject()).get_object()
    if not isinstance(default, DictionaryObject):
        default = DictionaryObject()
    if default.get("/BaseState") == "/OFF":
        on = {reference.idnum for reference in _references(default.get("/ON"))}
        off = {reference.idnum for reference in groups} - on
    else:
        off = {reference.idnum for reference in _references(default.get("/OFF"))}
    return Layers(
        tuple(freezer.freeze(batch, reference) for reference in groups),
        tuple(freezer.freeze(batch, reference) for reference in groups if reference.idnum in off),
    )


def _references(value: object) -> list[IndirectObject]:
    array = value.get_object() if isinstance(value, IndirectObject) else value
    if not isinstance(array, ArrayObject):
        return []
    return [item for item in array if isinstance(item, IndirectObject)]


def joined(chapters: Iterable[Layers]) -> Layers:
    """The layers of all chapters."""
    found = list(chapters)
    return Layers(
        tuple(place for layers in found for place in layers.all),
        tuple(place for layers in found for place in layers.off),
    )
