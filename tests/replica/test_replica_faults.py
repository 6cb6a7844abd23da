"""Each fault does what it says, to the requests that it names."""

from __future__ import annotations

import gzip
import http.client
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dspguide.replica import Book, Fault, Server, Site, dump_faults, load_faults, serve
from tests.replica.client import SECONDS, ask, fetch_from

if TYPE_CHECKING:
    from pathlib import Path

PDF = "/CH1.PDF"


def raw_answer(server: Server, path: str = PDF) -> bytes:
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


def test_a_status_comes_with_retry_after_in_seconds_or_as_a_date(changeable: Server) -> None:
    changeable.faults = [
        Fault(PDF, status=503, retry_after=2, last=1),
        Fault(PDF, status=429, retry_after=7, retry_after_date=True, first=2, last=2),
    ]
    first, second, third = (fetch_from(changeable, PDF) for _ in range(3))
    assert (first.status, first.headers["Retry-After"]) == (503, "2")
    assert second.status == 429
    assert second.headers["Retry-After"].endswith("GMT")
    assert third.status == 200
    assert changeable.requests[0].faults
    assert not changeable.requests[2].faults


def test_requests_are_counted_by_path(changeable: Server) -> None:
    changeable.faults = [Fault("/CH?.PDF", first=2, last=3, status=500)]
    for path in (PDF, "/CH2.PDF"):
        assert [fetch_from(changeable, path).status for _ in range(4)] == [200, 500, 500, 200]


def test_patterns_are_globs_or_regular_expressions(changeable: Server) -> None:
    changeable.faults = [Fault(r"re:/ch\d+\.htm", status=500), Fault("/CH*", status=404)]
    statuses = [fetch_from(changeable, path).status for path in ("/ch1.htm", "/ch1/1.htm", PDF)]
    assert statuses == [500, 200, 404]


def test_redirects_go_anywhere_or_round_in_a_loop(changeable: Server) -> None:
    changeable.faults = [
        Fault(PDF, location="{path}"),
        Fault("/", status=301, location="https://elsewhere.test/"),
    ]
    loop, away = fetch_from(changeable, PDF), fetch_from(changeable, "/")
    assert (loop.status, loop.headers["Location"]) == (302, PDF)
    assert (away.status, away.headers["Location"]) == (301, "https://elsewhere.test/")


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_ends_the_connection_after_so_many_bytes(changeable: Server, reset: bool) -> None:
    changeable.faults = [Fault(PDF, cut_after=1000, reset=reset)]
    raw = raw_answer(changeable)
    assert raw.endswith(b"<reset>") == reset
    assert body_of(raw).removesuffix(b"<reset>") == changeable.site.pdf(1)[:1000]
    assert changeable.wait_until(lambda s: s.in_flight == 0)
    (request,) = changeable.requests
    assert (request.body_bytes, request.complete) == (1000, False)


def test_a_stall_sends_so_much_and_then_nothing(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, stall_after=500)]
    with socket.create_connection((changeable.host, changeable.port), timeout=SECONDS) as client:
        client.sendall(f"GET {PDF} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while len(body_of(received)) < 500:
            received += client.recv(65536)
        assert changeable.in_flight == 1
    assert changeable.wait_until(lambda s: s.in_flight == 0)
    assert changeable.requests[0].body_bytes == 500


def test_a_short_stall_goes_on(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, stall_after=500, stall_for=0.05)]
    assert fetch_from(changeable, PDF).body == changeable.site.pdf(1)


def test_a_drip_is_resumed_by_ranges_until_the_file_is_whole(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, cut_after=4000)]
    whole = changeable.site.pdf(1)
    received = b""
    while len(received) < len(whole):
        connection = http.client.HTTPConnection(changeable.host, changeable.port, timeout=SECONDS)
        with closing(connection):
            connection.request("GET", PDF, headers={"Range": f"bytes={len(received)}-"})
            response = connection.getresponse()
            try:
                received += response.read()
            except http.client.IncompleteRead as error:
                received += error.partial
            response.close()
    assert received == whole


def test_framing_may_lack_a_length_or_be_chunked(changeable: Server) -> None:
    whole = changeable.site.pdf(1)
    changeable.faults = [
        Fault(PDF, framing="close", last=1),
        Fault(PDF, framing="chunked", first=2),
    ]
    bare, chunked = fetch_from(changeable, PDF), fetch_from(changeable, PDF)
    assert "Content-Length" not in bare.headers
    assert bare.body == whole
    assert chunked.headers["Transfer-Encoding"] == "chunked"
    assert chunked.body == whole


def test_the_announced_length_may_be_wrong(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, length_off=10)]
    with pytest.raises(http.client.IncompleteRead) as caught:
        fetch_from(changeable, PDF)
    assert caught.value.partial == changeable.site.pdf(1)


