"""What a failed request says of the connection, the proxy or the certificate."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from OpenSSL import SSL
from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.url import add_http_if_no_scheme
from service_identity import VerificationError
from twisted.internet.error import ConnectError
from twisted.internet.error import TimeoutError as ConnectTimeoutError
from twisted.web._newclient import ParseError, ResponseNeverReceived

from dspguide.errors import ProxyError, ProxyUnreachableError, UntrustedServerError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

_UNREACHABLE = (
    exceptions.CannotResolveHostError,
    ConnectError,  # no route, network unreachable, ...
    exceptions.DownloadConnectionRefusedError,
    ProxyUnreachableError,
)
_LOGIN = "it wants a user's name and password, which go before its host as NAME:PASSWORD@"
_SECONDS = 5.0


def is_unreachable(error: BaseException) -> bool:
    """Tell whether no connection could be made at all."""
    if isinstance(error, exceptions.DownloadTimeoutError):
        return isinstance(error.__cause__, ConnectTimeoutError)
    return isinstance(error, _UNREACHABLE)


def is_unanswered(error: BaseException) -> bool:
    """Tell whether the other side ended a connection, or a handshake, without a byte of answer."""
    return isinstance(error.__cause__, ResponseNeverReceived) and not _is_untrusted(error)


def is_gibberish(error: BaseException) -> bool:
    """Tell whether what came is no answer that HTTP knows."""
    return any(isinstance(cause, ParseError | ValueError | KeyError) for cause in _causes(error))


def _is_untrusted(error: BaseException) -> bool:
    """Tell whether the server's certificate was refused."""
    return any(
        isinstance(cause, VerificationError)
        or (isinstance(cause, SSL.Error) and "certificate verify failed" in str(cause))
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> list[BaseException]:
    """Return what lies behind a failure of Scrapy's, as far as Twisted tells."""
    if not isinstance(error, exceptions.DownloadFailedError):
        return []
    return [cause.value for cause in getattr(error.__cause__, "reasons", ())]


def check_proxy(request: Request) -> None:
    """Raise ProxyError for a proxy that Scrapy's handler cannot use."""
    proxy = request.meta.get("proxy")
    if not proxy:
        return
    try:
        parts = urlsplit(add_http_if_no_scheme(proxy))
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise _proxy_error(request, "that is no address of a proxy: write http://HOST:PORT")
    if parts.scheme not in {"http", "https"}:
        raise _proxy_error(request, f"{parts.scheme} is not known here, only HTTP proxies are")
    if parts.scheme == "https" and request.url.startswith("https:"):
        why = "it is to be spoken to by https, which works for http:// sites only"
        raise _proxy_error(request, why)


def check_login(request: Request, response: Response) -> None:
    """Raise ProxyError for an answer of the proxy's own, which wants to know who asks."""
    if response.status == 407:
        raise _proxy_error(request, _LOGIN)


async def blamed(request: Request, error: Exception) -> Exception:
    """Return a failure as what it says of certificate or proxy; as it is where it says nothing."""
    if _is_untrusted(error):
        return await run_in_thread(_untrusted, request.url)
    if not request.meta.get("proxy"):
        return error
    if isinstance(error, TunnelError):
        refused = "it refuses to pass the request on"
        return _proxy_error(request, _LOGIN if "'status': 407" in str(error) else refused)
    if not is_unreachable(error):
        return error
    why = "it cannot be reached"
    if isinstance(error, exceptions.DownloadConnectionRefusedError):
        why = "it refuses connections"
    elif isinstance(error, exceptions.CannotResolveHostError):
        why = "no address is known for it"
    return _proxy_error(request, why, ProxyUnreachableError)


def _proxy_error(request: Request, why: str, kind: type[ProxyError] = ProxyError) -> ProxyError:
    proxy = (request.meta.get("proxy") or "").rpartition("@")[2]
    return kind(f"the proxy {proxy} cannot be used: {why}")


def _untrusted(url: str) -> UntrustedServerError:
    """Return what to say of a server whose certificate was refused.

    Asks the server again by Python's own TLS, for OpenSSL tells Twisted nothing but that it was
    refused. Blocks for some seconds at most.
    """
    parts = urlsplit(url)
    host, why = parts.hostname or "", "it does not prove that this is the site"
    with suppress(OSError):  # then the sentence does without the reason
        plain = socket.create_connection((host, parts.port or 443), _SECONDS)
        try:
            with closing(plain):
                ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
        except ssl.SSLCertVerificationError as error:
            why = error.verify_message.rstrip(".")
    return UntrustedServerError(f"the certificate of {host} is not trusted: {why}")
