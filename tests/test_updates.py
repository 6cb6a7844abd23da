"""A run asks only what changed, and an unchanged site leaves everything as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.project import Project


def outputs(project: Project) -> dict[Path, tuple[bytes, int]]:
    """Return bytes and modification time of every file below the folder, but for the empty lock."""
    found = (p for p in project.folder.rglob("*") if p.is_file() and p.name != "lock")
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def pdf_statuses(server: Server) -> list[int | None]:
    return [r.status for r in server.requests if r.path.endswith(".PDF")]


@pytest.fixture
def crawled(project: Project) -> Iterator[Server]:
    """Return the server of a book that was crawled, its requests forgotten."""
    with serve(Site(Book.standard(chapters=4))) as server:
        assert project.crawl(server.url).status == 0
        server.reset()
        yield server


def test_an_unchanged_site_sends_no_pdf_and_touches_no_file(
    project: Project,
) -> None:
    with serve(Site(Book.standard())) as server:
        assert project.crawl(server.url).status == 0
        before = outputs(project)
        server.reset()
        ended = project.crawl(server.url)
        assert pdf_statuses(server) == [304] * 34
    assert ended.status == 0
    assert outputs(project) == before
    assert ended.stats["chapters/unchanged"] == 34
    assert "Nothing changed on the site since the book was made." in ended.last_lines


def test_an_update_that_broke_off_and_was_taken_back_leaves_nothing(
    project: Project, crawled: Server
) -> None:
    crawled.faults = [
        Fault("/CH2.PDF", last=1, revision=1, cut_after=9_000),
        Fault("/CH2.PDF", first=2, status=404),
    ]
    assert project.crawl(crawled.url).status == 3
    assert project.run("bind", *QUICK).status == 0
    assert [name for name in project.litter() if name.endswith(".part")]  # it may go on
    crawled.faults = []
    ended = project.crawl(crawled.url)
    assert "Nothing changed" in ended.last_lines
    assert project.litter() == []
    assert list(project.book.parent.glob("*-incomplete.*")) == []


@pytest.mark.parametrize("abilities", [{"etags": False}, {"last_modified": False}], ids=str)
def test_either_validator_is_enough(project: Project, abilities: dict[str, bool]) -> None:
    with serve(Site(Book.standard(chapters=2)), **abilities) as server:  # type: ignore[arg-type]  # all bool
        assert project.crawl(server.url).status == 0
        server.reset()
        assert project.crawl(server.url).status == 0
        assert pdf_statuses(server) == [304, 304]


def test_one_changed_chapter_sends_one_body_and_gives_a_new_book(
    project: Project, crawled: Server
) -> None:
    before = project.book.read_bytes()
    crawled.site.revise("/CH2.PDF")
    ended = project.crawl(crawled.url)
    assert ended.status == 0, ended.log
    assert sorted(map(str, pdf_statuses(crawled))) == ["200", "304", "304", "304"]
    assert project.book.read_bytes() != before
    title = crawled.site.book.chapter(2).title
    assert f"Changed since the last book: chapter 2, {title}" in ended.last_lines
    (stored,) = project.chapters.glob("02-*.pdf")
    assert stored.read_bytes() == crawled.site.pdf(2)


def test_a_chapter_that_vanished_leaves_the_book_only_when_that_is_accepted(
    project: Project, crawled: Server
) -> None:
    book = crawled.site.book
    crawled.site.book = book.without_chapter(4)
    before = {path: path.read_bytes() for path in (project.book, *project.chapters.glob("*.pdf"))}
    ended = project.crawl(crawled.url)
    assert ended.status == 3, ended.log
    assert {path: path.read_bytes() for path in before} == before
    assert "Gone: chapter 4, " in ended.last_lines
    assert "run once with -s ACCEPT_CHANGES=True" in ended.last_lines
    ended = project.crawl(crawled.url, "-s", "ACCEPT_CHANGES=True")
    assert ended.status == 0, ended.log
    pages = book.pages - book.chapter(4).pages
    assert project.chapters_pages() == pages
    assert "Gone since the last book: chapter 4, " in ended.last_lines
    assert not list(project.chapters.glob("04-*.pdf"))


def test_a_chapter_that_was_added_enters_the_book_in_its_place(project: Project) -> None:
    book = Book.standard(chapters=4)
    with serve(Site(book.without_chapter(4))) as server:
        assert project.crawl(server.url).status == 0
        server.site.book = book
        server.reset()
        ended = project.crawl(server.url)
        assert pdf_statuses(server).count(200) == 1
    assert ended.status == 0, ended.log
    assert [c["number"] for c in project.manifest()["chapters"]] == ["1", "2", "3", "4"]
    assert "New since the last book: chapter 4, " in ended.last_lines


def test_a_new_title_gives_a_new_outline_and_file_name_and_fetches_nothing(
    project: Project, crawled: Server
) -> None:
    page = crawled.site.get("/pdfbook.htm", base=crawled.url.rstrip("/"))
    assert page is not None
    title = crawled.site.book.chapter(3).title
    crawled.site.replace("/pdfbook.htm", page.body.replace(title.encode(), b"A Better Title"))
    (old,) = project.chapters.glob("03-*.pdf")
    ended = project.crawl(crawled.url, "-a", "dry_run=1")
    assert re.search(r"Chapter 3, A Better Title .*: here, \d+\.\d kB", ended.last_lines)
    ended = project.crawl(crawled.url)
    assert ended.status == 0, ended.log
    assert pdf_statuses(crawled) == [304] * 4
    assert not old.exists()
    assert (project.chapters / "03-a-better-title.pdf").read_bytes() == crawled.site.pdf(3)
    assert project.manifest()["chapters"][2]["title"] == "A Better Title"
    assert "Named anew since the last book: chapter 3, A Better Title" in ended.last_lines
    assert [path.name for path in project.chapters.glob("03-*")] == ["03-a-better-title.pdf"]


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("title", "The ", "Another "),
        ("author", Book.standard().author, "Somebody Else"),
        ("language", "<html ", '<html lang="de" '),
    ],
)
def test_another_title_author_or_language_gives_a_new_book_and_fetches_nothing(
    project: Project, crawled: Server, what: str, old: str, new: str
) -> None:
    page = crawled.site.get("/", base=crawled.url.rstrip("/"))
    assert page is not None
    before = project.manifest()["book"][what]
    crawled.site.replace("/", page.body.replace(old.encode(), new.encode()))
    ended = project.crawl(crawled.url)
    assert ended.status == 0, ended.log
    assert pdf_statuses(crawled) == [304] * 4
    assert project.manifest()["book"][what] != before
    assert "Nothing changed" not in ended.last_lines


def test_a_book_that_was_changed_or_lost_is_made_again(project: Project, crawled: Server) -> None:
    book = project.book.read_bytes()
    project.book.write_bytes(book[:-10])
    assert project.crawl(crawled.url).status == 0
    assert project.book.read_bytes() == book
    project.book.unlink()
    assert project.crawl(crawled.url).status == 0
    assert project.book.read_bytes() == book


def test_a_book_that_other_versions_made_is_made_again(project: Project, crawled: Server) -> None:
    made_by, record = project.manifest()["book"]["made_by"], project.book.with_suffix(".json")
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace(made_by, "dspguide 0.0.1"), encoding="utf-8")
    ended = project.crawl(crawled.url)
    assert ended.status == 0, ended.log
    assert pdf_statuses(crawled) == [304] * 4
    assert project.manifest()["book"]["made_by"] == made_by


def test_files_of_other_people_in_the_chapters_folder_stay(
    project: Project, crawled: Server
) -> None:
    mine = project.chapters / "99-my-notes.pdf"
    mine.write_text("not a chapter")
    crawled.site.revise("/CH1.PDF")
    assert project.crawl(crawled.url).status == 0
    assert mine.read_text() == "not a chapter"


@pytest.mark.parametrize(("days", "asked"), [(90, 0), (0, 2)])
def test_without_validators_files_expires_decides(project: Project, days: int, asked: int) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site, etags=False, last_modified=False) as server:
        assert project.crawl(server.url).status == 0
        server.reset()
        assert project.crawl(server.url, "-s", f"FILES_EXPIRES={days}").status == 0
        assert len(pdf_statuses(server)) == asked


def test_a_book_of_another_copy_of_the_site_is_not_mixed_up(project: Project) -> None:
    same = [Fault("/CH*.PDF", etag='"same"')]  # which says nothing of another server's files
    with serve(Site(Book.standard(chapters=2)), faults=same) as server:
        assert project.crawl(server.url).status == 0
    other = Site(Book.standard(chapters=2))
    other.book = replace(other.book, title="Another Book")
    other.revise("/CH1.PDF")
    with serve(other, faults=same) as server:
        assert project.crawl(server.url).status == 0
        assert pdf_statuses(server) == [200, 200]
        assert project.manifest()["book"]["title"] == "Another Book"


def test_what_an_http_cache_remembers_makes_no_book_fail(project: Project) -> None:
    """Neither the rest of a file, nor that it did not change, nor a page from a bad moment."""
    cache = ("-s", "HTTPCACHE_ENABLED=True", "-s", f"HTTPCACHE_DIR={project.folder / 'cache'}")
    faults = [
        Fault("/CH1.PDF", last=1, cut_after=9_000),
        Fault("/CH2.PDF", last=1, html=True),
        Fault("/pdfbook.htm", last=1, status=500),
        Fault("/ch3.htm", last=1, body="<p>busy, come back later"),
    ]
    with serve(Site(Book.standard(chapters=3)), faults=faults) as server:
        for _ in range(2):
            ended = project.crawl(server.url, *cache)
            assert ended.status == 0, ended.log
        assert ended.stats["chapters/unchanged"] == 3
        for path in (project.book, *project.chapters.glob("*.pdf")):
            path.unlink()
        assert project.crawl(server.url, *cache).status == 0


def test_what_version_1_left_in_the_folder_of_all_books_is_taken_over(
    project: Project, crawled: Server
) -> None:
    """It kept one book's chapters in FILES_STORE itself."""
    own, old = project.chapters, project.chapters.parent
    (old / ".dspguide").mkdir()
    for path in [*own.glob("*.pdf"), *(own / ".dspguide").glob("*.pdf.json")]:
        path.rename(old / path.relative_to(own))
    (old / "01-other.pdf").write_bytes(b"somebody else's")
    (old / ".dspguide" / "lock").touch()
    ended = project.crawl(crawled.url)
    assert ended.status == 0, ended.log
    assert f"Took over 4 chapters from {old}." in ended.log
    assert ended.stats["chapters/unchanged"] == 4
    assert [path.name for path in old.glob("*.pdf")] == ["01-other.pdf"]
