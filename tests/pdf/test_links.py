"""Every link of a book leads where its chapter meant it to lead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest

from dspguide.pdf import BookPlan, bind_files
from tests.pdf.samples import Chapter, book_plan, link, page_object
from tests.pdf.tools import qpdf_check

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[int, float | None]  # 0-based page index in the book, height or None


def bind(tmp_path: Path, chapters: list[Chapter], plan: BookPlan | None = None) -> Path:
    files = []
    for chapter in chapters:
        files.append(tmp_path / f"CH{chapter.number}.PDF")
        files[-1].write_bytes(chapter.data())
    book = tmp_path / "book.pdf"
    bind_files(plan or book_plan(chapters), files, book)
    qpdf_check(book)
    return book


def links(book: Path) -> list[list[Place | str]]:
    """By 0-based page index in the book: where each link leads."""
    found: list[list[Place | str]] = []
    with pikepdf.open(book) as pdf:
        index = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
        for page in pdf.pages:
            own: list[Place | str] = []
            for annotation in page.obj.get("/Annots", []):
                if "/Dest" in annotation:
                    dest = annotation.Dest
                    top = float(dest[3]) if len(dest) > 3 and dest[3] is not None else None
                    own.append((index[dest[0].objgen], top))
                else:
                    own.append(str(annotation.A.URI))
            found.append(own)
    return found


def named(number: int, *names: tuple[str, int, int]) -> str:
    """A catalog entry with named destinations: name, 0-based page index, height."""
    entries = "".join(
        f"({name})[{page_object(page)} 0 R/XYZ 0 {top} null]" for name, page, top in names
    )
    if number % 2:
        return f"/Names<</Dests<</Names[{entries}]>>>>"
    old = "".join(f"/{name}[{page_object(page)} 0 R/XYZ 0 {top} null]" for name, page, top in names)
    return f"/Dests<<{old}>>"


def test_the_same_name_in_every_chapter_leads_into_each_chapter(tmp_path: Path) -> None:
    chapters = []
    for number in range(1, 7):
        spot = (number % 3, 100 + number)
        use = "(intro)" if number % 2 else "/intro"
        both = link(f"/Dest{use}") + link(f"/A<</S/GoTo/D {use}>>")
        chapter = Chapter(number, f"Part {number} of it", annotations={0: both, 2: both})
        chapter.catalog = named(number, ("intro", *spot))
        chapters.append(chapter)
    found = links(bind(tmp_path, chapters))
    for place in range(6):
        number = place + 1
        expected = (place * 3 + number % 3, 100.0 + number)
        assert found[place * 3] == [expected, expected]
        assert found[place * 3 + 1] == []
        assert found[place * 3 + 2] == [expected, expected]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/A<</S/GoToR/F(CH3.PDF)/D[1/XYZ 0 300 null]>>", (7, 300.0)),
        ("/A<</S/GoToR/F<</Type/Filespec/F(../x/ch3.pdf)>>/D[2/Fit]>>", (8, None)),
        ("/A<</S/GoToR/F(CH3.PDF)/D(spot)>>", (8, 222.0)),
        ("/A<</S/GoToR/F(CH3.PDF)/D(nowhere)>>", (6, None)),
        ("/A<</S/Launch/F(CH3.PDF)>>", (6, None)),
        ("/A<</S/Launch/F(CH3.PDF#page=2)>>", (7, None)),
        ("/A<</S/GoToR/F(CH3.PDF#page=2)/D[0/Fit]>>", (7, None)),
        ("/A<</S/GoToR/F(CH3.PDF#nameddest=spot)/D[0/Fit]>>", (8, 222.0)),
        *(
            (f"/A<</S/GoToR/F<</{key}(CH3.PDF)>>/D[2/Fit]>>", (8, None))
            for key in ("UF", "F", "Unix", "DOS", "Mac")
        ),
        ("/A<</S/GoToR/F(teil-\xfc.pdf)/D[1/Fit]>>", (7, None)),
        ("/A<</S/GoToR/F<FEFF007400650069006C002D00750308002E007000640066>/D[1/Fit]>>", (7, None)),
        ("/A<</S/URI/URI(teil-u%CC%88.pdf#page=2)>>", (7, None)),
        ("/A<</S/URI/URI(http://www.example.org/teil-%C3%BC.pdf#page=2)>>", (7, None)),
        ("/A<</S/URI/URI(http://www.example.org/CH3.PDF)>>", (6, None)),
        ("/A<</S/URI/URI(https://example.org/CH3.PDF#page=2)>>", (7, None)),
        ("/A<</S/URI/URI(CH3.PDF#nameddest=spot)>>", (8, 222.0)),
        ("/A<</S/URI/URI(http://elsewhere.org/CH3.PDF)>>", "http://elsewhere.org/CH3.PDF"),
        ("/A<</S/URI/URI(www.elsewhere.org/CH3.PDF)>>", "http://www.elsewhere.org/CH3.PDF"),
        ("/A<</S/URI/URI(www.example.org/CH3.PDF#spot)>>", (8, 222.0)),
        ("/A<</S/URI/URI(http://www.example.org/CH9.PDF)>>", "http://www.example.org/CH9.PDF"),
        ("/A<</S/URI/URI(mailto:someone@example.org)>>", "mailto:someone@example.org"),
        ("/Dest[8 0 R/XYZ 0 50 2]", (2, 50.0)),
        ("/Dest/\xe9t\xe9", (2, 77.0)),
        ("/A<</S/URI/URI( http://x.org/a\\nb c\\303\\274#d)>>", "http://x.org/ab%20c%C3%BC#d"),
        ("/A<</S/URI/URI<FEFF007700770077002E0078002F03B1>>>", "http://www.x/%CE%B1"),
        ("/A<</S/URI/URI(http://x.org/%20\\377)>>", "http://x.org/%20%FF"),
    ],
)
def test_a_link_out_of_a_chapter_leads_into_the_book_or_the_web(
    target: str, place: Place | str, tmp_path: Path
) -> None:
    own = named(0, ("\xe9t\xe9", 2, 77))  # no UTF-8, which a name need not be
    chapters = [
        Chapter(1, "First Things", annotations={0: link(target)}, catalog=own),
        Chapter(2, "Second Things", first=4),
        Chapter(3, "Third Things", first=7, catalog=named(3, ("spot", 2, 222))),
    ]
    third = chapters[2].plan()
    names = (*third.names, "http://www.example.org/teil-u\u0308.pdf")
    plan = replace(
        book_plan(chapters),
        chapters=(*book_plan(chapters[:2]).chapters, replace(third, names=names)),
    )
    assert links(bind(tmp_path, chapters, plan))[0] == [place]


@pytest.mark.parametrize(
    "target",
    [
        "/Dest(nowhere)",
        "/Dest[null/Fit]",
        "/Dest[99/Fit]",
        "/A<</S/GoTo/D(nowhere)>>",
        "/A<</S/GoToR/F(CH9.PDF)/D[0/Fit]>>",
        "/A<</S/GoToR/F(CH3.PDF)/D[55/Fit]>>",
        "/A<</S/URI/URI(CH9.PDF)>>",
        "/A<</S/URI>>",
        "/A<</S/URI/URI(http:x)>>",
        "/A 12",
        "",
    ],
)
def test_a_dead_link_vanishes_and_its_neighbour_stays(target: str, tmp_path: Path) -> None:
    good = link("/A<</S/URI/URI(https://good.example/)>>")
    chapters = [
        Chapter(1, "First Things", annotations={1: link(target) + good}),
        Chapter(3, "Third Things", first=7),
    ]
    assert links(bind(tmp_path, chapters))[1] == ["https://good.example/"]


def test_a_folder_is_no_chapters_file(tmp_path: Path) -> None:
    chapter = Chapter(annotations={1: link("/A<</S/URI/URI(folder/)>>")})
    own = replace(chapter.plan(), names=("http://www.example.org/chapter1/",))
    (tmp_path / "CH1.PDF").write_bytes(chapter.data())
    plan = BookPlan("Book", None, "en", (own,))
    bind_files(plan, [tmp_path / "CH1.PDF"], tmp_path / "book.pdf")
    assert links(tmp_path / "book.pdf") == [[], [], []]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_link_that_pages_share_leads_on_from_each(wrapped: bool, tmp_path: Path) -> None:
    file = Chapter().raw()
    target = link("/A<</S/URI/URI(http://x.org/)>>")
    number = file.add(f"[{target}]" if wrapped else target)
    annotations = f"/Annots {number} 0 R" if wrapped else f"/Annots[{number} 0 R]"
    for index in (0, 2):
        page = file.bodies[page_object(index) - 1]
        file.set(page_object(index), page[:-2] + annotations.encode() + b">>")
    (tmp_path / "CH1.PDF").write_bytes(file.data())
    bind_files(book_plan([Chapter()]), [tmp_path / "CH1.PDF"], tmp_path / "book.pdf")
    assert links(tmp_path / "book.pdf") == [["http://x.org/"], [], ["http://x.org/"]]


@pytest.mark.parametrize("number", [0, 4])
def test_a_tree_of_names_counts_every_node_once(number: int, tmp_path: Path) -> None:
    """Nodes that are shared by two others, 60 levels of them, and one that leads back to itself."""
    file = Chapter(annotations={0: link(f"/Dest(n{number})")}).raw()
    names = "".join(f"(n{n})[{page_object(2)} 0 R/XYZ 0 {n} null]" for n in range(5))
    node = file.add(f"<</Names[{names}]>>")
    for _ in range(60):
        node = file.add(f"<</Kids[{node} 0 R {node} 0 R null {node + 1} 0 R]>>")
    root = file.bodies[file.root - 1]
    file.set(file.root, root[:-2] + b"/Names<</Dests %d 0 R>>>>" % node)
    (tmp_path / "CH1.PDF").write_bytes(file.data())
    bind_files(book_plan([Chapter()]), [tmp_path / "CH1.PDF"], tmp_path / "book.pdf")
    assert links(tmp_path / "book.pdf")[0] == [(2, number)]
