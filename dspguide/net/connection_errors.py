"""Which failures say what of the connection: none could be made, or it ended without an answer."""

from __future__ import annotations

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from service_identity import VerificationError
from twisted.internet.error import ConnectError
from twisted.internet.error import TimeoutError as ConnectTimeoutError
from twisted.web._newclient import ParseError, ResponseNeverReceived

from dspguide.errors import ProxyUnreachableError

_UNREACHABLE = (
    CannotResolveHostError,
    ConnectError,  # no route, network unreachable, ...
    DownloadConnectionRefusedError,
    ProxyUnreachableError,
)


def is_unreachable(error: BaseException) -> bool:
    """Tell whether no connection could be made at all."""
    if isinstance(error, DownloadTimeoutError):
        return isinstance(error.__cause__, ConnectTimeoutError)
    return isinstance(error, _UNREACHABLE)


def is_unanswered(error: BaseException) -> bool:
    """Tell whether the other side ended a connection, or a handshake, without a byte of answer."""
    never = isinstance(error.__cause__, ResponseNeverReceived)
    return never and not is_untrusted(error)


def is_untrusted(error: BaseException) -> bool:
    """Tell whether the server's certificate was refused."""
    return any(
        isinstance(cause, VerificationError)
        or (isinstance(cause, SSL.Error) and "certificate verify failed" in str(cause))
        for cause in causes(error)
    )


def is_gibberish(error: BaseException) -> bool:
    """Tell whether what came is no answer that HTTP knows."""
    return any(isinstance(cause, ParseError | ValueError | KeyError) for cause in causes(error))


def causes(error: BaseException) -> list[BaseException]:
    """Return what lies behind a failure of Scrapy's, as far as Twisted tells."""
    if not isinstance(error, DownloadFailedError) or error.__cause__ is None:
        return []
    return [cause.value for cause in getattr(error.__cause__, "reasons", ())]
