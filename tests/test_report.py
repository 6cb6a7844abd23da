"""A run leaves a page beside the book that shows what it did, and the times of its requests."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from parsel import Selector

from dspguide.book.manifest import BookRecord, Manifest
from dspguide.items import Chapter, Section
from dspguide.observe.report.page import Waterfall, page
from dspguide.observe.trace import Exchange
from tests.browser import start_browser
from tests.mockserver import Book, Fault, Site, serve
from tests.project import ROOT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser import Browser
    from tests.mockserver import Server
    from tests.project import Ended

NASTY = "<script>alert(1)</script>\"'&amp;</title><!-- ]]> \x00\x1b[2J$title ${x} \u202e"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=3))) as server:
        yield server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Site, Ended]:
    """Return the folder of a run that made a book, one chapter of it resumed."""
    project = Project(tmp_path_factory.mktemp("made"))
    site = Site(Book.standard(chapters=6))
    with serve(site, faults=[Fault("/CH2.PDF", last=1, cut_after=30_000)]) as server:
        return project, site, project.crawl(server.url, "-s", "TRACE_FILE=times/trace.json")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = start_browser()
    yield browser
    browser.close()


def rows(report: Path) -> dict[str, list[str]]:
    """Return the cells of each chapter's row, by the chapter's number."""
    html = Selector(report.read_text(encoding="utf-8"))
    return {
        row.css("th::text").get(""): [
            " ".join("".join(cell.css("::text").getall()).split()) for cell in row.css("td")
        ]
        for row in html.css("#chapters tbody tr:not(.part)")
    }


def test_the_report_says_of_each_chapter_what_became_of_it(
    made: tuple[Project, Site, Ended],
) -> None:
    project, site, ended = made
    report = project.book.with_suffix(".html")
    assert ended.status == 0
    assert "DOWNLOAD_FAIL_ON_DATALOSS" not in ended.log  # advice that does not fit here
    assert f"The report: {report}\n" in ended.last_lines
    assert ended.last_lines.rstrip().splitlines()[-1].startswith(ended.log[:10])
    found = rows(report)
    assert list(found) == [str(chapter.number) for chapter in site.book.chapters]
    for chapter in site.book.chapters:
        title, pages, printed, size, sections, status, attempts, source = found[str(chapter.number)]
        assert title == chapter.title
        assert int(pages) == chapter.pages
        assert printed == f"{chapter.printed_numbers[0]}–{chapter.printed_numbers[-1]}"
        assert re.fullmatch(r"\d+\.\d kB", size)
        count = len(chapter.sections)
        assert sections.startswith(f"{count} of {count} sections")
        assert all(section.title in sections for section in chapter.sections)
        resumed = chapter.number == 2
        assert (status, attempts) == (("resumed", "2") if resumed else ("fetched", "1"))
        assert source == "page PDF"


def test_the_report_links_book_pages_and_sources(made: tuple[Project, Site, Ended]) -> None:
    project, site, _ = made
    html = Selector(project.book.with_suffix(".html").read_text(encoding="utf-8"))
    links = html.css("a::attr(href)").getall()
    assert "dspguide.pdf" in links
    record = project.manifest()["chapters"]
    for chapter in record:
        assert {f"dspguide.pdf#page={chapter['first_page']}", chapter["pdf_url"]} <= set(links)
    assert html.css("h1::text").get() == site.book.title


def test_the_report_draws_and_lists_every_request(made: tuple[Project, Site, Ended]) -> None:
    project, _, _ = made
    html = Selector(project.book.with_suffix(".html").read_text(encoding="utf-8"))
    trace = json.loads((project.folder / "times" / "trace.json").read_text(encoding="utf-8"))
    urls = [request["url"] for request in trace["requests"]]
    assert [url.partition(": ")[0] for url in html.css("svg title::text").getall()] == urls
    assert html.css("#requests table tbody th ::text").getall() == urls
    drawing = html.css("svg[role=img]::attr(aria-label)").get("")
    assert drawing.startswith(f"Waterfall of {len(urls)} requests in ")
    begins, ends = ([r[key] for r in trace["requests"]] for key in ("sent", "end"))
    most = max(sum(s <= now < e for s, e in zip(begins, ends, strict=True)) for now in begins)
    assert f"at most {most} of them in flight at once" in drawing
    assert "The table below says the same." in drawing


def test_the_trace_has_the_times_of_every_request(made: tuple[Project, Site, Ended]) -> None:
    project, _, _ = made
    trace = json.loads((project.folder / "times" / "trace.json").read_text(encoding="utf-8"))
    requests: list[dict[str, Any]] = trace["requests"]
    # robots.txt, home, contents, six pages, six PDFs, and the rest of one.
    assert [r["kind"] for r in requests].count("page") == 8
    assert [r["kind"] for r in requests].count("PDF") == 7
    assert len(requests) == 16
    for request in requests:
        moments = [request[k] for k in ("waiting", "sent", "first_byte", "last_byte", "end")]
        assert moments == sorted(moments)
        assert 0 <= moments[0] <= moments[-1] <= trace["seconds"]
    first, rest = (r for r in requests if r["url"].endswith("/CH2.PDF"))
    assert (first["attempt"], first["status"], first["chapter"]) == (1, None, 2)
    assert first["error"] == "the transfer was cut short"
    assert (rest["attempt"], rest["status"], rest["error"]) == (2, 206, None)
    assert rest["resumed_from"] == first["bytes"] == 30_000
    assert rest["bytes"] == rest["length"] == first["length"] - 30_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_opens_the_report_without_complaints(
    made: tuple[Project, Site, Ended], browser: Browser, scheme: Any
) -> None:
    report = made[0].book.with_suffix(".html")
    with browser.open(report, scheme=scheme) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert opened.violations() == []
        assert opened.requests == [report.as_uri()]
        assert opened.complaints == []
        paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(251, 250, 247)" if scheme == "light" else "rgb(22, 25, 29)")


def test_a_narrow_window_scrolls_tables_and_not_the_page(
    made: tuple[Project, Site, Ended], browser: Browser
) -> None:
    with browser.open(made[0].book.with_suffix(".html"), width=360) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert opened.page.evaluate("document.documentElement.scrollWidth") == 360
        assert opened.violations() == []


def test_the_report_can_be_used_without_a_mouse(
    made: tuple[Project, Site, Ended], browser: Browser
) -> None:
    with browser.open(made[0].book.with_suffix(".html")) as opened:
        found = opened.page.evaluate("document.querySelectorAll('details').length")
        opened.page.keyboard.press("Tab")
        while (focus := opened.page.evaluate("document.activeElement.tagName")) != "BODY":
            assert (
                opened.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                == "solid"
            )
            if focus == "SUMMARY":
                opened.page.keyboard.press("Enter")
            opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("document.querySelectorAll('details[open]').length") == found


def test_an_unchanged_site_leaves_the_report_untouched(project: Project, server: Server) -> None:
    assert project.crawl(server.url).status == 0
    report = project.book.with_suffix(".html")
    before = report.read_bytes(), report.stat().st_mtime_ns
    again = project.crawl(server.url)
    assert "Nothing changed" in again.last_lines
    assert (report.read_bytes(), report.stat().st_mtime_ns) == before


def test_a_failed_run_has_a_report_of_its_own_until_a_book_is_made(
    project: Project, server: Server
) -> None:
    project.book.parent.mkdir(parents=True)
    report = project.book.with_suffix(".html")
    report.write_text("of the book that is there", encoding="utf-8")
    server.faults = [Fault("/CH2.PDF", status=404)]
    failed = project.crawl(server.url)
    incomplete = project.folder / "output" / "dspguide-incomplete.html"
    assert failed.status == 3
    assert f"The report: {incomplete}\n" in failed.last_lines
    assert report.read_text(encoding="utf-8") == "of the book that is there"
    assert rows(incomplete)["2"][0].endswith("the server answered with status 404.")
    assert rows(incomplete)["2"][4:7] == ["–", "missing", "1"]
    assert "run the same command again" in incomplete.read_text(encoding="utf-8")
    assert "1 of 3 chapters are missing." in incomplete.read_text(encoding="utf-8")
    server.faults = []
    assert project.crawl(server.url).status == 0
    assert not incomplete.exists()
    assert [row[5] for row in rows(report).values()] == ["unchanged", "fetched", "unchanged"]


def test_a_selection_has_a_report_of_its_own(project: Project, server: Server) -> None:
    assert project.crawl(server.url, "-a", "chapters=2").status == 0
    names = [path.name for path in project.folder.rglob("*.html")]
    assert names == ["dspguide-ch2.html"]
    assert project.litter() == []


def test_files_that_cannot_be_written_are_named_and_the_book_is_still_good(
    project: Project, server: Server
) -> None:
    report = project.book.with_suffix(".html")
    report.mkdir(parents=True)
    ended = project.crawl(server.url, "-s", "TRACE_FILE=output")
    assert ended.status == 0
    assert f"WARNING: {report} cannot be written: " in ended.log
    assert f"ERROR: {project.folder / 'output'} cannot be written: " in ended.log
    assert "Traceback" not in ended.log
    assert project.litter() == []


def report_of(text: str) -> str:
    """Return a report in which everything that comes from the site is this text."""
    chapter = Chapter(
        "1",
        text,
        text,
        page_url=f"javascript:{text}",
        pdf_url=f"http://site/{text}",
        pages=2,
        first_page=1,
        first_printed_page=text,
        sections=[Section(text, text, 1, 1, text)],
        status="downloaded",
        error=text,
        warnings=[text],
    )
    book = BookRecord(
        title=text,
        author=text,
        language=text,
        url=text,
        complete=True,
        pages=2,
        bytes=1,
        sha256="0",
        started="2026-11-01T12:00:00+00:00",
        made_by=text,
        sent_to=text,
    )
    exchange = Exchange("PDF", text, 1, 1, 0.0, 0.1, 0.2, 0.3, 0.4, error=text)
    return page(Manifest(book, [chapter]), f"{text}.pdf", [text], [exchange], 0.5)


PLAIN = Selector(report_of("text"))


def report_of_an_odd_book() -> str:
    """Return a report of chapters without number, part or page, nested sections, loose ends."""
    deep = [Section("Noise", None, 1, 2, "4"), Section("White noise", None, 2)]
    chapters = [
        Chapter(None, "Preface", None, None, "http://site/preface.pdf", 1, pages=4, first_page=7),
        Chapter("A", "Signals", "BASICS", None, "http://site/a.pdf", 2, pages=9, sections=deep),
        Chapter("IV", "Answers", None, "http://site/4", None, 3, error="it is not there."),
    ]
    book = BookRecord("A Book", None, "en", "http://site/", False, 19, 9, "0", "2026-11-01T12:00")
    book.front_matter_pages, book.references_found, book.references_linked = 6, 20, 17
    book.references_nowhere = ["Fig. 9-1", "Chapter <99>"]
    return page(Manifest(book, chapters), "a book.pdf", [], [], 0.5)


def test_a_book_of_any_shape_is_shown_as_it_is() -> None:
    html = Selector(report_of_an_odd_book())
    assert [th.css("::text").get() for th in html.css("#chapters tr:not(.part) th[scope=row]")] == [
        "Preface",
        "A",
        "IV",
    ]
    assert html.css("#chapters .part th::text").getall() == ["BASICS", "Without a part"]
    assert html.css("#chapters th a::attr(href)").getall() == ["a%20book.pdf#page=7"]
    assert html.css("#chapters ol li.inner::text").getall() == ["White noise"]
    assert html.xpath("//dt[.='Front matter']/../dd/text()").get() == "6 pages"
    said = html.xpath("//dt[.='References in the text']/../dd/text()").get()
    assert said == "20, 17 of them links"
    assert html.css("details ul li::text").getall() == ["Fig. 9-1", "Chapter <99>"]


def test_a_book_of_any_shape_is_accessible(tmp_path: Path, browser: Browser) -> None:
    report = tmp_path / "odd.html"
    report.write_text(report_of_an_odd_book(), encoding="utf-8")
    with browser.open(report) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert opened.violations() == []
        assert opened.complaints == []


def test_the_waterfall_is_also_a_drawing_of_its_own() -> None:
    exchange = Exchange("PDF", "http://site/<1>.PDF", 1, 2, 0.0, 0.1, 0.2, 0.3, 0.4, error=NASTY)
    svg = Waterfall([exchange], 0.5, 0.5).draw("One crawl")
    drawing = ET.fromstring(svg)  # noqa: S314  # it is our own
    names = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"One crawl", "<1>.PDF (2)", "binding", "0.5 s", "×"} <= set(names)


@example(NASTY)
@given(st.text(min_size=1) | st.text(alphabet="<>&\"'/=$-!{}\0\r\n abc", min_size=1))
def test_nothing_from_the_site_becomes_markup(text: str) -> None:
    html = Selector(report_of(text))
    assert html.xpath("count(//*)").get() == PLAIN.xpath("count(//*)").get()
    assert html.xpath("count(//@*)").get() == PLAIN.xpath("count(//@*)").get()
    assert not [u for u in html.css("::attr(href)").getall() if u.lower().startswith("javascript")]
    shown = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", "\ufffd", text)
    assert "".join(html.css("h1 ::text").getall()).split() == shown.split()


def test_nasty_titles_leave_a_browser_calm(tmp_path: Path, browser: Browser) -> None:
    report = tmp_path / "nasty.html"
    report.write_text(report_of(NASTY), encoding="utf-8")
    with browser.open(report) as opened:
        assert opened.complaints == []
        assert opened.requests == [report.as_uri()]
        assert opened.page.inner_text("h1").startswith("<script>alert(1)</script>\"'&amp;</title>")


def test_the_report_can_be_made_from_a_zipped_package(tmp_path: Path, project: Project) -> None:
    egg = tmp_path / "dspguide.egg"
    with zipfile.ZipFile(egg, "w") as package:
        for path in (ROOT / "dspguide").rglob("*"):
            if path.suffix in {".py", ".html", ".svg"} and "demo" not in path.parts:
                package.write(path, path.relative_to(ROOT))
    program = (
        f"import sys; sys.path.insert(0, {str(egg)!r})\n"
        "from dspguide.observe.report.page import page\n"
        "from dspguide.book.manifest import BookRecord, Manifest\n"
        "book = BookRecord('', None, 'en', '', False, started='2026-11-01T12:00:00+00:00')\n"
        "print(page.__code__.co_filename, page(Manifest(book, []), None, [], [], 1.0)[:15])\n"
    )
    project.environment["PYTHONPATH"] = ""
    with project.start_program("-c", program) as running:
        ended = running.wait()
    assert ended.status == 0, ended.log
    assert str(egg) in ended.log
    assert "<!DOCTYPE html>" in ended.log
