"""Keeps passwords and keys out of the log, to which Scrapy writes all settings that were set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "FTP_PASSWORD")


class Secret(str):
    """A string that is not shown as what it is where it is shown for debugging."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def hide_secrets(settings: BaseSettings) -> None:
    """Have Scrapy's own secret settings shown as asterisks."""
    for name in _SECRETS:
        priority = settings.getpriority(name)
        if priority:  # it was set, and is not Scrapy's default
            settings.set(name, Secret(settings[name]), priority=priority)
