"""What all connections of a server share: what is served, how, and the account of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from dspguide.replica.answer import Abilities
from dspguide.replica.faults import Fault
from dspguide.replica.line import Pace
from dspguide.replica.log import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

    from dspguide.replica.site import Site
    from dspguide.replica.wire import Head


class Ledger:
    """Site, faults and line of a server, and every request that came.

    Everything may be read, and `site`, `faults`, `latency`, `rate` (of new connections) and
    `abilities` assigned, from any thread while clients are being served.
    """

    def __init__(
        self,
        site: Site,
        *,
        faults: Sequence[Fault] = (),
        latency: float = 0.0,
        rate: float | None = None,
        total_rate: float | None = None,
        abilities: Abilities | None = None,
        log: TextIO | None = None,
    ) -> None:
        self.site = site
        self.faults: Sequence[Fault] = faults
        self.latency = latency
        self.rate = rate
        self.shared = Pace(total_rate)
        self.abilities = abilities or Abilities()
        self._log = log
        self._requests: list[Request] = []
        self._connections = 0
        self._in_flight = 0
        self._max_in_flight = 0
        self._seen: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._changes = 0

    # -- what is known ----------------------------------------------------------------------
    #
    # A client that has the last byte may ask for the account before the server has written it up:
    # `_catch_up` waits for that, so that what a client knows is in the account.

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last `reset`, in order of arrival."""
        self._catch_up()
        return list(self._requests)

    @property
    def connections(self) -> int:
        """Connections opened since the start or the last `reset`."""
        self._catch_up()
        return self._connections

    @property
    def in_flight(self) -> int:
        """Requests being answered now: head complete, last byte not yet handed over."""
        self._catch_up()
        return self._in_flight

    @property
    def max_in_flight(self) -> int:
        """The most requests that were being answered at once."""
        self._catch_up()
        return self._max_in_flight

    @property
    def body_bytes(self) -> int:
        """Bytes of bodies sent since the start or the last `reset`."""
        return sum(request.body_bytes for request in self.requests)

    def requests_for(self, path: str) -> list[Request]:
        """The requests for exactly that path, query included, in order of arrival."""
        return [request for request in self.requests if request.path == path]

    def reset(self) -> None:
        """Forgets requests, counts (of faults too) and maxima; what is being answered goes on."""
        self._catch_up()
        with self._changed:
            self._requests = []
            self._max_in_flight = self._in_flight
            self._connections = 0
            self._seen.clear()

    def wait_until(self, condition: Callable[[Self], object], timeout: float = 30.0) -> bool:
        """Blocks until `condition(server)` is true, asked at every change; False on time-out.

        Changes are a new connection, a request's begin, each part of a body sent, a request's end.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                seen = self._changes
            if condition(self):
                return True
            if not self._wait_for_change(seen, deadline):
                return bool(condition(self))

    def _wait_for_change(self, seen: int, deadline: float) -> bool:
        with self._changed:
            left = deadline - time.monotonic()
            return self._changed.wait_for(lambda: self._changes != seen, left)

    def _catch_up(self) -> None:
        """Waits until all that has been sent is in the account."""

    # -- book-keeping, called by connections --------------------------------------------------

    def opened(self) -> int:
        """Notes a new connection and gives its number."""
        with self._changed:
            self._connections += 1
            self._notify()
            return self._connections

    def begin(self, head: Head, connection: int) -> tuple[Request, Fault]:
        """Notes a request and finds its fault."""
        with self._changed:
            self._seen[head.path] += 1
            self._in_flight += 1
            self._max_in_flight = max(self._max_in_flight, self._in_flight)
            request = Request(
                number=len(self._requests) + 1,
                connection=connection,
                method=head.method,
                path=head.target,
                host=head.host,
                headers=head.headers,
                started=time.monotonic(),
                in_flight=self._in_flight,
            )
            self._requests.append(request)
            fault = Fault()
            for candidate in self.faults:
                if candidate.matches(head.path, self._seen[head.path], head.method, head.headers):
                    fault = candidate.over(fault)
                    request.faults.append(candidate.summary())
            self._notify()
            return request, fault

    def end(self, request: Request) -> None:
        """Notes that a request has been answered, or never will be."""
        with self._changed:
            self._in_flight -= 1
            request.ended = time.monotonic()
            self._notify()
        if self._log is not None:
            self._log.write(request.to_json() + "\n")
            self._log.flush()

    def sent(self, request: Request, count: int) -> None:
        """Notes bytes of a body that the operating system took."""
        with self._changed:
            request.body_bytes += count
            self._notify()

    def _notify(self) -> None:
        self._changes += 1
        self._changed.notify_all()
