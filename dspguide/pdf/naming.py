"""What a chapter's text names, and what in it may bear a name.

Candidates and mentions are gathered chapter by chapter; which of them belong together can only
be said of the whole book, see ``output.references``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: Left, bottom, right, top in points, in the file's coordinates.
Box = tuple[float, float, float, float]


class Name(NamedTuple):
    """A kind of thing, and its number in the parts between dots or hyphens: ("7", "1")."""

    kind: str
    number: tuple[str, ...]


class Form(NamedTuple):
    """How a caption is set. ``word`` and ``mark`` are what stands before and after its number."""

    word: str
    mark: str
    bold: bool
    size: float


@dataclass(frozen=True)
class Caption:
    """A place that may bear a name; ``spot`` is left and top, in the file's coordinates."""

    name: Name
    form: Form
    page_index: int
    spot: tuple[float, float]


@dataclass(frozen=True)
class Mention:
    """Words that name something, with a box around each line's piece of them.

    ``captions`` are the places in ``Naming.captions`` of those that the words stand in, if they
    are captions. ``loose`` says that the words count only if something bears the name.
    """

    name: Name
    text: str
    page_index: int
    boxes: tuple[Box, ...]
    captions: tuple[int, ...] = ()
    loose: bool = False


@dataclass(frozen=True)
class Naming:
    """All that a chapter has of this; ``corners`` are the upper left ones of its pages as seen."""

    captions: tuple[Caption, ...] = ()
    mentions: tuple[Mention, ...] = ()
    corners: tuple[tuple[float, float], ...] = ()
