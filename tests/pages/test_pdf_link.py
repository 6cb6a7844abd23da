"""The one PDF of a chapter's page, chosen by evidence or not at all."""

from __future__ import annotations

import pytest

from dspguide.errors import UnexpectedPageError
from dspguide.items import Chapter
from dspguide.pages import Selectors, find_pdf_url
from tests.pages.shapes import page

URL = "http://www.example.org/ch5.htm"
CHAPTER = Chapter("5", "Linear Systems", None, URL)


def find(body: str, *, chapter: Chapter | None = None, **selectors: str) -> str:
    found = find_pdf_url(page(body, URL), Selectors(**selectors), chapter=chapter)
    return found.removeprefix("http://www.example.org/")


@pytest.mark.parametrize(
    "href", ["CH5.PDF", "/ch5.pdf", "ch5.Pdf#page=2", "ch5.PDF?x=1", "\\ch5.pdf"]
)
def test_a_pdf_link_is_known_in_any_case_and_its_case_is_kept(href: str) -> None:
    assert find(f'<a href="{href}">x</a>') == href.lstrip("/\\").partition("#")[0]


@pytest.mark.parametrize(
    "body",
    [
        "<b><a href=5.pdf>Chapter5.pdf</a></b> <a href=e.pdf>Errata</a> <a href=s.pdf>Slides</a>",
        "<a href=5.pdf>PDF</a> <a href='5.pdf;jsessionid=1F'>again</a> <a href=5.pdf?PHPSESSID=2>x",
        "<a href=5.pdf>PDF</a> <a href=5.ps>PS</a> <a href=all.pdf>The whole book (PDF)</a>",
        "<ul><li>Text: <a href=5.pdf>PDF</a><li>Errata: <a href=e.pdf>PDF</a></ul>",
        "<a href=5.pdf>PDF</a> <a href=slides5.pdf>PDF</a>",
        "<a href=5.pdf>PDF</a> <a href=//ads.test/x.pdf>Brochure</a>",
        "<embed src=5.pdf>",
        "<object data=5.pdf type=application/pdf></object>",
        "<iframe src=5.pdf></iframe>",
        "<select><option>Choose<option value=5.pdf>Chapter 5</select>",
        "<base href='http://www.example.org/x/'><a href=../5.pdf>PDF</a>",
    ],
)
def test_what_is_not_the_chapter_does_not_count(body: str) -> None:
    assert find(body) == "5.pdf"


@pytest.mark.parametrize(
    ("body", "file"),
    [
        ("<a href='get.php?id=7'>Download as PDF</a> <a href=x.htm>Home</a>", "get.php?id=7"),
        ("<a href=/f/7/ type=application/pdf>Download</a> <a href=x.htm>PDF help</a>", "f/7/"),
        ("<a href=/f/7/ download=ch5.pdf>Get it</a>", "f/7/"),
    ],
)
def test_a_pdf_without_that_ending_is_known_by_its_type_or_words(body: str, file: str) -> None:
    assert find(body) == file


@pytest.mark.parametrize(
    "body",
    [
        "<a href=ch4.pdf>4</a> <a href=ch5.pdf>5</a> <a href=ch6.pdf>6</a>",
        "<a href=x.pdf>Other</a> <a href=ch5.pdf>Linear Systems (PDF)</a>",
        "<a href=x.pdf>Chapter 4</a> <a href=ch5.pdf>Chapter 5</a>",
    ],
)
def test_number_or_title_decide_between_the_chapters_of_a_book(body: str) -> None:
    assert find(body, chapter=CHAPTER) == "ch5.pdf"
    with pytest.raises(UnexpectedPageError, match=r"exactly one PDF.*pdf_link"):
        find(body)


@pytest.mark.parametrize(
    "body",
    [
        "<p>no link",
        "<a href=a.pdf>a</a> <a href=b.pdf>b</a>",
        "<a href=errata.pdf>Errata</a>",
        "<a href=book.pdf>The entire book</a>",
        "<p>Solutions <a href=x.pdf>PDF</a>",
    ],
)
def test_a_page_without_exactly_one_pdf_of_the_chapter_is_an_error(body: str) -> None:
    with pytest.raises(
        UnexpectedPageError, match=r"ch5\.htm should link exactly one PDF.*pdf_link"
    ):
        find(body)


def test_a_selector_decides() -> None:
    body = "<a href=a.pdf>a</a> <a class=x href=b>b</a>"
    assert find(body, pdf_link="a.x") == "b"
    with pytest.raises(UnexpectedPageError, match=r"pdf_link=a\.y chooses no link"):
        find(body, pdf_link="a.y")


def test_a_pdf_on_another_host_needs_leave() -> None:
    response = page("<a href=//cdn.test/5.pdf>PDF</a>", URL)
    with pytest.raises(UnexpectedPageError, match=r"another host, cdn\.test; allowed_domains"):
        find_pdf_url(response, Selectors())
    allowed = find_pdf_url(response, Selectors(), allowed=lambda _: True)
    assert allowed == "http://cdn.test/5.pdf"
