"""A web service as strict as the post's: so many requests at once, and only with its header."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = ("X-Client", "reader")
"""Without it, the answer is 403."""
AT_ONCE = 8
"""With more, it is 429."""
_SECONDS = 0.05
"""Before each answer."""


@contextmanager
def serve() -> Iterator[str]:
    """Serve on a free port of this machine; gives the URL."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.slots = threading.Semaphore(AT_ONCE)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a request that is alone enough and says who asks."""
        if self.path == "/robots.txt":
            self._send(404)
        elif self.headers.get(HEADER[0]) != HEADER[1]:
            self._send(403)
        elif not self.server.slots.acquire(blocking=False):
            self._send(429)
        else:
            time.sleep(_SECONDS)
            # Before the answer: whoever has it may ask again at once.
            self.server.slots.release()
            self._send(200)

    def _send(self, status: int) -> None:
        body = f'{{"status": {status}}}\n'.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the figures are what is printed."""
