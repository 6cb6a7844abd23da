"""A client that is not ours: http.client, a connection per request unless one is given."""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.mockserver import Server

SECONDS = 20.0
"""Longer than anything here takes: a hang fails the test instead of the run."""


@dataclass(frozen=True)
class Reply:
    """A response as http.client read it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def fetch_from(server: Server[Any], target: str, *, method: str = "GET", **headers: str) -> Reply:
    """One request on a connection of its own; underscores in header names stand for dashes."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
    with closing(connection):
        return ask(connection, target, method, {k.replace("_", "-"): v for k, v in headers.items()})


def ask(
    connection: http.client.HTTPConnection,
    target: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One request on an open connection."""
    connection.request(method, target, headers=dict(headers or {}))
    with connection.getresponse() as response:
        return Reply(response.status, response.headers, response.read())
