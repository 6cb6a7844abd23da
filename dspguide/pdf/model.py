"""Plain values that go into and come out of the PDF side."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from dspguide.pdf.frozen import FrozenChapter
from dspguide.pdf.naming import Naming


@dataclass(frozen=True)
class ChapterPlan:
    """A chapter as the contents page describes it.

    ``number`` is what the site writes, such as 7, "A" or "IV", None where it writes none.
    ``names`` are the file names and URLs by which other chapters may link to it, such as
    "CH7.PDF".
    """

    number: int | str | None
    title: str
    part: str | None = None
    sections: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What messages call the chapter."""
        return f"“{self.title}”" if self.number is None else f"chapter {self.number} ({self.title})"


@dataclass(frozen=True)
class BookPlan:
    """A book as its site describes it; chapters stand in the book's order.

    ``source_url`` and ``permitted_use`` are told on the title page. ``front_matter`` asks for it
    and a table of contents, ``link_references`` for links where the text names what is in the book.
    """

    title: str
    author: str | None
    language: str
    chapters: tuple[ChapterPlan, ...]
    source_url: str | None = None
    permitted_use: str | None = None
    front_matter: bool = False
    link_references: bool = True


@dataclass(frozen=True)
class Limits:
    """The most that reading one chapter's file may take."""

    seconds: float = 10.0  # of CPU, counted by the worker process
    memory: int = 300_000_000  # bytes of data of a worker process, where the system counts them
    source_bytes: int = 256_000_000  # length of the file
    decoded_bytes: int = 128_000_000  # what one stream unpacks to, which is held at once
    objects: int = 250_000
    pages: int = 5_000


@dataclass(frozen=True)
class FoundSection:
    """Where a section starts.

    ``page_index`` is 0-based and counted in the chapter. ``top`` is the height of the heading's
    upper edge in points from the bottom of the page, None when the page's top is meant. ``found``
    is False when the place was guessed from the neighbours. On a page that is turned by its
    /Rotate, ``left`` and ``top`` are the file's coordinates of what is seen at the upper left.
    ``level`` is 1 for a section, 2 for one that belongs to the last section of level 1, and so on.
    """

    title: str
    page_index: int
    top: float | None
    found: bool
    left: float | None = None
    level: int = 1


#: The rest of an explicit destination: its kind, such as "/XYZ", then its numbers.
View = tuple[str | float | None, ...]


@dataclass(frozen=True)
class Target:
    """Where a link leads: a page of this chapter or, if ``file`` is given, of another file.

    ``page_index`` is 0-based and counted in that file. ``name`` is a named destination of the
    other file, and goes before ``page_index``.
    """

    file: str | None = None
    name: str | None = None
    page_index: int = 0
    view: View = ("/XYZ", None, None, None)


@dataclass(frozen=True)
class Link:
    """A link annotation of a chapter, by its page and its place among that page's annotations.

    ``uri`` is where it leads if ``target`` is not in the book.
    """

    target: Target | None
    uri: str | None = None
    page_index: int = 0
    annotation: int = 0


@dataclass(frozen=True)
class Evidence:
    """What a chapter's file says of itself, by which it can be doubted beside the others.

    ``number`` and ``title`` are what its first page prints as an opening, "" for nothing;
    ``is_own`` says whether that is what the plan says, None where there is no knowing it.
    ``printed_labels`` says that its labels were read on the pages. ``has_text`` says that
    sections could have been found. ``lines`` has the keys of the lines of a file in which none of
    the plan's sections is, to see whose they are.
    """

    number: str = ""
    title: str = ""
    is_own: bool | None = None
    printed_labels: bool = False
    has_text: bool = False
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreparedSummary:
    """What is known of a chapter that was read, checked and cleaned; without its bytes.

    ``position`` is the chapter's 0-based place in the book. ``labels`` holds the printed page
    number, or None where none was found, by 0-based page index.
    ``sha256`` is that of the source's bytes. ``repaired`` says that the source was broken and what
    stands in the book is qpdf's reconstruction of it.
    """

    plan: ChapterPlan
    position: int
    sha256: str
    pages: int
    labels: tuple[str | None, ...]
    sections: tuple[FoundSection, ...]
    warnings: tuple[str, ...]
    repaired: bool
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class PreparedChapter(PreparedSummary):
    """A chapter ready for the Binder.

    The streams in ``frozen`` are Flate or an image codec's; there are neither names, outline,
    forms, scripts nor attachments. Link annotations are bare: where they lead is in ``links``, and
    ``destinations`` are the places that other chapters may link to by name. ``corners`` has what
    is seen at the upper left, by 0-based page index, of the pages that the outline leads to: in
    points, as the file counts them. ``page_size`` is the width and height of the first page as it
    is seen. ``brings_contents`` says that the chapter has a list of the whole book's contents.
    """

    frozen: FrozenChapter = field(default=FrozenChapter(), repr=False)
    links: tuple[Link, ...] = ()
    destinations: dict[str, Target] = field(default_factory=dict)
    corners: dict[int, tuple[float, float]] = field(default_factory=dict)
    naming: Naming = field(default=Naming(), repr=False)
    page_size: tuple[float, float] = (612.0, 792.0)
    brings_contents: bool = False

    def summary(self) -> PreparedSummary:
        """The same without the bytes."""
        own = {f.name: getattr(self, f.name) for f in fields(PreparedSummary)}
        return PreparedSummary(**own)


@dataclass(frozen=True)
class SectionFacts:
    """A section in the finished book: 0-based page index in the book, and what is printed there."""

    title: str
    page_index: int
    label: str
    top: float | None
    found: bool
    level: int = 1


@dataclass(frozen=True)
class ChapterFacts:
    """A chapter in the finished book; ``first_page_index`` is 0-based and counted in the book.

    ``position`` is the chapter's 0-based place in the plan.
    """

    position: int
    number: int | str | None
    title: str
    part: str | None
    first_page_index: int
    pages: int
    first_label: str
    sections: tuple[SectionFacts, ...]


@dataclass(frozen=True)
class References:
    """What the text names: how often, how often as a link, and words that lead nowhere.

    ``ambiguous`` are those for which the book has more than one thing.
    """

    found: int = 0
    linked: int = 0
    nowhere: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


@dataclass(frozen=True)
class BindResult:
    """The finished book: its file's size and SHA-256, and every page's label in order.

    ``front_matter_pages`` are the first of its pages.
    """

    pages: int
    bytes: int
    sha256: str
    labels: tuple[str, ...]
    chapters: tuple[ChapterFacts, ...]
    warnings: tuple[str, ...]
    front_matter_pages: int = 0
    references: References = References()
