"""The book is complete, or there is none: status 3, a message, and the old book as it was."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import PATIENCE, QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.project import Ended, Project

AGAIN = "Run the same command again: it fetches only what is missing."


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=3))) as server:
        yield server


@contextmanager
def untouched(project: Project) -> Iterator[None]:
    """Put an old book and manifest where the new one would go, and see that they stay."""
    old = {project.book: b"the old book", project.book.with_suffix(".json"): b"{}"}
    project.book.parent.mkdir(parents=True, exist_ok=True)
    for path, content in old.items():
        path.write_bytes(content)
    before = {path: path.stat() for path in old}
    yield
    for path, content in old.items():
        assert path.read_bytes() == content
        assert path.stat().st_mtime_ns == before[path].st_mtime_ns
        assert path.stat().st_ino == before[path].st_ino


def assert_no_book(ended: Ended, *words: str) -> None:
    assert ended.status == 3, ended.log
    for word in words:
        assert word in ended.last_lines
    assert "Traceback" not in ended.log


def test_each_missing_chapter_is_named_with_url_and_reason(
    project: Project, server: Server
) -> None:
    server.faults = [Fault("/CH2.PDF", status=404), Fault("/ch3.htm", status=500)]
    with untouched(project):
        ended = project.crawl(server.url)
    book = server.site.book
    assert_no_book(
        ended,
        "No new book: 2 of 3 chapters are missing.",
        f"Chapter 2, {book.chapter(2).title} <{server.url}CH2.PDF>: "
        "the server answered with status 404.",
        f"Chapter 3, {book.chapter(3).title} <{server.url}ch3.htm>: "
        "its page could not be had: the server answered with status 500.",
        AGAIN,
    )
    record = project.manifest(project.book.with_name("dspguide-incomplete.pdf"))
    assert record["book"]["complete"] is False
    assert [c["status"] for c in record["chapters"]] == ["downloaded", "failed", "failed"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("/", status=404), "the server answered with status 404"),
        (Fault("/pdfbook.htm", status=404), "pdfbook.htm: the server answered with status 404"),
        (Fault("/", body="<p>under construction"), "lists no chapter: looked for"),
        (Fault("/pdfbook.htm", body="<p>gone"), "pdfbook.htm lists no chapter: looked for"),
        (Fault("/", refuse="reset"), "the connection broke"),
        (
            Fault("/", content_type="image/png", body=b"\x89PNG\r\n\x1a\n\0\0"),
            "should be a web page",
        ),
        (
            Fault("/", content_type="application/json", body='{"busy": true}'),
            "should be a web page and is application/json",
        ),
    ],
)
def test_contents_that_cannot_be_read_are_reported_with_page_and_reason(
    project: Project, server: Server, fault: Fault, words: str
) -> None:
    server.faults = [fault]
    with untouched(project):
        ended = project.crawl(server.url)
    assert_no_book(ended, words, server.url, "scrapy demo")


def test_a_page_that_looks_odd_once_is_asked_for_again(project: Project, server: Server) -> None:
    server.faults = [
        Fault("/pdfbook.htm", last=1, body="<p>busy, come back later"),
        Fault("/ch2.htm", last=1, body="<p>busy, come back later"),
    ]
    ended = project.crawl(server.url)
    assert ended.status == 0
    assert "WARNING: " not in ended.log


def test_a_contents_page_that_was_cut_costs_the_book_no_chapter(
    project: Project, server: Server
) -> None:
    assert project.crawl(server.url).status == 0
    page = server.site.get("/pdfbook.htm", base=server.url.rstrip("/"))
    assert page is not None
    two, one = (page.body[: page.body.index(f"ch{n}.htm".encode())] + b'"></a>' for n in (3, 2))
    server.faults = [Fault("/pdfbook.htm", first=2, last=2, body=two)]
    assert project.crawl(server.url).status == 0
    assert len(project.manifest()["chapters"]) == len(list(project.chapters.glob("*.pdf"))) == 3
    server.faults = [
        Fault("/pdfbook.htm", first=4, last=4, body=two),
        Fault("/pdfbook.htm", first=5, last=5, body=one),
    ]
    with untouched(project):
        ended = project.crawl(server.url)
    assert_no_book(ended, f"{server.url}pdfbook.htm may be cut", "looked for </html>")


def test_a_contents_page_that_never_has_an_end_is_taken_as_it_is(
    project: Project, server: Server
) -> None:
    page = server.site.get("/pdfbook.htm", base=server.url.rstrip("/"))
    assert page is not None
    server.faults = [Fault("/pdfbook.htm", body=page.body.replace(b"</html>", b""))]
    assert project.crawl(server.url).status == 0
    assert len(project.manifest()["chapters"]) == 3


def test_a_chapter_page_with_two_pdfs_or_that_of_another_chapter_is_an_error_that_names_it(
    project: Project, server: Server
) -> None:
    server.faults = [
        Fault("/ch2.htm", body="<a href=/a.pdf>a</a><a href=/b.pdf>b</a>"),
        Fault("/ch3.htm", body="<a href=/CH1.PDF>a</a>", delay=0.2),
    ]
    record = project.book.with_name("dspguide-incomplete.json")
    record.mkdir(parents=True)
    assert_no_book(
        project.crawl(server.url),
        "ch2.htm should link exactly one PDF, and links 2: ",
        f"ch3.htm links {server.url}CH1.PDF, which is the PDF of chapter 1, ",
        f"{record} cannot be written: ",
    )
    assert project.litter() == []


def test_a_server_that_refuses_connections_is_named_and_the_demo_offered(project: Project) -> None:
    with serve(Site(Book.standard(chapters=1))) as server:
        url = server.url
    with untouched(project):
        ended = project.crawl(url)
    assert_no_book(ended, f"{url}: the server refuses connections", "scrapy demo", AGAIN)


def test_a_host_without_an_address_is_named_and_the_demo_offered(project: Project) -> None:
    with untouched(project):
        ended = project.crawl("http://no-such-host.invalid/")
    assert_no_book(ended, "http://no-such-host.invalid/: no address is known", "scrapy demo")


def test_an_interrupt_keeps_what_came_and_says_how_to_go_on(
    project: Project, server: Server
) -> None:
    server.faults = [Fault("/CH3.PDF", silent=True)]
    with untouched(project), project.start_crawl(server.url) as running:
        assert server.wait_until(lambda s: s.requests_for("/CH3.PDF"))
        assert server.wait_until(lambda s: s.in_flight == 1)
        running.interrupt()
        ended = running.wait()
    assert_no_book(ended, "1 of 3 chapters are missing", "the crawl was stopped", AGAIN)
    server.faults = []
    server.reset()
    assert project.crawl(server.url).status == 0
    assert [r.path for r in server.requests if r.path.endswith(".PDF") and r.body_bytes] == [
        "/CH3.PDF"
    ]


def test_an_interrupt_does_not_wait_for_requests_that_are_kept_apart(project: Project) -> None:
    """Else the pages would take longer than a test waits."""
    apart = ("-s", f"DOWNLOAD_DELAY={PATIENCE / 30}", "-s", "DOWNLOAD_DELAY_JITTER=0")
    with (
        serve(Site(Book.standard(chapters=60))) as server,
        project.start_crawl(server.url, *apart) as running,
    ):
        assert server.wait_until(lambda s: s.requests_for("/ch1.htm"))
        running.interrupt()
        ended = running.wait()
    assert_no_book(ended, "60 of 60 chapters are missing", "the crawl was stopped", AGAIN)


def test_a_second_interrupt_ends_the_process_at_once_and_nothing_is_lost(
    project: Project, server: Server
) -> None:
    server.faults = [Fault("/CH3.PDF", silent=True)]
    patience = ("-s", "STOP_GRACE=60")
    with untouched(project), project.start_crawl(server.url, *patience) as running:
        assert server.wait_until(lambda s: s.requests_for("/CH3.PDF"))
        running.interrupt()
        running.wait_for("Send again to force")
        running.interrupt()
        ended = running.wait()
    assert ended.status == 3, ended.log
    assert AGAIN in ended.log.splitlines()[-1]
    assert not (project.chapters / ".dspguide" / "work").exists()
    server.faults = []
    assert project.crawl(server.url).status == 0


def test_an_exception_in_any_pipeline_means_no_book(project: Project, server: Server) -> None:
    (project.folder / "faulty.py").write_text(
        "class Faulty:\n"
        "    def process_item(self, item):\n"
        "        if item.number == '2':\n"
        "            raise RuntimeError('a pipeline of the user fails')\n"
        "        return item\n"
    )
    with untouched(project):
        ended = project.crawl(server.url, "-s", 'ITEM_PIPELINES={"faulty.Faulty": 250}')
    assert ended.status == 3


def test_an_exception_at_the_very_end_is_not_taken_for_a_signal(
    project: Project, server: Server
) -> None:
    (project.folder / "faulty.py").write_text(
        "from dspguide.pipelines.book import BookPipeline\n"
        "class Faulty(BookPipeline):\n"
        "    async def _make(self):\n"
        "        raise RuntimeError('a mistake of ours')\n"
    )
    pipelines = '{"dspguide.pipelines.book.BookPipeline": null, "faulty.Faulty": 300}'
    with untouched(project):
        ended = project.crawl(server.url, "-s", f"ITEM_PIPELINES={pipelines}")
    assert ended.status == 3
    assert "RuntimeError: a mistake of ours" in ended.log
    assert "No new book: an error in the program; the log shows it above." in ended.last_lines


def test_an_item_dropped_on_the_way_is_a_missing_chapter(project: Project, server: Server) -> None:
    (project.folder / "faulty.py").write_text(
        "from scrapy.exceptions import DropItem\n"
        "from dspguide.settings import *\n"
        "class Dropping:\n"
        "    def process_item(self, item):\n"
        "        if item.number == '2':\n"
        "            raise DropItem('not wanted')\n"
        "        return item\n"
        "ITEM_PIPELINES = {'faulty.Dropping': 150}\n"
    )
    project.environment |= {"SCRAPY_SETTINGS_MODULE": "faulty"}
    with untouched(project):
        ended = project.crawl(server.url)
    assert_no_book(ended, "1 of 3 chapters are missing", "Chapter 2, ")


@pytest.mark.parametrize("suffix", [".pdf", ".json"])
def test_a_book_that_cannot_be_written_is_found_out_before_anything_is_fetched(
    project: Project, server: Server, suffix: str
) -> None:
    folder = project.book.with_suffix(suffix)
    folder.mkdir(parents=True)
    ended = project.crawl(server.url)
    assert_no_book(ended, f"{folder} cannot be written: there is a folder of that name")
    assert server.requests == []


def test_a_place_that_the_system_does_not_even_look_at_is_found_out_as_early(
    project: Project, server: Server
) -> None:
    place = project.book.with_name("n" * 300 + ".pdf")  # a folder of others gives such an error too
    ended = project.crawl(server.url, "-s", f"BOOK_URI={place}")
    assert_no_book(ended, f"{place} cannot be written: ", "set BOOK_URI to another place")
    assert "Error caught on signal handler" not in ended.log
    assert server.requests == []


def test_a_chapters_folder_that_cannot_be_used_is_named(project: Project, server: Server) -> None:
    project.chapters.parent.mkdir(parents=True)
    project.chapters.write_text("a file where the folder should be")
    with untouched(project):
        ended = project.crawl(server.url)
    assert_no_book(ended, f"The chapters' folder {project.chapters} cannot be used", "FILES_STORE")


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
from scrapy.cmdline import execute
execute(["scrapy", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size to be had there")
@pytest.mark.parametrize("size", [2_000, 30_000])
def test_a_disk_that_takes_no_more_is_reported_and_leaves_no_litter(
    project: Project, server: Server, size: int
) -> None:
    script = project.folder / "limited.py"
    script.write_text(LIMITED.format(size=size))
    with untouched(project):
        command = ["crawl", "dspguide", "-a", f"url={server.url}", *QUICK]
        with project.start_program(str(script), *command) as running:
            ended = running.wait()
    assert ended.status == 3, ended.log
    assert "cannot be written: " in ended.last_lines
    assert "None" not in ended.last_lines
    assert "Traceback" not in ended.log
    assert not [name for name in project.litter() if not name.endswith((".part", ".part.json"))]
    assert project.crawl(server.url).status == 0
    assert project.litter() == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_folder_is_named(project: Project, server: Server) -> None:
    project.chapters.mkdir(parents=True)
    project.chapters.chmod(0o500)
    try:
        ended = project.crawl(server.url)
    finally:
        project.chapters.chmod(0o700)
    assert_no_book(ended, f"The chapters' folder {project.chapters} cannot be used")


def test_what_there_is_can_be_bound_beside_the_whole_book(project: Project, server: Server) -> None:
    server.faults = [Fault("/CH2.PDF", status=404)]
    partial: Path = project.book.with_name("dspguide-incomplete.pdf")
    with untouched(project):
        ended = project.crawl(server.url, "-s", "BOOK_PARTIAL=True")
    assert_no_book(ended, "1 of 3 chapters are missing", f"What there is: {partial}")
    book = server.site.book
    pages = book.chapter(1).pages + book.chapter(3).pages
    assert project.chapters_pages(partial) == pages
    server.faults = []
    assert project.crawl(server.url).status == 0
    assert not partial.exists()
