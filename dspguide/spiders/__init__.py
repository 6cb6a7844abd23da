"""The spiders, and the base of all spiders that make a book."""

from dspguide.spiders.base import BookSpider

__all__ = ["BookSpider"]
