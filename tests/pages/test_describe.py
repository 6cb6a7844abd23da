"""What a dry run shows of the contents."""

from __future__ import annotations

from dspguide.pages import describe_found
from tests.pages.shapes import read


def test_chapters_omissions_and_arguments_are_shown() -> None:
    lines = describe_found(
        read(
            "<h2>FIRST</h2><ul><li><a href=pre.pdf>Preface</a>"
            "<li><a href=1.pdf>Chapter 1: A</a></ul>"
            "<h2>SECOND</h2><ul><li><a href=2.pdf>Chapter 2: B</a><li><a href=e.pdf>Errata</a></ul>"
        )
    )
    base = "http://www.example.org/book/"
    assert lines[:7] == [
        "FIRST",
        f"  -  Preface  {base}pre.pdf",
        f"  1  A  {base}1.pdf",
        "SECOND",
        f"  2  B  {base}2.pdf",
        "Left out:",
        f"  Errata  {base}e.pdf: errata; chapter_links decides otherwise",
    ]
    shown = "\n".join(lines)
    assert all(f"-a {name}=" in shown for name in ("chapter_links", "part_headings", "next_page"))


def test_nothing_of_a_page_reaches_the_terminal_as_a_command() -> None:
    escape = "\x1b]0;x\x07\x9b2J\u202e"
    found = read(
        f"<ul><li><a href='1{escape}.pdf'>Chapter 1: A{escape}</a>"
        f"<li><a href=2.pdf>Chapter 2: {'B' * 10_000}</a></ul>"
    )
    lines = describe_found(found)
    assert all(line.isprintable() and len(line) < 400 for line in lines)
