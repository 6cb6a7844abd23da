"""Contents pages of many shapes, made from the same kind of chapters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scrapy.http import HtmlResponse

from dspguide.pages import FoundContents, Selectors, read_contents
from dspguide.urls import same_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

URL = "http://www.example.org/book/contents.html"
TITLES = ("Counting", "Sums & Products", "Waves of Sand", "Stone Bridges", "Rivers", "Glass Harps")


@dataclass(frozen=True)
class Line:
    """A chapter as a page writes it."""

    number: str
    title: str
    href: str | None
    """None: the chapter has no link."""
    dash: str = " - "
    outside: bool = False
    """Whether it stands outside the list."""

    def link(self, words: str) -> str:
        return words if self.href is None else f'<a href="{self.href}">{words}</a>'


Listing = tuple[Line, ...]


@dataclass(frozen=True)
class Shape:
    """How pages list chapters."""

    name: str
    render: Callable[[Sequence[Listing]], str]
    """From the chapters, once for each listing that the page has."""
    numbers: tuple[str, ...] = ("1", "2", "3", "4", "5", "6")
    listings: int = 1
    files: bool = False
    said: bool = False
    """Whether number and title stand in one text, with a dash between."""
    parts: tuple[str | None, ...] = (None,) * 6

    @property
    def lines(self) -> Listing:
        ending = "pdf" if self.files else "html"
        return tuple(
            Line(number, title, f"file{place}.{ending}")
            for place, (number, title) in enumerate(zip(self.numbers, TITLES, strict=True), start=1)
        )

    def page(self, listings: Sequence[Listing] | None = None) -> HtmlResponse:
        return page(self.render(listings or [self.lines] * self.listings))


def page(body: str | bytes, url: str = URL) -> HtmlResponse:
    raw = body.encode() if isinstance(body, str) else body
    return HtmlResponse(url, body=raw, encoding="utf-8")


def read(body: str | HtmlResponse, **selectors: str) -> FoundContents:
    response = page(body) if isinstance(body, str) else body
    chosen = Selectors(**selectors)
    return read_contents([response], chosen, allowed=lambda url: same_site(url, response.url))


def _rows(lines: Listing, row: Callable[[Line], str], around: tuple[str, str]) -> str:
    """Rows inside `around`, and after it those that have come out of the list."""
    inside = "".join(row(line) for line in lines if not line.outside)
    strays = "".join(f"<p>{line.link(f'{_said(line)}')}</p>" for line in lines if line.outside)
    return f"{around[0]}{inside}{around[1]}{strays}"


def _said(line: Line, word: str = "Chapter ") -> str:
    return f"{word}{line.number}{line.dash}{line.title}" if line.number else line.title


def _frame(body: str) -> str:
    return (
        "<html><head><title>A Book</title></head><body><div id=nav><ul><li><a href='/'>Home</a>"
        "<li><a href='/about.html'>About the Author</a></ul></div><h1>A Book</h1>"
        f"<div id=main>{body}</div><div id=foot><p>Made by hand. <a href='mailto:a@b.c'>Mail</a></div>"
        "</body></html>"
    )


def _list(word: str) -> Callable[[Sequence[Listing]], str]:
    def render(listings: Sequence[Listing]) -> str:
        (lines,) = listings
        return _frame(
            _rows(lines, lambda l: f"<li>{l.link(_said(l, word))}</li>", ("<ul>", "</ul>"))
        )

    return render


def _table(listings: Sequence[Listing]) -> str:
    def row(line: Line) -> str:
        files = f"{line.link('PDF')} (<a href='x{line.number}.ps'>PS</a>)"
        return f"<tr><td>{line.number}</td><td>{line.title}</td><td>{files}</td></tr>"

    head = "<table><tr><th>No.</th><th>Title</th><th>Files</th></tr>"
    return _frame(_rows(listings[0], row, (head, "</table>")))


def _paragraph(listings: Sequence[Listing]) -> str:
    def row(line: Line) -> str:
        return f"{line.number + '. ' if line.number else ''}{line.link(line.title)}<br>\n"

    return _frame(_rows(listings[0], row, ("<p>", "</p>")))


def _tree_and_parts(listings: Sequence[Listing]) -> str:
    tree, lines = listings

    def sections(line: Line) -> str:
        return f"<ul><li><a href='s{line.title[:3]}.html'>On {line.title}</a></ul>"

    left = _rows(
        tree, lambda l: f"<li>{l.link(_said(l, ''))}{sections(l)}</li>", ("<ul><ul>", "</ul></ul>")
    )
    row = lambda l: f"<li>{l.link(_said(l))}{sections(l)}</li>"  # noqa: E731
    right = "<h2>FIRST</h2>" + _rows(lines[:3], row, ("<ul>", "</ul>"))
    right += "<h2>SECOND</h2>" + _rows(lines[3:], row, ("<ul>", "</ul>"))
    return _frame(f"<div><div>{left}</div></div><div id=right>{right}</div>")


def _definitions(listings: Sequence[Listing]) -> str:
    def row(line: Line) -> str:
        return f"<dt>{line.link(_said(line))}</dt><dd>Of {line.title}, at length.</dd>"

    return _frame(_rows(listings[0], row, ("<dl>", "</dl>")))


def _cards(listings: Sequence[Listing]) -> str:
    def row(line: Line) -> str:
        abstract = "<p>This chapter is about many things, and says so at some length.</p>"
        return f"<div><h3>{_said(line)}</h3>{abstract}<p>{line.link('Download (PDF)')}</p></div>"

    return _frame(_rows(listings[0], row, ("<section>", "</section>")))


def _columns(listings: Sequence[Listing]) -> str:
    lines = [line for line in listings[0] if not line.outside]
    half = (len(lines) + 1) // 2

    def cell(line: Line) -> str:
        return f"<td><small>{line.number}</small> {line.link(line.title)}</td>"

    pairs = zip(lines[:half], [*lines[half:], None], strict=False)
    rows = "".join(f"<tr>{cell(a)}{cell(b) if b else '<td></td>'}</tr>" for a, b in pairs)
    strays = "".join(f"<p>{_said(l)} {l.link('PDF')}</p>" for l in listings[0] if l.outside)
    head = "<tr><td><b>Left</b></td><td><b>Right</b></td></tr>"
    return _frame(f"<table>{head}{rows}</table>{strays}")


def _running(listings: Sequence[Listing]) -> str:
    return _frame(_rows(listings[0], lambda l: f"{l.link(_said(l))} ", ("<ul><li>", "</li></ul>")))


_HALVES = ("FIRST",) * 3 + ("SECOND",) * 3
_NONE = ("",) * 6
SHAPES = (
    Shape("list of chapters", _list("Chapter "), said=True),
    Shape("list of lessons", _list("Lesson "), said=True),
    Shape("list that begins at 0", _list("Chapter "), ("0", "1", "2", "3", "4", "5"), said=True),
    Shape("bare numbers", _list(""), said=True),
    Shape("roman numbers", _list("Chapter "), ("I", "II", "III", "IV", "V", "VI"), said=True),
    Shape("letters", _list("Appendix "), ("A", "B", "C", "D", "E", "F"), said=True),
    Shape("table with numbers of its own", _table, files=True),
    Shape("lines of a paragraph", _paragraph, files=True),
    Shape("lines without numbers", _paragraph, _NONE, files=True),
    Shape("files without numbers", _list(""), _NONE, files=True),
    Shape("pages without numbers", _list(""), _NONE),
    Shape("tree and parts", _tree_and_parts, listings=2, said=True, parts=_HALVES),
    Shape("definitions", _definitions, said=True),
    Shape("cards", _cards, files=True, said=True),
    Shape("columns", _columns, files=True, parts=("Left",) * 3 + ("Right",) * 3),
    Shape("one running line", _running, said=True),
)


def changed(lines: Listing, place: int, **values: object) -> Listing:
    return (*lines[:place], replace(lines[place], **values), *lines[place + 1 :])  # type: ignore[arg-type]
