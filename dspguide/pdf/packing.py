"""Arrays of numbers as one object on the way to the binding process.

Most values in a chapter are widths of characters: some 20 fonts with 200 numbers each. pypdf makes
an object of each number, clones it and writes it, which is most of the time that binding takes. So
prepare() puts the text of such an array into a stream, and the freezer takes it out again.
"""

from __future__ import annotations

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from dspguide.pdf.syntax import NUMBERS, PACKED_NUMBERS

_WORTH_IT = 16


def pack_numbers(pdf: Pdf) -> None:
    """Replace the /Widths of fonts by streams that only the freezer understands."""
    packed: dict[bytes, Stream] = {}
    for item in pdf.objects:
        if not isinstance(item, Dictionary) or isinstance(item, Stream):
            continue
        widths = item.get("/Widths")
        if not isinstance(widths, Array) or len(widths) < _WORTH_IT:
            continue
        text = widths.unparse(resolved=True)
        if not NUMBERS.fullmatch(text):
            continue
        if text not in packed:
            packed[text] = Stream(pdf, text, Type=Name(PACKED_NUMBERS))
        item["/Widths"] = pdf.make_indirect(packed[text])
