"""How a run ended, in the words that the user reads last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dspguide.items import Chapter, Contents
    from dspguide.store.chapter_store import ChapterStore

AGAIN = "Run the same command again: it fetches only what is missing."
FETCH = "scrapy crawl dspguide fetches what is missing, and nothing else."
SEND_AGAIN = "Run the same command again: it sends the book, and fetches only what is new."
NO_NETWORK = "To see without the network what this program does: scrapy demo"


@dataclass
class Outcome:
    """Whether the book is complete and current, and what to say about it."""

    complete: bool = False
    lines: list[str] = field(default_factory=list)

    def succeed(self, *lines: str) -> None:
        """Note that the book is as it should be."""
        self.complete, self.lines = True, list(lines)

    def fail(self, *lines: str) -> None:
        """Note that there is no complete book."""
        self.complete, self.lines = False, list(lines)


def describe_book(where: str, chapters: int, pages: int, size: int, seconds: float) -> str:
    """Return the line that says where the book is; `size` in bytes."""
    facts = (
        f"{count(chapters, 'chapter')}, {count(pages, 'page')}, {megabytes(size)}, {seconds:.1f} s"
    )
    return f"The book: {where} ({facts})"


def describe_missing(missing: Sequence[Chapter], expected: int) -> list[str]:
    """Return a line for the state of the book and one for each chapter that it lacks."""
    lines = [f"No new book: {len(missing)} of {expected} chapters are missing."]
    for chapter in missing:
        url = chapter.pdf_url or chapter.page_url
        lines.append(f"  Chapter {chapter.number}, {chapter.title} <{url}>: {chapter.error}")
    return lines


def describe_plan(contents: Contents, store: ChapterStore, sizes: Mapping[int, int]) -> list[str]:
    """Return a line for each chapter that a run would ask for, with the size where it is known.

    `sizes` are those of the last run, in bytes, by chapter number.
    """
    chapters = count(len(contents.chapters), "chapter")
    lines = [f"A run would ask for {chapters} of {contents.title}:"]
    for chapter in contents.chapters:
        url = chapter.pdf_url or chapter.page_url
        found = store.find(chapter, contents, url)
        size = found.record.bytes if found else sizes.get(chapter.number)
        what = chapter.error or ("new" if size is None else f"new, {megabytes(size)} last time")
        if found:
            what = f"here, {megabytes(found.record.bytes)}: asks only whether it changed"
        lines.append(f"  Chapter {chapter.number}, {chapter.title} <{url}>: {what}")
    return lines


def unwritable(error: OSError) -> str:
    """Return a sentence for what the disk did not take."""
    what = f"{error.filename} cannot be written" if error.filename else "the disk takes no more"
    return f"{what}: {error.strerror or error}."


def hints(url: str) -> list[str]:
    """Return what to try when the site could not be read."""
    return [f"Is {url} there, in a browser? {AGAIN}", NO_NETWORK]


def count(number: int, what: str) -> str:
    """Return a number of things for people."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def megabytes(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
