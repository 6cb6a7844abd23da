"""Slow, broken and odd lines cost time and nothing else."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest

from dspguide.net.host_limits import Backoff, retry_after_seconds
from tests.mockserver import Book, Fault, Site, serve

if TYPE_CHECKING:
    from tests.mockserver import Server
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


def assert_right(project: Project, server: Server) -> None:
    """See that every stored chapter is what the site has, and the book has all their pages."""
    book = server.site.book
    files = sorted(project.chapters.glob("*.pdf"))
    sent = [server.site.pdf(chapter.number) for chapter in book.chapters]
    assert [path.read_bytes() for path in files] == sent
    assert (
        project.manifest()["book"]["pages"] - project.manifest()["book"]["front_matter_pages"]
        == book.pages
    )
    assert project.litter() == []


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


@pytest.mark.parametrize("how", [{}, {"reset": True}, {"framing": "close"}], ids=str)
def test_nothing_that_arrived_is_fetched_twice(project: Project, how: dict[str, Any]) -> None:
    site = Site(Book.standard(chapters=2))
    cuts = [Fault("/CH*.PDF", cut_after=3_000, **how)]
    with serve(site, faults=cuts) as server:
        # More cuts than RETRY_TIMES allows failures: each brings new bytes, so that none counts.
        ended = project.crawl(server.url, "-s", "RETRY_TIMES=1")
        sent = sum(r.body_bytes for r in server.requests if r.path.endswith(".PDF"))
        assert ended.status == 0, ended.log
        assert "WARNING: " not in ended.log
        assert_right(project, server)
    files = sum(len(site.pdf(number)) for number in (1, 2))
    assert sent <= files * 1.02
    chapter = project.manifest()["chapters"][0]
    assert chapter["status"] == "resumed"
    assert chapter["attempts"] == -(-len(site.pdf(1)) // 3_000)
    assert chapter["bytes_received"] == len(site.pdf(1))
    assert chapter["bytes_resumed"] > 0


def test_a_web_page_in_between_and_a_power_cut_do_not_cost_what_had_arrived(
    project: Project,
) -> None:
    faults = [
        Fault("/CH1.PDF", last=1, cut_after=9_000),
        Fault("/CH1.PDF", first=2, html=True, ignore_range=True),
    ]
    with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
        assert project.crawl(server.url).status == 3
        (part,) = project.chapters.rglob("*.part")
        with part.open("ab") as file:  # as a file system leaves it when the machine stops
            file.write(bytes(200_000))
        server.faults = []
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)
        assert server.requests_for("/CH1.PDF")[-1].headers["range"] == "bytes=9000-"


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


def test_a_file_that_changed_on_the_server_is_begun_anew(project: Project) -> None:
    faults = [
        Fault("/CH1.PDF", last=1, cut_after=9_000),
        Fault("/CH1.PDF", first=2, revision=1),
    ]
    site = Site(Book.standard(chapters=1))
    with serve(site, faults=faults) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        _, *others = server.requests_for("/CH1.PDF")
    # Asked with If-Range, the server sends the new file at once, and no rest that does not fit.
    assert [(r.status, r.headers["range"]) for r in others] == [(200, "bytes=9000-")]
    resource = site.get("/CH1.PDF", revision=1)
    assert resource is not None
    (stored,) = project.chapters.glob("*.pdf")
    assert stored.read_bytes() == resource.body


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


ODD_DATES = ["Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 -0000", "6 Nov 99999999999"]


def test_no_date_in_a_header_costs_a_chapter(project: Project) -> None:
    """Each chapter is refused, then cut, with another odd date in the answers' headers."""
    faults = []
    for number, date in enumerate(ODD_DATES, 1):
        odd = {"ETag": None, "Last-Modified": date, "Retry-After": date}
        faults += [
            Fault(f"/CH{number}.PDF", headers=odd),
            Fault(f"/CH{number}.PDF", last=1, status=503),
            Fault(f"/CH{number}.PDF", first=2, last=2, cut_after=9_000),
        ]
    with serve(Site(Book.standard(chapters=len(ODD_DATES))), faults=faults) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)


