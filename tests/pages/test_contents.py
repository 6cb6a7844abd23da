"""Chapters of any book are found by the shape of its contents page."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspguide.errors import BadArgumentError, UnexpectedPageError
from dspguide.pages import Selectors, find_pdf_url, next_contents_url, read_contents
from tests.pages.shapes import SHAPES, Shape, page, read

BASE = "http://www.example.org/book/"


class Expected(NamedTuple):
    number: str | None
    title: str
    part: str | None
    file: str


def table_cell(number: int, file: str, title: str) -> str:
    return f"<td><small>{number}</small> <a href={file}>{title}</a></td>"


COLUMNS = (
    "<h1>Machines</h1><p><a href=hw.pdf>Homework</a> <a href=cover.pdf>Front cover</a></p><table>"
    "<tr><td><b>Intro</b></td><td colspan=2><b>Virtual</b></td><td><b>Storage</b></td></tr><tr>"
    f"<td><a href=pre.pdf>Preface</a></td>{table_cell(3, 'c.pdf', 'Talk')}"
    f"{table_cell(5, 'e.pdf', 'Memory')}{table_cell(7, 'g.pdf', 'Disks')}</tr><tr>"
    f"{table_cell(1, 'a.pdf', 'Talk')}{table_cell(4, 'd.pdf', 'Processes <i>code</i>')}"
    f"{table_cell(6, 'f.pdf', 'Paging')}<td></td></tr><tr>{table_cell(2, 'b.pdf', 'Begin')}"
    "<td></td><td></td><td></td></tr></table>"
)
ROWS = (
    "<ul><li>Chapter 1: Overview (<a href=1.pdf>PDF</a>, <a href=1.ps>PS</a>)"
    "<li>Chapter 2: Sums (<a href=2.pdf>PDF</a>, <a href=2.ps.gz>PS.gz</a>) <a href=s.pdf>slides"
    "</a>"
    "<li>Appendix A: Lists (<a href=a.pdf>PDF</a>, 2 MB)<li>Index (<a href=i.pdf>PDF</a>)"
    "<li>All chapters in one file (<a href=all.pdf>PDF</a>)<li><a href=err.pdf>Errata</a></ul>"
)
FILES = (
    '<ul><li><a href="front matter.pdf">Front matter.pdf</a><li><a href=p1.pdf>Part 1: Land.pdf</a>'
    '<li><a href="ch01: A Tour.pdf">ch01 A Tour.pdf</a><li><a href="ch%2002.pdf">ch02 Wege.pdf</a>'
    "<li><a href=p2.pdf>Part 2: Sea.pdf</a><li><a href=ch03.pdf>ch03_Waves.pdf</a>"
    "<li><a href=A.pdf>app-A Signs.pdf</a><li><a href=g.pdf>Glossary.pdf</a>"
    "<li><a href=book.pdf>The entire book.pdf</a></ul>"
)
PAGES = (
    "<h3>Contents</h3><table><tr><td><a href=r.html>Returns</a><td>p. 1<tr><td><a href=s.html>Sums"
    "</a><td>p. 21<tr><td><a href=b.html>Bibliography</a><td>604<tr><td><a href=e.html>Errata</a>"
    "</table><p><a href='/'>Home</a> <a href='/order.html'>Order this book</a>"
)
SLIDES = (
    "<table><tr><th>Chapter<th>Title<th>Book<th>Slides<tr><td><td>Preface<td><a href=0.pdf>PDF</a>"
    "<td><tr><td>Chapter 1<td>Mining<td><a href=1.pdf>PDF</a><td><a href=1.pptx>Part 1</a>"
    "<tr><td>Chapter 2<td>Maps<td><a href=2.pdf>PDF</a><td><a href=2a.pptx>Part 1</a> "
    "<a href=2b.pptx>Part 2</a></table><p><a href=all.pdf>Download the full version of the book</a>"
)
PROGRAM = (
    "<p><a href='get.php?id=1'>Preface</a> (PDF, 120 KB)</p>"
    "<p><a href='get.php?id=2'>I. Dawn</a> (PDF)</p><p><a href='get.php?id=3'>II. Day</a> (PDF)</p>"
    "<p><a href='get.php?id=4'>A. Tables</a> (PDF)</p>"
)
NESTED = (
    "<ul><li>Part I: Low<ul><li><a href=1.html>1. One</a><li><a href=2.html>2. Two</a></ul>"
    "<li>Part II: High<ul><li><a href=3.html>3. Three</a></ul>"
    "<li><a href=a.html>Appendix A: End</a></ul>"
)
VOLUMES = (
    "<h2>Volume 1</h2><ol><li><a href=11.pdf>Chapter 1: A</a><li><a href=12.pdf>Chapter 2: B</a>"
    "</ol><h2>Volume 2</h2><ol><li><a href=21.pdf>Chapter 1: C</a><li><a href=22.pdf>Chapter 2: D"
    "</a></ol>"
)
FORMATS = (
    "<h2>To read here</h2><ul><li><a href=1.html>Chapter 1: A</a>"
    "<li><a href=2.html>Chapter 2: B</a></ul><h2>To print</h2>"
    "<ul><li><a href=1.pdf>Chapter 1: A</a><li><a href=2.pdf>Chapter 2: B</a></ul>"
)
CHOICE = (
    '<base href="/files/"><select><option>Choose<option value=1.pdf>1. Dawn'
    "<option value=2.pdf>2. Day</select>"
)
AREAS = '<map><area href=1.pdf alt="Chapter 1: Dawn"><area href=2.pdf alt="Chapter 2: Day"></map>'
TYPES = (
    "<dl><dt>Chapter 1. Dawn<dd>How it begins. <a href='/f/1/' type='application/pdf'>Download</a>"
    "<dt>Chapter 2. Day<dd>How it goes on. <a href='/f/2/' type='application/pdf'>Download</a></dl>"
)
AUTHORS = (
    "<ul><li><a href=1.html>Chapter 1: A</a> by <a href=j.html>J. Smith</a>"
    "<li><a href=2.html>Chapter 2: B</a> by <a href=k.html>K. Jones</a></ul>"
)
BREAKS = (
    "<ul><li><a href=1.html>Chapter 1 - The Shape<br>of Things</a>"
    "<li><a href=2.html>Chapter<br>2 - Statistics</a>"
    "<li><a href=3.html><p>Chapter 3 -</p><p>ADC&nbsp;and DAC</p></a></ul>"
)
RANGE = (
    "<ul><li><a href=1.pdf>Chapter 1: A</a><li><a href=2.pdf>Chapters 2-3: B</a>"
    "<li><a href=4.pdf>Chapter 4: C</a></ul>"
)
BETWEEN = (
    "<ul><li><a href=1.pdf>Chapter 1: A</a><li><a href=1a.pdf>Chapter 1a: B</a>"
    "<li><a href=2.pdf>Chapter 2: C</a></ul>"
)

EXAMPLES: dict[str, tuple[str, list[tuple[str | None, str, str | None, str]], set[str]]] = {
    "a column for each part": (COLUMNS, [
        (None, "Preface", "Intro", "pre.pdf"), ("1", "Talk", "Intro", "a.pdf"),
        ("2", "Begin", "Intro", "b.pdf"), ("3", "Talk", "Virtual", "c.pdf"),
        ("4", "Processes code", "Virtual", "d.pdf"), ("5", "Memory", "Virtual", "e.pdf"),
        ("6", "Paging", "Virtual", "f.pdf"), ("7", "Disks", "Storage", "g.pdf"),
    ], set()),
    "PDF, PS and slides in a row": (ROWS, [
        ("1", "Overview", None, "1.pdf"), ("2", "Sums", None, "2.pdf"),
        ("A", "Lists", None, "a.pdf"), (None, "Index", None, "i.pdf"),
    ], {"1.ps", "2.ps.gz", "s.pdf", "all.pdf", "err.pdf"}),
    "a list of files": (FILES, [
        (None, "Front matter", None, "front matter.pdf"),
        (None, "Part 1: Land", "Part 1: Land", "p1.pdf"),
        ("01", "A Tour", "Part 1: Land", "ch01: A Tour.pdf"),
        ("02", "Wege", "Part 1: Land", "ch%2002.pdf"),
        (None, "Part 2: Sea", "Part 2: Sea", "p2.pdf"),
        ("03", "Waves", "Part 2: Sea", "ch03.pdf"), ("A", "Signs", "Part 2: Sea", "A.pdf"),
        (None, "Glossary", "Part 2: Sea", "g.pdf"),
    ], {"book.pdf"}),
    "pages, no numbers": (PAGES, [
        (None, "Returns", None, "r.html"), (None, "Sums", None, "s.html"),
        (None, "Bibliography", None, "b.html"),
    ], {"e.html"}),
    "files and slides in columns": (SLIDES, [
        (None, "Preface", None, "0.pdf"), ("1", "Mining", None, "1.pdf"),
        ("2", "Maps", None, "2.pdf"),
    ], {"1.pptx", "2a.pptx", "2b.pptx"}),
    "roman numbers, letters, files of a program": (PROGRAM, [
        (None, "Preface", None, "get.php?id=1"), ("I", "Dawn", None, "get.php?id=2"),
        ("II", "Day", None, "get.php?id=3"), ("A", "Tables", None, "get.php?id=4"),
    ], set()),
    "parts in a list of lists": (NESTED, [
        ("1", "One", "Part I: Low", "1.html"), ("2", "Two", "Part I: Low", "2.html"),
        ("3", "Three", "Part II: High", "3.html"), ("A", "End", None, "a.html"),
    ], set()),
    "volumes that number anew": (VOLUMES, [
        ("1", "A", "Volume 1", "11.pdf"), ("2", "B", "Volume 1", "12.pdf"),
        ("1", "C", "Volume 2", "21.pdf"), ("2", "D", "Volume 2", "22.pdf"),
    ], set()),
    "the same in two formats": (
        FORMATS, [("1", "A", None, "1.pdf"), ("2", "B", None, "2.pdf")], set()
    ),
    "a drop-down": (
        CHOICE, [("1", "Dawn", None, "/files/1.pdf"), ("2", "Day", None, "/files/2.pdf")], set()
    ),
    "areas of a picture": (
        AREAS, [("1", "Dawn", None, "1.pdf"), ("2", "Day", None, "2.pdf")], set()
    ),
    "types instead of endings": (
        TYPES, [("1", "Dawn", None, "/f/1/"), ("2", "Day", None, "/f/2/")], set()
    ),
    "authors beside chapters": (
        AUTHORS, [("1", "A", None, "1.html"), ("2", "B", None, "2.html")], {"j.html", "k.html"}
    ),
    "titles with breaks in them": (BREAKS, [
        ("1", "The Shape of Things", None, "1.html"), ("2", "Statistics", None, "2.html"),
        ("3", "ADC and DAC", None, "3.html"),
    ], set()),
    "two chapters in one file": (RANGE, [
        ("1", "A", None, "1.pdf"), ("2-3", "B", None, "2.pdf"), ("4", "C", None, "4.pdf"),
    ], set()),
    "a chapter between": (BETWEEN, [
        ("1", "A", None, "1.pdf"), ("1a", "B", None, "1a.pdf"), ("2", "C", None, "2.pdf"),
    ], set()),
}  # fmt: skip


def url(file: str) -> str:
    return f"http://www.example.org{file}" if file.startswith("/") else BASE + file


@pytest.mark.parametrize("name", EXAMPLES)
def test_order_numbers_titles_parts_and_omissions_are_right(name: str) -> None:
    body, chapters, omitted = EXAMPLES[name]
    found = read(body)
    assert [(c.number, c.title, c.part, c.url) for c in found.chapters] == [
        (number, title, part, url(file)) for number, title, part, file in chapters
    ]
    assert {each.url for each in found.left_out} >= set(map(url, omitted))
    assert all(each.why for each in found.left_out)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_selectors_override_any_part_of_the_guess(shape: Shape) -> None:
    found = read(shape.page(), chapter_links="a[href^=file]:not([href*=file1])", part_headings="h1")
    assert [c.url for c in found.chapters] == [
        url(str(line.href)) for line in shape.lines if "file1" not in str(line.href)
    ]
    assert {c.part for c in found.chapters} == {"A Book"}


def test_a_selector_that_misses_a_chapter_between_others_is_doubted() -> None:
    body = "".join(f"<li class=c{n}><a href={n}.html>Chapter {n} - T</a>" for n in (1, 2, 3))
    with pytest.raises(UnexpectedPageError, match=r"does not choose “Chapter 2 - T”"):
        read(f"<ul>{body}</ul>", chapter_links=".c1 a, .c3 a")


@pytest.mark.parametrize("css", ["a[", "]]", "a::nothing"])
def test_what_is_no_selector_is_an_error_that_names_the_argument(css: str) -> None:
    with pytest.raises(BadArgumentError, match=r"chapter_links="):
        read(FORMATS, chapter_links=css)


def test_sections_stand_below_their_chapters_also_where_list_items_are_left_open() -> None:
    body = """<h2>P<ul>
        <li><a href=ch1.htm>Chapter 1 - One</a><ul>
        <li><a href=ch1/1.htm>One</a><li><a href=ch1.htm#b>1.2 B</a>
        <li><a href=ch2.htm>Chapter 2 - Two</a><ul><li>C<li><a href=//shop.test/>D</a></ul>"""
    found = read(body)
    assert [(c.number, [(s.title, s.url) for s in c.sections]) for c in found.chapters] == [
        ("1", [("One", url("ch1/1.htm")), ("1.2 B", None)]),
        ("2", [("C", None)]),
    ]


