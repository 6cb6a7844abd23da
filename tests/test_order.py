"""On a line that is slow for each connection, the largest files go first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mockserver import Book, Fault, Site, serve

if TYPE_CHECKING:
    from tests.mockserver import Server
    from tests.project import Project

SLOW = 800_000.0
"""Bytes a second on one connection: a chapter takes long beside a question for its size."""


def asked(server: Server, method: str) -> list[str]:
    """Return the paths of the PDFs that were asked for, in that order."""
    return [r.path for r in server.requests if r.method == method and r.path.endswith(".PDF")]


def test_on_a_slow_line_sizes_are_asked_for_and_the_largest_files_go_first(
    project: Project,
) -> None:
    site = Site(Book.standard(chapters=20))
    with serve(site, rate=SLOW) as server:
        ended = project.crawl(server.url, "-s", "CONCURRENT_REQUESTS=4")
        assert ended.status == 0, ended.log
        assert sorted(asked(server, "HEAD")) == sorted(asked(server, "GET"))
        (told, *_) = [r.ended for r in reversed(server.requests) if r.method == "HEAD"]
        assert told is not None
        later = [
            r.body_bytes
            for r in server.requests
            if r.path.endswith(".PDF") and r.method == "GET" and r.started > told
        ]
        assert server.max_in_flight == 4
    assert len(later) >= 12
    # As many as there are places may have had their turn before the last answer.
    assert later[4:] == sorted(later[4:], reverse=True)


def test_on_a_fast_line_nobody_is_asked_for_sizes(project: Project) -> None:
    with serve(Site(Book.standard(chapters=20)), latency=0.06) as server:
        assert project.crawl(server.url, "-s", "CONCURRENT_REQUESTS=2").status == 0
        assert asked(server, "HEAD") == []


def test_a_server_that_tells_no_sizes_is_not_asked_again_and_gives_the_book(
    project: Project,
) -> None:
    refusal = Fault("*.PDF", method="HEAD", status=405)
    with serve(Site(Book.standard(chapters=20)), rate=SLOW, faults=[refusal]) as server:
        ended = project.crawl(server.url, "-s", "CONCURRENT_REQUESTS=4")
        assert ended.status == 0, ended.log
        # Those that were waiting for a place when the first answer came are sent all the same.
        assert 1 <= len(asked(server, "HEAD")) <= 10


def test_a_page_that_is_late_does_not_hold_up_the_files(project: Project) -> None:
    """As many pages fail as there are places, and their chapters are the only ones missing."""
    gone = Fault("re:/ch[1-4].htm", status=404)
    with serve(Site(Book.standard(chapters=20)), rate=SLOW, faults=[gone]) as server:
        ended = project.crawl(server.url, "-s", "CONCURRENT_REQUESTS=4")
        assert ended.status == 3
        assert "4 of 20 chapters are missing" in ended.last_lines
