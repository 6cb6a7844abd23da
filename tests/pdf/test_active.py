"""Nothing active, attached or from elsewhere gets into a book, wherever it hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream, String

from dspguide.pdf import BookPlan, RejectedChapter, bind_files
from tests.pdf.samples import Chapter
from tests.pdf.tools import looks, qpdf_check

if TYPE_CHECKING:
    from pathlib import Path

PLAN = BookPlan("Book", None, "en", (Chapter().plan(),))


def words(text: str) -> list[str]:
    return text.split()


ACTIONS = words(
    "GoTo GoTo3DView GoToDp GoToE GoToR Hide ImportData JavaScript Launch Movie Named "
    "Rendition ResetForm RichMediaExecute SetOCGState Sound SubmitForm Thread Trans URI "
)
#: Keys of what is active, attached or from elsewhere.
ACTIVE_KEYS = words(
    "/AA /AF /EF /FFilter /Fs /JS /Next /OPI /OnInstantiate /OpenAction /PA /PV /PieceInfo "
    "/Ref /RichMediaContent /UF /Win /XFA /3DD /Movie "
)
#: Places that readers look for pictures in, and some where nobody looks for anything.
KEYS = words(
    "A AA AF AP Alternates CharProcs ColorSpace Colorants DestOutputProfile EF Encoding "
    "ExtGState F FD FS Font Function G Group JS Mask Metadata N Next OC OCGs OPI P Parent "
    "Pattern PieceInfo Private Process Properties Ref Resources S SMask Shading T Usage VE W "
    "XObject "
)


def action(_: pikepdf.Pdf, kind: str) -> Any:
    return Dictionary(
        S=Name("/" + kind), JS=String("evil"), F=String("evil.exe"), URI=String("http://evil/")
    )


def script_in_a_stream(pdf: pikepdf.Pdf, kind: str) -> Any:
    return Dictionary(S=pdf.make_indirect(Name("/" + kind)), JS=pdf.make_stream(b"evil"))


def attachment(pdf: pikepdf.Pdf, _: str) -> Any:
    file = pdf.make_stream(b"MZ evil", Type=Name.EmbeddedFile)
    return Dictionary(F=String("evil.exe"), UF=String("evil.exe"), EF=Dictionary(F=file))


def embedded_file(pdf: pikepdf.Pdf, _: str) -> Any:
    return pdf.make_stream(b"MZ evil", Type=Name.EmbeddedFile, Subtype=Name("/x-evil"))


def model(pdf: pikepdf.Pdf, _: str) -> Any:
    script = pdf.make_stream(b"evil")
    return pdf.make_stream(b"U3D evil", Type=Name("/3D"), Subtype=Name.U3D, OnInstantiate=script)


def program(pdf: pikepdf.Pdf, _: str) -> Any:
    return pdf.make_stream(b"(evil) run", Type=Name.XObject, Subtype=Name.PS)


PAYLOADS = [action, script_in_a_stream, attachment, embedded_file, model, program]

hidden = st.tuples(
    st.sampled_from(PAYLOADS),
    st.sampled_from(ACTIONS),
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from("dias")), min_size=1, max_size=6),
    st.sampled_from(
        ["page", "resources", "form", "image", "annotation", "state", "intent", "layers"]
    ),
)


def wrapped(pdf: pikepdf.Pdf, value: Any, way: list[tuple[str, str]]) -> Any:
    """The value within dictionaries, objects of their own, arrays and streams."""
    for key, kind in way[1:]:
        if kind == "a":
            value = Array([value])
        elif kind == "s":
            value = pdf.make_stream(b"0 0 9 9 re f", {"/" + key: value})
        else:
            value = Dictionary({"/" + key: value})
            value = pdf.make_indirect(value) if kind == "i" else value
    return value


def chapter_with(hidden_things: list[Any], path: Path) -> None:
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0].obj
        form = pdf.make_stream(
            b"1 0 0 rg 0 0 9 9 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]
        )
        image = pdf.make_stream(
            b"\0", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
            ColorSpace=Name.DeviceGray,
        )  # fmt: skip
        state = pdf.make_indirect(Dictionary(Type=Name.ExtGState, CA=1))
        annotation = pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=[9, 9, 99, 99])
        )
        annotation.AP = Dictionary(N=form)
        page.Annots = Array([annotation])
        page.Resources.XObject = Dictionary(X=form, I=image)
        page.Resources.ExtGState = Dictionary(E=state)
        intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFX)
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("L")))
        pdf.Root.OutputIntents = Array([intent])
        pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary())
        places = {
            "page": page, "resources": page.Resources, "form": form, "image": image,
            "annotation": annotation, "state": state, "intent": pdf.Root.OutputIntents[0],
            "layers": layer,
        }  # fmt: skip
        kept = {"/Contents", "/MediaBox", "/Type", "/Parent", "/Length"}
        for make, kind, way, place in hidden_things:
            key = "/" + way[0][0]
            if key not in kept and not (place == "page" and key == "/Resources"):
                places[place][key] = wrapped(pdf, make(pdf, kind), way)
        pdf.save(path.with_name("hidden.pdf"))


def all_within(item: Any) -> Any:
    """Every value in an object but those that are objects of their own."""
    yield item
    if isinstance(item, Array):
        below = list(item)
    elif isinstance(item, (Dictionary, Stream)):
        below = [value for _, value in item.items()]
    else:
        return
    for value in below:
        if not (isinstance(value, pikepdf.Object) and value.is_indirect):
            yield from all_within(value)


def assert_harmless(book: Path) -> None:
    with pikepdf.open(book) as pdf:
        for item in pdf.objects:
            for value in all_within(item):
                if isinstance(value, (Dictionary, Stream)):
                    for key in set(ACTIVE_KEYS) & set(value.keys()):
                        # A resource may have any name, but is never one of these.
                        assert not isinstance(value[key], (String, Name, int))
                    assert value.get("/Type") not in (
                        "/EmbeddedFile",
                        "/Filespec",
                        "/Action",
                        "/3D",
                    )
                    assert str(value.get("/S", "/"))[1:] not in ACTIONS
                    assert value.get("/Subtype") != "/PS"
                if isinstance(value, String):
                    assert b"evil" not in bytes(value)
            if isinstance(item, Stream) and item.get("/Type") != "/XRef":
                assert b"evil" not in item.read_bytes()


@given(hidden_things=st.lists(hidden, min_size=1, max_size=5))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_hides_in_whatever_place_stays_out(
    hidden_things: list[Any], tmp_path: Path
) -> None:
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(Chapter(pages=1).data())
    chapter_with(hidden_things, source)
    try:
        bind_files(PLAN, [tmp_path / "hidden.pdf"], book)
    except RejectedChapter as rejected:
        assert rejected.reason in ("damaged", "too-big")  # noqa: PT017 - else it is in the book
    else:
        assert_harmless(book)
        qpdf_check(book)


def test_a_chapter_with_nothing_to_hide_looks_the_same(tmp_path: Path) -> None:
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(Chapter(pages=1).data())
    chapter_with([], source)
    bind_files(PLAN, [tmp_path / "hidden.pdf"], book)
    assert looks(book) == looks(tmp_path / "hidden.pdf")


@pytest.mark.parametrize("pages", [1, 3])
def test_a_large_attachment_is_no_reason_to_refuse_a_chapter(pages: int, tmp_path: Path) -> None:
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(Chapter(pages=pages).data())
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.attachments["a.bin"] = bytes(130_000_000)
        pdf.save(source, compress_streams=True)
    result = bind_files(PLAN, [source], book)
    assert result.pages == pages
    assert any("left out of the book: 1 attachment" in text for text in result.warnings)
    assert_harmless(book)
