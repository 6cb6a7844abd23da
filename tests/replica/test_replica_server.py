"""The replica's server speaks HTTP/1.1 and keeps account of it."""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dspguide.replica import Book, Fault, Server, Site, serve
from tests.replica.client import SECONDS, ask, fetch_from

if TYPE_CHECKING:
    from pathlib import Path


def test_a_pdf_comes_with_length_type_date_and_validators(server: Server, site: Site) -> None:
    reply = fetch_from(server, "/CH2.PDF")
    assert (reply.status, reply.body) == (200, site.pdf(2))
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["ETag"].startswith('"')
    assert reply.headers["Last-Modified"].endswith("GMT")
    assert reply.headers["Date"].endswith("GMT")


def test_head_says_the_same_without_the_body(server: Server, site: Site) -> None:
    reply = fetch_from(server, "/CH2.PDF", method="HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(site.pdf(2)))


def test_paths_are_case_sensitive(server: Server) -> None:
    assert fetch_from(server, "/ch2.pdf").status == 404
    assert fetch_from(server, "/Ch2.htm").status == 404
    assert fetch_from(server, "/CH2.PDF").status == 200


def test_one_connection_carries_many_requests(server: Server) -> None:
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)) as client:
        for path in ("/", "/pdfbook.htm", "/CH1.PDF"):
            assert ask(client, path).status == 200
    assert {request.connection for request in server.requests} == {1}


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-9", 0, 9), ("100-", 100, None), ("-20", -20, None)]
)
def test_a_range_gets_just_that_part(
    server: Server, site: Site, asked: str, first: int, last: int | None
) -> None:
    whole = site.pdf(1)
    reply = fetch_from(server, "/CH1.PDF", Range=f"bytes={asked}")
    expected = whole[first : None if last is None else last + 1]
    start = first % len(whole)
    assert (reply.status, reply.body) == (206, expected)
    end = start + len(expected) - 1
    assert reply.headers["Content-Range"] == f"bytes {start}-{end}/{len(whole)}"


