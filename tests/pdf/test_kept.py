"""What a chapter has beside text and pictures: kept where it can be, else named in a warning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from dspguide.pdf import BindResult, BookPlan, ChapterPlan, bind_files
from tests.pdf.samples import Chapter, book_plan
from tests.pdf.tools import looks, qpdf_check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HELVETICA = "/Font<</Helv<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def changed(number: int, change: Callable[[pikepdf.Pdf], None], tmp_path: Path) -> Path:
    path = tmp_path / f"CH{number}.PDF"
    path.write_bytes(Chapter(number, f"Number {number} of Them", first=3 * number).data())
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path)
    return path


def bound(files: list[Path], tmp_path: Path) -> tuple[BindResult, pikepdf.Pdf]:
    plans = tuple(ChapterPlan(n, f"Number {n} of Them", None) for n in range(1, len(files) + 1))
    result = bind_files(BookPlan("Book", None, "en", plans), files, tmp_path / "book.pdf")
    qpdf_check(tmp_path / "book.pdf")
    return result, pikepdf.open(tmp_path / "book.pdf")


# Forms


def field(kind: str, value: str, more: str = "") -> str:
    return (
        f"<</Type/Annot/Subtype/Widget/FT/{kind}/T(a)/V{value}/F 4/DA(/Helv 12 Tf 0 g)"
        f"/Rect[72 160 300 190]{more}>>"
    )


def with_form(fields: str, form: str, tmp_path: Path) -> Path:
    """A chapter with one page, whose fields are objects of their own."""
    file = Chapter(pages=1, annotations={0: "@"}).raw()
    page = file.bodies[3]
    number = file.add(fields)
    file.set(4, page.replace(b"[@]", b"[%d 0 R]" % number))
    root = file.bodies[file.root - 1][:-2]
    form = f"/AcroForm<</Fields[{number} 0 R]/DR<<{HELVETICA}>>{form}>>>>"
    file.set(file.root, root + form.encode())
    (tmp_path / "CH1.PDF").write_bytes(file.data())
    return tmp_path / "CH1.PDF"


@pytest.mark.parametrize("kind", ["Tx", "Ch"])
@pytest.mark.parametrize("form", ["", "/NeedAppearances true"])
def test_the_value_of_a_field_without_a_picture_is_seen(
    kind: str, form: str, tmp_path: Path
) -> None:
    source = with_form(field(kind, "(Forty two)"), form, tmp_path)
    result = bind_files(book_plan([Chapter()]), [source], tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as book:
        (stamp,) = list(book.pages[0].obj.Annots)
        assert b"(Forty two)" in stamp.AP.N.read_bytes()
    assert result.warnings == ()
    qpdf_check(tmp_path / "book.pdf")


def test_a_value_of_several_lines_is_seen(tmp_path: Path) -> None:
    source = with_form(field("Tx", "(Forty\\ntwo)", "/Ff 4096"), "", tmp_path)
    bind_files(book_plan([Chapter()]), [source], tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as book:
        content = book.pages[0].obj.Annots[0].AP.N.read_bytes()
    assert b"Forty" in content
    assert b"two" in content


def test_a_picture_of_an_old_value_gives_way_where_the_form_says_so(tmp_path: Path) -> None:
    source = with_form(field("Tx", "(new)"), "/NeedAppearances true", tmp_path)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        picture = pdf.make_stream(
            b"/Tx BMC BT /Helv 12 Tf (old) Tj ET EMC", Subtype=Name.Form, BBox=[0, 0, 228, 30]
        )
        pdf.pages[0].obj.Annots[0].AP = Dictionary(N=picture)
        pdf.save(source)
    bind_files(book_plan([Chapter()]), [source], tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as book:
        content = book.pages[0].obj.Annots[0].AP.N.read_bytes()
    assert b"new" in content
    assert b"old" not in content


@pytest.mark.parametrize(
    "what", [field("Tx", "<FEFF4E2D6587>"), field("Tx", "(x)").replace("/DA(/Helv 12 Tf 0 g)", "")]
)
def test_a_value_that_cannot_be_drawn_is_counted(what: str, tmp_path: Path) -> None:
    source = with_form(what, "", tmp_path)
    result = bind_files(book_plan([Chapter()]), [source], tmp_path / "book.pdf")
    assert "1 values of form fields cannot be drawn" in result.warnings[0]


@pytest.mark.parametrize("flag", [2, 32])
def test_a_hidden_value_stays_hidden(flag: int, tmp_path: Path) -> None:
    what = field("Tx", "(secret)").replace("/F 4", f"/F {flag}")
    source = with_form(what, "", tmp_path)
    assert bind_files(book_plan([Chapter()]), [source], tmp_path / "book.pdf").warnings == ()
    with pikepdf.open(tmp_path / "book.pdf") as book:
        assert "/Annots" not in book.pages[0].obj


@pytest.mark.parametrize(
    ("state", "seen"), [("/Off", False), ("/Yes", True), ("/Other", False), (None, True)]
)
def test_a_box_shows_the_state_it_is_in(state: str | None, seen: bool, tmp_path: Path) -> None:
    def add_box(pdf: pikepdf.Pdf) -> None:
        tick = pdf.make_stream(b"0 0 50 50 re f", Subtype=Name.Form, BBox=[0, 0, 50, 50])
        box = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Btn,
            T=String("a"),
            F=4,
            V=Name.Yes,
            Rect=[60, 160, 110, 210],
            AP=Dictionary(N=Dictionary(Yes=tick), D=Dictionary(Yes=tick, Off=tick)),
        )
        if state is not None:
            box.AS = Name(state)
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(box)])
        pdf.Root.AcroForm = Dictionary(Fields=pdf.pages[0].obj.Annots)

    _, book = bound([changed(1, add_box, tmp_path)], tmp_path)
    with book:
        page = book.pages[0].obj
        assert ("/Annots" in page) is seen
        if seen:
            assert set(page.Annots[0].AP.keys()) == {"/N"}
            assert isinstance(page.Annots[0].AP.N, pikepdf.Stream)


# Notes


def test_a_thread_of_notes_stays_together_on_every_page_that_shares_it(tmp_path: Path) -> None:
    def add_notes(pdf: pikepdf.Pdf) -> None:
        first, second, third = (
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Text,
                    Rect=[9, 9, 29, 29],
                    Contents=String(text),
                    RC=String(f"<p>{text}</p>"),
                )
            )
            for text in ("question", "answer", "thanks")
        )
        second.IRT, third.IRT, third.RT = first, second, Name.R
        for page in pdf.pages:
            page.obj.Annots = Array([third, first, second])

    _, book = bound([changed(1, add_notes, tmp_path)], tmp_path)
    with book:
        seen = set()
        for page in book.pages:
            third, first, second = list(page.obj.Annots)
            assert third.IRT.objgen == second.objgen
            assert second.IRT.objgen == first.objgen
            assert str(third.RC) == "<p>thanks</p>"
            seen |= {first.objgen, second.objgen, third.objgen}
        assert len(seen) == 9


def test_a_note_whose_question_is_gone_stays(tmp_path: Path) -> None:
    def add_note(pdf: pikepdf.Pdf) -> None:
        popup = pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Popup, Rect=[0, 0, 9, 9])
        )
        note = Dictionary(
            Type=Name.Annot, Subtype=Name.Text, Rect=[9, 9, 29, 29], IRT=popup, Contents=String("x")
        )
        pdf.pages[0].obj.Annots = Array([popup, pdf.make_indirect(note)])

    _, book = bound([changed(1, add_note, tmp_path)], tmp_path)
    with book:
        (note,) = list(book.pages[0].obj.Annots)
        assert "/IRT" not in note


# The whole file


def says(direction: str) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.ViewerPreferences = Dictionary(Direction=Name(direction), HideToolbar=True)

    return change


def intent(profile: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OutputIntents = Array(
            [
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFX,
                    OutputConditionIdentifier=String("Press"),
                    DestOutputProfile=pdf.make_stream(profile, N=4),
                )
            ]
        )

    return change


@pytest.mark.parametrize(("second", "expected"), [("/R2L", "/R2L"), ("/L2R", None), ("/Up", None)])
def test_the_reading_direction_is_the_books_if_all_chapters_have_it(
    second: str, expected: str | None, tmp_path: Path
) -> None:
    files = [changed(1, says("/R2L"), tmp_path), changed(2, says(second), tmp_path)]
    _, book = bound(files, tmp_path)
    with book:
        preferences = book.Root.ViewerPreferences
        assert preferences.get("/Direction") == expected
        assert "/HideToolbar" not in preferences


@pytest.mark.parametrize(("second", "kept"), [(b"profile", True), (b"another", False)])
def test_the_output_intent_is_the_books_if_all_chapters_have_it(
    second: bytes, kept: bool, tmp_path: Path
) -> None:
    files = [changed(1, intent(b"profile"), tmp_path), changed(2, intent(second), tmp_path)]
    result, book = bound(files, tmp_path)
    with book:
        assert ("/OutputIntents" in book.Root) is kept
        if kept:
            assert book.Root.OutputIntents[0].DestOutputProfile.read_bytes() == b"profile"
    assert any("output intent" in text for text in result.warnings) is not kept


def test_what_is_left_out_is_named_and_counted(tmp_path: Path) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["a"] = b"1"
        pdf.attachments["b"] = b"2"
        pdf.Root.Collection = Dictionary()
        pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=String("x"))
        pdf.Root.StructTreeRoot = Dictionary(K=Array([]))
        pdf.pages[0].obj.Annots = Array(
            [
                Dictionary(Subtype=Name("/" + kind), Rect=[0, 0, 9, 9])
                for kind in ("Movie", "Screen")
            ]
        )

    result, book = bound([changed(1, add, tmp_path)], tmp_path)
    book.close()
    assert result.warnings == (
        (
            "chapter 1 (Number 1 of Them): left out of the book: 2 films, sounds or models, "
            "2 attachments, the portfolio around it, a form in XFA, the tags for screen readers"
        ),
    )


# Soft masks


def masked(pdf: pikepdf.Pdf) -> None:
    """A form, and the mask that it is painted through, with equal forms in both."""

    def form(content: bytes, **more: object) -> pikepdf.Stream:
        group = Dictionary(S=Name.Transparency, I=True, CS=Name.DeviceRGB)
        return pdf.make_stream(
            content,
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=[0, 0, 400, 400],
            Group=group,
            **more,
        )

    def box() -> pikepdf.Stream:
        return form(b"1 g 100 100 200 200 re f")

    mask = form(b"/X Do", Resources=Dictionary(XObject=Dictionary(X=box())))
    soft = Dictionary(Type=Name.Mask, S=Name.Luminosity, G=mask)
    page = pdf.pages[0].obj
    page.Resources.XObject = Dictionary(Y=box(), Z=box())
    page.Resources.ExtGState = Dictionary(M=Dictionary(SMask=soft))
    page.Contents = pdf.make_stream(b"0 .4 .8 rg 0 0 400 400 re f q /M gs /Y Do /Z Do Q")


def test_equal_forms_are_one_but_for_those_in_masks(tmp_path: Path) -> None:
    source = changed(1, masked, tmp_path)
    right = looks(source)
    _, book = bound([source], tmp_path)
    assert looks(tmp_path / "book.pdf") == right
    with book:
        resources = book.pages[0].obj.Resources
        within = resources.ExtGState.M.SMask.G.Resources.XObject.X
        painted = resources.XObject
        assert painted.Y.objgen == painted.Z.objgen
        assert painted.Y.objgen != within.objgen
        assert painted.Y.read_bytes() == within.read_bytes()


def test_equal_masks_of_two_chapters_are_one(tmp_path: Path) -> None:
    _, book = bound([changed(n, masked, tmp_path) for n in (1, 2)], tmp_path)
    with book:
        masks = [book.pages[index].obj.Resources.ExtGState.M.SMask.G.objgen for index in (0, 3)]
    assert masks[0] == masks[1]


def test_the_title_of_a_warning_is_that_of_the_chapter(tmp_path: Path) -> None:
    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["a"] = b"1"

    result, book = bound([changed(1, attach, tmp_path)], tmp_path)
    book.close()
    assert re.match(r"chapter 1 \(Number 1 of Them\): left out", result.warnings[0])


@pytest.mark.parametrize(
    ("language", "tag"), [("en", "en"), ("en_US", "en-US"), (" de ", "de"), ("en\x01", "en"),
                          ("a&b", None), ("", None), ("\ud800", None), ("x" * 9, None)],
)  # fmt: skip
def test_the_language_is_a_tag_or_not_there(language: str, tag: str | None, tmp_path: Path) -> None:
    (tmp_path / "CH1.PDF").write_bytes(Chapter().data())
    plan = BookPlan("A & \x01 <B>", "C \ud800", language, (Chapter().plan(),))
    bind_files(plan, [tmp_path / "CH1.PDF"], tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as book:
        assert book.Root.get("/Lang") == tag
        with book.open_metadata() as metadata:
            assert metadata["dc:title"] == "A & <B>"
            assert metadata.get("dc:language", {None}) == {tag}
