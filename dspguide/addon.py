"""The add-on that makes CONCURRENT_REQUESTS the one knob of the line."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured
from scrapy.settings import default_settings

from dspguide.book.outcome import Outcome
from dspguide.errors import BadArgumentError
from dspguide.net.limiter import Backoff, Line

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings, Settings

    from dspguide.book.binding import Binding
    from dspguide.book.manifest import Manifest
    from dspguide.store.chapter_store import ChapterStore

# The setting that switches a component on, the setting that lists it, and the component.
_SWITCHED = (
    (
        "REMOTE_CONTROL_ENABLED",
        "EXTENSIONS_BASE",
        "scrapy.extensions.remote_control.RemoteControl",
    ),
    ("TELNETCONSOLE_ENABLED", "EXTENSIONS_BASE", "scrapy.extensions.telnet.TelnetConsole"),
    (
        "COOKIES_ENABLED",
        "DOWNLOADER_MIDDLEWARES_BASE",
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    ),
)

logger = logging.getLogger(__name__)


class DspguideAddon:
    """Holds what the components of a crawl share, and fits Scrapy's settings to the user's."""

    line: Line
    """The line to the site."""
    store: ChapterStore
    """The folder of chapters; set by ChapterFilesPipeline."""
    binding: Binding
    """The book that is being bound; set by BookPipeline."""
    manifest: Manifest | None = None
    """The record of a book that is there, of the site's contents; set by BookPipeline."""
    made: tuple[Path, Manifest] | None = None
    """What this run made: the book's path, and the record beside it, of a failed run too; None
    where nothing was written. Set by BookPipeline when the spider closes."""

    sizes: dict[int, int]
    """Bytes of each chapter's PDF when it was last fetched, by number; set by BookPipeline."""
    problem: str | None = None
    """Why there can be no book, where that is known before the contents are."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self.sizes = {}

    def close(self) -> None:
        """End what a crawl that was cut off by a second signal could not end itself."""
        if hasattr(self, "binding"):
            self.binding.close()
        if hasattr(self, "store"):
            self.store.unlock()

    @classmethod
    def of(cls, crawler: Crawler) -> DspguideAddon:
        """Return the add-on of a crawl. Raises BadArgumentError where ADDONS leaves it out."""
        addon = crawler.get_addon(cls)
        if addon is None:
            raise BadArgumentError(f"ADDONS has to hold {cls.__module__}.{cls.__qualname__}")
        return addon

    def update_settings(self, settings: Settings) -> None:
        """Let CONCURRENT_REQUESTS_PER_DOMAIN follow CONCURRENT_REQUESTS unless the user set it."""
        places = checked_count(settings, "CONCURRENT_REQUESTS")
        if not settings.getpriority("CONCURRENT_REQUESTS_PER_DOMAIN"):
            # The slot of the one site would else hold back what CONCURRENT_REQUESTS allows.
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", places or 1000, priority="addon")
        self._drop_unused_components(settings)
        per_host = max(1, checked_count(settings, "CONCURRENT_REQUESTS_PER_DOMAIN"))
        if settings.get("JOBDIR"):
            # Requests kept from a job that was stopped would come before the contents they belong
            # to are read; the store of chapters remembers all that a next run needs.
            logger.info("JOBDIR is not used: the chapters' folder itself remembers what is done.")
            settings.set("JOBDIR", None, priority="cmdline")
        self.line = Line(
            places,
            min(per_host, places or per_host),
            Backoff(
                settings.getfloat("BACKOFF_START"),
                settings.getfloat("BACKOFF_MAX"),
                settings.getfloat("RETRY_AFTER_MAX"),
            ),
        )

    @staticmethod
    def _drop_unused_components(settings: Settings) -> None:
        """Take out what is off: Scrapy 2.19 imports it all the same, and large libraries with it.

        EXTENSIONS and DOWNLOADER_MIDDLEWARES cannot take it out, since a name that is set to None
        there is imported as well.
        """
        for switch, base, component in _SWITCHED:
            if not settings.getbool(switch):
                components = dict(settings.getdict(base))
                components.pop(component, None)
                settings.set(base, components, priority="addon")


def only_for_the_book(crawler: Crawler) -> None:
    """Raise NotConfigured in crawls of other spiders, such as those of scrapy shell and fetch."""
    if not getattr(crawler.spidercls, "makes_a_book", False):
        raise NotConfigured


def checked_settings(settings: BaseSettings) -> None:
    """Raise BadArgumentError for the first setting that a crawl could not work with."""
    counts = (
        "CONCURRENT_REQUESTS",
        "CONCURRENT_REQUESTS_PER_DOMAIN",
        "RETRY_TIMES",
        "BOOK_WORKERS",
        "FILES_EXPIRES",
        "DOWNLOAD_MAXSIZE",
    )
    for name in counts:
        checked_count(settings, name)
    if settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 0:
        # Scrapy 2.19 takes it by its word, and asks nothing for ever.
        raise BadArgumentError("CONCURRENT_REQUESTS_PER_DOMAIN=0: give a whole number, 1 or more")
    codes = settings.getlist("RETRY_HTTP_CODES")
    if not all(str(code).strip().isdecimal() for code in codes):
        raise BadArgumentError(
            f"RETRY_HTTP_CODES={settings.get('RETRY_HTTP_CODES')}: give numbers, such as 500,503"
        )
    for name in (
        "DOWNLOAD_TIMEOUT",
        "BACKOFF_START",
        "BACKOFF_MAX",
        "RETRY_AFTER_MAX",
        "STOP_GRACE",
    ):
        _checked_seconds(settings, name)
    for name, first, second in (("STORE_BUSY", "wait", "leave"), ("PROGRESS", "auto", "off")):
        if settings.get(name) not in {first, second}:
            raise BadArgumentError(f"{name}={settings.get(name)}: give {first} or {second}")
    _checked_kind(settings, "BOOK_PARTIAL", False)
    for name, default in vars(default_settings).items():
        if settings.getpriority(name):
            _checked_kind(settings, name, default)


def checked_log(settings: BaseSettings) -> None:
    """Raise BadArgumentError where Scrapy could not begin its log."""
    level, file = settings.get("LOG_LEVEL"), settings.get("LOG_FILE")
    try:
        logging.Handler().setLevel(level)
    except (TypeError, ValueError) as error:
        raise BadArgumentError(
            f"LOG_LEVEL={level}: give DEBUG, INFO, WARNING, ERROR or CRITICAL"
        ) from error
    if file:
        try:
            with Path(file).open("a", encoding="utf-8"):
                pass
        except OSError as error:
            raise BadArgumentError(
                f"LOG_FILE={file} cannot be written: {error.strerror or error}"
            ) from error


def _checked_kind(settings: BaseSettings, name: str, default: object) -> None:
    """Check a setting that is a number or a flag by default; Scrapy would end with a traceback."""
    if settings.get(name) is None or not isinstance(default, bool | int | float):
        return
    flag = isinstance(default, bool)
    try:
        value = settings.getbool(name) if flag else settings.getfloat(name)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):  # an endless delay is a run without an end
        kind = "True or False" if flag else "a number"
        raise BadArgumentError(f"{name}={settings.get(name)}: give {kind}")


def checked_count(settings: BaseSettings, name: str) -> int:
    """Return a setting that counts something. Raises BadArgumentError where it does not."""
    try:
        count = settings.getint(name)
    except (TypeError, ValueError):
        count = -1
    if count < 0:
        raise BadArgumentError(f"{name}={settings.get(name)}: give a whole number, 0 or more")
    return count


def _checked_seconds(settings: BaseSettings, name: str) -> None:
    try:
        seconds = settings.getfloat(name)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise BadArgumentError(f"{name}={settings.get(name)}: give a number of seconds, 0 or more")