OTHER_DATE = {"ETag": None, "Last-Modified": "Mon, 01 Jan 2001 00:00:00 GMT"}
MISUSES: list[dict[str, Any]] = [
    {"ignore_range": True},
    {"range_shift": 7},
    {"range_shift": -7},
    {"status": 416},
    {"gzip": True},
    {"status": 206},
    {"headers": {"ETag": '"other"', "Last-Modified": None}},
    {"headers": OTHER_DATE},
]


def test_a_server_that_misuses_ranges_gives_the_right_files_all_the_same(project: Project) -> None:
    """Each chapter is cut once, and the request for its rest is answered in another wrong way."""
    faults = [Fault("/CH*.PDF", last=1, cut_after=9_000)]
    faults += [Fault(f"/CH{n}.PDF", when="range", **kind) for n, kind in enumerate(MISUSES, 1)]
    with serve(Site(Book.standard(chapters=len(MISUSES))), faults=faults) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert_right(project, server)
        asked = [r for r in server.requests if "range" in r.headers]
        changed = server.requests_for(f"/CH{len(MISUSES)}.PDF")
        assert "range" not in changed[-1].headers
    # What does not say that it begins where the part ends is not put behind it.
    assert ended.stats["chapters/downloaded"] == len(MISUSES)
    assert len({r.path for r in asked}) == len(MISUSES)


@pytest.mark.parametrize("status", [403, 500])
def test_a_file_of_which_no_rest_can_be_had_is_fetched_anew(project: Project, status: int) -> None:
    faults = [
        Fault("/CH1.PDF", last=1, cut_after=9_000),
        Fault("/CH1.PDF", when="range", status=status),
    ]
    with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        *rests, last = server.requests_for("/CH1.PDF")[1:]
        assert {r.status for r in rests} == {status}
        assert "range" not in last.headers
        assert_right(project, server)


def test_a_part_is_kept_while_the_server_refuses_the_whole_file_too(project: Project) -> None:
    faults = [
        Fault("/CH1.PDF", last=1, cut_after=9_000),
        Fault("/CH1.PDF", first=2, status=500),
    ]
    with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
        assert project.crawl(server.url).status == 3
        server.faults = []
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert ended.stats["chapters/resumed"] == 1
        assert_right(project, server)


def test_more_than_the_rest_of_a_file_is_no_part_of_it(project: Project) -> None:
    site = Site(Book.standard(chapters=1))
    resource = site.get("/CH1.PDF")
    assert resource is not None
    whole = resource.body
    longer = Fault(
        "/CH1.PDF",
        when="range",
        body=whole + b"% of another answer\n",
        etag=resource.etag,
        headers={"Content-Range": f"bytes 9000-{len(whole) - 1}/{len(whole)}"},
    )
    with serve(site, faults=[Fault("/CH1.PDF", last=1, cut_after=9_000), longer]) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert [r.status for r in server.requests_for("/CH1.PDF")] == [200, 206, 200]
        assert_right(project, server)


def test_without_retries_a_part_of_a_file_is_not_taken_for_the_file(project: Project) -> None:
    """A file that was saved twice is a whole PDF without its end too, which the server keeps."""
    site, without = Site(Book.standard(chapters=2)), ("-s", "RETRY_ENABLED=False")
    once = site.pdf(1)
    twice = once + b"% saved again\n" * 50 + once[once.rindex(b"startxref") :]
    site.replace("/CH1.PDF", body=twice)
    short = {"Content-Range": f"bytes 9000-{len(once) - 1}/{len(twice)}"}
    faults = [
        Fault("/CH*.PDF", last=1, cut_after=9_000),
        Fault("/CH1.PDF", first=2, last=2, truncate=len(once), headers=short),
        Fault("/CH2.PDF", when="range", status=416),
    ]
    with serve(site, faults=faults) as server:
        assert project.crawl(server.url, *without).status == 3
        ended = project.crawl(server.url, *without)
        assert ended.status == 3
        assert "/CH1.PDF>: the transfer was cut short." in ended.last_lines
        assert "/CH2.PDF>: the server answered with status 416." in ended.last_lines
        assert project.crawl(server.url, *without).status == 0
        assert_right(project, server)


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": 'W/"1"', "Last-Modified": None},
        {"ETag": None, "Last-Modified": "Fri, 01 Jan 2100 00:00:00 GMT"},  # not before the answer
    ],
)
def test_a_weak_validator_is_no_proof_that_a_rest_belongs(
    project: Project, headers: dict[str, str | None]
) -> None:
    faults = [Fault("/CH1.PDF", headers=headers), Fault("/CH1.PDF", last=1, cut_after=9_000)]
    with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert ["range" in r.headers for r in server.requests_for("/CH1.PDF")] == [False, False]
        assert_right(project, server)


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


