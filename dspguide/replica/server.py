"""A real HTTP/1.1 server for the replica: one thread, one event loop, faults to the byte.

It speaks the protocol itself, on asyncio streams, because a fault is often a wrong or a missing
byte, which no server library lets through.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from dspguide.replica.answer import Abilities
from dspguide.replica.connection import Connection
from dspguide.replica.ledger import Ledger
from dspguide.replica.site import Site

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    from dspguide.replica.faults import Fault

_CLOSING_SECONDS = 10.0
_CATCH_UP_SECONDS = 0.1


class Server(Ledger):
    """A site on a loopback port, answering until it is closed."""

    def __init__(
        self,
        site: Site,
        *,
        faults: Sequence[Fault] = (),
        latency: float = 0.0,
        rate: float | None = None,
        total_rate: float | None = None,
        abilities: Abilities | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        log: TextIO | None = None,
    ) -> None:
        super().__init__(
            site,
            faults=faults,
            latency=latency,
            rate=rate,
            total_rate=total_rate,
            abilities=abilities,
            log=log,
        )
        self.host = host
        self.port = port
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="replica", daemon=True)
        self._started = threading.Event()
        self._closing = threading.Lock()
        self._start_error: OSError | None = None
        self._stop = asyncio.Event()

    @property
    def url(self) -> str:
        """The home page, with a slash at the end; also what to give as a proxy."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}/"

    def start(self) -> None:
        """Begins to listen, in a thread of its own; raises OSError when the port cannot be had."""
        self._thread.start()
        self._started.wait()
        if self._start_error is not None:
            raise self._start_error

    def close(self) -> None:
        """Ends all connections, whatever state they are in, and the thread."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_CLOSING_SECONDS)

    def _catch_up(self) -> None:
        """Lets the event loop finish what it is at; nothing once it has ended."""
        if self._loop is None or threading.current_thread() is self._thread:
            return
        done = threading.Event()
        with self._closing:
            if self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(self._loop.call_soon, done.set)
        while not done.wait(_CATCH_UP_SECONDS) and self._thread.is_alive():
            pass

    def _run(self) -> None:
        loop = self._loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._serve())
        except OSError as error:
            self._start_error = error
        finally:
            self._started.set()
            with self._closing:
                loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(
            self._accept, self.host, self.port, ssl=self._tls, backlog=1024
        )
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # lets transports that were aborted close their sockets

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("not called by the event loop")
        self._tasks.add(task)
        try:
            await Connection(self, reader, writer).serve()
            await writer.wait_closed()
        except (asyncio.CancelledError, ConnectionError):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)


@contextmanager
def serve(
    site: Site | None = None,
    *,
    faults: Sequence[Fault] = (),
    latency: float = 0.0,
    rate: float | None = None,
    total_rate: float | None = None,
    ranges: bool = True,
    etags: bool = True,
    last_modified: bool = True,
    content_length: bool = True,
    conditional: bool = True,
    keep_alive: bool = True,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    log: TextIO | None = None,
) -> Iterator[Server]:
    """A running server of `site` (default: the small replica), closed at the end of the block.

    `latency`: seconds before each answer. `rate`: bytes per second of each connection's bodies,
    `total_rate`: of all connections' together. `log`: a text file that gets one JSON line per
    request. What is switched off is neither announced nor done: without `ranges` each request gets
    the whole, without `etags` and `last_modified` there is nothing to compare, without
    `conditional` a known validator still gets 200, without `content_length` the end of the
    connection is the end of the body.
    """
    abilities = Abilities(
        ranges=ranges,
        etags=etags,
        last_modified=last_modified,
        content_length=content_length,
        conditional=conditional,
        keep_alive=keep_alive,
    )
    server = Server(
        site or Site(),
        faults=faults,
        latency=latency,
        rate=rate,
        total_rate=total_rate,
        abilities=abilities,
        tls=tls,
        host=host,
        port=port,
        log=log,
    )
    server.start()
    try:
        yield server
    finally:
        server.close()
