"""Title, author and language of the book, and the way to its contents."""

from __future__ import annotations

import pytest

from dspguide.errors import UnexpectedPageError
from dspguide.pages import Selectors, find_contents_url, find_frame_url, has_end, read_book_info
from tests.pages.shapes import page

HOME = "http://www.example.org/"
NO_SELECTORS = Selectors()


@pytest.mark.parametrize(
    ("head", "author"),
    [
        ('<h1>TITLE LINE 1<br />TITLE LINE 2<br /><span class="x">By Ann B. Cee, Ph.D.</span></h1>',
         "Ann B. Cee"),
        ("<h1>The Book <small>by Ann Cee</small></h1>", "Ann Cee"),
        ("<p>By A. Cee, B. Dee, and C. Eff</p>", "A. Cee, B. Dee, and C. Eff"),
        ("<h2>von Anna Zeh</h2>", "Anna Zeh"),
        ('<meta name="Author" content="Ann\x1b[31m\nCee">', "Ann[31m Cee"),
        ('<meta name="DC.creator" content="Ann Cee"><p>By Somebody Else</p>', "Ann Cee"),
        ('<meta name="author" content=" "><p>By chapters</p><p>by clicking here</p>', None),
        ("<p>Read it by the fire</p>", None),
    ],
)  # fmt: skip
def test_the_author_is_who_the_page_says_wrote_the_book(head: str, author: str | None) -> None:
    assert read_book_info(page(f"<title>A</title>{head}", HOME)).author == author


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<title>The\n  Book</title><h1>Other</h1>", "The Book"),
        ("<title>Home</title><h1>The Book<br>by A. Cee</h1>", "The Book"),
        ("<title> </title><p>x", HOME),
        ("<title>Table of Contents</title>", "Table of Contents"),
        ("<svg><title></title></svg><title>A\x07B &amp; C</title>", "A B & C"),
    ],
)
def test_the_title_is_the_books_not_the_pages(body: str, title: str) -> None:
    assert read_book_info(page(body, HOME)).title.replace("AB", "A B") == title


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        (None, "en"), ("", "en"), ("de", "de"), ("en_US.UTF-8", "en-US"), ("zh-Hant", "zh-Hant"),
        ("English", "en"), ("C", "und"), ("x" * 5000, "und"), ('"><b>', "und"), ("\x1b[2J", "und"),
    ],
)  # fmt: skip
def test_the_language_is_a_tag_that_readers_know(tag: str | None, language: str) -> None:
    attribute = "" if tag is None else f" lang='{tag}'"
    assert read_book_info(page(f"<html{attribute}><p>x</html>", HOME)).language == language


@pytest.mark.parametrize(
    "body",
    [
        '<a href="http://www.example.org/all.htm">The Book by Chapters</a>',
        '<a href="/all.htm">Browse and/or download chapters from the book</a>',
        '<a href="all.htm">Contents</a> <a href="x.htm">Other contents of this site</a>',
        '<a href="#top">All chapters</a> <a href="all.htm">Chapters</a> <a href="/">Chapters</a>',
        '<a href="toc.pdf">Table of Contents</a> <a href="all.htm">Chapters</a>',
        '<a href="y">New chapters</a> <a href="all.htm">Chapters</a> <a href="/all.htm">Chapters',
        '<a href="all.htm">Inhaltsverzeichnis</a>',
        "<a href='http://elsewhere.test/all.htm'>Chapters</a> <a href='\\all.htm'>Chapters</a>",
    ],
)
def test_the_contents_page_is_found_by_the_words_of_its_link(body: str) -> None:
    assert find_contents_url(page(body, HOME), NO_SELECTORS) == HOME + "all.htm"


def test_a_contents_page_on_another_site_is_not_followed() -> None:
    home = page('<a href="http://elsewhere.test/all.htm">The Book by Chapters</a>', HOME)
    assert find_contents_url(home, NO_SELECTORS) is None


def test_a_selector_says_where_the_contents_are() -> None:
    home = page("<a class=x href=a.htm>Read</a><a href=b.htm>Chapters</a>", HOME)
    assert find_contents_url(home, Selectors(contents_link="a.x")) == HOME + "a.htm"
    assert find_contents_url(home, Selectors(chapter_links="a.x")) is None
    with pytest.raises(UnexpectedPageError, match=r"contents_link=a chooses 2 different links"):
        find_contents_url(home, Selectors(contents_link="a"))


def test_the_frame_with_the_contents_is_followed() -> None:
    frames = "<frameset><frame src=toc.html><frame src=main.html></frameset>"
    assert find_frame_url(page(frames, HOME)) == HOME + "toc.html"
    assert find_frame_url(page("<iframe src=x.html></iframe>", HOME)) == HOME + "x.html"
    assert find_frame_url(page("<a href=x>y</a><iframe src=ad.html></iframe>", HOME)) is None


def test_a_page_without_its_end_may_be_cut() -> None:
    assert has_end(page("<html><p>x</HTML>\n<!-- made by hand -->"))
    assert not has_end(page("<html><p>x</ht"))
