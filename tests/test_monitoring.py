"""What watches crawls sees a run without a complete book: logparser, and Spidermon's monitors."""

from __future__ import annotations

import json
import os
import re
import threading
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.project import Ended, Project

CHAPTERS = 2
MONITORS = "spidermon.contrib.scrapy.monitors.SpiderCloseMonitorSuite"
MONITORED = (
    *("-s", "SPIDERMON_ENABLED=True", "-s", f"SPIDERMON_SPIDER_CLOSE_MONITORS={MONITORS}"),
    *("-s", 'EXTENSIONS={"spidermon.contrib.scrapy.extensions.Spidermon": 500}'),
    # The suite has all of Spidermon's monitors, and wants a limit for each.
    *("-s", f"SPIDERMON_MIN_ITEMS={CHAPTERS}", "-s", "SPIDERMON_MAX_ERRORS=0"),
    *("-s", "SPIDERMON_MAX_WARNINGS=0", "-s", "SPIDERMON_MAX_ITEM_VALIDATION_ERRORS=0"),
    *("-s", "SPIDERMON_UNWANTED_HTTP_CODES_MAX_COUNT=0", "-s", "SPIDERMON_MAX_RETRIES=0"),
    *("-s", "SPIDERMON_MAX_DOWNLOADER_EXCEPTIONS=0", "-s", "SPIDERMON_MIN_SUCCESSFUL_REQUESTS=1"),
    *("-s", "SPIDERMON_MAX_REQUESTS_ALLOWED=100", "-s", "SPIDERMON_ADD_FIELD_COVERAGE=True"),
    *("-s", 'SPIDERMON_FIELD_COVERAGE_RULES={"Chapter/pages": 1.0, "Chapter/sha256": 1.0}'),
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=CHAPTERS))) as server:
        yield server


@pytest.fixture(autouse=True)
def strangers_warnings(project: Project) -> None:
    """Let what is not ours use what is deprecated."""
    project.environment["PYTHONWARNINGS"] = "ignore"


def parsed(ended: Ended) -> dict[str, Any]:
    """Return what logparser, and so ScrapydWeb, makes of a log."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from logparser import parse  # noqa: PLC0415  # it meddles with logging

        found: dict[str, Any] = parse(ended.log)
    return found


def monitors(ended: Ended) -> dict[str, str]:
    """Return what became of each of Spidermon's monitors; one that has nothing to count skips."""
    found = re.findall(r"\[Spidermon\] (\w.*?) ?[Mm]onitor/.*\.\.\. (\w+)", ended.log)
    return {name: result for name, result in found if result != "SKIPPED"}


def test_logparser_and_spidermon_see_a_good_run_as_one(project: Project, server: Server) -> None:
    ended = project.crawl(server.url, *MONITORED)
    assert ended.status == 0, ended.log
    assert set(monitors(ended).values()) == {"OK"}
    assert "] ERROR:" not in ended.log
    assert not any(isinstance(value, bool) for value in ended.stats.values())
    found = parsed(ended)
    stats = found["crawler_stats"]
    assert (found["finish_reason"], found["items"]) == ("finished", CHAPTERS)
    assert found["pages"] == len(server.requests)
    assert stats["book/complete"] == 1
    assert stats["file_count"] == CHAPTERS
    assert stats["file_status_count/downloaded"] == CHAPTERS
    assert found["log_categories"]["error_logs"]["count"] == 0


def test_a_run_with_nothing_new_is_a_good_one(project: Project, server: Server) -> None:
    assert project.crawl(server.url).status == 0
    ended = project.crawl(server.url, *MONITORED)
    assert ended.status == 0
    assert set(monitors(ended).values()) == {"OK"}
    assert parsed(ended)["crawler_stats"]["book/complete"] == 1


def assert_seen_as_failed(ended: Ended) -> None:
    assert ended.status == 3, ended.log
    assert monitors(ended)["Finish Reason"] == monitors(ended)["Error Count"] == "FAIL"
    assert 'Finished with "book_incomplete"' in ended.log
    found = parsed(ended)
    assert found["finish_reason"] == "book_incomplete"
    assert found["pages"] == ended.stats.get("response_received_count", 0)
    assert found["items"] == ended.stats.get("item_scraped_count", 0)
    assert found["crawler_stats"]["book/complete"] == 0
    assert found["crawler_stats"]["log_count/ERROR"] >= 1


@pytest.mark.parametrize(
    "fault",
    [Fault("/CH2.PDF", status=404), Fault("/pdfbook.htm", status=404), Fault("/", status=500)],
)
def test_a_run_that_lacks_something_is_seen_as_failed(
    project: Project, server: Server, fault: Fault
) -> None:
    server.faults = [fault]
    assert_seen_as_failed(project.crawl(server.url, *MONITORED))


def test_a_book_that_cannot_be_sent_is_seen_as_failed(project: Project, server: Server) -> None:
    nowhere = ("-s", "BOOK_URI=ftp://127.0.0.1:1/book.pdf")
    ended = project.crawl(server.url, *MONITORED, *nowhere)
    assert_seen_as_failed(ended)


def test_a_run_that_was_stopped_is_seen_as_failed(project: Project, server: Server) -> None:
    server.faults = [Fault("/CH2.PDF", stall_after=4000)]
    with project.start_crawl(server.url, *MONITORED) as running:
        assert server.wait_until(lambda s: any(s.requests_for("/CH2.PDF")))
        running.interrupt()
        assert_seen_as_failed(running.wait())


# The document ------------------------------------------------------------------------------------


@contextmanager
def webhook() -> Iterator[tuple[str, list[str]]]:
    """Give an address, and what is posted to it."""
    posted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append(json.loads(body)["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the server's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", posted
        finally:
            server.shutdown()
            thread.join()


def test_the_monitor_of_the_document_tells_of_a_new_book_and_of_a_failure_and_of_nothing_else(
    project: Project, server: Server
) -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    blocks = dict(re.findall(r"^```python (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    (project.folder / "monitors.py").write_text(blocks["monitors.py"])
    (project.folder / "ours.py").write_text(
        f"from dspguide.settings import *\n{blocks['settings.py']}"
    )
    project.environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(project.folder)])
    project.environment["SCRAPY_SETTINGS_MODULE"] = "ours"
    with webhook() as (url, posted):
        project.environment["WEBHOOK_URL"] = url
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert posted == ["dspguide: a new book, 2 chapters changed"]
        assert project.crawl(server.url).status == 0
        assert len(posted) == 1
        server.site.revise("/CH2.PDF")
        server.faults = [Fault("/CH2.PDF", status=404)]
        assert project.crawl(server.url).status == 3
        assert posted[1:] == ["dspguide: no complete book (book_incomplete)"]
