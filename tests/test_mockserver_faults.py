"""Each fault does what it says, to the requests that it names."""

from __future__ import annotations

import gzip
import http.client
import random
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.http_client import SECONDS, ask, fetch_from
from tests.mockserver import Fault, Pages, Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

PDF = "/CH1.PDF"
WHOLE = b"%PDF-1.4" + random.Random(1).randbytes(50_000)


@pytest.fixture
def server() -> Iterator[Server[Pages]]:
    """A server of a page and two PDFs, which a test may change as it likes."""
    pages = Pages({"/": '<a href="{base}/CH1.PDF">One</a>', PDF: WHOLE, "/CH2.PDF": WHOLE[::-1]})
    with serve(pages) as running:
        yield running


def raw_answer(server: Server[Pages], path: str = PDF) -> bytes:
    """All bytes that a client gets until the connection ends; a reset ends it, too."""
    received = b""
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        try:
            while part := client.recv(65536):
                received += part
        except ConnectionResetError:
            received += b"<reset>"
    return received


def body_of(raw: bytes) -> bytes:
    """What comes after the head."""
    return raw.partition(b"\r\n\r\n")[2]


def test_a_status_comes_with_retry_after_in_seconds_or_as_a_date(server: Server[Pages]) -> None:
    server.faults = [
        Fault(PDF, status=503, retry_after=2, last=1),
        Fault(PDF, status=429, retry_after=7, retry_after_date=True, first=2, last=2),
    ]
    first, second, third = (fetch_from(server, PDF) for _ in range(3))
    assert (first.status, first.headers["Retry-After"]) == (503, "2")
    assert second.status == 429
    assert second.headers["Retry-After"].endswith("GMT")
    assert third.status == 200
    assert server.requests[0].faults
    assert not server.requests[2].faults


def test_requests_are_counted_by_path(server: Server[Pages]) -> None:
    server.faults = [Fault("/CH?.PDF", first=2, last=3, status=500)]
    for path in (PDF, "/CH2.PDF"):
        assert [fetch_from(server, path).status for _ in range(4)] == [200, 500, 500, 200]


def test_patterns_are_globs_or_regular_expressions(server: Server[Pages]) -> None:
    server.faults = [Fault(r"re:/ch\d+\.htm", status=500), Fault("/CH*", status=410)]
    statuses = [fetch_from(server, path).status for path in ("/ch1.htm", "/ch1/1.htm", PDF)]
    assert statuses == [500, 404, 410]


def test_redirects_go_anywhere_or_round_in_a_loop(server: Server[Pages]) -> None:
    server.faults = [
        Fault(PDF, location="{path}"),
        Fault("/", status=301, location="https://elsewhere.test/"),
    ]
    loop, away = fetch_from(server, PDF), fetch_from(server, "/")
    assert (loop.status, loop.headers["Location"]) == (302, PDF)
    assert (away.status, away.headers["Location"]) == (301, "https://elsewhere.test/")


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_ends_the_connection_after_so_many_bytes(server: Server[Pages], reset: bool) -> None:
    server.faults = [Fault(PDF, cut_after=1000, reset=reset)]
    raw = raw_answer(server)
    assert raw.endswith(b"<reset>") == reset
    assert body_of(raw).removesuffix(b"<reset>") == WHOLE[:1000]
    assert server.wait_until(lambda s: s.in_flight == 0)
    (request,) = server.requests
    assert (request.body_bytes, request.complete) == (1000, False)


def test_a_stall_sends_so_much_and_then_nothing(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, stall_after=500)]
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as client:
        client.sendall(f"GET {PDF} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while len(body_of(received)) < 500:
            received += client.recv(65536)
        assert server.in_flight == 1
    assert server.wait_until(lambda s: s.in_flight == 0)
    assert server.requests[0].body_bytes == 500


def test_a_short_stall_goes_on(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, stall_after=500, stall_for=0.05)]
    assert fetch_from(server, PDF).body == WHOLE