def test_a_range_beyond_the_end_is_416_and_an_odd_one_is_ignored(
    server: Server, site: Site
) -> None:
    size = len(site.pdf(1))
    refused = fetch_from(server, "/CH1.PDF", Range=f"bytes={size}-")
    assert (refused.status, refused.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert fetch_from(server, "/CH1.PDF", Range="bytes=0-1,5-6").status == 200
    assert fetch_from(server, "/CH1.PDF", Range="lines=1-2").status == 200


def test_if_range_holds_for_the_etag_and_the_date_only(server: Server) -> None:
    known = fetch_from(server, "/CH1.PDF", method="HEAD").headers
    for validator, status in (
        (known["ETag"], 206),
        (known["Last-Modified"], 206),
        ('"another"', 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):
        reply = fetch_from(server, "/CH1.PDF", Range="bytes=5-", If_Range=validator)
        assert reply.status == status


def test_a_known_validator_gets_304_until_the_file_changes(changeable: Server) -> None:
    known = fetch_from(changeable, "/CH1.PDF").headers
    by_tag = {"If_None_Match": known["ETag"]}
    by_date = {"If_Modified_Since": known["Last-Modified"]}
    for condition in (by_tag, by_date):
        reply = fetch_from(changeable, "/CH1.PDF", **condition)
        assert (reply.status, reply.body) == (304, b"")
    changeable.site.revise("/CH1.PDF")
    assert {fetch_from(changeable, "/CH1.PDF", **c).status for c in (by_tag, by_date)} == {200}
    changeable.site.restore("/CH1.PDF")
    assert fetch_from(changeable, "/CH1.PDF", **by_tag).status == 304


@pytest.mark.parametrize(
    ("switch", "header"),
    [
        ("ranges", "Accept-Ranges"),
        ("etags", "ETag"),
        ("last_modified", "Last-Modified"),
        ("content_length", "Content-Length"),
    ],
)
def test_each_ability_can_be_switched_off(switch: str, header: str) -> None:
    site = Site(Book.standard(chapters=1))
    off: dict[str, bool] = {switch: False}
    with serve(site, **off) as server:  # type: ignore[arg-type]  # switches are all bool
        reply = fetch_from(server, "/CH1.PDF")
        assert header not in reply.headers
        assert reply.body == site.pdf(1)
        if switch == "ranges":
            assert fetch_from(server, "/CH1.PDF", Range="bytes=0-3").status == 200


def test_without_conditional_requests_there_is_no_304() -> None:
    with serve(Site(Book.standard(chapters=1)), conditional=False) as server:
        tag = fetch_from(server, "/CH1.PDF").headers["ETag"]
        assert fetch_from(server, "/CH1.PDF", If_None_Match=tag).status == 200


def test_it_answers_as_a_proxy_for_the_real_address(server: Server) -> None:
    reply = fetch_from(server, "http://www.dspguide.com/ch1.htm")
    assert b'"http://www.dspguide.com/CH1.PDF"' in reply.body
    assert server.requests[-1].host == "www.dspguide.com"


def test_it_speaks_tls(tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command.split(), *subject], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    site = Site(Book.standard(chapters=1))
    with serve(site, tls=context) as server:
        client = http.client.HTTPSConnection(
            "127.0.0.1", server.port, context=trusting, timeout=SECONDS
        )
        with closing(client):
            assert ask(client, "/CH1.PDF").body == site.pdf(1)
            assert f'"{server.url}CH1.PDF"'.encode() in ask(client, "/ch1.htm").body
        assert server.url.startswith("https://")


@pytest.mark.parametrize("shared", [False, True])
def test_a_rate_holds_for_each_connection_or_for_all_together(shared: bool) -> None:
    site = Site(Book.standard(chapters=2))
    sizes = [len(site.pdf(1)), len(site.pdf(2))]
    rate = sum(sizes) * 5.0
    with serve(site, rate=None if shared else rate, total_rate=rate if shared else None) as server:
        threads = [
            threading.Thread(target=fetch_from, args=(server, f"/CH{n}.PDF")) for n in (1, 2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = [(request.ended or 0.0) - request.started for request in server.requests]
        least = sum(sizes) / rate if shared else max(sizes) / rate
        assert max(seconds) >= 0.9 * least


def test_each_request_is_on_record(server: Server, site: Site) -> None:
    fetch_from(server, "/CH1.PDF?x=1", Range="bytes=0-9", User_Agent="me")
    (request,) = server.requests_for("/CH1.PDF?x=1")
    assert (request.method, request.status, request.body_bytes) == ("GET", 206, 10)
    assert request.headers["range"] == "bytes=0-9"
    assert request.headers["user-agent"] == "me"
    assert request.complete
    assert request.ended is not None
    assert request.ended >= request.started
    assert server.body_bytes == 10
    server.reset()
    assert (server.requests, server.body_bytes, server.max_in_flight) == ([], 0, 0)
    assert site.book.pages == 652


def test_requests_in_flight_are_counted(server: Server) -> None:
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


def test_the_log_gets_a_line_of_json_per_request() -> None:
    log = io.StringIO()
    with serve(Site(Book.standard(chapters=1)), log=log) as server:
        for path in ("/", "/nowhere.htm"):
            fetch_from(server, path)
        assert server.wait_until(lambda s: s.in_flight == 0)
    records = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(r["path"], r["status"]) for r in records] == [("/", 200), ("/nowhere.htm", 404)]


def test_it_closes_at_once_with_clients_hanging_on(changeable: Server) -> None:
    threads_before = threading.active_count()
    with serve(changeable.site, faults=[Fault("*", silent=True)], rate=10) as server:
        client = socket.create_connection((server.host, server.port), timeout=SECONDS)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        idle = socket.create_connection((server.host, server.port), timeout=SECONDS)
        assert server.wait_until(lambda s: s.in_flight == 1 and s.connections == 2)
        assert threading.active_count() == threads_before + 1
        begin = time.monotonic()
    assert time.monotonic() - begin < SECONDS / 4
    assert threading.active_count() == threads_before
    client.close()
    idle.close()


def test_what_is_not_http_gets_400(server: Server) -> None:
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as client:
        client.sendall(b"hello\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 400"
