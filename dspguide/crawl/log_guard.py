"""Keeps out of every log what does not belong there: secrets, commands to a terminal, megabytes."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from scrapy import signals

from dspguide.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from typing_extensions import Self

_LINE_MOST = 2_000
"""Characters of one line; a longer one is some server's doing."""
_LINES_MOST = 2_000

_SECRET_NAME = re.compile(
    r"PASS|SECRET|TOKEN|CREDENTIAL|(?:ACCESS|API|ACCOUNT)_?KEY", re.IGNORECASE
)
_LEAST_SECRET = 4
"""Characters of a secret that is looked for; a shorter one would be found in every second word."""

_FORMATTER = logging.Formatter()


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


class GuardedLogs:
    """Keeps the guard in place: Scrapy makes its handler anew when a crawl begins."""

    def __init__(self, crawler: Crawler) -> None:
        self._settings = crawler.settings
        crawler.signals.connect(self.spider_opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def spider_opened(self) -> None:
        guard_logs(self._settings)


def guard_logs(settings: BaseSettings) -> None:
    """Have all that is logged from now on cleaned, with the secrets of these settings left out."""
    guard = LogGuard(_secrets(settings))
    for handler in logging.root.handlers:
        for old in handler.filters.copy():
            if isinstance(old, LogGuard):
                handler.removeFilter(old)
        handler.addFilter(guard)


def _secrets(settings: BaseSettings) -> list[str]:
    return [
        value
        for name in settings
        if isinstance(name, str) and _SECRET_NAME.search(name)
        for value in [settings.get(name)]
        if isinstance(value, str) and len(value) >= _LEAST_SECRET and settings.getpriority(name)
    ]
