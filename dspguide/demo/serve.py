"""A plain HTTP server of a site for the demo: validators, 304 and ranges, no faults."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from dspguide.demo.site import Resource, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


@dataclass(frozen=True)
class Server:
    """A running server; `url` is the site's home page, with its slash."""

    site: Site
    url: str


@contextmanager
def serve(site: Site | None = None) -> Iterator[Server]:
    """Serves a site (the standard one) on a free loopback port, in threads of this process.

    Validators follow from the content alone, so that they are those of the last run on another
    port.
    """
    shown = site or Site()
    handler = type("_Handler", (_Handler,), {"site": shown})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Server(shown, f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds of silence that end a connection, and with it its thread
    disable_nagle_algorithm = True  # head and body go out apart

    def do_GET(self) -> None:  # noqa: N802  # the name is the method's
        base = f"http://{self.headers.get('Host', '')}"
        resource = self.site.get(unquote(urlsplit(self.path).path), base=base)
        if resource is None:
            self._send(HTTPStatus.NOT_FOUND, b"<p>Not found</p>", {"Content-Type": "text/html"})
            return
        headers = {
            "ETag": resource.etag,
            "Last-Modified": formatdate(resource.last_modified, usegmt=True),
            "Content-Type": resource.content_type,
            "Accept-Ranges": "bytes",
        }
        if self._is_known(resource):
            self._send(HTTPStatus.NOT_MODIFIED, b"", headers)
            return
        asked = _RANGE.match(self.headers.get("Range", ""))
        size = len(resource.body)
        if asked is None or self.headers.get("If-Range", resource.etag) != resource.etag:
            self._send(HTTPStatus.OK, resource.body, headers)
            return
        first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
        headers["Content-Range"] = (
            f"bytes {first}-{last}/{size}" if first <= last else f"bytes */{size}"
        )
        status = (
            HTTPStatus.PARTIAL_CONTENT
            if first <= last
            else HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        )
        self._send(status, resource.body[first : last + 1], headers)

    do_HEAD = do_POST = do_GET  # noqa: N815  # the search form is a POST

    def _is_known(self, resource: Resource) -> bool:
        """Whether the client has it already; RFC 9110, 13.2.2."""
        if tags := self.headers.get("If-None-Match"):
            return resource.etag in tags or tags == "*"
        since = self.headers.get("If-Modified-Since")
        try:
            return (
                since is not None
                and resource.last_modified <= parsedate_to_datetime(since).timestamp()
            )
        except ValueError:  # a date that is none asks for nothing
            return False

    def _send(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the terminal belongs to the crawl."""
