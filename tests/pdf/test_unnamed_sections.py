"""Sections that no contents page names: the chapter's own outline, or its numbered headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dspguide.pdf import ChapterPlan, prepare
from tests.pdf.latexlike import Style, make_chapter
from tests.pdf.samples import Chapter, line, page_object, unicode_line

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf import PreparedChapter
    from tests.pdf.latexlike import Made

#: An entry of an outline: its title, where it leads, and what stands below it.
Item = tuple[str, str, "list[Item]"]


def at(page: int, view: str = "/XYZ 0 600 null") -> str:
    return f"/Dest[{page_object(page)} 0 R{view}]"


def outlined(chapter: Chapter, items: list[Item]) -> bytes:
    """The chapter's file with an outline of its own."""
    file = chapter.raw()

    def put(entries: list[Item], parent: int) -> tuple[int, int]:
        numbers = [file.add("") for _ in entries]
        for n, ((title, target, below), number) in enumerate(zip(entries, numbers, strict=True)):
            following = f"/Next {numbers[n + 1]} 0 R" if n + 1 < len(numbers) else ""
            first = f"/First {put(below, number)[0]} 0 R" if below else ""
            file.set(number, f"<</Title({title})/Parent {parent} 0 R{following}{first}{target}>>")
        return numbers[0], numbers[-1]

    root = file.add("")
    file.set(root, f"<</Type/Outlines/First {put(items, root)[0]} 0 R>>")
    body = file.bodies[file.root - 1]
    file.set(file.root, body[:-2] + f"/Outlines {root} 0 R>>".encode())
    return file.data()


def read(tmp_path: Path, data: bytes, plan: ChapterPlan) -> PreparedChapter:
    (tmp_path / "CH.PDF").write_bytes(data)
    return prepare(tmp_path / "CH.PDF", plan)


def tree(prepared: PreparedChapter) -> list[tuple[int, str, int, float | None]]:
    return [(s.level, s.title, s.page_index, s.top) for s in prepared.sections]


PLAN = ChapterPlan(1, "Beginnings")


def test_a_chapters_own_outline_is_kept_as_it_is_nested(tmp_path: Path) -> None:
    items: list[Item] = [
        ("1.1 Noise", at(0), [("1.1.1 Pink", at(1, "/FitH 321"), [("Deep", at(1, "/Fit"), [])])]),
        ("1.2 Rain", f"/A<</S/GoTo/D[{page_object(2)} 0 R/FitR 9 8 99 77]>>", []),
    ]
    assert tree(read(tmp_path, outlined(Chapter(), items), PLAN)) == [
        (1, "1.1 Noise", 0, 600),
        (2, "1.1.1 Pink", 1, 321),
        (3, "Deep", 1, None),
        (1, "1.2 Rain", 2, 77),
    ]


def test_dead_entries_vanish_and_what_is_below_them_moves_up(tmp_path: Path) -> None:
    items: list[Item] = [
        ("Contents", "/A<</S/GoToR/F(contents.pdf)/D[0/Fit]>>", []),
        ("Nowhere", "/Dest[99 0 R/Fit]", [("Noise", at(1), [("Pink", at(1), [])])]),
        ("", at(1), []),
    ]
    found = tree(read(tmp_path, outlined(Chapter(), items), PLAN))
    assert [(level, title) for level, title, *_ in found] == [(1, "Noise"), (2, "Pink")]


@pytest.mark.parametrize("title", ["Beginnings", "1 Beginnings", "Chapter 1: Beginnings"])
def test_the_entry_of_the_chapter_itself_is_no_section(title: str, tmp_path: Path) -> None:
    items: list[Item] = [(title, at(0), [("Noise", at(1), []), ("Rain", at(2), [])])]
    found = tree(read(tmp_path, outlined(Chapter(), items), PLAN))
    assert [(level, title) for level, title, *_ in found] == [(1, "Noise"), (1, "Rain")]


def test_of_an_outline_below_named_sections_what_is_deeper_is_kept(tmp_path: Path) -> None:
    chapter = Chapter(headings={"Noise": (0, 400.0), "Rain": (2, 300.0)})
    items: list[Item] = [
        ("Noise:", at(0), [("Pink", at(1), [("Deep", at(1), [])])]),
        ("Rain:", at(2), []),
        ("Colophon", at(2), []),
    ]
    found = read(tmp_path, outlined(chapter, items), chapter.plan())
    expected = [(1, "Noise"), (2, "Pink"), (3, "Deep"), (1, "Rain")]
    assert [(level, title) for level, title, *_ in tree(found)] == expected
    assert [round(s.top or 0) for s in found.sections if s.level == 1] == [413, 313]
    assert ["1 entries of its own outline" in warning for warning in found.warnings] == [True]


def numbered(*headings: tuple[int, float, str]) -> Chapter:
    extra: dict[int, str] = {}
    for page, height, text in headings:
        extra[page] = extra.get(page, "") + line("B", 14, 60, height, text)
    return Chapter(pages=6, extra_lines=extra)


