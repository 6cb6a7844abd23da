"""A chapter is never left out in silence: the right book, or an error that quotes the page."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspguide.errors import UnexpectedPageError
from dspguide.pages.text import comparable
from dspguide.urls import follow
from tests.pages.shapes import SHAPES, TITLES, URL, Line, Listing, Shape, changed, read

HREFS = [
    None, "", "#top", "#", "javascript:void(0)", "mailto:a@b.c", "http://[", "http://example.org:99999/x",
    "http://www.exmaple.org/book/file4.html", "//elsewhere.test/file4.pdf", "ftp://example.org/x.pdf",
    "file4.ps", "file4.zip", "contents.html", URL, "ht tp://x", "file4.ps.gz",
]  # fmt: skip
DASHES = [
    " \u2212 ", " – ", " — ", "—", " ‐ ", ": ", ". ", " ", ") ", " \ufffd ", " â€“ ", "\xa0-\xa0",
    " -- ", " · ", "：", " | ", " <!-- x -->- ", " &mdash; ", " &#150; ", " <br>", "\u200b - ", " / ",
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
    "0",
    "9" * 50,
]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[Shape, list[Listing], int]:
    """Draw a page on which one chapter is not what it was, in one of its listings or in all."""
    shape = draw(st.sampled_from(SHAPES))
    place = draw(st.integers(0, len(TITLES) - 1))
    lines = shape.lines
    neighbour = lines[place - 1] if place else lines[1]
    values: dict[str, object] = draw(
        st.one_of(
            st.fixed_dictionaries({"href": st.sampled_from(HREFS)}),
            st.just({"href": neighbour.href}),
            st.just({"outside": True}),
            st.just({"outside": True, "href": None}),
            st.fixed_dictionaries({"number": st.sampled_from(NUMBERS)}),
            st.fixed_dictionaries({"dash": st.sampled_from(DASHES)}),
            st.fixed_dictionaries(
                {"dash": st.sampled_from(DASHES), "href": st.sampled_from(HREFS)}
            ),
            st.just({"number": neighbour.number}),
        )
    )
    spoilt_lines = changed(lines, place, **values)
    where = draw(st.integers(0, shape.listings))
    listings = [
        spoilt_lines if where in {i, shape.listings} else lines for i in range(shape.listings)
    ]
    return shape, listings, place


@given(spoilt())
def test_one_spoilt_chapter_gives_the_right_book_or_an_error(
    case: tuple[Shape, list[Listing], int],
) -> None:
    shape, listings, place = case
    try:
        found = read(shape.page(listings))
    except UnexpectedPageError as error:
        assert URL in str(error)
        quotes = [*(title.split(" &")[0] for title in TITLES), "“Chapter "]
        assert any(words in str(error) for words in quotes), error
        return
    expected = [urljoin(URL, str(line.href)) for line in shape.lines]
    _assert_complete(found.chapters, expected, listings, place)


def _assert_complete(
    chapters: list, expected: list[str], listings: list[Listing], place: int
) -> None:  # type: ignore[type-arg]
    hrefs = {follow(listing[place].href or "", URL) for listing in listings}
    urls = [chapter.url for chapter in chapters]
    right = (
        [url if i != place else urls[i] for i, url in enumerate(expected)]
        if len(urls) == 6
        else expected
    )
    assert urls == right
    assert urls[place] in {expected[place], *hrefs}
    assert len(set(urls)) == len(urls)
    for chapter, title in zip(chapters, TITLES, strict=True):
        assert comparable(title) in comparable(chapter.title)


@pytest.mark.parametrize("where", [0, 1])
@pytest.mark.parametrize("place", range(6))
def test_a_chapter_that_one_listing_drops_is_in_the_book(where: int, place: int) -> None:
    shape = next(shape for shape in SHAPES if shape.listings == 2)
    lines = shape.lines
    listings = [lines, lines]
    listings[where] = lines[:place] + lines[place + 1 :]
    found = read(shape.page(listings))
    assert [c.title for c in found.chapters] == list(TITLES)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_is_read_as_it_is(shape: Shape) -> None:
    found = read(shape.page())
    assert [(c.number or "", c.title, c.part, c.url, c.is_pdf) for c in found.chapters] == [
        (line.number, line.title, part, urljoin(URL, str(line.href)), shape.files)
        for line, part in zip(shape.lines, shape.parts, strict=True)
    ]