@pytest.mark.parametrize(("status", "as_date"), [(429, False), (503, True)])
def test_no_request_reaches_a_host_before_its_retry_after(
    project: Project, status: int, *, as_date: bool
) -> None:
    refusal = Fault("/CH2.PDF", last=1, status=status, retry_after=1.2, retry_after_date=as_date)
    with serve(Site(Book.standard(chapters=6)), faults=[refusal], latency=0.02) as server:
        ended = project.crawl(server.url, "-s", "CONCURRENT_REQUESTS=2")
        assert ended.status == 0, ended.log
        (first, *_) = server.requests_for("/CH2.PDF")
        after = [r.started for r in server.requests if r.started > (first.ended or 0)]
    assert first.ended is not None
    # A date has whole seconds, so that it may be a second earlier or later than meant.
    least = 1.0 if not as_date else 0.1
    # The other request in flight may have been sent a moment before the refusal was read.
    assert sum(start < first.ended + least for start in after) <= 1
    assert min(start for start in after if start > first.ended + 0.05) >= first.ended + least


@pytest.mark.parametrize(
    "failure",
    [{"status": 429, "retry_after": 0}, {"status": 500}, {"cut_after": 100}, {"html": True}],
    ids=str,
)
def test_a_server_that_names_no_time_to_wait_is_not_hammered(
    project: Project, failure: dict[str, Any]
) -> None:
    backoff = ("-s", "BACKOFF_START=1", "-s", "BACKOFF_MAX=1")
    fault = Fault("/CH1.PDF", last=1, **failure)
    with serve(Site(Book.standard(chapters=1)), faults=[fault]) as server:
        assert project.crawl(server.url, *backoff).status == 0
        first, second = server.requests_for("/CH1.PDF")
    assert first.ended is not None
    assert second.started >= first.ended + 0.45


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(start=1.0, most=60.0, retry_after_most=0.0)
    for failures, whole in enumerate([1, 2, 4, 8, 16, 32, 60, 60], 1):
        assert whole / 2 <= backoff.seconds(failures) <= whole
    assert backoff.seconds(5_000) <= 60


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set")
@pytest.mark.parametrize(
    "date",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_every_form_of_a_date_means_utc(monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert retry_after_seconds(date.encode(), now=784_111_777 - 60) == 60
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_retry_after_beyond_the_cap_is_not_waited_for_in_full(project: Project) -> None:
    refusal = Fault("/CH1.PDF", last=1, status=429, retry_after=86_400)
    with serve(Site(Book.standard(chapters=1)), faults=[refusal]) as server:
        assert project.crawl(server.url, "-s", "RETRY_AFTER_MAX=0.2").status == 0


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


def test_a_part_of_another_copy_of_the_site_is_not_continued(project: Project) -> None:
    """Validators mean nothing on another server, even if they are the same words."""
    faults = [
        Fault("/CH1.PDF", last=1, cut_after=9_000, etag='"same"'),
        Fault("/CH1.PDF", first=2, status=404),
    ]
    with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
        assert project.crawl(server.url).status == 3
    other = Site(Book.standard(chapters=1))
    resource = other.get("/CH1.PDF", revision=3)
    assert resource is not None
    other.replace("/CH1.PDF", body=resource.body)
    with serve(other, faults=[Fault("/CH1.PDF", etag='"same"')]) as server:
        assert project.crawl(server.url).status == 0
        assert all("range" not in r.headers for r in server.requests_for("/CH1.PDF"))
        assert_right(project, server)