@pytest.mark.parametrize(
    ("titles", "levels"),
    [
        (("1.1 Noise", "1.2 Rain", "1.3 Wind"), (1, 1, 1)),
        (("1.1 Noise", "1.1.1 Pink", "1.2 Rain"), (1, 2, 1)),
        (("1.1. Noise", "1.1.1. Pink", "1.2. Rain"), (1, 2, 1)),
        (("1-1 Noise", "1-2 Rain", "1-3 Wind"), (1, 1, 1)),
        (("A.1 Noise", "A.2 Rain", "A.3 Wind"), (1, 1, 1)),
        (("A1.1 Noise", "A1.2 Rain", "A1.3 Wind"), (1, 1, 1)),
        (("\xa7 3 Noise", "\xa7 4 Rain", "\xa7 5 Wind"), (1, 1, 1)),
        (("\xa7 3.1 Noise", "\xa7 3.2 Rain", "\xa7 3.3 Wind"), (1, 1, 1)),
        (("1 Noise", "1.1 Pink", "2 Rain"), (1, 2, 1)),
        (("1. Noise", "2. Rain", "3. Wind"), (1, 1, 1)),
        (("7.1 Noise", "7.2 Rain", "7.4 3D Wind"), (1, 1, 1)),  # the site counts otherwise
    ],
)
def test_numbered_headings_are_sections(
    titles: tuple[str, ...], levels: tuple[int, ...], tmp_path: Path
) -> None:
    chapter = numbered()
    for n, (title, level) in enumerate(zip(titles, levels, strict=True), 1):
        chapter.extra_lines[n] = line("B", 18 - 2 * level, 60, 500.0 - 100 * n, title)
    found = read(tmp_path, chapter.data(), PLAN).sections
    assert [s.title for s in found] == list(titles)
    assert [s.page_index for s in found] == [1, 2, 3]
    assert [s.level for s in found] == list(levels)
    assert all(s.found for s in found)


def test_what_only_looks_like_a_numbered_heading_is_none(tmp_path: Path) -> None:
    chapter = numbered((1, 500, "1.1 Noise"), (3, 400, "1.2 Rain"))
    extra = chapter.extra_lines
    listed = "".join(line("B", 14, 60, 300 - 17 * n, f"1.{n} {t}") for n, t in enumerate("xyz", 1))
    extra[0] = listed + line("B", 14, 60, 200, "1.2 Rain . . . . . . . 4")
    extra[2] = line("T", 10.6, 60, 300, "1.2 Rain is what falls,") + line(
        "B", 14, 60, 250, "1.81 m"
    )
    extra[4] = line("B", 9, 60, 690, "1.2 Rain") + line("B", 10.6, 60, 300, "1.3")
    extra[4] += line("T", 10.6, 90, 300, "Show that rain falls in this exercise")
    extra[5] = line("B", 9, 60, 690, "1.2 Rain") + line("B", 14, 60, 100, "2.4 GHz and its friends")
    found = read(tmp_path, chapter.data(), PLAN).sections
    assert [(s.title, s.page_index) for s in found] == [("1.1 Noise", 1), ("1.2 Rain", 3)]


def test_a_heading_of_two_lines_is_one_title(tmp_path: Path) -> None:
    chapter = numbered((1, 500, "1.1 Noise and its Hyphen-"), (1, 484, "ation in Trains"))
    chapter.extra_lines[2] = unicode_line(14, 60, 300, "1.2 Of ﬁlters – and 信号")
    found = read(tmp_path, chapter.data(), PLAN).sections
    assert [s.title for s in found] == [
        "1.1 Noise and its Hyphenation in Trains",
        "1.2 Of filters – and 信号",
    ]


def level(number: int, code: str) -> str:
    return f"#show heading.where(level: {number}): it => {code}"


STYLES = {
    "as LaTeX has it": Style(),
    "in italics": Style(
        show=level(
            3, 'block(text(style: "italic", weight: 400)[#counter(heading).display() #it.body])'
        )
    ),
    "apart from the text and no more": Style(
        show=level(
            2,
            "align(center, block(above: 14pt, below: 8pt, text(weight: 400, size: 10pt)"
            "[#counter(heading).display(). #it.body]))",
        )
    ),
    "in another font": Style(
        show='#show heading: set text(font: "Libertinus Serif", size: 10pt, weight: 400)'
    ),
    "numbers in the margin": Style(
        show=level(2, "block(text(1.3em)[#place(dx: -30pt, counter(heading).display()) #it.body])")
    ),
    "at the right": Style(show="#show heading: set align(right)"),
    "in two columns": Style(width=612, height=792, show="#set page(columns: 2)"),
    "bold heads, numbers in the foot": Style(
        header="*#section;*", footer="#align(center)[#title -- #n -- Version 2]"
    ),
    "a list of contents": Style(
        show="#show heading.where(level: 1): it => { it; outline(title: none) }"
    ),
    "wide margins": Style(width=612, height=792, margin=110, header="#h(1fr) #title; #h(1fr) #n"),
}


def strip(made: Made) -> dict[str, int]:
    """The sections two levels deep that there are, by number."""
    return {number: page for number, page in made.headings if number.count(".") in (1, 2)}


@pytest.mark.parametrize("style", STYLES)
def test_a_book_stripped_of_its_outline_keeps_its_sections(style: str, tmp_path: Path) -> None:
    made = make_chapter(8, "The Discrete Train", style=STYLES[style], first=121)
    found = read(tmp_path, made.data, ChapterPlan(8, "The Discrete Train"))
    sections = {s.title.split()[0].rstrip("."): s.page_index for s in found.sections}
    assert sections == strip(made)
    assert found.labels == made.labels
    assert [s.level for s in found.sections] == [
        s.title.split()[0].rstrip(".").count(".") for s in found.sections
    ]
