"""The account of what came to a server and what it sent."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from typing_extensions import Self

from tests.mockserver.loop import in_reactor


@dataclass
class Request:
    """One request and its answer, in the list as soon as it has arrived."""

    connection: int  # 1-based number of the one that it came on
    method: str
    path: str  # with query, without host
    host: str  # and port, that the client asked for
    headers: dict[str, str]  # names in lower case
    number: int = 0  # 1-based, in order of arrival at the server
    in_flight: int = 0  # requests being answered at that moment, this one included
    started: float = field(default_factory=time.monotonic)  # when it was complete
    ended: float | None = None  # when the last byte was handed over or the client had left
    status: int | None = None  # None when no answer was (yet)
    body_bytes: int = 0  # of the body, that the operating system took
    complete: bool = False  # whether the answer went out to its end
    faults: list[str] = field(default_factory=list)  # that were applied, each in one line


@dataclass(eq=False, kw_only=True)
class Ledger:
    """Every request that came; may be asked from any thread while clients are being served.

    It answers in the reactor's turn, so that what a client knows is in the account already.
    """

    _requests: list[Request] = field(default_factory=list, init=False)
    seen: Counter[str] = field(default_factory=Counter, init=False)  # paths with and without query
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False)
    _connections = _in_flight = _max_in_flight = _changes = 0

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last `reset`, in order of arrival."""
        return list(in_reactor(self._requests.copy))

    @property
    def in_flight(self) -> int:
        """Requests being answered now: arrived, last byte not yet handed over."""
        return int(in_reactor(lambda: self._in_flight))

    @property
    def max_in_flight(self) -> int:
        """The most requests that were being answered at once."""
        return int(in_reactor(lambda: self._max_in_flight))

    def requests_for(self, path: str) -> list[Request]:
        """The requests for exactly that path, query included, in order of arrival."""
        return [request for request in self.requests if request.path == path]

    def log(self) -> dict[str, Any]:
        """All that is known since the start or the last `reset`, as plain data."""
        requests = self.requests
        return {
            "requests": [asdict(request) for request in requests],
            "in_flight": self._in_flight,
            "max_in_flight": self._max_in_flight,
            "body_bytes": sum(request.body_bytes for request in requests),
            "connections": self._connections,
        }

    def reset(self) -> None:
        """Forgets requests, counts (of faults too) and maxima; what is being answered goes on."""
        in_reactor(self._reset)

    def wait_until(self, condition: Callable[[Self], object], timeout: float = 30.0) -> bool:
        """Blocks until `condition(server)` is true, asked at each change; False on time-out."""
        deadline = time.monotonic() + timeout
        while True:
            seen = self._changes
            if condition(self):
                return True
            with self._changed:
                while self._changes == seen:
                    if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                        return False

    def opened(self) -> int:
        """Notes a new connection and gives its number."""
        self._connections += 1
        self._notify()
        return self._connections

    def begin(self, request: Request) -> None:
        """Notes a request."""
        self.seen.update({request.path, request.path.partition("?")[0]})
        self._in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self._in_flight)
        self._requests.append(request)
        request.number, request.in_flight = len(self._requests), self._in_flight
        self._notify()

    def sent(self, request: Request, count: int) -> None:
        """Notes bytes of a body that the operating system took."""
        request.body_bytes += count
        self._notify()

    def end(self, request: Request) -> None:
        """Notes that a request has been answered, or never will be."""
        self._in_flight -= 1
        request.ended = time.monotonic()
        self._notify()

    def _reset(self) -> None:
        self._max_in_flight, self._connections = self._in_flight, 0
        self._requests.clear()
        self.seen.clear()

    def _notify(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()
