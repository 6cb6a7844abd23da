"""Downloads the chapters of a book that is published chapter by chapter, and binds one book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dspguide.addon import BookAddon as BookAddon

__version__ = "1.0.0"


def __getattr__(name: str) -> Any:
    """Load the add-on when Scrapy asks for it: worker processes import this package without it."""
    if name == "BookAddon":
        from dspguide.addon import BookAddon  # noqa: PLC0415  # imports Scrapy

        return BookAddon
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
