"""What may be a chapter: a title, its number, and the links that stand with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspguide.pages.kinds import names, other_thing
from dspguide.pages.text import clip, comparable
from dspguide.pages.wording import APPENDIX, CHAPTER, PART

if TYPE_CHECKING:
    from dspguide.pages.links import Link
    from dspguide.pages.rows import Row
    from dspguide.pages.wording import Wording
    from dspguide.urls import PageKey

_LONGEST_LINE = 150
"""Characters of a line without a link that names a chapter."""


@dataclass(eq=False)
class Entry:
    """A line, or a piece of one, that may name a chapter."""

    row: Row
    wording: Wording
    link: Link | None = None
    """The link that the title is."""
    files: list[Link] = field(default_factory=list)
    """Links that stand with it and have no title: "PDF", "PS"."""
    companions: list[Link] = field(default_factory=list)
    """Links that stand with it and lead to something else: slides, errata."""
    in_sentence: bool = False

    @property
    def links(self) -> list[Link]:
        """All links to the chapter itself."""
        return [*([self.link] if self.link else []), *self.files]

    @property
    def all_links(self) -> list[Link]:
        """Those to the chapter, and those to what stands with it."""
        return [*self.links, *self.companions]

    @property
    def text(self) -> str:
        """What a message quotes."""
        return self.wording.text or self.row.text

    @property
    def pdfs(self) -> list[Link]:
        """The links that say that they lead to a PDF, each target once."""
        said = [link for link in self.links if link.says_pdf and link.key]
        return said if len(said) < 2 else list({link.key: link for link in said}.values())

    @property
    def target(self) -> Link | None:
        """The link to follow: to the one PDF, else to a page."""
        pdfs = self.pdfs
        if pdfs:
            return pdfs[0] if len(pdfs) == 1 else None
        return next((x for x in self.links if x.url is not None and x.other_format is None), None)

    @property
    def url(self) -> str:
        """Where the link to follow leads; empty where there is none."""
        target = self.target
        return (target and target.url) or ""

    @property
    def url_key(self) -> PageKey | None:
        """What is equal for entries that lead to one place."""
        target = self.target
        return None if target is None else target.key

    @property
    def title_key(self) -> str:
        """What is equal for two spellings of a title; empty where there is none."""
        return "" if self.wording.untitled else comparable(self.wording.title)

    @property
    def number_keys(self) -> frozenset[tuple[str, str, int, str]]:
        """What is equal for entries of one number; appendix A is not chapter A."""
        number, word = self.wording.number, self.wording.word or CHAPTER
        if number is None or number.means("dotted") is not None:
            return frozenset()
        # Letters without a word are as likely appendices'.
        return frozenset((APPENDIX if key[0] == "letter" else word, *key) for key in number.keys)

    @property
    def numbered(self) -> bool:
        """Whether it has a number that is no part's and no section's."""
        number = self.wording.number
        own = number is not None and self.wording.word != PART
        return own and number is not None and number.means("dotted") is None

    @property
    def counts(self) -> bool:
        """Whether it has a number that does not look like an initial."""
        number = self.wording.number
        return bool(number and (self.wording.word or number.means("arabic") is not None))

    @property
    def said(self) -> bool:
        """Whether it says that it is a chapter or an appendix, and which.

        Not so a sentence such as "Chapter 9 is new" or "Chapter 9: …" with a whole abstract.
        """
        wording = self.wording
        if not self.numbered or wording.word not in {CHAPTER, APPENDIX}:
            return False
        short = len(wording.text) <= _LONGEST_LINE
        return bool(self.links) or (short and not wording.title[0].islower())

    @property
    def what_else(self) -> str | None:
        """What it is by its words that is no chapter."""
        if self.numbered:  # "Chapter 3 slides"; but "Chapter 8: Solutions" may be a chapter
            return None if self.wording.untitled else other_thing(self.wording.title)
        if names(self.wording.text, "the whole book"):
            return "the whole book"
        return other_thing(self.wording.text)

    @property
    def is_matter(self) -> bool:
        """Whether its words are those of a preface, an index and the like."""
        return names(self.text, "front or back matter")

    @property
    def is_general(self) -> bool:
        """Whether its words are such as are linked on any site."""
        return names(self.text, "a way around") or names(self.text, "any page")

    def add(self, link: Link) -> None:
        """Take in a link that stands with it and is not its title."""
        thing = other_thing(link.text)
        other = thing or (link.other_format and not names(link.text, "a file"))
        (self.companions if other else self.files).append(link)

    def lacking(self) -> str:
        """Return why there is no link to follow."""
        if len(self.pdfs) > 1:
            return "has more than one PDF: " + ", ".join(str(link.url) for link in self.pdfs)
        formats = [link.other_format for link in self.links if link.other_format]
        if formats:
            return f"leads only to {formats[0]}"
        if self.links:
            return f"has a link that leads nowhere, {clip(self.links[0].href, 100)!r}"
        return "has no link"