def test_sections_of_another_listing_count_where_the_chosen_one_has_none() -> None:
    tree = "".join(
        f"<li><a href=/c{n}>{n}: T{n}</a><ul><li><a href=/s{n}>S{n}</a></ul>" for n in (1, 2)
    )
    rows = "".join(f"<li><a href=/c{n}>Chapter {n} - T{n}</a>" for n in (1, 2))
    found = read(f"<div><div><ul>{tree}</ul></div></div><h2>P</h2><ul>{rows}</ul>")
    assert [[s.title for s in c.sections] for c in found.chapters] == [["S1"], ["S2"]]


def test_a_chapter_on_a_host_that_is_not_allowed_names_host_and_setting() -> None:
    body = (
        "<p><a href=//cdn.test/1.pdf>Chapter 1: A</a><p><a href=//cdn.test/2.pdf>Chapter 2: B</a>"
    )
    with pytest.raises(UnexpectedPageError, match=r"another host, cdn\.test\. allowed_domains"):
        read(body)
    found = read_contents([page(body)], Selectors(), allowed=lambda _: True)
    assert [c.title for c in found.chapters] == ["A", "B"]


def pages_of_contents() -> list[str]:
    numbers = [(1, 2, 3), (4, 5), (6, 7, 8)]
    rows = [
        "".join(f"<li><a href=c{n}.html>Chapter {n} - T{n}</a>" for n in each) for each in numbers
    ]
    return [
        f"<ul>{each}</ul><a class=on href='?page={i + 2}'>Next</a>" for i, each in enumerate(rows)
    ]


