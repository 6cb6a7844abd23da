"""What people do with the program from day to day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.project import Project


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=3))) as server:
        yield server


@pytest.mark.parametrize("option", [("-q",), ("--loglevel", "WARNING")])
def test_a_quiet_run_says_where_the_book_is_and_little_else(
    project: Project, server: Server, option: tuple[str, ...]
) -> None:
    ended = project.crawl(server.url, *option)
    assert ended.status == 0
    lines = ended.log.splitlines()
    assert lines[-1].startswith(f"The book: {project.book} (3 chapters, ")
    assert len(lines) <= 2
    server.faults = [Fault("/CH2.PDF", status=404)]
    ended = project.crawl(server.url, *option)
    assert ended.status == 3
    assert "No new book: 1 of 3 chapters are missing." in ended.log


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        ("CONCURRENT_REQUEST=4", "CONCURRENT_REQUESTS"),
        ("BOOK_URL=output/x.pdf", "BOOK_URI"),
        ("DOWNLOAD_DELAYS=0", "DOWNLOAD_DELAY"),
        ("FRONT_MATTER_OF_MINE=1", None),
        ("STORE_BUSY=wait", None),
    ],
)
def test_a_misspelt_setting_gets_a_warning_with_the_right_name(
    project: Project, server: Server, setting: str, meant: str | None
) -> None:
    ended = project.crawl(server.url, "-a", "dry_run=1", "-s", setting)
    assert ended.status == 0, ended.log
    name = setting.partition("=")[0]
    assert (f"WARNING: {name} is no setting. Is {meant} meant?" in ended.log) == bool(meant)
    assert ("is no setting" in ended.log) == bool(meant)


def test_selections_that_make_up_the_book_are_bound_to_the_whole_of_it_without_the_network(
    project: Project, server: Server
) -> None:
    assert project.crawl(server.url, "-a", "chapters=1-2").status == 0
    ended = project.run("bind", *QUICK)
    assert ended.status == 3
    assert "No new book: 1 of 3 chapters are missing." in ended.last_lines
    assert project.crawl(server.url, "-a", "chapters=3").status == 0
    server.reset()
    ended = project.run("crawl", "dspguide", "-a", "offline=1", *QUICK)
    assert ended.status == 0, ended.log
    assert server.requests == []
    bound = project.book.read_bytes()
    project.book.unlink()
    assert project.crawl(server.url).status == 0
    assert project.book.read_bytes() == bound
    assert [c["number"] for c in project.manifest()["chapters"]] == ["1", "2", "3"]
