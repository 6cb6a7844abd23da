"""Binding again from the chapters on disk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Server, Site, serve
from tests.project import QUICK

if TYPE_CHECKING:
    from tests.project import Ended, Project


@pytest.fixture
def crawled(project: Project) -> Server:
    """Return the server, no longer answering, of a book that was crawled."""
    with serve(Site(Book.standard(chapters=3))) as server:
        assert project.crawl(server.url).status == 0
    return server


def bind(project: Project, *arguments: str) -> Ended:
    return project.run("bind", *QUICK, *arguments)


def time_of(words: str, ended: Ended) -> datetime:
    """Return when a line of the log with these words was written."""
    line = next(line for line in ended.log.splitlines() if words in line)
    return datetime.fromisoformat(line[:19])


@pytest.mark.usefixtures("crawled")
def test_binding_again_gives_the_same_book_without_a_network(project: Project) -> None:
    book = project.book.read_bytes()
    project.book.unlink()
    ended = bind(project)
    assert ended.status == 0, ended.log
    assert project.book.read_bytes() == book
    # Scrapy looks only every five seconds whether items of start() are done.
    assert time_of("Closing spider", ended) - time_of("(3 of 3)", ended) < timedelta(seconds=3)
    assert project.litter() == []


@pytest.mark.usefixtures("crawled")
def test_a_stored_chapter_that_was_changed_is_not_bound(project: Project) -> None:
    book = project.book.read_bytes()
    (chapter,) = project.chapters.glob("02-*.pdf")
    chapter.write_bytes(chapter.read_bytes()[:-100])
    ended = bind(project)
    assert ended.status == 3
    assert "Chapter 2, " in ended.last_lines
    assert "was changed there" in ended.last_lines
    assert "scrapy crawl dspguide fetches what is missing" in ended.last_lines.splitlines()[-1]
    assert project.book.read_bytes() == book


def test_binding_before_any_crawl_says_what_to_run_first(project: Project) -> None:
    ended = bind(project)
    assert ended.status == 3
    assert "First run: scrapy crawl dspguide" in ended.last_lines
    assert "Traceback" not in ended.log


@pytest.mark.usefixtures("crawled")
def test_an_interrupt_ends_it_in_order(project: Project) -> None:
    (project.folder / "slow.py").write_text(
        "import asyncio\n"
        "from dspguide.pipelines.chapter import ChapterPipeline\n"
        "class Slow(ChapterPipeline):\n"
        "    async def process_item(self, item):\n"
        "        print('reading', flush=True)\n"
        "        await asyncio.sleep(1)\n"
        "        return await super().process_item(item)\n"
    )
    pipelines = (
        '{"dspguide.pipelines.files.ChapterFilesPipeline": 1, "slow.Slow": 2,'
        ' "dspguide.pipelines.book.BookPipeline": 3}'
    )
    with project.start("bind", *QUICK, "-s", f"ITEM_PIPELINES={pipelines}") as running:
        running.wait_for("reading")
        running.interrupt()
        ended = running.wait()
    assert ended.status == 0, ended.log
    assert "Spider closed (shutdown)" in ended.log


@pytest.mark.parametrize("argument", ["url=http://127.0.0.1/", "dry_run=1"])
def test_arguments_about_fetching_are_refused(project: Project, argument: str) -> None:
    ended = bind(project, "-a", argument)
    assert ended.status == 2
    assert "bind fetches nothing: it has no use for -a " in ended.log.splitlines()[-1]


@pytest.mark.usefixtures("crawled")
def test_a_stored_chapter_that_was_changed_is_fetched_again_by_a_crawl(project: Project) -> None:
    (chapter,) = project.chapters.glob("02-*.pdf")
    whole = chapter.read_bytes()
    chapter.write_bytes(whole[:-100])
    with serve(Site(Book.standard(chapters=3))) as server:
        assert project.crawl(server.url).status == 0
    assert chapter.read_bytes() == whole
