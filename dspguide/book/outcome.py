"""How a run ended, in the words that the user reads last."""

from __future__ import annotations

import enum
import logging
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrapy.utils.log import get_scrapy_root_handler

from dspguide.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.book.run import ChapterJob
    from dspguide.items import Chapter, Contents
    from dspguide.store.chapter_store import ChapterStore

AGAIN = "Run the same command again: it fetches only what is missing."
UPLOAD_AGAIN = "Run the same command again: it sends the book, and fetches only what is new."
NO_NETWORK = "To see without the network what this program does: scrapy demo"
STOPPED_AT_ONCE = "Stopped at once. What was downloaded is kept."
INCOMPLETE = 3
"""Exit status of a run that leaves no complete book."""
INCOMPLETE_REASON = "book_incomplete"
"""Why a spider is closed whose run leaves no complete book."""

logger = logging.getLogger("dspguide")


class Advice(enum.Enum):
    """What to do about a failure, by its kind; the value is the sentence for the user."""

    NONE = ""
    """The failure's own words say it."""
    PROXY = "The proxy is named in the environment: mend http_proxy, https_proxy, or unset them."
    CERTIFICATE = (
        "What it sends could be anybody's. To take that on: -s DOWNLOAD_VERIFY_CERTIFICATES=False"
    )
    ADDRESS = "Is {url} there, in a browser? " + AGAIN
    ROBOTS = "If you have the site's permission all the same: -s ROBOTSTXT_OBEY=False"
    LIMIT = "If so much is to be expected, raise that setting."
    SITE = (
        "The site has to change first, or is not the right one: look at it in a browser. Then run "
        "the same command again: it fetches only what is missing."
    )
    PROGRAM = "That is a mistake in the program: please report it, with the log."
    AGAIN = AGAIN


@dataclass
class Outcome:
    """Whether the book is complete and current, and what to say about it."""

    complete: bool = False
    lines: list[str] = field(default_factory=list)
    _advice: set[Advice] = field(default_factory=set)

    def advise(self, advice: Advice) -> None:
        """Note what kind of failure there was."""
        self._advice.add(advice)

    def advice(self, url: str) -> list[str]:
        """Return what to do about all that failed; `url` is the start page's."""
        found = self._advice or {Advice.AGAIN}
        if {Advice.AGAIN, Advice.ADDRESS} & found:
            # Both say to run the command again, as does what the site has to change.
            found = found - {Advice.SITE}
        if Advice.ADDRESS in found:
            found = found - {Advice.AGAIN}
        return [one.value.replace("{url}", url) for one in Advice if one in found and one.value]

    def succeed(self, *lines: str) -> None:
        """Note that the book is as it should be."""
        self.complete, self.lines = True, list(lines)

    def fail(self, *lines: str) -> None:
        """Note that there is no complete book."""
        self.complete, self.lines = False, list(lines)


def log_last_lines(outcome: Outcome) -> None:
    """Say how a run ended, also where the log level is so high that the log would not show it."""
    level = logging.INFO if outcome.complete else logging.ERROR
    handler = get_scrapy_root_handler()
    hidden = (
        isinstance(handler, logging.StreamHandler)
        and handler.stream is sys.stderr
        and handler.level > level
    )
    for line in outcome.lines:
        logger.log(level, "%s", line)
        if hidden:
            print(printable(line), file=sys.stderr)  # noqa: T201  # the one thing that people wait for


def fetch_first(name: str) -> str:
    """Return what to do where a run without the network lacks chapters of the book `name`."""
    return f"scrapy crawl {name} fetches what is missing, and nothing else."


def describe_book(where: str, chapters: int, pages: int, size: int, seconds: float) -> str:
    """Return the line that says where the book is; `size` in bytes."""
    facts = (
        f"{count(chapters, 'chapter')}, {count(pages, 'page')}, {megabytes(size)}, {seconds:.1f} s"
    )
    return f"The book: {where} ({facts})"


def describe_missing(missing: Sequence[Chapter], expected: int) -> list[str]:
    """Return a line for the state of the book and one for each chapter that it lacks."""
    lines = [f"No new book: {len(missing)} of {expected} chapters are missing."]
    lines += [f"{_listed(chapter)}: {chapter.error}" for chapter in missing]
    return lines


def describe_plan(contents: Contents, jobs: Iterable[ChapterJob], store: ChapterStore) -> list[str]:
    """Return a line for each chapter that a run would ask for, with the size where it is known."""
    chapters = count(len(contents.chapters), "chapter")
    lines = [f"A run would ask for {chapters} of {contents.title}:"]
    part = None
    for job in jobs:
        chapter = job.chapter
        if chapter.part != part:
            part = chapter.part
            lines.append(f"  {part}" if part else "  (of no part)")
        found = store.find(chapter, contents, chapter.pdf_url or chapter.url)
        what = chapter.error or "new"
        if found:
            what = f"here, {megabytes(found.record.bytes)}: asks only whether it changed"
        elif job.size and not chapter.error:
            what = f"new, {megabytes(job.size)} last time"
        lines.append(f"{_listed(chapter)}: {what}")
    return lines


def _listed(chapter: Chapter) -> str:
    name = chapter.name[:1].upper() + chapter.name[1:]
    return f"  {name} <{chapter.pdf_url or chapter.url}>"


def unwritable(error: OSError) -> str:
    """Return a sentence for what the disk did not take."""
    what = f"{error.filename} cannot be written" if error.filename else "the disk takes no more"
    return f"{what}: {error.strerror or error}."


def count(number: int, what: str) -> str:
    """Return a number of things for people."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def megabytes(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
