"""How long a host is left alone that asks for it, or that fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from dspguide.net.host_limits import Backoff, retry_after_seconds
from tests.mockserver import Book, Fault, Site, serve
from tests.project import assert_right

if TYPE_CHECKING:
    from tests.project import Project


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
