"""Slow, broken and odd lines cost time and nothing else."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Book, Fault, Site, serve
from tests.project import assert_right

if TYPE_CHECKING:
    from tests.project import Project

# Each hits the first request for a chapter; the next one is answered well.
PASSING: dict[str, dict[str, Any]] = {
    "cut": {"cut_after": 9_000},
    "cut at once": {"cut_after": 0},
    "reset": {"cut_after": 9_000, "reset": True},
    "stall": {"stall_after": 9_000},
    "silence": {"silent": True},
    "refused": {"refuse": "close"},
    "reset before the answer": {"refuse": "reset"},
    "garbage": {"garbage": "SSH-2.0-OpenSSH_9.2\r\n"},
    "overload": {"status": 503},
    "too many requests": {"status": 429},
    "server error": {"status": 500},
    "web page": {"html": True},
    "short with matching length": {"truncate": 0.7},
    "damaged": {"flip_bits": 400},
    "longer than announced": {"length_off": -5_000},
    "shorter than announced": {"length_off": 5_000},
    "compressed": {"gzip": True},
    "chunked and cut": {"framing": "chunked", "cut_after": 9_000},
    "empty": {"body": b""},
    "huge headers": {"huge_headers": 30_000},
}


def abilities(ranges: bool, validators: bool, content_length: bool) -> dict[str, Any]:
    return {
        "ranges": ranges,
        "etags": validators,
        "last_modified": validators,
        "content_length": content_length,
    }


@pytest.mark.parametrize("able", list(itertools.product([True, False], repeat=3)), ids=str)
def test_every_kind_of_fault_is_overcome_whatever_the_server_can_do(
    project: Project, able: tuple[bool, bool, bool]
) -> None:
    kinds = list(PASSING.values())
    site = Site(Book.standard(chapters=len(kinds)))
    site.warm()  # half a second of patience is for the line, not for typesetting
    faults = [Fault(f"/CH{n}.PDF", last=1, **kind) for n, kind in enumerate(kinds, 1)]
    with serve(site, faults=faults, **abilities(*able)) as server:
        ended = project.crawl(server.url, "-s", "DOWNLOAD_TIMEOUT=0.5")
        assert ended.status == 0, ended.log
        assert_right(project, server)
    assert "Traceback" not in ended.log


def test_faults_that_stay_are_reported_chapter_by_chapter_with_what_came(project: Project) -> None:
    staying = {
        "the server answered with status 503": {"status": 503},
        "status 200, text/html": {"html": True},
        "the connection broke": {"refuse": "reset"},
        "nothing came for 0.5 seconds": {"silent": True},
        "it came twice with the same bytes": {"truncate": 0.5},
        "the transfer was cut short": {"cut_after": 100},
        "the server answered with status 404": {"status": 404},
    }
    site = Site(Book.standard(chapters=len(staying) + 1))
    faults = [
        Fault(f"/CH{n}.PDF", **kind)  # type: ignore[arg-type]  # of mixed types by nature
        for n, kind in enumerate(staying.values(), 1)
    ]
    quick = ("-s", "DOWNLOAD_TIMEOUT=0.5", "-s", "RETRY_TIMES=2")
    with serve(site, faults=faults) as server:
        ended = project.crawl(server.url, *quick)
    assert ended.status == 3
    lines = ended.last_lines.splitlines()
    for number, words in enumerate(staying, 1):
        (line,) = [line for line in lines if f"Chapter {number}, " in line]
        assert words in line
    assert "Traceback" not in ended.log


def test_a_slow_line_needs_no_more_time_than_it_needs(project: Project) -> None:
    """A transfer takes several times DOWNLOAD_TIMEOUT, and moves all the while."""
    site = Site(Book.standard(chapters=4))
    largest = max(len(site.pdf(number)) for number in range(1, 5))
    with serve(site, rate=largest / 3) as server:
        ended = project.crawl(server.url, "-s", "DOWNLOAD_TIMEOUT=1")
        sent = sum(r.body_bytes for r in server.requests if r.path.endswith(".PDF"))
        assert ended.status == 0, ended.log
        assert_right(project, server)
    assert sent == sum(len(site.pdf(number)) for number in range(1, 5))


def test_a_server_that_drips_a_few_bytes_a_connection_is_given_up_on(project: Project) -> None:
    with serve(
        Site(Book.standard(chapters=1)), faults=[Fault("/CH1.PDF", cut_after=100)]
    ) as server:
        ended = project.crawl(server.url)
        assert len(server.requests_for("/CH1.PDF")) == 5  # one and RETRY_TIMES
    assert ended.status == 3


def test_a_file_that_is_too_large_is_given_up_on_and_not_kept(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    for number in (1, 2):
        site.replace(
            f"/CH{number}.PDF", b"%PDF-1.4\n" + bytes(120_000), content_type="application/pdf"
        )
    with serve(site, faults=[Fault("/CH2.PDF", cut_after=30_000, framing="close")]) as server:
        ended = project.crawl(server.url, "-s", "DOWNLOAD_MAXSIZE=50000")
        assert sum(r.body_bytes for r in server.requests_for("/CH2.PDF")) == 60_000
    assert ended.status == 3
    assert ended.last_lines.count("it is larger than DOWNLOAD_MAXSIZE allows") == 2
    assert project.litter() == []


def test_a_server_that_compresses_though_it_was_asked_not_to_gives_the_right_file(
    project: Project,
) -> None:
    with serve(Site(Book.standard(chapters=1)), faults=[Fault("/CH1.PDF", gzip=True)]) as server:
        ended = project.crawl(server.url)
        assert len(server.requests_for("/CH1.PDF")) == 1
        assert ended.status == 0, ended.log
        assert_right(project, server)


def test_a_broken_file_that_comes_twice_the_same_is_repaired_with_a_warning(
    project: Project,
) -> None:
    site = Site(Book.standard(chapters=2))
    whole = site.pdf(1)
    site.replace("/CH1.PDF", body=whole[: whole.rindex(b"startxref")] + b"%%EOF\n")
    with serve(site) as server:
        ended = project.crawl(server.url)
        assert len(server.requests_for("/CH1.PDF")) == 2
    assert ended.status == 0, ended.log
    assert "repaired" in ended.last_lines


def test_a_broken_file_that_came_once_is_not_said_to_have_come_twice(project: Project) -> None:
    faults = [Fault("/CH1.PDF", truncate=0.1), Fault("/CH1.PDF", first=2, truncate=0.2)]
    for times in (0, 1):
        with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
            ended = project.crawl(server.url, "-s", f"RETRY_TIMES={times}")
            assert len(server.requests_for("/CH1.PDF")) == times + 1
        assert ended.status == 3
        assert "; what came: status 200, " in ended.last_lines
        assert "it came twice" not in ended.last_lines
        rejected = [n for name, n in ended.stats.items() if name.startswith("chapters/rejected/")]
        assert sum(rejected) == times + 1


def test_what_may_be_cut_since_it_has_no_length_is_asked_for_again(project: Project) -> None:
    site = Site(Book.standard(chapters=5))
    without_table = site.pdf(3)[: site.pdf(3).rindex(b"startxref")]  # has all its pages
    cut = [
        Fault("/pdfbook.htm", last=1, framing="close", truncate=0.75),
        Fault("/ch2.htm", last=1, framing="close", truncate=0.3),
        Fault("/CH1.PDF", last=2, framing="close", truncate=0.3, ignore_range=True),
        Fault("/CH3.PDF", last=2, framing="close", body=without_table, ignore_range=True),
    ]
    with serve(site, faults=cut) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)


def test_all_transfers_finish_on_a_thin_shared_line(project: Project) -> None:
    with serve(Site(Book.standard(chapters=6)), total_rate=60_000) as server:
        ended = project.crawl(server.url, "-s", "DOWNLOAD_TIMEOUT=1")
        assert ended.status == 0, ended.log
        assert_right(project, server)
