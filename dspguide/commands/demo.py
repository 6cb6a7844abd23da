"""`scrapy demo`: the crawl against a synthetic copy of the site, without a network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from dspguide.commands import crawl
from dspguide.spiders.dspguide_com import DspguideSpider

if TYPE_CHECKING:
    import argparse

_ADDRESS = "http://dspguide.test/"
"""The copy's own; a name that no name server knows (RFC 6761)."""


class Command(crawl.Command):
    """Serves the copy of the site on a free loopback port and crawls it like the real one."""

    arguments = "chapters=1-4,30 (only these), dry_run=1 (only list them)"  # see crawl
    any_spider = False

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Make the book of a synthetic copy of the site, without a network"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        # At the project's priority: a command's own defaults would stand behind settings.py, and
        # what the user types comes before both.
        assert self.settings is not None  # noqa: S101  # for the type checker: set by Scrapy
        self.settings.set("BOOK_URI", "output/demo/dspguide.pdf", priority="project")
        self.settings.set("FILES_STORE", "output/demo/chapters", priority="project")
        self.settings.set("HTTPPROXY_ENABLED", True, priority="cmdline")
        addons = {**self.settings.getdict("ADDONS"), "dspguide.BookAddon": 100}
        self.settings.set("ADDONS", addons, priority="cmdline")
        super().process_options(args, opts)

    def run_with(self, args: list[str], arguments: dict[str, str]) -> int:
        if args:
            raise UsageError("demo takes no arguments, only options")
        if "url" in arguments:
            raise UsageError("demo serves its own copy of the site: it has no use for -a url")
        from dspguide.demo import serve  # noqa: PLC0415  # only this command needs it

        with serve() as server:
            # Asked as a proxy, the copy has one address whichever port was free: a second run
            # knows its chapters again.
            os.environ |= {"http_proxy": server.url, "no_proxy": ""}
            return self.crawl(DspguideSpider, {**arguments, "url": _ADDRESS})
