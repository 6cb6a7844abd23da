"""What a dry run shows of the contents."""

from __future__ import annotations

from dspguide.pages import describe_rest
from tests.pages.shapes import read


def test_omissions_and_arguments_are_shown() -> None:
    lines = describe_rest(
        read(
            "<h2>FIRST</h2><ul><li><a href=pre.pdf>Preface</a>"
            "<li><a href=1.pdf>Chapter 1: A</a></ul>"
            "<h2>SECOND</h2><ul><li><a href=2.pdf>Chapter 2: B</a><li><a href=e.pdf>Errata</a></ul>"
        )
    )
    base = "http://www.example.org/book/"
    assert lines[:2] == [
        "Left out:",
        f"  Errata  {base}e.pdf: errata; chapter_links decides otherwise",
    ]
    shown = "\n".join(lines)
    assert all(f"-a {name}=" in shown for name in ("chapter_links", "part_headings", "next_page"))


def test_nothing_of_a_page_reaches_the_terminal_as_a_command() -> None:
    escape = "\x1b]0;x\x07\x9b2J\u202e"
    found = read(
        "<ul><li><a href=1.pdf>Chapter 1: A</a><li><a href=2.pdf>Chapter 2: B</a>"
        f"<li><a href='e{escape}.pdf'>Errata {escape}{'B' * 10_000}</a></ul>"
    )
    lines = describe_rest(found)
    assert all(line.isprintable() and len(line) < 400 for line in lines)
