"""`scrapy bind`: the book again from the chapters in the store, without a network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import UsageError

from dspguide.addon import DspguideAddon
from dspguide.commands import crawl
from dspguide.crawl.signals import contents_read
from dspguide.errors import BadArgumentError
from dspguide.spiders.dspguide import DspguideSpider
from dspguide.store.chapter_store import file_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response


class StoredSpider(DspguideSpider):
    """Says of the book what the last crawl read, and asks nobody."""

    offline = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.url = "data:,"

    async def start(self) -> AsyncIterator[Any]:
        """Ask for a page that is in its URL itself.

        Chapters could be yielded here; but Scrapy 2.19 looks only every five seconds whether items
        of start() are done, and does not end at all when it is told to stop before they are.
        """
        yield Request(self.url, callback=self.parse)

    def parse(self, response: Response) -> Iterator[Any]:  # noqa: ARG002  # there is nothing in it
        """Yield the chapters of the contents that were read last."""
        store = DspguideAddon.of(self.crawler).store
        contents = store.load_contents()
        if contents is None:
            self.problem = (
                f"{store.folder} holds no contents of a book yet. First run: scrapy crawl dspguide"
            )
            return
        chapters = contents.chapters
        try:
            chapters = self.selection.choose(chapters) if self.selection else chapters
        except BadArgumentError as error:
            self.problem = f"{error}."
            return
        self.contents = replace(contents, chapters=chapters)
        self.crawler.signals.send_catch_log(contents_read, contents=self.contents, spider=self)
        for chapter in chapters:
            record = store.record(file_name(chapter, contents.highest_number))
            if record is None:
                chapter.error = "it is not among the stored chapters, or was changed there."
            else:
                chapter.pdf_url = record.url
            yield chapter


class Command(crawl.Command):
    """Runs the pipelines on the stored chapters."""

    def syntax(self) -> str:
        return "[options]"

    arguments = "chapters=1-4,30 (only these)"  # see crawl

    def short_desc(self) -> str:
        return "Bind the book again from the chapters in the store, without a network"

    def run_with(self, args: list[str], arguments: dict[str, str]) -> int:
        if args:
            raise UsageError("bind takes no arguments, only options")
        for name in {"url", "dry_run"} & arguments.keys():
            raise UsageError(f"bind fetches nothing: it has no use for -a {name}")
        return self.crawl(StoredSpider, arguments)
