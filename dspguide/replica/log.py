"""What the server notes about each request."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Request:
    """One request and its answer, in the list as soon as its head has arrived."""

    number: int
    """1-based, in order of arrival at the server."""
    connection: int
    """1-based number of the connection that it came on."""
    method: str
    path: str
    """Path with query, without host."""
    host: str
    """Host (and port) that the client asked for."""
    headers: dict[str, str]
    """All request headers, names in lower case ("range", "if-none-match", "user-agent" ...)."""
    started: float
    """time.monotonic() when the request's head was complete."""
    in_flight: int
    """Requests being answered at that moment, this one included."""
    ended: float | None = None
    """time.monotonic() when the last byte was handed over or the connection lost; None before."""
    status: int | None = None
    """Status sent; None when no answer was (yet)."""
    body_bytes: int = 0
    """Bytes of the body that the operating system took."""
    complete: bool = False
    """Whether the answer went out to its end (a cut or stalled one did not)."""
    faults: list[str] = field(default_factory=list)
    """The faults that were applied, each in one line."""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str | bytes) -> Request:
        """The opposite of `to_json`."""
        record: dict[str, Any] = json.loads(line)
        return cls(**record)