def test_a_drip_is_resumed_by_ranges_until_the_file_is_whole(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, cut_after=4000)]
    received = b""
    while len(received) < len(WHOLE):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
        with closing(connection):
            connection.request("GET", PDF, headers={"Range": f"bytes={len(received)}-"})
            response = connection.getresponse()
            try:
                received += response.read()
            except http.client.IncompleteRead as error:
                received += error.partial
            response.close()
    assert received == WHOLE


def test_framing_may_lack_a_length_or_be_chunked(server: Server[Pages]) -> None:
    server.faults = [
        Fault(PDF, framing="close", last=1),
        Fault(PDF, framing="chunked", first=2),
    ]
    bare, chunked = fetch_from(server, PDF), fetch_from(server, PDF)
    assert "Content-Length" not in bare.headers
    assert bare.body == WHOLE
    assert chunked.headers["Transfer-Encoding"] == "chunked"
    assert chunked.body == WHOLE


def test_the_announced_length_may_be_wrong(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, length_off=10)]
    with pytest.raises(http.client.IncompleteRead) as caught:
        fetch_from(server, PDF)
    assert caught.value.partial == WHOLE


def test_content_may_be_html_or_damaged_or_cut_short_with_a_matching_length(
    server: Server[Pages],
) -> None:
    server.faults = [
        Fault(PDF, html=True, last=1),
        Fault(PDF, flip_bits=3, first=2, last=2),
        Fault(PDF, truncate=0.5, first=3, last=3),
        Fault(PDF, body=b"%PDF-1.4 nothing", first=4),
    ]
    html, flipped, short, other = (fetch_from(server, PDF) for _ in range(4))
    assert (html.status, html.headers["Content-Type"]) == (200, "text/html")
    difference = int.from_bytes(WHOLE, "big") ^ int.from_bytes(flipped.body, "big")
    assert 1 <= difference.bit_count() <= 3
    assert len(flipped.body) == len(WHOLE)
    assert short.body == WHOLE[: len(WHOLE) // 2]
    assert other.body == b"%PDF-1.4 nothing"
    assert other.headers["Content-Type"] == "application/pdf"


def test_ranges_may_be_ignored_refused_or_answered_wrongly(server: Server[Pages]) -> None:
    server.faults = [
        Fault(PDF, ignore_range=True, last=1),
        Fault(PDF, status=416, when="range", first=2, last=2),
        Fault(PDF, range_shift=7, first=3),
    ]
    ignored, refused, shifted = (fetch_from(server, PDF, Range="bytes=10-19") for _ in range(3))
    assert (ignored.status, refused.status, shifted.status) == (200, 416, 206)
    assert shifted.headers["Content-Range"].startswith("bytes 17-26/")
    assert shifted.body == WHOLE[10:20]


def test_the_content_may_change_from_some_request_on(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, revision=1, first=2)]
    before, after = fetch_from(server, PDF), fetch_from(server, PDF)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.body != after.body
    assert after.body.startswith(b"%PDF-1.4")
    resumed = fetch_from(server, PDF, Range="bytes=5-", If_Range=before.headers["ETag"])
    assert (resumed.status, resumed.body) == (200, after.body)


def test_the_body_may_come_compressed_unasked(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, gzip=True)]
    reply = fetch_from(server, PDF)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body) == WHOLE


def test_connections_are_refused_before_or_after_the_request(server: Server[Pages]) -> None:
    server.faults = [
        Fault(at="connection", last=1, refuse="close"),
        Fault(PDF, last=1, refuse="reset"),
    ]
    assert raw_answer(server) in (b"", b"<reset>")
    assert server.requests == []
    assert raw_answer(server) == b"<reset>"
    assert fetch_from(server, PDF).status == 200


def test_headers_are_set_removed_and_blown_up(server: Server[Pages]) -> None:
    headers: dict[str, str | None] = {"ETag": None, "X-Cache": "HIT", "X-Huge": "x" * 5000}
    server.faults = [Fault(PDF, headers=headers)]
    reply = fetch_from(server, PDF)
    assert "ETag" not in reply.headers
    assert reply.headers["X-Cache"] == "HIT"
    assert len(str(reply.headers)) > 5000


