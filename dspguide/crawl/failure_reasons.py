"""Says in a few words why a request failed, and what helps: one table for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from scrapy import exceptions
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.python.failure import Failure

from dspguide import errors
from dspguide.book.outcome import Advice
from dspguide.net.connections import is_gibberish
from dspguide.net.transfer import TOO_LARGE
from dspguide.pdf import PdfError

if TYPE_CHECKING:
    from scrapy.http import Response

    from dspguide.net.transfer import Arrived

TOO_LARGE_PAGE = "the page is larger than PAGE_MAXSIZE allows"
_NOT_ASKED_FOR = "the server sent a part or a form that was not asked for"
_NO_NETWORK = "no connection could be made: is this machine on the network?"


class Reason(NamedTuple):
    """Why something failed, and what helps."""

    words: str
    advice: Advice


# Kind of error, what its text has to hold, what to say (empty for what the error says itself), and
# what helps. The first that fits.
_KINDS: tuple[tuple[type[BaseException], str, str, Advice], ...] = (
    (exceptions.IgnoreRequest, "robots.txt", "the site's robots.txt forbids it", Advice.ROBOTS),
    (exceptions.IgnoreRequest, "max redirections", "it was redirected too often", Advice.SITE),
    (exceptions.IgnoreRequest, "during decompression", TOO_LARGE_PAGE, Advice.LIMIT),
    (exceptions.DownloadCancelledError, "", TOO_LARGE, Advice.LIMIT),
    (exceptions.StopDownload, "", _NOT_ASKED_FOR, Advice.AGAIN),
    (exceptions.CannotResolveHostError, "", "no address is known for the host", Advice.ADDRESS),
    (
        exceptions.DownloadConnectionRefusedError,
        "",
        "the server refuses connections",
        Advice.ADDRESS,
    ),
    (ConnectError, "", _NO_NETWORK, Advice.ADDRESS),
    (exceptions.ResponseDataLossError, "", "the transfer was cut short", Advice.AGAIN),
    (
        exceptions.DownloadTimeoutError,
        "User timeout",
        "no connection could be made",
        Advice.ADDRESS,
    ),
    (exceptions.DownloadTimeoutError, "", "", Advice.AGAIN),
    (exceptions.DownloadFailedError, "", "the connection broke", Advice.AGAIN),
    (ConnectionClosed, "", "the connection broke", Advice.AGAIN),
    (exceptions.UnsupportedURLSchemeError, "", "its address is not one of the web", Advice.SITE),
    (errors.ProxyError, "", "", Advice.PROXY),
    (errors.UntrustedServerError, "", "", Advice.CERTIFICATE),
    (errors.OffSiteError, "", "", Advice.NONE),
    (errors.UnavailableError, "MAXSIZE", "", Advice.LIMIT),
    (errors.UnavailableError, "", "", Advice.SITE),
    (errors.UnexpectedPageError, "", "", Advice.SITE),
    (errors.DspguideError, "", "", Advice.AGAIN),
    (PdfError, "", "", Advice.SITE),
    (OSError, "", "", Advice.AGAIN),
)

EXPECTED = tuple({kind for kind, *_ in _KINDS} - {OSError})
"""What any network or site can do; an OSError may as well be a stranger's mistake."""

_MAY_CHANGE = {408, 425, 429}  # statuses below 500 that say nothing of the page


def explain(failure: Failure | BaseException) -> Reason:
    """Return why something failed, in words for the person who waits for it, and what helps."""
    error = cast("BaseException", failure.value) if isinstance(failure, Failure) else failure
    if isinstance(error, HttpError):
        status = error.response.status
        words = f"the server answered with status {status}"
        return Reason(words, Advice.SITE if lasts(status) else Advice.AGAIN)
    if is_gibberish(error):
        return Reason("what the server answers is no HTTP", Advice.AGAIN)
    for kind, sign, words, advice in _KINDS:
        if isinstance(error, kind) and sign in str(error):
            return Reason(words or str(error).rstrip("."), advice)
    return Reason(f"{type(error).__name__}: {error}", Advice.PROGRAM)


def reason(failure: Failure | BaseException) -> str:
    """Return why something failed, in words."""
    return explain(failure).words


def lasts(status: int) -> bool:
    """Tell whether a status is the same again until the site changes."""
    return 400 <= status < 500 and status not in _MAY_CHANGE


def what_came(response: Response, arrived: Arrived) -> str:
    """Return what a server sent in place of the file that was wanted."""
    kind = (response.headers.get("Content-Type") or b"of no type").decode("latin-1")
    head = f"{arrived.size} bytes, {arrived.head[:24]!r}"
    return f"what came: status {response.status}, {kind[:80]}, {head}"
