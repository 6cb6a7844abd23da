"""The server in a process of its own, so that it and the client do not share an interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from dspguide.replica.log import Request as Logged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dspguide.replica.faults import Fault

_SECONDS = 20.0


class RemoteServer:
    """What is known of a server in another process, asked for at its control port."""

    def __init__(self, url: str, control: str, pid: int) -> None:
        self.url = url
        self.pid = pid
        self._control = control
        self._opener = build_opener(ProxyHandler({}))

    @property
    def requests(self) -> list[Logged]:
        """All requests so far."""
        return [Logged(**record) for record in self.log()["requests"]]

    @property
    def max_in_flight(self) -> int:
        """The most requests that were being answered at once."""
        return int(self.log()["max_in_flight"])

    @property
    def body_bytes(self) -> int:
        """Bytes of bodies sent."""
        return int(self.log()["body_bytes"])

    def log(self) -> dict[str, Any]:
        """The server's log: requests, in_flight, max_in_flight, body_bytes, connections."""
        answer: dict[str, Any] = self._ask("GET", "log.json")
        return answer

    def set_faults(self, faults: Iterable[Fault]) -> None:
        """Puts other faults in force."""
        self._ask("PUT", "faults.json", json.dumps([fault.to_json() for fault in faults]).encode())

    def reset(self) -> None:
        """Forgets requests and counts."""
        self._ask("POST", "reset", b"")

    def _ask(self, method: str, name: str, body: bytes | None = None) -> Any:
        url = self._control + name
        request = Request(url, data=body, method=method)  # noqa: S310 - our own loopback address
        with self._opener.open(request, timeout=_SECONDS) as answer:
            return json.load(answer)


@contextmanager
def serve_process(*arguments: str, cwd: Path | None = None) -> Iterator[RemoteServer]:
    """`python -m dspguide.replica --control` with these arguments, until the end of the block."""
    command = [sys.executable, "-m", "dspguide.replica", "--control", *arguments]
    root = cwd or Path(__file__).resolve().parents[2]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes to the server")
    try:
        url, control = process.stdout.readline().strip(), process.stdout.readline().strip()
        if not control:
            raise RuntimeError(f"the server did not start: {' '.join(command)}")
        yield RemoteServer(url, control, process.pid)
    finally:
        process.stdin.close()
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
