"""`scrapy bind`: the book again from the chapters in the store, without a network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from dspguide.addons import DspguideAddon
from dspguide.commands import crawl
from dspguide.errors import BadArgumentError
from dspguide.signals import contents_read
from dspguide.spiders.dspguide import DspguideSpider
from dspguide.store import file_name

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator


class StoredSpider(DspguideSpider):
    """Says of the book what the last crawl read, and asks nobody."""

    offline = True

    async def start(self) -> AsyncIterator[Any]:
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

    def short_desc(self) -> str:
        return "Bind the book again from the chapters in the store, without a network"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError("bind takes no arguments, only options")
        self.exitcode = self.crawl(StoredSpider, opts.spargs)
