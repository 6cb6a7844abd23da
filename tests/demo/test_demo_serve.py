"""The demo's server answers as a good server does."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from dspguide.demo import Book, Server, Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=2))) as running:
        yield running


def ask(
    server: Server, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    answer = response.status, dict(response.getheaders()), response.read()
    connection.close()
    return answer


def test_pages_link_to_the_address_that_was_asked(server: Server) -> None:
    status, headers, body = ask(server, "/ch1.htm")
    assert (status, headers["Content-Type"]) == (200, "text/html")
    assert f"{server.url}CH1.PDF".encode() in body


def test_validators_are_the_same_on_another_port(server: Server) -> None:
    names = ("ETag", "Last-Modified")
    _, first, _ = ask(server, "/CH1.PDF")
    with serve(Site(Book.standard(chapters=2))) as other:
        assert other.url != server.url
        _, again, _ = ask(other, "/CH1.PDF")
    assert [first[name] for name in names] == [again[name] for name in names]


def test_what_the_client_has_is_not_sent_again(server: Server) -> None:
    _, headers, _ = ask(server, "/CH1.PDF")
    assert ask(server, "/CH1.PDF", If_None_Match=headers["ETag"])[::2] == (304, b"")
    modified = headers["Last-Modified"]
    assert ask(server, "/CH1.PDF", If_Modified_Since=modified)[0] == 304
    assert ask(server, "/CH1.PDF", If_Modified_Since="yesterday")[0] == 200
    assert ask(server, "/CH1.PDF", If_None_Match='"other"', If_Modified_Since=modified)[0] == 200


def test_a_part_is_sent_of_the_edition_that_the_client_knows(server: Server) -> None:
    status, headers, whole = ask(server, "/CH1.PDF")
    assert (status, headers["Accept-Ranges"]) == (200, "bytes")
    status, part, rest = ask(server, "/CH1.PDF", Range="bytes=100-", If_Range=headers["ETag"])
    assert (status, rest) == (206, whole[100:])
    assert part["Content-Range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
    assert ask(server, "/CH1.PDF", Range="bytes=5-9")[::2] == (206, whole[5:10])
    assert ask(server, "/CH1.PDF", Range="bytes=100-", If_Range='"other"')[::2] == (200, whole)
    assert ask(server, "/CH1.PDF", Range=f"bytes={len(whole)}-")[0] == 416


def test_head_has_the_length_and_no_body_and_what_is_not_there_is_a_404(server: Server) -> None:
    status, headers, body = ask(server, "/CH2.PDF", "HEAD")
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == str(len(server.site.pdf(2)))
    assert ask(server, "/robots.txt")[0] == 404
    assert ask(server, "/ch2.pdf")[0] == 404
