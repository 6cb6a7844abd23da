"""What came of a file that broke off is kept, and goes on where that can be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Book, Fault, Site, serve
from tests.project import assert_right

if TYPE_CHECKING:
    from tests.project import Project


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
