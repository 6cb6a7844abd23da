"""Keeps out of the logs what does not belong there: secrets, commands to a terminal, megabytes.

And what frightens and helps nobody: tracebacks of what any network can do.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from scrapy.utils.log import get_scrapy_root_handler

from dspguide.crawl.context import Component
from dspguide.crawl.failure_reasons import EXPECTED
from dspguide.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.settings import BaseSettings

_LINE_MOST = 2_000  # characters; a longer one is some server's doing
_LINES_MOST = 2_000
_SECRET_NAME = re.compile(
    r"PASS|SECRET|TOKEN|CREDENTIAL|(?:ACCESS|API|ACCOUNT)_?KEY", re.IGNORECASE
)
_LEAST_SECRET = 4  # characters; a shorter one would be found in every second word
_FORMATTER = logging.Formatter()


class LogGuard(logging.Filter):
    """Cleans each record of a log, whoever wrote it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        found = sorted({re.escape(secret) for secret in secrets}, key=len, reverse=True)
        self._secrets = re.compile("|".join(found)) if found else None

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # the handler says what is wrong with it
            return True
        cleaned = self._clean(text)
        if cleaned != text:
            record.msg, record.args = cleaned, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._clean(record.exc_text)
        return True

    def _clean(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub("***", text)
        return printable(_shortened(text))


class CleanLogs(Component):
    """Keeps guard and filter in place: Scrapy makes its handler anew when a crawl begins.

    As a filter of that handler it takes out tracebacks: only our own errors and Scrapy's download
    errors lose theirs, and LOG_LEVEL=DEBUG has everything.
    """

    def spider_opened(self) -> None:
        settings, handler = self.crawler.settings, get_scrapy_root_handler()
        guard_logs(settings)
        if handler is not None and settings.get("LOG_LEVEL") != "DEBUG":
            handler.addFilter(self)

    def engine_stopped(self) -> None:
        handler = get_scrapy_root_handler()
        if handler is not None:
            handler.removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], EXPECTED):
            record.exc_info = record.exc_text = None
        return True


def guard_logs(settings: BaseSettings) -> None:
    """Have all that is logged from now on cleaned, with the secrets of these settings left out."""
    named = [n for n in settings if isinstance(n, str) and _SECRET_NAME.search(n)]
    values = [settings.get(name) for name in named if settings.getpriority(name)]
    guard = LogGuard(v for v in values if isinstance(v, str) and len(v) >= _LEAST_SECRET)
    for handler in logging.root.handlers:
        for old in handler.filters.copy():
            if isinstance(old, LogGuard):
                handler.removeFilter(old)
        handler.addFilter(guard)


def _shortened(text: str) -> str:
    if len(text) <= _LINE_MOST:
        return text
    lines = [
        line if len(line) <= _LINE_MOST else f"{line[:_LINE_MOST]} … ({len(line)} characters)"
        for line in text.split("\n")
    ]
    if len(lines) > _LINES_MOST:
        lines[_LINES_MOST:] = [f"… ({len(lines)} lines)"]
    return "\n".join(lines)
