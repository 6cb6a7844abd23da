"""A plain HTTP server of a site for the demo: validators, 304 and ranges, no faults."""

from __future__ import annotations

import re
from contextlib import contextmanager
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from dspguide.demo.site import Resource, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


class Server(NamedTuple):
    """A running server; `url` is the address of the site's home page, with its slash."""

    site: Site
    url: str


@contextmanager
def serve(site: Site | None = None) -> Iterator[Server]:
    """Serves a site (the standard one) on a free loopback port, in threads of this process."""
    shown = site or Site()
    handler = type("_SiteHandler", (_Handler,), {"site": shown})
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

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        resource = self.site.get(path, base=f"http://{self.headers.get('Host', '')}")
        if resource is None:
            self._send(404, b"<p>Not found</p>", {"Content-Type": "text/html"})
            return
        body, size = resource.body, len(resource.body)
        headers = {
            "ETag": resource.etag,
            "Last-Modified": formatdate(resource.last_modified, usegmt=True),
            "Content-Type": resource.content_type,
            "Accept-Ranges": "bytes",
        }
        asked = _RANGE.match(self.headers.get("Range", ""))
        if self._is_known(resource):
            self._send(304, b"", headers)
        elif asked is None or self.headers.get("If-Range", resource.etag) != resource.etag:
            self._send(200, body, headers)
        elif (first := int(asked[1])) < size:
            part = body[first : int(asked[2] or size) + 1]
            headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{size}"
            self._send(206, part, headers)
        else:
            self._send(416, b"", {"Content-Range": f"bytes */{size}"})

    do_HEAD = do_POST = do_GET  # noqa: N815  # the form of the search is a POST

    def _is_known(self, resource: Resource) -> bool:
        """Whether the client has it already; RFC 9110, 13.2.2."""
        if tags := self.headers.get("If-None-Match"):
            return resource.etag in tags or tags == "*"
        since = self.headers.get("If-Modified-Since", "")
        try:
            return resource.last_modified <= parsedate_to_datetime(since).timestamp()
        except ValueError:  # no date
            return False

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": f"{len(body)}"}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the terminal belongs to the crawl."""