def test_something_else_than_http_may_come(server: Server[Pages]) -> None:
    server.faults = [Fault(PDF, garbage="SSH-2.0-none\r\n")]
    assert raw_answer(server) == b"SSH-2.0-none\r\n"


def test_several_faults_add_up(server: Server[Pages]) -> None:
    server.faults = [
        Fault("*", headers={"X-A": "1"}),
        Fault(PDF, headers={"X-B": "2"}, truncate=9),
    ]
    reply = fetch_from(server, PDF)
    assert (reply.headers["X-A"], reply.headers["X-B"], len(reply.body)) == ("1", "2", 9)


def test_a_fault_stays_with_its_request_on_a_kept_connection(server: Server[Pages]) -> None:
    server.faults = [Fault("/", status=500, last=1)]
    client = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
    with closing(client):
        assert [ask(client, "/").status for _ in range(2)] == [500, 200]
    assert {request.connection for request in server.requests} == {1}


def test_a_part_may_begin_elsewhere_or_pose_as_the_whole(server: Server[Pages]) -> None:
    server.faults = [
        Fault(PDF, range_offset=-4, last=1),
        Fault(PDF, range_offset=5, first=2, last=2),
        Fault(PDF, range_status=200, headers={"Content-Range": None}, first=3),
    ]
    earlier, later, posing = (fetch_from(server, PDF, Range="bytes=10-19") for _ in range(3))
    assert earlier.headers["Content-Range"].startswith("bytes 6-19/")
    assert earlier.body == WHOLE[6:20]
    assert later.headers["Content-Range"].startswith("bytes 15-19/")
    assert later.body == WHOLE[15:20]
    assert (posing.status, posing.headers["Content-Range"]) == (200, None)
    assert posing.body == WHOLE[10:20]


def test_a_link_may_be_good_for_one_request(server: Server[Pages]) -> None:
    server.faults = [
        Fault(PDF, query="", location="{path}?once={number}"),
        Fault(PDF, query="once=*", first=2, status=403),
    ]
    link, other = (fetch_from(server, PDF).headers["Location"] for _ in range(2))
    assert link != other
    assert [fetch_from(server, link).status for _ in range(2)] == [200, 403]
    assert fetch_from(server, other).body == WHOLE


def test_validators_may_be_weak_or_new_each_time(server: Server[Pages]) -> None:
    right = fetch_from(server, PDF).headers["ETag"]
    server.faults = [Fault(PDF, etag="W/{etag}"), Fault(PDF, first=5, etag='"{number}"')]
    assert fetch_from(server, PDF).headers["ETag"] == f"W/{right}"
    assert fetch_from(server, PDF, If_None_Match=right).status == 304
    assert fetch_from(server, PDF, Range="bytes=5-", If_Range=f"W/{right}").status == 200
    assert fetch_from(server, PDF).headers["ETag"] != fetch_from(server, PDF).headers["ETag"]


def test_more_connections_or_requests_at_once_than_allowed_are_refused(
    server: Server[Pages],
) -> None:
    server.faults = [
        Fault(at="connection", over=2, refuse="reset"),
        Fault(over=1, status=429),
        Fault(PDF, silent=True),
    ]
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as client:
        client.sendall(f"GET {PDF} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert server.wait_until(lambda s: s.in_flight == 1)
        with socket.create_connection((server.host, server.port), timeout=SECONDS):
            assert server.wait_until(lambda s: s.log()["connections"] == 2)
            with pytest.raises(ConnectionError):
                fetch_from(server, "/")
            assert server.log()["connections"] == 3
        server.faults = server.faults[1:]
        assert fetch_from(server, "/").status == 429
    assert server.wait_until(lambda s: s.in_flight == 0)
    assert fetch_from(server, "/").status == 200
