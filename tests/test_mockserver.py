"""The tests' server speaks HTTP/1.1 and keeps account of it."""

from __future__ import annotations

import http.client
import random
import socket
import ssl
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
import trustme

from tests.http_client import SECONDS, ask, fetch_from
from tests.mockserver import Book, Fault, Pages, Server, Site, serve, serve_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = b"%PDF-1.4" + random.Random(1).randbytes(50_000)


@pytest.fixture
def site() -> Pages:
    """A page and two PDFs."""
    page = '<a href="{base}/CH1.PDF">One</a>'
    return Pages({"/": page, "/CH1.PDF": WHOLE, "/CH2.PDF": WHOLE[::-1]})


@pytest.fixture
def server(site: Pages) -> Iterator[Server[Pages]]:
    """A server of those, which a test may change as it likes."""
    with serve(site) as running:
        yield running


def test_a_pdf_comes_with_length_type_date_and_validators(server: Server[Pages]) -> None:
    reply = fetch_from(server, "/CH2.PDF")
    assert (reply.status, reply.body) == (200, WHOLE[::-1])
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["ETag"].startswith('"')
    assert reply.headers["Last-Modified"].endswith("GMT")
    assert reply.headers["Date"].endswith("GMT")


def test_head_says_the_same_without_the_body(server: Server[Pages]) -> None:
    reply = fetch_from(server, "/CH2.PDF", method="HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(WHOLE[::-1]))


def test_paths_are_case_sensitive(server: Server[Pages]) -> None:
    assert fetch_from(server, "/ch2.pdf").status == 404
    assert fetch_from(server, "/CH2.PDF").status == 200


def test_one_connection_carries_many_requests(server: Server[Pages]) -> None:
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)) as client:
        for path in ("/", "/CH2.PDF", "/CH1.PDF"):
            assert ask(client, path).status == 200
    assert {request.connection for request in server.requests} == {1}


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-9", 0, 9), ("100-", 100, None), ("-20", -20, None)]
)
def test_a_range_gets_just_that_part(
    server: Server[Pages], asked: str, first: int, last: int | None
) -> None:
    reply = fetch_from(server, "/CH1.PDF", Range=f"bytes={asked}")
    expected = WHOLE[first : None if last is None else last + 1]
    start = first % len(WHOLE)
    assert (reply.status, reply.body) == (206, expected)
    end = start + len(expected) - 1
    assert reply.headers["Content-Range"] == f"bytes {start}-{end}/{len(WHOLE)}"