def test_content_may_be_html_or_damaged_or_cut_short_with_a_matching_length(
    changeable: Server,
) -> None:
    whole = changeable.site.pdf(1)
    changeable.faults = [
        Fault(PDF, html=True, last=1),
        Fault(PDF, flip_bits=3, first=2, last=2),
        Fault(PDF, truncate=0.5, first=3, last=3),
        Fault(PDF, body=b"%PDF-1.4 nothing", first=4),
    ]
    html, flipped, short, other = (fetch_from(changeable, PDF) for _ in range(4))
    assert (html.status, html.headers["Content-Type"]) == (200, "text/html")
    difference = int.from_bytes(whole, "big") ^ int.from_bytes(flipped.body, "big")
    assert 1 <= difference.bit_count() <= 3
    assert len(flipped.body) == len(whole)
    assert short.body == whole[: len(whole) // 2]
    assert other.body == b"%PDF-1.4 nothing"
    assert other.headers["Content-Type"] == "application/pdf"


def test_ranges_may_be_ignored_refused_or_answered_wrongly(changeable: Server) -> None:
    changeable.faults = [
        Fault(PDF, ignore_range=True, last=1),
        Fault(PDF, status=416, when="range", first=2, last=2),
        Fault(PDF, range_shift=7, first=3),
    ]
    ignored, refused, shifted = (fetch_from(changeable, PDF, Range="bytes=10-19") for _ in range(3))
    assert (ignored.status, refused.status, shifted.status) == (200, 416, 206)
    assert shifted.headers["Content-Range"].startswith("bytes 17-26/")
    assert shifted.body == changeable.site.pdf(1)[10:20]


def test_the_content_may_change_from_some_request_on(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, revision=1, first=2)]
    before, after = fetch_from(changeable, PDF), fetch_from(changeable, PDF)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.body != after.body
    assert after.body.startswith(b"%PDF-1.4")
    resumed = fetch_from(changeable, PDF, Range="bytes=5-", If_Range=before.headers["ETag"])
    assert (resumed.status, resumed.body) == (200, after.body)


def test_the_body_may_come_compressed_unasked(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, gzip=True)]
    reply = fetch_from(changeable, PDF)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body) == changeable.site.pdf(1)


def test_connections_are_refused_before_or_after_the_request(changeable: Server) -> None:
    changeable.faults = [
        Fault(at="connection", last=1, refuse="close"),
        Fault(PDF, last=1, refuse="reset"),
    ]
    assert raw_answer(changeable) in (b"", b"<reset>")
    assert changeable.requests == []
    assert raw_answer(changeable) == b"<reset>"
    assert fetch_from(changeable, PDF).status == 200


def test_headers_are_set_removed_and_blown_up(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, headers={"ETag": None, "X-Cache": "HIT"}, huge_headers=5000)]
    reply = fetch_from(changeable, PDF)
    assert "ETag" not in reply.headers
    assert reply.headers["X-Cache"] == "HIT"
    assert len(str(reply.headers)) > 5000


def test_something_else_than_http_may_come(changeable: Server) -> None:
    changeable.faults = [Fault(PDF, garbage="SSH-2.0-none\r\n")]
    assert raw_answer(changeable) == b"SSH-2.0-none\r\n"


def test_several_faults_add_up(changeable: Server) -> None:
    changeable.faults = [
        Fault("*", headers={"X-A": "1"}),
        Fault(PDF, headers={"X-B": "2"}, truncate=9),
    ]
    reply = fetch_from(changeable, PDF)
    assert (reply.headers["X-A"], reply.headers["X-B"], len(reply.body)) == ("1", "2", 9)


def test_faults_survive_a_json_file(tmp_path: Path) -> None:
    faults = [Fault(PDF, body=b"\x00\xff", last=2), Fault(headers={"ETag": None}), Fault("re:.*")]
    dump_faults(faults, tmp_path / "faults.json")
    assert load_faults(tmp_path / "faults.json") == faults


def test_content_can_be_replaced_removed_and_restored(changeable: Server) -> None:
    site = changeable.site
    before = fetch_from(changeable, PDF)
    site.replace(PDF, b"%PDF-1.4 other")
    replaced = fetch_from(changeable, PDF)
    assert replaced.body == b"%PDF-1.4 other"
    assert replaced.headers["ETag"] != before.headers["ETag"]
    site.remove(PDF)
    assert fetch_from(changeable, PDF).status == 404
    site.restore(PDF)
    assert fetch_from(changeable, PDF).body == before.body


def test_a_fault_stays_with_its_request_on_a_kept_connection() -> None:
    with serve(Site(Book.standard(chapters=1)), faults=[Fault("/", status=500, last=1)]) as server:
        client = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
        with closing(client):
            assert [ask(client, "/").status for _ in range(2)] == [500, 200]
