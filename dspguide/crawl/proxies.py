"""What a proxy does to a request, told from what the site does."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError
from scrapy.utils.url import add_http_if_no_scheme

from dspguide.errors import ProxyError, ProxyUnreachableError
from dspguide.net.connection_errors import is_unreachable

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

_LOGIN = "it wants a user's name and password, which go before its host as NAME:PASSWORD@"


def check_proxy(request: Request) -> None:
    """Raise ProxyError for a proxy that Scrapy's handler cannot use."""
    proxy = _proxy(request)
    if proxy is None:
        return
    try:
        parts = urlsplit(add_http_if_no_scheme(proxy))
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise _error(request, "that is no address of a proxy: write http://HOST:PORT")
    if parts.scheme not in {"http", "https"}:
        raise _error(request, f"{parts.scheme} is not known here, only HTTP proxies are")
    if parts.scheme == "https" and request.url.startswith("https:"):
        raise _error(request, "it is to be spoken to by https, which works for http:// sites only")


def check_login(request: Request, response: Response) -> None:
    """Raise ProxyError for an answer of the proxy's own, which wants to know who asks."""
    if response.status == 407:
        raise _error(request, _LOGIN)


def proxy_error(request: Request, error: Exception) -> ProxyError | None:
    """Return what a failure says of the proxy; None where it says nothing of it."""
    if _proxy(request) is None:
        return None
    if isinstance(error, TunnelError):
        why = _LOGIN if "'status': 407" in str(error) else "it refuses to pass the request on"
        return _error(request, why)
    if not is_unreachable(error):
        return None
    why = "it cannot be reached"
    if isinstance(error, DownloadConnectionRefusedError):
        why = "it refuses connections"
    if isinstance(error, CannotResolveHostError):
        why = "no address is known for it"
    return ProxyUnreachableError(_sentence(request, why))


def _proxy(request: Request) -> str | None:
    proxy: str | None = request.meta.get("proxy")
    return proxy or None


def _error(request: Request, why: str) -> ProxyError:
    return ProxyError(_sentence(request, why))


def _sentence(request: Request, why: str) -> str:
    return f"the proxy {(_proxy(request) or '').rpartition('@')[2]} cannot be used: {why}"
