"""One client's connection: requests in, answers out, and the faults that act on bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

from dspguide.replica.answer import Answer, answer
from dspguide.replica.line import Pace, wait_for_slice
from dspguide.replica.wire import BadHeadError, Head, read_head, response_head

if TYPE_CHECKING:
    from dspguide.replica.faults import Fault
    from dspguide.replica.ledger import Ledger
    from dspguide.replica.log import Request

_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER on, for no time: closing sends a reset."""


class Connection:
    """One client's connection, request after request."""

    def __init__(
        self, ledger: Ledger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._writer = writer
        self._pace = Pace(ledger.rate)
        writer.transport.set_write_buffer_limits(0)
        self._scheme = "https" if writer.get_extra_info("sslcontext") else "http"

    async def serve(self) -> None:
        """Answers until client, server or a fault ends the connection."""
        number = self._ledger.opened()
        for fault in self._ledger.faults:
            if fault.refuse is not None and fault.hits_connection(number):
                self._hang_up(reset=fault.refuse == "reset")
                return
        try:
            while await self._serve_one(number):
                pass
        except BadHeadError as error:
            body = f"{error}\n".encode()
            headers = {"Content-Length": str(len(body)), "Connection": "close"}
            self._writer.write(response_head(400, headers) + body)
        except ConnectionError:
            pass  # the client has left: nothing to tell it
        finally:
            self._writer.close()

    async def _serve_one(self, connection: int) -> bool:
        """Reads and answers one request; whether another may follow."""
        head = await read_head(self._reader)
        if head is None:
            return False
        request, fault = self._ledger.begin(head, connection)
        try:
            return await self._answer(head, request, fault)
        finally:
            self._ledger.end(request)

    async def _answer(self, head: Head, request: Request, fault: Fault) -> bool:
        if fault.refuse is not None:
            self._hang_up(reset=fault.refuse == "reset")
            return False
        if pause := self._ledger.latency + fault.delay:
            await asyncio.sleep(pause)
        if fault.silent:
            await self._until_client_leaves()
            return False
        if fault.garbage is not None:
            raw = fault.garbage
            self._writer.write(raw.encode() if isinstance(raw, str) else raw)
            await self._writer.drain()
            return False
        reply = answer(self._ledger.site, head, fault, self._ledger.abilities, self._scheme)
        request.status = reply.status
        self._writer.write(response_head(reply.status, reply.headers))
        request.complete = await self._send_body(reply, request, fault)
        await self._writer.drain()
        return request.complete and not reply.close

    async def _send_body(self, reply: Answer, request: Request, fault: Fault) -> bool:
        """Whether the body went out to its end."""
        since = time.monotonic()
        pace = self._pace if fault.rate is None else Pace(fault.rate)
        stops = sorted(
            stop
            for stop in (fault.cut_after, fault.stall_after)
            if stop is not None and stop < len(reply.body)
        )
        done = 0
        for stop in [*stops, len(reply.body)]:
            while done < stop:
                count = min(pace.slice_size(), self._ledger.shared.slice_size(), stop - done)
                since = await wait_for_slice(count, pace, self._ledger.shared, since)
                await self._send(reply.body[done : done + count], reply.framing, request)
                done += count
            if done == len(reply.body):
                break
            if done == fault.cut_after:
                await self._cut(fault)
                return False
            if fault.stall_for is None:
                await self._writer.drain()
                await self._until_client_leaves()
                return False
            await asyncio.sleep(fault.stall_for)
            since = time.monotonic()
        if reply.framing == "chunked" and reply.status not in (204, 304):
            self._writer.write(b"0\r\n\r\n")
        return True

    async def _send(self, part: bytes, framing: str, request: Request) -> None:
        """Hands part of a body to the operating system and counts what it took."""
        transport = self._writer.transport
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if framing == "chunked" else part
        self._writer.write(chunk)
        taken = max(0, len(part) - transport.get_write_buffer_size())
        self._ledger.sent(request, taken)
        await self._writer.drain()
        self._ledger.sent(request, len(part) - taken)
        if transport.is_closing():
            raise ConnectionResetError("the client has left")

    async def _cut(self, fault: Fault) -> None:
        await self._writer.drain()
        if fault.reset:
            await asyncio.sleep(0.02)  # a reset may overtake what the client has not yet taken
        self._hang_up(reset=fault.reset)

    async def _until_client_leaves(self) -> None:
        while await self._reader.read(65536):
            pass

    def _hang_up(self, *, reset: bool) -> None:
        """Ends the connection without another word."""
        if reset:
            sock: socket.socket | None = self._writer.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._writer.transport.abort()
        else:
            self._writer.close()
