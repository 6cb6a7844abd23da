"""What is read from the site's pages, however they are written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from dspguide.demo import Book, Site
from dspguide.errors import UnexpectedPageError
from dspguide.pages import contents

SITE = "http://www.dspguide.com/"


def page(url: str, body: str | bytes) -> HtmlResponse:
    body = body.encode() if isinstance(body, str) else body
    return HtmlResponse(url, body=body, encoding="utf-8")


def copy_page(path: str) -> HtmlResponse:
    resource = Site(Book.standard()).get(path, base=SITE.rstrip("/"))
    assert resource is not None
    return page(SITE + path.lstrip("/"), resource.body)


def listing(*rows: str, parts: bool = True) -> str:
    heading = "<h2>FIRST</h2>" if parts else ""
    return f"<div id=columnRight>{heading}<ul>{''.join(rows)}</ul></div>"


def test_parts_chapters_and_sections_come_in_the_order_of_the_contents_page() -> None:
    book = Book.standard()
    found = contents.read_chapters(copy_page("/pdfbook.htm"))
    assert [(c.number, c.title, c.part) for c in found] == [
        (c.number, c.title, c.part) for c in book.chapters
    ]
    assert [[s.title for s in c.sections] for c in found] == [
        [s.title for s in c.sections] for c in book.chapters
    ]


def test_title_author_and_language_come_from_the_home_page() -> None:
    book = Book.standard()
    facts = contents.book_facts(copy_page("/"))
    assert facts == (book.title, book.author, "en")


def test_the_contents_page_is_found_by_the_words_of_its_link() -> None:
    assert contents.find_contents_url(copy_page("/")) == SITE + "pdfbook.htm"


def test_a_contents_page_on_another_site_is_not_followed() -> None:
    home = page(SITE, '<a href="http://elsewhere.example/all.htm">The Book by Chapters</a>')
    assert contents.find_contents_url(home) is None


@given(
    st.sampled_from(
        ["", "/", "http://www.dspguide.com/", "http://dspguide.com/", "//dspguide.com/"]
    ),
    st.sampled_from(["Chapter 3 - A & B", "chapter 3: A & B", "3: A & B", "Chapter  3 –\n A & B"]),
)
def test_a_chapter_is_found_however_its_link_is_written(prefix: str, words: str) -> None:
    row = f'<li><a href="{prefix}ch3.htm">{words}</a>'
    (chapter,) = contents.read_chapters(page(SITE + "pdfbook.htm", listing(row)))
    assert (chapter.number, chapter.title, chapter.part) == (3, "A & B", "FIRST")
    assert contents.same_site(chapter.page_url, SITE)
    assert chapter.page_url.endswith("/ch3.htm")


def test_https_and_http_with_and_without_www_are_one_site() -> None:
    urls = ["http://dspguide.com/a", "https://www.dspguide.com/", "https://dspguide.com:443/b"]
    assert all(contents.same_site(url, SITE) for url in urls)


@pytest.mark.parametrize(
    "url", ["http://dspguide.com:8080/", "http://evil-dspguide.com/", "http://dspguide.com.evil/"]
)
def test_another_port_or_a_similar_name_is_another_site(url: str) -> None:
    assert not contents.same_site(url, SITE)


def test_a_chapter_linked_twice_in_two_wordings_is_one_chapter() -> None:
    tree = '<ul><li><a href="/ch1.htm">1: One</a><ul><li><a href="/ch1/1.htm">A</a></ul></ul>'
    body = f"<div>{tree}</div>" + listing('<li><a href="ch1.htm">Chapter 1 - One</a></li>')
    (chapter,) = contents.read_chapters(page(SITE + "pdfbook.htm", body))
    assert (chapter.part, [s.title for s in chapter.sections]) == ("FIRST", ["A"])


def test_one_page_in_two_spellings_is_one_page() -> None:
    tree = '<ul><li><a href="https://dspguide.com/ch1.htm">1: One</a></ul>'
    body = f"<div>{tree}</div>" + listing('<li><a href="ch1.htm">Chapter 1 - One</a></li>')
    (chapter,) = contents.read_chapters(page(SITE + "pdfbook.htm", body))
    assert chapter.number == 1
    links = '<a href="/CH1.PDF">a</a> <a href="https://dspguide.com/CH1.PDF">b</a>'
    assert contents.find_pdf_url(page(SITE + "ch1.htm", links)) == SITE + "CH1.PDF"


def test_list_items_outside_a_list_are_read_too() -> None:
    (chapter,) = contents.read_chapters(page(SITE, '<li><a href="ch1.htm">1: One</a>'))
    assert chapter.title == "One"


def test_a_link_within_the_home_page_leads_to_no_contents_page() -> None:
    home = '<a href="#top">All chapters</a> <a href="#end">Chapters</a> <a href="all">Chapters</a>'
    assert contents.find_contents_url(page(SITE, home)) == SITE + "all"


def test_a_chapter_that_only_one_listing_names_is_not_lost() -> None:
    tree = "".join(f'<li><a href="/ch{n}.htm">{n}: Title {n}</a>' for n in (1, 2, 3))
    rows = [f'<li><a href="ch{n}.htm">Chapter {n} - Title {n}</a></li>' for n in (1, 3)]
    body = f"<div><ul>{tree}</ul></div>" + listing(*rows)
    found = contents.read_chapters(page(SITE + "pdfbook.htm", body))
    assert [chapter.number for chapter in found] == [1, 2, 3]


def test_list_items_left_open_do_not_give_sections_of_one_chapter_to_another() -> None:
    body = """<div><h2>P<ul>
        <li><a href=ch1.htm>Chapter 1 - One</a><ul>
        <li><a href=ch1/1.htm>A</a><li><a href=ch1/2.htm>B</a>
        <li><a href=ch2.htm>Chapter 2 - Two</a><ul><li><a href=ch2/1.htm>C</a></ul>"""
    found = contents.read_chapters(page(SITE + "pdfbook.htm", body))
    assert [(c.number, [s.title for s in c.sections]) for c in found] == [
        (1, ["A", "B"]),
        (2, ["C"]),
    ]


def test_links_off_the_site_are_neither_chapters_nor_sections() -> None:
    row = (
        '<li><a href="ch1.htm">Chapter 1 - One</a>'
        '<ul><li><a href="http://www.amazon.com/">A</a></li></ul></li>'
        '<li><a href="http://other.example/ch2.htm">Chapter 2 - Two</a></li>'
        '<li><a href="http://www.dspguide.com:99999/ch3.htm">Chapter 3 - Three</a></li>'
    )
    (chapter,) = contents.read_chapters(page(SITE + "pdfbook.htm", listing(row)))
    assert chapter.sections == []


def test_a_page_without_chapters_is_an_error_that_says_what_was_looked_for() -> None:
    with pytest.raises(UnexpectedPageError, match=r"pdfbook\.htm lists no chapter: looked for"):
        contents.read_chapters(page(SITE + "pdfbook.htm", "<p>Nothing here"))


def test_one_number_with_two_pages_is_an_error() -> None:
    rows = ['<li><a href="a.htm">Chapter 1 - A</a>', '<li><a href="b.htm">Chapter 1 - B</a>']
    with pytest.raises(UnexpectedPageError, match="more than one page for chapter 1"):
        contents.read_chapters(page(SITE + "pdfbook.htm", listing(*rows)))


def test_every_chapter_page_of_the_site_gives_its_one_pdf() -> None:
    book = Book.standard()
    found = [contents.find_pdf_url(copy_page(chapter.page_path)) for chapter in book.chapters]
    assert found == [SITE + chapter.pdf_path.lstrip("/") for chapter in book.chapters]


@pytest.mark.parametrize("href", ["CH1.PDF", "/ch1.pdf", "ch1.Pdf#page=2", "ch1.PDF?x=1"])
def test_a_pdf_link_is_known_in_any_case_and_its_case_is_kept(href: str) -> None:
    url = contents.find_pdf_url(page(SITE + "ch1.htm", f'<a href="{href}">x</a>'))
    assert url == SITE + href.lstrip("/").partition("#")[0]


@pytest.mark.parametrize(
    "body",
    [
        "<p>no link",
        '<a href="a.pdf">a</a> <a href="b.pdf">b</a>',
        '<a href="http://other.example/a.pdf">a</a>',
    ],
)
def test_a_chapter_page_without_exactly_one_pdf_of_the_site_is_an_error(body: str) -> None:
    with pytest.raises(UnexpectedPageError, match=r"ch1\.htm should link exactly one PDF"):
        contents.find_pdf_url(page(SITE + "ch1.htm", body))


@given(st.text(alphabet="<>/=\"'& aliulh2chpter1-:\n", max_size=200))
def test_no_markup_makes_the_reader_fail_in_another_way(body: str) -> None:
    with suppress(UnexpectedPageError):
        contents.read_chapters(page(SITE + "x.htm", body))
    with suppress(UnexpectedPageError):
        contents.find_pdf_url(page(SITE + "x.htm", body))
