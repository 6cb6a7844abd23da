"""Settings of the project: what a user tunes. All of them are described in docs/settings.md."""

from __future__ import annotations

from dspguide import __version__
from dspguide.process import end_quietly

end_quietly()  # this module is the first of the project that Scrapy loads

BOT_NAME = "dspguide"  # default "scrapybot"
SPIDER_MODULES = ["dspguide.spiders"]
NEWSPIDER_MODULE = "dspguide.spiders"  # where scrapy genspider puts a spider
COMMANDS_MODULE = "dspguide.commands"
ADDONS = {"dspguide.BookAddon": 100}

# The most requests in flight, pages and PDFs together. default 16
CONCURRENT_REQUESTS = 8

# Where the chapters are kept, exactly as the site sent them: each book in a folder of its own.
FILES_STORE = "output/chapters"

# Where the book goes: a path or any URI that Scrapy's feed storages take.
BOOK_URI = "output/%(name)s.pdf"

USER_AGENT = f"dspguide/{__version__} (one reader's copy of the book; Scrapy)"  # default "Scrapy/…"
ROBOTSTXT_OBEY = True  # default False
COOKIES_ENABLED = False  # default True

# default "DEBUG", which names every request
LOG_LEVEL = "INFO"

# Of the whole process, so that no add-on may set it. default CachingThreadedResolver, without IPv6
TWISTED_DNS_RESOLVER = "scrapy.resolver.CachingHostnameResolver"

FEED_EXPORT_ENCODING = "utf-8"  # default: escapes in JSON
