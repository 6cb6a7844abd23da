"""The add-on that brings to any Scrapy project what its book spiders need."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.utils.misc import load_object

from dspguide.crawl.context import Component
from dspguide.crawl.logs import guard_logs
from dspguide.crawl.settings_checks import check_settings
from dspguide.errors import BadArgumentError
from dspguide.process import ensure_streams
from dspguide.spiders import BookSpider

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings, Settings

logger = logging.getLogger(__name__)

_REMOTE_CONTROL = "scrapy.extensions.remote_control.RemoteControl"
_HANDLER = "dspguide.crawl.handler.LimitedDownloadHandler"

# What is put in, or taken out where the order is None. It goes into the lists that Scrapy has of
# its own components, so that a project's own lists can move or switch off each of them.
_COMPONENTS: dict[str, dict[str, Any]] = {
    "DOWNLOAD_HANDLERS_BASE": {"http": _HANDLER, "https": _HANDLER},
    "EXTENSIONS_BASE": {
        # Before all others, which share it.
        "dspguide.crawl.context.CrawlContext": -100,
        "dspguide.crawl.logs.CleanLogs": -90,
        # Behind CoreStats (0), whose reason it corrects, and before monitors, which look at it.
        "dspguide.crawl.ending.Verdict": 50,
        "dspguide.crawl.ending.ShutdownMonitor": 200,
        "dspguide.observe.trace.Trace": 400,
        "dspguide.observe.progress.Progress": 500,
        "dspguide.observe.report.Report": 600,
    },
    "DOWNLOADER_MIDDLEWARES_BASE": {
        # In place of Scrapy's, which lets retried and redirected requests leave the site.
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "dspguide.crawl.bounds.SameSiteMiddleware": 50,
        # Before what decodes pages (590).
        "dspguide.crawl.bounds.PageBoundsMiddleware": 570,
        # In place of Scrapy's, for what leads nowhere, and to the same page.
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
        "dspguide.crawl.bounds.PageRefreshMiddleware": 580,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        "dspguide.crawl.bounds.CheckedRedirectMiddleware": 600,
        # In place of Scrapy's retries.
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "dspguide.crawl.retry.BackoffRetryMiddleware": 550,
        # Near the downloader: it sees each request as it is sent, redirected and retried ones too.
        # But behind DownloaderStats (850), which measures the bodies that it takes out.
        "dspguide.crawl.retry.ResumeMiddleware": 840,
    },
    "SPIDER_MIDDLEWARES_BASE": {
        # Warns of requests with the meta of others; those that are repeated have it by intent.
        "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    },
    "ITEM_PIPELINES_BASE": {
        # In the order of what they need: a file, then what is in it, then all of them.
        "dspguide.pipelines.files.ChapterFilesPipeline": 100,
        "dspguide.pipelines.chapter.ChapterPipeline": 200,
        "dspguide.pipelines.book.BookPipeline": 300,
    },
}

# Our own settings and those of Scrapy's that a book needs another value of. Each is described in
# docs/settings.md; what a project or its user sets goes before these.
DEFAULTS: dict[str, Any] = {
    "ACCEPT_CHANGES": False,
    "BACKOFF_MAX": 60.0,
    "BACKOFF_START": 0.5,
    "BOOK_FRONT_MATTER": True,
    "BOOK_LINK_REFERENCES": True,
    "BOOK_PARTIAL": False,
    "BOOK_STREAM_MAXSIZE": 128_000_000,
    "BOOK_URI": "output/%(name)s.pdf",
    "BOOK_WORKERS": 0,
    "BOOK_WORK_DIR": None,
    "FILES_STORE": "output/chapters",
    "OUTAGE_MAX": 300.0,
    "PAGE_MAXSIZE": 4 * 1024 * 1024,
    "PROGRESS": "auto",
    "RETRY_AFTER_MAX": 600.0,
    "STOP_GRACE": 3.0,
    "STORE_BUSY": "wait",
    "STORE_LEASE": 30.0,
    "TRACE_FILE": None,
    # AutoThrottle is off, as in Scrapy; where it is switched on, it need not begin at one request
    # in five seconds. default 5
    "AUTOTHROTTLE_START_DELAY": 0.25,
    # How long a transfer may stand still. Scrapy's own handler counts the whole transfer, and 2 MB
    # at 10 kB/s take longer than the default 180.
    "DOWNLOAD_TIMEOUT": 60,
    # Far more than a chapter, and less than a disk. default 1 GiB
    "DOWNLOAD_MAXSIZE": 256 * 1024 * 1024,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,  # default False
    # Also those of a host's limit (509), and of what stands before a host (520 to 530).
    # default without them
    "RETRY_HTTP_CODES": [408, 429, 500, 502, 503, 504, 509, *range(520, 531)],
    # Attempts that bring new bytes of a file do not count. default 2
    "RETRY_TIMES": 4,
    # A PDF may be elsewhere on the site than its page says. default False
    "MEDIA_ALLOW_REDIRECTS": True,
    # Every page is asked for once, and what is stored decides what is new. default RFPDupeFilter
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    # Nobody needs to run code in this process from outside. default True
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    # Reads the source of a callback at each response, which takes as long as parsing it; BookSpider
    # has no such mistake. default True
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
}


class BookAddon(Component):
    """Fits the settings of a book spider's crawl, at priority "addon"; leaves others alone.

    It holds no state: what the crawl's components share is in CrawlContext.
    """

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:  # noqa: ARG003  # Scrapy's
        """See that there are streams to write to, before the process logs anything."""
        ensure_streams()

    def update_settings(self, settings: Settings) -> None:
        """Bring in the components and the values that a book needs."""
        spider = self.crawler.spider
        if not isinstance(spider, BookSpider):  # nor in scrapy shell, which has none
            return
        guard_logs(settings)
        spider.usage_error = spider.usage_error or fit(settings, spider)
        if spider.usage_error is not None:
            # Nothing but the word about it.
            refused = {"dspguide.crawl.ending.RefusedStart": 700}
            _bring_in(settings, {"EXTENSIONS_BASE": refused})


def fit(settings: BaseSettings, spider: BookSpider) -> str | None:
    """Bring in what a book needs; or return a sentence on what makes no sense in the settings."""
    for name, value in DEFAULTS.items():
        settings.set(name, value, priority="addon")
    try:
        check_settings(settings, spider)
        _check_components(settings)
    except BadArgumentError as error:
        return str(error)
    if not settings.getpriority("CONCURRENT_REQUESTS_PER_DOMAIN"):
        # The slot of the one site would else hold back what CONCURRENT_REQUESTS allows.
        total = settings.getint("CONCURRENT_REQUESTS")
        settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", total or 1000, priority="addon")
    if settings.get("JOBDIR"):
        # Requests kept from a job that was stopped would come before the contents they belong to
        # are read; the store of chapters remembers all that a next run needs.
        logger.info("JOBDIR is not used: the chapters' folder itself remembers what is done.")
        settings.set("JOBDIR", None, priority="cmdline")
    _bring_in(settings, _COMPONENTS)
    return None


def _bring_in(settings: BaseSettings, components: dict[str, dict[str, Any]]) -> None:
    """Put components into Scrapy's own lists, and take them out."""
    for name, own in components.items():
        merged = {**settings.getdict(name), **own}
        if not settings.getbool("REMOTE_CONTROL_ENABLED"):
            # Scrapy imports it all the same, and aiohttp with it where that is: 0.17 s.
            merged.pop(_REMOTE_CONTROL, None)
        kept = {key: value for key, value in merged.items() if value is not None}
        settings.set(name, kept, priority="addon")


def _check_components(settings: BaseSettings) -> None:
    """Raise BadArgumentError where the project's settings lack what the book needs.

    A subclass in its place is as good. What only shows the run may be left out.
    """
    for name, own in _COMPONENTS.items():
        setting = name.removesuffix("_BASE")
        active = {**settings.getdict(name), **own, **settings.getdict(setting)}
        for key, order in own.items():
            needed, present = key, [one for one, at in active.items() if at is not None]
            if isinstance(order, str):  # a handler, by its scheme
                needed, present = order, [active.get(key)]
            if order is None or ".observe." in key or needed in present:
                continue
            kind = load_object(needed)
            others = [load_object(one) for one in present if one is not None]
            if not any(isinstance(other, type) and issubclass(other, kind) for other in others):
                raise BadArgumentError(
                    f"{setting} lacks {needed}, which a book needs: put it back, or a subclass"
                )
