"""Says in a few words why a request failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from dspguide.errors import DspguideError
from dspguide.pdf import PdfError

if TYPE_CHECKING:
    from scrapy.http import Response

    from dspguide.net.transfer import Arrived

# A kind of error, what its text or its causes' has to hold, and what to say; the first that fits.
_WORDS: tuple[tuple[type[BaseException], str, str], ...] = (
    (IgnoreRequest, "robots.txt", "the site's robots.txt forbids it"),
    (IgnoreRequest, "max redirections", "it was redirected too often"),
    (StopDownload, "", "the server sent a part of the file that was not asked for"),
    (CannotResolveHostError, "", "no address is known for the host"),
    (DownloadConnectionRefusedError, "", "the server refuses connections"),
    (ResponseDataLossError, "", "the transfer was cut short"),
    (DownloadCancelledError, "", "it is larger than DOWNLOAD_MAXSIZE allows"),
    (DownloadFailedError, "certificate verify", "the server's certificate is not trusted"),
    (DownloadFailedError, "", "the connection broke"),
)


def reason(failure: Failure | BaseException) -> str:
    """Return why a request failed, in words for the person who waits for the file."""
    error = cast("BaseException", failure.value) if isinstance(failure, Failure) else failure
    if isinstance(error, HttpError):
        return f"the server answered with status {error.response.status}"
    if isinstance(error, DspguideError | PdfError | DownloadTimeoutError):
        return str(error).rstrip(".")
    for kind, sign, words in _WORDS:
        if isinstance(error, kind) and sign in _causes(error):
            return words
    return f"{type(error).__name__}: {error}"


def _causes(error: BaseException) -> str:
    """Return what lies behind a failure of Scrapy's, as far as Twisted tells."""
    causes = getattr(error.__cause__, "reasons", None) or []
    return " ".join([str(error), *(str(cause.value) for cause in causes)])


def what_came(response: Response, arrived: Arrived) -> str:
    """Return what a server sent in place of the file that was wanted."""
    kind = (response.headers.get("Content-Type") or b"of no type").decode("latin-1")
    head = f"{arrived.size} bytes, {arrived.head[:24]!r}"
    return f"what came: status {response.status}, {kind}, {head}"