def test_contents_over_several_pages_are_one() -> None:
    selectors = Selectors(next_page="a.on")
    bodies = pages_of_contents()
    pages = [page(body, f"{BASE}toc?page={i + 1}") for i, body in enumerate(bodies)]
    assert next_contents_url(pages[0], selectors) == f"{BASE}toc?page=2"
    found = read_contents(pages, selectors, allowed=lambda _: True)
    assert [c.number for c in found.chapters] == list("12345678")


@pytest.mark.parametrize("link", [
    "<a href='?page=2'>Next page</a>", "<a href='?page=2'>2</a>", "<link rel=next href='?page=2'>",
    "<a href='?page=2'>»</a>", "<a href='more.html'>More chapters</a>",
])  # fmt: skip
def test_a_next_page_that_nobody_follows_is_doubted(link: str) -> None:
    with pytest.raises(UnexpectedPageError, match=r"go on at .* next_page"):
        read(FORMATS + link)
    assert len(read(FORMATS + link, next_page="#none").chapters) == 2


def test_a_next_link_to_the_first_chapter_is_no_next_page() -> None:
    assert len(read(FORMATS + "<a href=1.pdf>Next</a>").chapters) == 2


FILE_OF_ALL = "<li><a href=a.pdf#page=1>Chapter 1: A</a><li><a href=a.pdf#page=9>Chapter 2: B</a>"
TWICE = "<li><a href=1.html>Chapter 1 - A</a><li><a href=2.html>Chapter 1 - B</a>"
TWO_LISTS = (
    "<ul><li><a href=a>Sun</a><li><a href=b>Moon</a><li><a href=c>Mars</a></ul>"
    "<ol><li><p><a href=d>Oak</a><li><p><a href=e>Elm</a><li><p><a href=f>Ash</a></ol>"
)
TWO_PDFS = (
    "<ul><li>Chapter 1: A (<a href=1.pdf>PDF</a>, <a href=1a4.pdf>PDF, A4</a>)"
    "<li>Chapter 2: B (<a href=2.pdf>PDF</a>)</ul>"
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p>Nothing here", "lists no chapter: looked for"),
        ("<frameset><frame src=toc.html><frame src=main.html></frameset>", "is made of frames"),
        ("<select><option value=1>Chapter 1: A<option value=2>Chapter 2: B</select>", "drop-down"),
        (f"<ul><li><a href=1.html>Chapter {'9' * 5000} - A</a></ul>", "lists no chapter"),
        (f"<ul>{FILE_OF_ALL}</ul>", "both lead to"),
        (f"<ul>{TWICE}</ul>", "comes again"),
        (TWO_LISTS, "2 lists"),
        (TWO_PDFS, "more than one PDF"),
    ],
)
def test_what_cannot_be_told_is_one_clear_sentence(body: str, words: str) -> None:
    with pytest.raises(UnexpectedPageError) as caught:
        read(body)
    assert words in str(caught.value)
    assert str(caught.value).startswith("http://www.example.org/book/contents.html")
    assert len(str(caught.value)) < 1000