def test_a_range_beyond_the_end_is_416_and_an_odd_one_is_ignored(server: Server[Pages]) -> None:
    size = len(WHOLE)
    refused = fetch_from(server, "/CH1.PDF", Range=f"bytes={size}-")
    assert (refused.status, refused.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert fetch_from(server, "/CH1.PDF", Range="bytes=0-1,5-6").status == 200
    assert fetch_from(server, "/CH1.PDF", Range="lines=1-2").status == 200


def test_if_range_holds_for_the_etag_and_the_date_only(server: Server[Pages]) -> None:
    known = fetch_from(server, "/CH1.PDF", method="HEAD").headers
    for validator, status in (
        (known["ETag"], 206),
        (known["Last-Modified"], 206),
        ('"another"', 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):
        reply = fetch_from(server, "/CH1.PDF", Range="bytes=5-", If_Range=validator)
        assert reply.status == status


def test_a_known_validator_gets_304_until_the_file_changes(server: Server[Pages]) -> None:
    known = fetch_from(server, "/CH1.PDF").headers
    by_tag = {"If_None_Match": known["ETag"]}
    by_date = {"If_Modified_Since": known["Last-Modified"]}
    for condition in (by_tag, by_date):
        reply = fetch_from(server, "/CH1.PDF", **condition)
        assert (reply.status, reply.body) == (304, b"")
    server.site["/CH1.PDF"] = WHOLE + b"more"
    assert fetch_from(server, "/CH1.PDF", **by_tag).status == 200


@pytest.mark.parametrize(
    ("switch", "header"),
    [
        ("ranges", "Accept-Ranges"),
        ("etags", "ETag"),
        ("last_modified", "Last-Modified"),
        ("content_length", "Content-Length"),
    ],
)
def test_each_ability_can_be_switched_off(site: Pages, switch: str, header: str) -> None:
    off: dict[str, bool] = {switch: False}
    with serve(site, **off) as server:  # type: ignore[arg-type]  # switches are all bool
        reply = fetch_from(server, "/CH1.PDF")
        assert header not in reply.headers
        assert reply.body == WHOLE
        if switch == "ranges":
            assert fetch_from(server, "/CH1.PDF", Range="bytes=0-3").status == 200


def test_without_conditional_requests_there_is_no_304(site: Pages) -> None:
    with serve(site, conditional=False) as server:
        tag = fetch_from(server, "/CH1.PDF").headers["ETag"]
        assert fetch_from(server, "/CH1.PDF", If_None_Match=tag).status == 200


def test_it_answers_as_a_proxy_for_the_real_address(server: Server[Pages]) -> None:
    reply = fetch_from(server, "http://www.dspguide.com/")
    assert b'"http://www.dspguide.com/CH1.PDF"' in reply.body
    assert server.requests[-1].host == "www.dspguide.com"


def test_it_speaks_tls(site: Pages, tmp_path: Path) -> None:
    authority, pem = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    site["/big.pdf"] = WHOLE * 20
    with serve(site, tls=pem) as server:
        client = http.client.HTTPSConnection(
            "127.0.0.1", server.port, context=trusting, timeout=SECONDS
        )
        with closing(client):
            assert ask(client, "/big.pdf").body == WHOLE * 20
            assert f'"{server.url}CH1.PDF"'.encode() in ask(client, "/").body
        assert server.url.startswith("https://")
        assert [request.complete for request in server.requests] == [True, True]


def test_its_host_may_be_one_of_ipv6(site: Pages) -> None:
    with serve(site, host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}/"
        assert fetch_from(server, "/CH1.PDF").body == WHOLE


@pytest.mark.parametrize("shared", [False, True])
def test_a_rate_holds_for_each_connection_or_for_all_together(site: Pages, shared: bool) -> None:
    rate = len(WHOLE) * 10.0
    with serve(site, rate=None if shared else rate, total_rate=rate if shared else None) as server:
        threads = [
            threading.Thread(target=fetch_from, args=(server, f"/CH{n}.PDF")) for n in (1, 2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = [(request.ended or 0.0) - request.started for request in server.requests]
        assert max(seconds) >= 0.9 * (2 if shared else 1) * len(WHOLE) / rate


def test_each_request_is_on_record(server: Server[Pages]) -> None:
    fetch_from(server, "/CH1.PDF?x=1", Range="bytes=0-9", User_Agent="me")
    (request,) = server.requests_for("/CH1.PDF?x=1")
    assert (request.method, request.status, request.body_bytes) == ("GET", 206, 10)
    assert request.headers["range"] == "bytes=0-9"
    assert request.headers["user-agent"] == "me"
    assert request.complete
    assert request.ended is not None
    assert request.ended >= request.started
    assert server.log()["body_bytes"] == 10
    server.reset()
    assert server.requests == []
    assert [server.log()[name] for name in ("max_in_flight", "connections")] == [0, 0]


def test_requests_in_flight_are_counted(server: Server[Pages]) -> None:
    server.faults = [Fault("/CH*.PDF", silent=True)]
    clients = []
    for number in range(1, 6):
        client = socket.create_connection((server.host, server.port), timeout=SECONDS)
        client.sendall(f"GET /CH{number}.PDF HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        clients.append(client)
    assert server.wait_until(lambda s: s.in_flight == 5)
    for client in clients:
        client.close()
    assert server.wait_until(lambda s: s.in_flight == 0)
    assert server.max_in_flight == 5
    assert max(request.in_flight for request in server.requests) == 5


def test_it_closes_with_clients_hanging_on_and_leaves_no_thread_more(site: Pages) -> None:
    with serve(site):
        threads = set(threading.enumerate())
    with serve(site, faults=[Fault("*", silent=True)], rate=10) as server:
        client = socket.create_connection((server.host, server.port), timeout=SECONDS)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        idle = socket.create_connection((server.host, server.port), timeout=SECONDS)
        assert server.wait_until(lambda s: s.log()["connections"] == 2 and s.in_flight == 1)
    with closing(client), closing(idle), pytest.raises(ConnectionResetError):
        client.recv(1)
    assert set(threading.enumerate()) == threads
    assert server.in_flight == 0


def test_after_it_closed_connecting_is_refused_until_it_starts_again(server: Server[Pages]) -> None:
    for _ in range(3):
        server.close()
        with pytest.raises(ConnectionRefusedError):
            fetch_from(server, "/CH1.PDF")
        server.start()
        assert fetch_from(server, "/CH1.PDF").body == WHOLE


def test_two_servers_run_beside_each_other_and_the_main_reactor_is_left_alone() -> None:
    with serve(Pages({"/": "one"})) as one, serve(Pages({"/": "two"})) as two:
        assert [fetch_from(each, "/").body for each in (one, two)] == [b"one", b"two"]
    assert "twisted.internet.reactor" not in sys.modules


def test_a_mistake_of_the_sites_own_is_raised_at_the_end() -> None:
    site = Pages({"/": 7})  # type: ignore[dict-item]  # the mistake
    server = serve(site)
    server.start()
    with pytest.raises(ConnectionError):
        fetch_from(server, "/")
    with pytest.raises(AttributeError, match="int"):
        server.close()


def test_pages_may_be_of_any_type_and_differ_by_query() -> None:
    site = Pages({"/c?n=1": "one", "/c": "any", "/robots.txt": "User-agent: *"})
    with serve(site) as server:
        assert [fetch_from(server, p).body for p in ("/c?n=1", "/c?n=2")] == [b"one", b"any"]
        kinds = [fetch_from(server, p).headers["Content-Type"] for p in ("/c", "/robots.txt")]
        assert kinds == ["text/html; charset=utf-8", "text/plain"]


def test_what_is_not_http_gets_400(server: Server[Pages]) -> None:
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as client:
        client.sendall(b"hello\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 400"


def test_a_process_of_its_own_serves_counts_takes_faults_and_ends_with_its_input() -> None:
    with serve_process("--chapters", "1", "--more", '{"ranges": false}') as server:
        server.set_faults([Fault("/", status=503)])
        with pytest.raises(OSError, match="503"):
            urlopen(server.url, timeout=SECONDS)  # noqa: S310 - http: on loopback
        server.set_faults([])
        server.reset()
        with urlopen(server.url + "CH1.PDF", timeout=SECONDS) as answer:  # noqa: S310 - as above
            assert answer.read() == Site(Book.standard(chapters=1)).pdf(1)
            assert "Accept-Ranges" not in answer.headers
        (request,) = server.requests
        assert (request.path, server.log()["max_in_flight"]) == ("/CH1.PDF", 1)
        assert server.log()["body_bytes"] == request.body_bytes > 0
