"""A server with faults on a port of this machine, beside whatever else the process does."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic
from urllib.parse import unquote

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import ServerFactory
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from typing_extensions import Self, TypeVar

from tests.mockserver.answer import Abilities
from tests.mockserver.channel import Channel, Pace
from tests.mockserver.faults import Fault
from tests.mockserver.ledger import Ledger, Request
from tests.mockserver.loop import in_reactor, reactor
from tests.mockserver.site import Pages, Site

_S = TypeVar("_S", bound="Site | Pages", default=Site)


@dataclass(eq=False, repr=False)
class Server(Ledger, Abilities, Generic[_S]):
    """A site on a port; all but its address may be assigned while clients are being served."""

    site: _S
    _: KW_ONLY
    faults: Sequence[Fault] = ()
    latency: float = 0.0  # seconds before each answer
    rate: float | None = None  # bytes per second of the bodies on each (new) connection
    total_rate: float | None = None  # and on all together
    tls: Path | None = None  # a PEM file with key and certificate
    host: str = "127.0.0.1"
    port: int = 0
    channels: set[Channel] = field(default_factory=set, init=False)  # open; the reactor's own
    _listening: Any = field(default=None, init=False)
    failures: list[Failure] = field(default_factory=list, init=False)  # of the server's own

    def __post_init__(self) -> None:
        self.shared = Pace(self.total_rate)
        self.scheme = "https" if self.tls else "http"

    @property
    def url(self) -> str:
        """The home page, with a slash at the end; also what to give as a proxy."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/"

    def start(self) -> None:
        """Begins to listen, on the same port again after `close`; OSError if it cannot be had."""
        in_reactor(self._listen)

    def close(self) -> None:
        """Ends all connections, then refuses them; raises what went wrong in the server itself."""
        in_reactor(self._close)
        if self.failures:
            self.failures[0].raiseException()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fault_of(self, request: Request) -> Fault:
        """All faults that are for a request, as one; where two set a field, the later one wins."""
        fields: dict[str, Any] = {}
        headers: dict[str, str | None] = {}
        path, _, query = request.path.partition("?")
        for fault in self.faults:
            number = self.seen[path if fault.query is None else request.path]
            fits = fault.fits(unquote(path), query, request.method, request.headers)
            if fits and fault.covers(number, request.in_flight):
                request.faults.append(str(fault.to_json()))
                fields |= fault.to_json()
                headers |= fault.headers
        return Fault(**{**fields, "headers": headers})

    def _listen(self) -> None:
        factory: Any = ServerFactory.forProtocol(partial(Channel, self))
        if self.tls is not None:
            contexts: Any = DefaultOpenSSLContextFactory(str(self.tls), str(self.tls))
            factory = TLSMemoryBIOFactory(contexts, False, factory, reactor())
        self._listening = reactor().listenTCP(self.port, factory, 1024, self.host)
        self.port = self._listening.getHost().port

    def _close(self) -> Deferred[list[Any]]:
        waiting = [self._listening.stopListening(), *(channel.gone for channel in self.channels)]
        for channel in self.channels:
            channel.hang_up(reset=True)
        return gatherResults(waiting)


serve = Server
