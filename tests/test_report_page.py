"""The report as a page: any book, nasty texts, a drawing, no file system."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING
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
from tests.project import ROOT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser import Browser

NASTY = "<script>alert(1)</script>\"'&amp;</title><!-- ]]> \x00\x1b[2J$title ${x} \u202e"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = start_browser()
    yield browser
    browser.close()


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
