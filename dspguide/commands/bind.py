"""`scrapy bind`: the book again from the chapters in the store, without a network."""

from __future__ import annotations

from scrapy.exceptions import UsageError

from dspguide.commands import crawl
from dspguide.spiders.dspguide_com import DspguideSpider


class Command(crawl.Command):
    """Runs the pipelines on the stored chapters."""

    arguments = "chapters=1-4,30 (only these)"  # see crawl
    any_spider = False

    def syntax(self) -> str:
        return "[options] [NAME]"

    def short_desc(self) -> str:
        return "Bind the book again from the chapters in the store, without a network"

    def run_with(self, args: list[str], arguments: dict[str, str]) -> int:
        if len(args) > 1:
            raise UsageError("bind takes the name of one spider at most")
        for name in {"url", "dry_run"} & arguments.keys():
            raise UsageError(f"bind fetches nothing: it has no use for -a {name}")
        spider = args[0] if args else DspguideSpider
        return self.crawl(spider, {**arguments, "offline": "1"})
