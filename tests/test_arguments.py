"""What may be asked of the commands, and how it is said that something may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy.settings import Settings

import dspguide.settings
from dspguide.addon import DEFAULTS
from dspguide.crawl.settings_checks import check_settings
from dspguide.errors import BadArgumentError
from dspguide.items import Chapter
from dspguide.spiders.arguments import Selection
from dspguide.spiders.dspguide_com import DspguideSpider
from tests.mockserver import Book, Site, serve
from tests.project import QUICK

if TYPE_CHECKING:
    from tests.project import Project


def test_scrapy_list_names_the_spiders(project: Project) -> None:
    assert project.run("list").log == "book\ndspguide\n"


def test_selected_chapters_make_a_book_of_their_own(project: Project) -> None:
    with serve(Site(Book.standard(chapters=6))) as server:
        ended = project.crawl(server.url, "-a", "chapters=2-3,5")
        bodies = {r.path for r in server.requests if r.path.endswith(".PDF")}
    book = project.folder / "output" / "dspguide-ch2-3,5.pdf"
    assert ended.status == 0, ended.log
    assert bodies == {"/CH2.PDF", "/CH3.PDF", "/CH5.PDF"}
    assert [c["number"] for c in project.manifest(book)["chapters"]] == ["2", "3", "5"]
    assert not project.book.exists()


def test_a_selection_leaves_what_belongs_to_the_whole_book(project: Project) -> None:
    with serve(Site(Book.standard(chapters=3))) as server:
        assert project.crawl(server.url).status == 0
        book = project.book.read_bytes()
        chapters = {p.name: p.read_bytes() for p in project.chapters.glob("*.pdf")}
        assert project.crawl(server.url, "-a", "chapters=2").status == 0
    assert {p.name: p.read_bytes() for p in project.chapters.glob("*.pdf")} == chapters
    assert project.book.read_bytes() == book
    project.book.unlink()
    assert project.run("bind", *QUICK).status == 0
    assert project.book.read_bytes() == book


def test_a_dry_run_lists_what_would_be_fetched_and_fetches_no_pdf(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site) as server:
        ended = project.crawl(server.url, "-a", "dry_run=1")
        assert not [r for r in server.requests if r.path.endswith(".PDF")]
    assert ended.status == 0
    for chapter in site.book.chapters:
        assert f"Chapter {chapter.number}, {chapter.title}" in ended.last_lines
    assert f"A run would ask for 2 chapters of {site.book.title}:" in ended.last_lines
    assert not project.book.exists()


def test_a_dry_run_lists_the_selected_chapters_alone(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site) as server:
        ended = project.crawl(server.url, "-a", "dry_run=1", "-a", "chapters=2")
    assert ended.status == 0
    assert f"A run would ask for 1 chapter of {site.book.title}:" in ended.last_lines
    assert f"Chapter 1, {site.book.chapters[0].title}" not in ended.last_lines


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-a", "chapters=4-1"), "chapters=4-1: '4-1' is no chapter or range of chapters"),
        (("-a", "chapters=1 2"), "chapters=1 2: '1 2' is no chapter or range of chapters"),
        (("-a", "url=ftp://x/"), "url=ftp://x/: give the start page"),
        (("-a", "url=http://me:secret@x/"), "url: leave out the user's name and password"),
        (("-a", "url=http://two words/"), "url=http://two words/: give the start page"),
        (("-a", "chapter=1"), "chapter=1: there is no such argument; there are url, chapters, "),
        (("-a", "dry_run=maybe"), "dry_run=maybe: write dry_run=1 or dry_run=0"),
        (("-s", "CONCURRENT_REQUESTS=many"), "CONCURRENT_REQUESTS=many: give a whole number"),
        (("-s", "DOWNLOAD_TIMEOUT=-1"), "DOWNLOAD_TIMEOUT=-1: give a number of seconds"),
        (("-s", "BOOK_URI=gopher://x/book.pdf"), "BOOK_URI=gopher://x/book.pdf: gopher is none of"),
        (("-s", "BOOK_URI=x/book.json"), "BOOK_URI=x/book.json: give the name of a PDF file"),
        (("-s", "FILES_STORE=ftp://host/x"), "FILES_STORE=ftp://host/x: give a folder"),
        (("-s", "FILES_STORE=file://output/x"), "FILES_STORE=file://output/x: give a folder"),
        (("-s", "DOWNLOAD_DELAY=short"), "DOWNLOAD_DELAY=short: give a number."),
        (("-L", "debug"), "LOG_LEVEL=debug: give DEBUG, INFO, WARNING, ERROR or CRITICAL."),
        (("-s", "LOG_FILE=no/run.log"), "LOG_FILE=no/run.log cannot be written: No such file"),
    ],
)
def test_a_bad_argument_gets_one_clear_line(
    project: Project, arguments: tuple[str, ...], words: str
) -> None:
    ended = project.run("crawl", "dspguide", *QUICK, *arguments)
    assert ended.status == 1
    assert words in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log


def test_help_names_the_arguments_that_a_command_takes(project: Project) -> None:
    project.environment["PYTHONIOENCODING"] = "ascii"  # not every terminal shows all letters
    helped = project.run("crawl", "-h")
    assert helped.status == 0, helped.log
    for argument in ("chapters=1-4,30", "dry_run=1", "url=URL"):
        assert argument in helped.log


def test_a_spider_that_is_not_there_gets_one_clear_line(project: Project) -> None:
    ended = project.run("crawl", "dspgiude")
    assert ended.status == 1
    assert "There is no spider dspgiude; scrapy list names" in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log


def test_a_chapter_that_the_book_does_not_have_is_named(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2))) as server:
        ended = project.crawl(server.url, "-a", "chapters=7")
    assert ended.status == 3
    assert ended.last_lines.rstrip().endswith(
        "chapters=7: the book has no chapter 7; its chapters are numbered 1 to 2."
    )


@pytest.mark.parametrize(
    "text", ["two words", "1-", "3-1", "", "1,,2", "1-2-3", "-1", "1 2", "1-2 3"]
)
def test_what_is_no_selection_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadArgumentError, match="for example chapters=1-4,30"):
        Selection.parse(text)


def test_a_selection_names_each_chapter_once_and_gives_a_name_that_a_file_can_have() -> None:
    assert Selection.parse(" 3, 1 - 2,03,1-2").text == "3,1-2"
    assert Selection.parse(",".join(["7"] * 300)).text == "7"
    with pytest.raises(BadArgumentError, match="write ranges"):
        Selection.parse(",".join(map(str, range(300))))


def test_a_selection_is_in_the_order_of_the_book_however_it_is_written() -> None:
    book = tuple(
        Chapter(str(n), f"Title {n}", page_url=f"http://site/ch{n}.htm", position=n)
        for n in range(1, 6)
    )
    chosen = Selection.parse("5,2-3,1-2").choose(book)
    assert [chapter.number for chapter in chosen] == ["1", "2", "3", "5"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STORE_BUSY", "maybe"),
        ("PROGRESS", "loud"),
        ("CONCURRENT_REQUESTS", -1),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 0),
        ("RETRY_HTTP_CODES", "500,all"),
        ("RETRY_TIMES", "often"),
        ("BACKOFF_MAX", "inf"),
        ("BOOK_PARTIAL", "perhaps"),
        ("FILES_EXPIRES", "soon"),
        ("ROBOTSTXT_OBEY", "rather"),
        ("DOWNLOAD_DELAY", "some"),
        ("DOWNLOAD_DELAY", "inf"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: object) -> None:
    settings = Settings({**DEFAULTS, **vars(dspguide.settings), name: value})
    with pytest.raises(BadArgumentError, match=f"{name}={value}: give "):
        check_settings(settings, DspguideSpider())


@pytest.mark.parametrize(
    "command", [("shell", "-c", "response.css('title::text').get()"), ("fetch", "--nolog")]
)
def test_the_shell_and_fetch_work_on_any_page_and_leave_nothing(
    project: Project, command: tuple[str, ...]
) -> None:
    site = Site(Book.standard(chapters=1))
    with serve(site) as server:
        ended = project.run(command[0], server.url, *command[1:])
    assert ended.status == 0, ended.log
    assert site.book.title in ended.log
    assert list(project.folder.iterdir()) == []


def test_contracts_can_be_checked(project: Project) -> None:
    assert project.run("check").status == 0
