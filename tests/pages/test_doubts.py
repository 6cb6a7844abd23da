"""A chapter is never left out in silence: the right book, or an error that quotes the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dspguide.errors import UnexpectedPageError
from dspguide.pages.text import comparable
from dspguide.urls import follow
from tests.pages.shapes import SHAPES, TITLES, URL, Listing, Shape, read

if TYPE_CHECKING:
    from dspguide.items import Chapter

HREFS = [
    None, "", "#top", "javascript:void(0)", "mailto:a@b.c", "http://[", "http://example.org:99999/x",
    "http://www.exmaple.org/book/file4.html", "//elsewhere.test/file4.pdf", "ftp://example.org/x.pdf",
    "file4.ps", "file4.zip", "contents.html", URL, "file4.ps.gz", "https://[::1]/file4.pdf",
]  # fmt: skip
DASHES = [
    " \u2212 ", " – ", " — ", "—", " ‐ ", ": ", ". ", " ", ") ", " \ufffd ", " â€“ ", "\xa0-\xa0",
    " -- ", " · ", "：", " | ", " <!-- x -->- ", " &mdash; ", " &#150; ", " <br>", "\u200b - ",
    " / ",
]  # fmt: skip
NUMBERS = [
    "44",
    "3",
    "5",
    "O4",
    "4O",
    "four",
    "vier",
    "?",
    "",
    "IV",
    "D",
    "04",
    "４",
    "1",
    "9" * 50,
]

CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"href": st.sampled_from(HREFS)}),
    st.fixed_dictionaries({"number": st.sampled_from(NUMBERS)}),
    st.fixed_dictionaries({"dash": st.sampled_from(DASHES)}),
    st.fixed_dictionaries({"dash": st.sampled_from(DASHES), "href": st.sampled_from(HREFS)}),
    st.fixed_dictionaries({"outside": st.just(True), "href": st.sampled_from(["kept", *HREFS])}),
    st.just({"href": "neighbour"}),
    st.just({"number": "neighbour"}),
)


def spoil(lines: Listing, place: int, change: dict[str, Any]) -> Listing:
    """Change a line; "neighbour" takes what another line has, "kept" what it had."""
    neighbour = lines[place - 1] if place else lines[1]
    values = {
        name: vars(neighbour if value == "neighbour" else lines[place])[name]
        if value in {"neighbour", "kept"}
        else value
        for name, value in change.items()
    }
    return (*lines[:place], replace(lines[place], **values), *lines[place + 1 :])


@given(st.sampled_from(SHAPES), st.integers(0, len(TITLES) - 1), CHANGES, st.integers(0, 2))
def test_one_spoilt_chapter_gives_the_right_book_or_an_error(
    shape: Shape, place: int, change: dict[str, Any], where: int
) -> None:
    numbered = bool(shape.numbers[0])
    assume(numbered or "number" not in change)
    lines = spoil(shape.lines, place, change)
    # Words without number and link that stand outside the list are no chapter to anybody.
    assume(numbered or not (lines[place].outside and change["href"] != "kept"))
    listings = [lines if where in {i, 2} else shape.lines for i in range(shape.listings)]
    try:
        chapters = read(shape.page(listings)).chapters
    except UnexpectedPageError as error:
        message = str(error)
    else:
        assert_complete(shape, chapters, listings, place)
        return
    assert URL in message
    assert any(words in message for words in [*(t.split(" &")[0] for t in TITLES), "“Chapter "])


def assert_complete(
    shape: Shape, chapters: list[Chapter], listings: list[Listing], place: int
) -> None:
    if not shape.numbers[0] and listings[0][place].outside:  # in the page's order, then
        chapters = sorted(chapters, key=lambda chapter: TITLES.index(chapter.title))
    urls = [chapter.url for chapter in chapters]
    right = [urljoin(URL, str(line.href)) for line in shape.lines]
    given_there = {follow(listing[place].href or "", URL) for listing in listings}
    assert len(set(urls)) == len(TITLES)
    assert urls[:place] + urls[place + 1 :] == right[:place] + right[place + 1 :]
    assert urls[place] in {right[place], *given_there}
    for chapter, title in zip(chapters, TITLES, strict=True):
        assert comparable(title) in comparable(chapter.title)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 60))
def test_a_hole_in_a_page_with_two_listings_gives_the_right_book_or_an_error(
    place: float, length: int
) -> None:
    shape = next(shape for shape in SHAPES if shape.listings == 2)
    text = shape.page().text
    first, last = text.index("id=main"), text.index("id=foot")
    start = first + int(place * (last - first))
    try:
        chapters = read(text[:start] + text[start + length :]).chapters
    except UnexpectedPageError:
        return
    assert [c.url for c in chapters] == [urljoin(URL, str(x.href)) for x in shape.lines]


@pytest.mark.parametrize("where", [0, 1])
@pytest.mark.parametrize("place", range(6))
def test_a_chapter_that_one_listing_drops_is_in_the_book(where: int, place: int) -> None:
    shape = next(shape for shape in SHAPES if shape.listings == 2)
    listings = [shape.lines, shape.lines]
    listings[where] = shape.lines[:place] + shape.lines[place + 1 :]
    found = read(shape.page(listings))
    assert [c.title for c in found.chapters] == list(TITLES)
    if where == 1:  # the listing with the parts
        assert found.chapters[place].part == found.chapters[place - 1 if place else 1].part


@pytest.mark.parametrize("href", ["http://www.exmaple.org/file3.html", None, "file2.html", "#x"])
@pytest.mark.parametrize("where", [0, 1])
def test_one_listing_mends_a_link_of_the_other(where: int, href: str | None) -> None:
    shape = next(shape for shape in SHAPES if shape.listings == 2)
    listings = [shape.lines, shape.lines]
    listings[where] = spoil(shape.lines, 2, {"href": href})
    found = read(shape.page(listings))
    assert [c.url for c in found.chapters] == [urljoin(URL, str(x.href)) for x in shape.lines]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_is_read_as_it_is(shape: Shape) -> None:
    found = read(shape.page())
    urls = [urljoin(URL, str(line.href)) for line in shape.lines]
    assert [(c.number or "", c.title, c.part) for c in found.chapters] == [
        (line.number, line.title, part) for line, part in zip(shape.lines, shape.parts, strict=True)
    ]
    assert [c.pdf_url if shape.files else c.page_url for c in found.chapters] == urls
    assert [c.url for c in found.chapters] == urls
