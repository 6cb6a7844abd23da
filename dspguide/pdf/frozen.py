"""Objects of a chapter as bytes, ready to be numbered when the book is written.

Chapters are read in no fixed order, but the book's bytes must not show that. So a chapter's
objects are kept as bytes with gaps where object numbers go, each with a digest of all it says and
refers to. Equal digests are equal objects, all the way down, so one pass over the digests finds
every identical object of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

from dspguide.pdf.spool import Stored  # noqa: TC001 - msgspec looks for it here


@dataclass(slots=True)
class Frozen:
    """One object: ``parts`` are PDF syntax, with a reference between each two of them.

    ``references`` are places in ``FrozenChapter.objects``. ``stream`` is None for an object that is
    no stream, and Stored where the binder keeps it elsewhere. A dictionary's first part begins with
    its ``<<``.
    """

    digest: bytes
    parts: tuple[bytes, ...]
    references: tuple[int, ...] = ()
    stream: bytes | Stored | None = None


@dataclass(frozen=True)
class Layers:
    """A chapter's layers (optional content) and those of them that are off, by place."""

    all: tuple[int, ...] = ()
    off: tuple[int, ...] = ()


@dataclass(frozen=True)
class FrozenChapter:
    """All objects of a chapter; the first ones are its pages, in order.

    Pages lack their /Parent and /Annots: ``annotations`` has the places of those by 0-based page
    index. Link annotations lack their destination. ``intents`` are the places of the file's output
    intents, which say what its colours mean. ``direction`` is how its pages follow each other for
    the reader: "/L2R", "/R2L", or None where the file does not say.
    """

    objects: tuple[Frozen, ...] = ()
    annotations: tuple[tuple[int, ...], ...] = ()
    layers: Layers = Layers()
    intents: tuple[int, ...] = ()
    direction: str | None = None
