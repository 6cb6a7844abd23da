"""Servers with limits and habits of their own cost time at most, and are told apart in words."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Book, Fault, Site, serve

if TYPE_CHECKING:
    from tests.mockserver import Server
    from tests.project import Project


def assert_right(project: Project, server: Server) -> None:
    """See that every stored chapter is what the site has, and the book has all their pages."""
    book = server.site.book
    sent = [server.site.pdf(chapter.number) for chapter in book.chapters]
    assert [path.read_bytes() for path in sorted(project.chapters.glob("*.pdf"))] == sent
    assert sum(chapter["pages"] for chapter in project.manifest()["chapters"]) == book.pages
    assert project.litter() == []


HABITS: dict[str, list[dict[str, Any]]] = {
    "the rest as if it were the whole": [
        {"last": 1, "cut_after": 9_000},
        {"when": "range", "range_status": 200, "headers": {"Content-Range": None}},
    ],
    "a rest that begins earlier": [
        {"last": 1, "cut_after": 9_000},
        {"when": "range", "range_offset": -700},
    ],
    "a rest that is the whole": [
        {"last": 1, "cut_after": 9_000},
        {"when": "range", "range_offset": -9_000},
    ],
    "header names with spaces and controls": [
        {"headers": {"Last Seen": "now", "X\x01Y": "z", "(odd)": "1"}},
    ],
    "a transfer encoding that is none": [{"headers": {"Transfer-Encoding": "identity"}}],
    "packed, and cut once": [{"gzip": True, "last": 1, "cut_after": 900}, {"gzip": True}],
    **{f"status {code}": [{"last": 1, "status": code}] for code in (509, 520, 525, 527, 530)},
}


def test_odd_habits_of_servers_cost_a_request_at_most(project: Project) -> None:
    faults = [
        Fault(f"/CH{number}.PDF", **fault)
        for number, habit in enumerate(HABITS.values(), 1)
        for fault in habit
    ]
    with serve(Site(Book.standard(chapters=len(HABITS))), faults=faults) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)
        assert max(len(server.requests_for(f"/CH{n}.PDF")) for n in range(1, len(HABITS) + 1)) <= 3
    assert [c["status"] for c in project.manifest()["chapters"][:3]] == [
        *("downloaded", "resumed", "downloaded")
    ]
    assert "Traceback" not in ended.log


def test_a_server_that_takes_few_connections_is_sent_no_more(project: Project) -> None:
    limit = Fault(at="connection", over=2, refuse="reset")
    with serve(Site(Book.standard(chapters=6)), faults=[limit], latency=0.05) as server:
        ended = project.crawl(server.url, "-s", "RETRY_TIMES=1")
        assert ended.status == 0, ended.log
        assert_right(project, server)
    assert ended.log.count("requests at once: going on with so many") == 1


def test_a_server_that_answers_few_requests_at_once_is_sent_no_more(project: Project) -> None:
    limit = Fault("*.PDF", over=2, status=403)
    with serve(Site(Book.standard(chapters=6)), faults=[limit], rate=600_000) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)


def test_a_file_that_is_forbidden_is_not_asked_for_again_and_again(project: Project) -> None:
    with serve(Site(Book.standard(chapters=4)), faults=[Fault("/CH2.PDF", status=403)]) as server:
        ended = project.crawl(server.url)
        assert len(server.requests_for("/CH2.PDF")) <= 3
    assert ended.status == 3
    assert "/CH2.PDF>: the server answered with status 403." in ended.last_lines
    assert "The site has to change first" in ended.last_lines


def once(server: Server) -> list[Fault]:
    """Have each PDF redirected to an address that is good for one request, and cut once."""
    site = server.site
    for chapter in site.book.chapters:
        path = f"/CH{chapter.number}.PDF"
        resource = site.get(path)
        assert resource is not None
        site.replace(f"/blob{path}", body=resource.body)
    return [
        Fault("/CH*.PDF", location="/blob{path}?once={number}"),
        Fault("/blob/CH1.PDF", last=1, cut_after=9_000),
        Fault("/blob/CH2.PDF", last=1, refuse="close"),
        Fault("/blob/*", query="once=*", first=2, status=403),
    ]


def test_a_link_that_is_good_for_one_request_is_asked_for_anew(project: Project) -> None:
    with serve(Site(Book.standard(chapters=3))) as server:
        server.faults = once(server)
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)
        rests = [r.headers["range"] for r in server.requests if "range" in r.headers]
    assert set(rests) == {"bytes=9000-"}


def test_a_page_that_reloads_itself_or_another_that_leads_back_is_the_page(
    project: Project,
) -> None:
    with serve(Site(Book.standard(chapters=2))) as server:
        back = {"/pdfbook.htm": "pdfbook.htm", "/ch1.htm": "/again.htm", "/again.htm": "/ch1.htm"}
        for path, target in back.items():
            page = server.site.get(path.replace("again", "ch1"), base=server.url.rstrip("/"))
            assert page is not None
            refresh = f'<head><meta http-equiv="refresh" content="3; url={target}">'.encode()
            body = page.body.replace(b"<head>", refresh)
            assert body != page.body
            server.site.replace(path, body=body, content_type=page.content_type)
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)


NOWHERE = ["http://[", "http://:80:80/", "//", "http://host:99999999/x.pdf", "ftp://h/x", "\x7f:"]


def test_a_redirect_to_nowhere_is_one_sentence(project: Project) -> None:
    faults = [Fault(f"/CH{n}.PDF", location=place) for n, place in enumerate(NOWHERE, 1)]
    with serve(Site(Book.standard(chapters=len(NOWHERE) + 1)), faults=faults) as server:
        ended = project.crawl(server.url)
    assert ended.status == 3
    assert f"{len(NOWHERE)} of {len(NOWHERE) + 1} chapters are missing" in ended.last_lines
    assert "Traceback" not in ended.log
    assert "Error:" not in ended.last_lines


def test_other_validators_over_the_same_bytes_leave_the_book_alone(project: Project) -> None:
    fault = Fault("*.PDF", etag='"{number}"', headers={"Last-Modified": formatdate(usegmt=True)})
    with serve(Site(Book.standard(chapters=2)), faults=[fault]) as server:
        assert project.crawl(server.url).status == 0
        before = project.book.stat()
        ended = project.crawl(server.url)
        assert all(r.status == 200 for r in server.requests if r.path.endswith(".PDF"))
    assert ended.status == 0, ended.log
    after = project.book.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert "Nothing changed" in ended.last_lines


def test_a_time_to_wait_is_read_by_the_clock_of_the_server_that_named_it(project: Project) -> None:
    """Its clock is some hours ahead; by ours the wait would outlast the test."""
    ahead = formatdate(time.time() + 7_200, usegmt=True)
    fault = Fault("/CH1.PDF", last=1, status=503, headers={"Date": ahead, "Retry-After": ahead})
    with serve(Site(Book.standard(chapters=1)), faults=[fault]) as server:
        assert project.crawl(server.url).status == 0


def test_questions_for_sizes_that_nobody_answers_hold_up_nothing(project: Project) -> None:
    """Each of them would be waited for as long as a test is."""
    silent = Fault("*.PDF", method="HEAD", silent=True)
    with serve(Site(Book.standard(chapters=20)), rate=800_000, faults=[silent]) as server:
        ended = project.crawl(server.url, "-s", "CONCURRENT_REQUESTS=4")
        assert ended.status == 0, ended.log
        assert any(r.method == "HEAD" for r in server.requests)
        assert_right(project, server)


def test_a_transfer_that_moves_by_a_few_bytes_for_long_stands_still(project: Project) -> None:
    drip = Fault("/CH1.PDF", rate=20)
    with serve(Site(Book.standard(chapters=2)), faults=[drip]) as server:
        quick = ("-s", "DOWNLOAD_TIMEOUT=0.4", "-s", "RETRY_TIMES=0")
        ended = project.crawl(server.url, *quick)
    assert ended.status == 3
    assert "bytes came in 0.8 seconds" in ended.last_lines


def test_a_server_that_is_gone_for_a_while_is_waited_for(project: Project) -> None:
    site = Site(Book.standard(chapters=4))
    with serve(site, rate=100_000) as server:
        running = project.start_crawl(server.url, "-s", "RETRY_TIMES=1")
        assert server.wait_until(lambda s: s.requests_for("/CH1.PDF"))
        port = server.port
    with running:
        running.wait_for("cannot be reached any more: waiting for it, 300 s at most")
        with serve(site, port=port) as server:
            running.wait_for("is there again")
            ended = running.wait()
            assert ended.status == 0, ended.log
            assert_right(project, server)


@pytest.mark.parametrize("ends", ["OUTAGE_MAX", "Ctrl-C"])
def test_waiting_for_a_server_that_is_gone_has_an_end(project: Project, ends: str) -> None:
    bound = ("-s", "OUTAGE_MAX=0.3") if ends == "OUTAGE_MAX" else ()
    with serve(Site(Book.standard(chapters=2)), rate=100_000) as server:
        running = project.start_crawl(server.url, "-s", "RETRY_TIMES=1", *bound)
        assert server.wait_until(lambda s: s.requests_for("/CH1.PDF"))
    with running:
        running.wait_for("cannot be reached any more")
        if ends == "Ctrl-C":
            running.interrupt()
        ended = running.wait()
    assert ended.status == 3
    assert "Run the same command again" in ended.last_lines
    assert "Traceback" not in ended.log


def test_a_machine_without_a_network_is_told_so_after_two_requests_a_piece(
    project: Project,
) -> None:
    with serve(Site(Book.standard(chapters=1))) as server:
        url = server.url
    ended = project.crawl(url, "-s", "RETRY_TIMES=50")
    assert ended.status == 3
    assert ended.stats["downloader/request_count"] == 4  # of robots.txt and of the start page
    assert f"Is {url} there, in a browser? Run the same command again" in ended.last_lines
