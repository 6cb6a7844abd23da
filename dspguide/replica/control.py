"""A second port beside the site's, for whoever measures a server in another process.

GET  /__replica__/log.json     every request so far, and the maxima
GET  /__replica__/faults.json  the faults in force
PUT  /__replica__/faults.json  other faults, as `Fault.to_json` writes them
POST /__replica__/reset        forgets requests and counts
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from dspguide.replica.faults import Fault

if TYPE_CHECKING:
    from dspguide.replica.server import Server

PREFIX = "/__replica__/"


class Control:
    """The control port of `server`, on 127.0.0.1, in a thread of its own."""

    def __init__(self, server: Server) -> None:
        self._http = _ControlServer(server)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}{PREFIX}"

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stops answering and frees the port."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _ControlServer(HTTPServer):
    def __init__(self, server: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replica = server


class _Handler(BaseHTTPRequestHandler):
    server: _ControlServer

    def do_GET(self) -> None:
        replica = self.server.replica
        if self.path == PREFIX + "log.json":
            self._send(
                {
                    "requests": [asdict(request) for request in list(replica.requests)],
                    "in_flight": replica.in_flight,
                    "max_in_flight": replica.max_in_flight,
                    "body_bytes": replica.body_bytes,
                    "connections": replica.connections,
                }
            )
        elif self.path == PREFIX + "faults.json":
            self._send([fault.to_json() for fault in replica.faults])
        else:
            self.send_error(404)

    def do_PUT(self) -> None:
        if self.path != PREFIX + "faults.json":
            self.send_error(404)
            return
        records = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.replica.faults = [Fault.from_json(record) for record in records]
        self._send({})

    def do_POST(self) -> None:
        if self.path != PREFIX + "reset":
            self.send_error(404)
            return
        self.server.replica.reset()
        self._send({})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base has it so
        """Keeps quiet."""

    def _send(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
