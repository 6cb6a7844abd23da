"""Any book in chapters, by `scrapy crawl book`: sites of other shapes than the first recipe's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Pages, Resource, serve
from tests.pdf.samples import Chapter
from tests.project import QUICK

if TYPE_CHECKING:
    from tests.project import Ended, Project

TITLES = ("Waves", "Noise", "Filters", "Chips")
NUMBERS = range(1, 5)


def pdf(number: int) -> Resource:
    title = TITLES[number - 1]
    return Resource.of(Chapter(number, title, 2, 2 * number - 1).data(), "application/pdf")


COLUMNS = (
    "<table><tr><td><b>Basics</b><td><b>Uses</b>"
    "<tr><td><small>1</small> <a href=waves.pdf>Waves</a>"
    "<td><small>3</small> <a href=filters.pdf>Filters</a>"
    "<tr><td><small>2</small> <a href=noise.pdf>Noise</a>"
    "<td><small>4</small> <a href=chips.pdf>Chips</a></table>"
    "<p><a href=book.pdf>The whole book as one PDF</a> <a href=hw.pdf>Homework</a>"
)
SITES: dict[str, dict[str, Resource | str]] = {
    "PDFs without an ending in their URLs": {
        "/": "<ul><li><a href=/files/1/>Chapter 1: Waves</a>"
        "<li><a href='/download.php?id=2'>Chapter 2: Noise</a>"
        "<li><a href=/files/3/>Chapter 3: Filters</a>"
        "<li><a href=/files/4/>Chapter 4: Chips</a></ul>",
        "/files/1/": pdf(1),
        "/download.php?id=2": pdf(2),
        "/files/3/": pdf(3),
        "/files/4/": pdf(4),
    },
    "a table with a column for each part": {
        "/": COLUMNS,
        "/waves.pdf": pdf(1),
        "/noise.pdf": pdf(2),
        "/filters.pdf": pdf(3),
        "/chips.pdf": pdf(4),
    },
    "slides and PostScript beside each chapter": {
        "/": "".join(
            f"<p>Chapter {n}: {title} (<a href=c{n}.pdf>PDF</a>, <a href=c{n}.ps>PS</a>, "
            f"<a href=slides{n}.pdf>slides</a>)"
            for n, title in enumerate(TITLES, 1)
        ),
        **{f"/c{n}.pdf": pdf(n) for n in NUMBERS},
    },
    "roman numbers": {
        "/": "".join(
            f"<div><a href=/{n}.pdf>{roman}. {title}</a></div>"
            for n, (roman, title) in enumerate(
                zip(("I", "II", "III", "IV"), TITLES, strict=True), 1
            )
        ),
        **{f"/{n}.pdf": pdf(n) for n in NUMBERS},
    },
}


def crawl(project: Project, url: str, *more: str) -> Ended:
    return project.run("crawl", "book", "-a", f"url={url}", *QUICK, *more)


@pytest.mark.parametrize("shape", SITES)
def test_a_book_is_bound_from_a_page_of_another_shape_without_a_selector(
    project: Project, shape: str
) -> None:
    with serve(Pages(dict(SITES[shape]))) as server:
        ended = crawl(project, server.url)
    assert ended.status == 0, ended.log
    chapters = project.manifest(project.folder / "output" / "book.pdf")["chapters"]
    assert [chapter["title"] for chapter in chapters] == list(TITLES)
    if shape.startswith("a table"):
        assert [chapter["part"] for chapter in chapters] == ["Basics", "Basics", "Uses", "Uses"]


def test_a_first_look_lists_what_was_found_and_the_corrected_command_makes_the_book(
    project: Project,
) -> None:
    links = "".join(f"<li><a href=/{n}.pdf>{title}</a>" for n, title in enumerate(TITLES, 1))
    extra = "<li><a href=/errata.pdf>Errata</a>"
    site = Pages({"/": f"<ul class=toc>{links}{extra}</ul>"})
    for n in NUMBERS:
        site[f"/{n}.pdf"] = pdf(n)
    with serve(site) as server:
        looked = crawl(project, server.url, "-a", "dry_run=1")
        assert looked.status == 0, looked.log
        assert not [r for r in server.requests if r.path.endswith(".pdf")]
        selector = "ul.toc li:not(:last-child) a"
        ended = crawl(project, server.url, "-a", f"chapter_links={selector}")
    for title in TITLES:
        assert title in looked.last_lines
    assert f"Errata  {server.url}errata.pdf: errata; chapter_links decides" in looked.last_lines
    assert "-a chapter_links=…" in looked.last_lines
    assert ended.status == 0, ended.log


def test_a_chapter_on_another_host_is_named_with_what_to_set(project: Project) -> None:
    with serve(Pages({})) as other, serve(Pages({})) as server:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        server.site["/"] = (
            f"<ul><li><a href=/1.pdf>Chapter 1: Waves</a>"
            f"<li><a href={elsewhere}2.pdf>Chapter 2: Noise</a></ul>"
        )
        ended = crawl(project, server.url)
        assert other.requests == []
    assert ended.status == 3
    assert "Noise" in ended.last_lines
    assert "allowed_domains" in ended.last_lines
