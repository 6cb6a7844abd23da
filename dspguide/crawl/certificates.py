"""Says what is wrong with a server's certificate."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, suppress
from urllib.parse import urlsplit

from dspguide.errors import UntrustedServerError

_SECONDS = 5.0


def untrusted(url: str) -> UntrustedServerError:
    """Return what to say of a server whose certificate was refused.

    Asks the server again by Python's own TLS, for OpenSSL tells Twisted nothing but that it was
    refused. Blocks for some seconds at most.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    return UntrustedServerError(
        f"the certificate of {host} is not trusted: {_why(host, parts.port)}"
    )


def _why(host: str, port: int | None) -> str:
    context = ssl.create_default_context()
    with suppress(OSError):  # then the sentence does without the reason
        plain = socket.create_connection((host, port or 443), _SECONDS)
        try:
            with closing(plain):
                context.wrap_socket(plain, server_hostname=host).close()
        except ssl.SSLCertVerificationError as error:
            return error.verify_message.rstrip(".")
    return "it does not prove that this is the site"
