"""The errors of this project; each message is a sentence that a user can act on."""

from __future__ import annotations


class DspguideError(Exception):
    """Base of all errors here."""


class BadArgumentError(DspguideError):
    """Raised for a spider argument or setting that makes no sense."""


class MissingComponentError(DspguideError):
    """Raised when a component that a book needs was switched off, or the add-on is not there."""


class UnexpectedPageError(DspguideError):
    """Raised by `pages` when a page does not look as expected; names page and expectation."""


class RecipeError(UnexpectedPageError):
    """Raised when a spider's own code describes no chapter in what it read from a page."""


class OffSiteError(DspguideError):
    """Raised by the downloader middleware when a redirect leads away from the book's site."""


class CrawlStoppedError(DspguideError):
    """Raised for a request that was waiting or under way when the crawl was told to stop."""


class FetchError(DspguideError):
    """Raised when a file could not be had: says what came instead."""


class UnavailableError(FetchError):
    """Raised when a file could not be had, and will not be until the site changes."""


class ProxyError(FetchError):
    """Raised when the proxy that the environment names does not let requests through."""


class ProxyUnreachableError(ProxyError):
    """Raised when there is no connection to that proxy."""


class UntrustedServerError(FetchError):
    """Raised when a server has no certificate that proves who it is."""


class StoreError(DspguideError):
    """Raised when the store of chapters cannot be used: busy, read-only, full."""


class ChangedSiteError(DspguideError):
    """Raised when the site shrank, and ACCEPT_CHANGES does not say that this is meant."""


class BookError(DspguideError):
    """Raised when the book could not be bound or put in its place."""


class UploadError(BookError):
    """Raised when the book is made and could not be sent where BOOK_URI says."""