LINK = "<a href=/c{n}.htm>Chapter {n} - T</a> "
LONG_PAGES = {
    "one list item": ("<ul><li>", LINK, 10_000),
    "a list": ("<ul>", "<li><a href=/c{n}.htm>{n}: T{n}</a>", 2_000),
    "a grid": ("<table>", "<tr><td>{n} <a href=/c{n}.pdf>T{n}</a><td><a href=/e{n}.htm>E", 2_000),
    "cards": ("", "<div><h3>Chapter {n}</h3><p>T{n} <a href=/c{n}.pdf>PDF</a></p></div>", 2_000),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", LONG_PAGES)
def test_time_grows_with_the_page_and_no_faster(name: str) -> None:
    """Twice the length would take four times as long: ten minutes, and not one of these seconds."""
    before, line, count = LONG_PAGES[name]
    lines = "".join(line.format(n=n) for n in range(1, count + 1))
    with suppress(UnexpectedPageError):
        assert len(read(before + lines).chapters) == count


@given(st.text(alphabet="<>/=\"'& aliulh2tdr:chpter1-:\n", max_size=200))
def test_no_markup_makes_the_reader_fail_in_another_way(body: str) -> None:
    with suppress(UnexpectedPageError):
        read(body)
    with suppress(UnexpectedPageError):
        find_pdf_url(page(body), Selectors())
