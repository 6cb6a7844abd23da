"""Says in a few words why a request failed, and what helps: one table for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.python.failure import Failure

from dspguide.book.outcome import Advice
from dspguide.crawl.page_bounds import TOO_LARGE_PAGE
from dspguide.errors import (
    DspguideError,
    OffSiteError,
    ProxyError,
    UnavailableError,
    UnexpectedPageError,
    UntrustedServerError,
)
from dspguide.net.connection_errors import is_gibberish
from dspguide.net.transfer import TOO_LARGE
from dspguide.pdf import PdfError

if TYPE_CHECKING:
    from scrapy.http import Response

    from dspguide.net.transfer import Arrived


class Reason(NamedTuple):
    """Why something failed."""

    words: str
    advice: Advice


class _Kind(NamedTuple):
    error: type[BaseException]
    sign: str
    """What the error's text has to hold."""
    words: str
    """What to say; empty for what the error says itself."""
    advice: Advice


_PLACE = "no connection could be made: is this machine on the network?"

# The first that fits.
_KINDS = (
    _Kind(IgnoreRequest, "robots.txt", "the site's robots.txt forbids it", Advice.ROBOTS),
    _Kind(IgnoreRequest, "max redirections", "it was redirected too often", Advice.SITE),
    _Kind(IgnoreRequest, "during decompression", TOO_LARGE_PAGE, Advice.LIMIT),
    _Kind(DownloadCancelledError, "", TOO_LARGE, Advice.LIMIT),
    _Kind(
        StopDownload, "", "the server sent a part or a form that was not asked for", Advice.AGAIN
    ),
    _Kind(CannotResolveHostError, "", "no address is known for the host", Advice.ADDRESS),
    _Kind(DownloadConnectionRefusedError, "", "the server refuses connections", Advice.ADDRESS),
    _Kind(ConnectError, "", _PLACE, Advice.ADDRESS),
    _Kind(ResponseDataLossError, "", "the transfer was cut short", Advice.AGAIN),
    _Kind(DownloadTimeoutError, "User timeout", "no connection could be made", Advice.ADDRESS),
    _Kind(DownloadTimeoutError, "", "", Advice.AGAIN),
    _Kind(DownloadFailedError, "", "the connection broke", Advice.AGAIN),
    _Kind(ConnectionClosed, "", "the connection broke", Advice.AGAIN),
    _Kind(UnsupportedURLSchemeError, "", "its address is not one of the web", Advice.SITE),
    _Kind(ProxyError, "", "", Advice.PROXY),
    _Kind(UntrustedServerError, "", "", Advice.CERTIFICATE),
    _Kind(OffSiteError, "", "", Advice.NONE),
    _Kind(UnavailableError, "MAXSIZE", "", Advice.LIMIT),
    _Kind(UnavailableError, "", "", Advice.SITE),
    _Kind(UnexpectedPageError, "", "", Advice.SITE),
    _Kind(DspguideError, "", "", Advice.AGAIN),
    _Kind(PdfError, "", "", Advice.SITE),
    _Kind(OSError, "", "", Advice.AGAIN),
)

_MAY_CHANGE = {408, 425, 429}
"""Statuses below 500 that say nothing of the page."""


def explain(failure: Failure | BaseException) -> Reason:
    """Return why something failed, in words for the person who waits for it, and what helps."""
    error = cast("BaseException", failure.value) if isinstance(failure, Failure) else failure
    if isinstance(error, HttpError):
        status = error.response.status
        words = f"the server answered with status {status}"
        return Reason(words, Advice.SITE if lasts(status) else Advice.AGAIN)
    if is_gibberish(error):
        return Reason("what the server answers is no HTTP", Advice.AGAIN)
    for kind in _KINDS:
        if isinstance(error, kind.error) and kind.sign in str(error):
            return Reason(kind.words or str(error).rstrip("."), kind.advice)
    return Reason(f"{type(error).__name__}: {error}", Advice.PROGRAM)


def lasts(status: int) -> bool:
    """Tell whether a status is the same again until the site changes."""
    return 400 <= status < 500 and status not in _MAY_CHANGE


def reason(failure: Failure | BaseException) -> str:
    """Return why something failed, in words."""
    return explain(failure).words


def what_came(response: Response, arrived: Arrived) -> str:
    """Return what a server sent in place of the file that was wanted."""
    kind = (response.headers.get("Content-Type") or b"of no type").decode("latin-1")
    head = f"{arrived.size} bytes, {arrived.head[:24]!r}"
    return f"what came: status {response.status}, {kind[:80]}, {head}"
