"""Pictures for the values of form fields that have none, or an old one, as readers make them."""

from __future__ import annotations

import logging
import re
import textwrap
from typing import TYPE_CHECKING, cast

from pikepdf import AcroFormField, Annotation, Dictionary, FormFieldFlag, Pdf

from dspguide.pdf.source.annotations import annotations_of, picture_of
from dspguide.pdf.source.values import SURPRISES, drop
from dspguide.pdf.syntax import byte_string

if TYPE_CHECKING:
    from collections.abc import Sequence

_FONT = re.compile(rb"([0-9.]+)\s+Tf")
_ONE_LINE = re.compile(rb"[-0-9.]+ [-0-9.]+ Td\s.*?Tj\s+ET", re.DOTALL)
#: Of annotations that are not seen on a screen: hidden, no view.
_UNSEEN = 1 << 1 | 1 << 5


def draw_field_values(pdf: Pdf, pages: Sequence[Dictionary]) -> int:
    """Give every text and choice field that has a value a picture of it.

    Returns the number of those whose value could not be drawn: qpdf has letters of Western Europe
    only, and needs to be told the font. Raises RejectedChapter for more annotations than may be.
    """
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return 0
    all_of_them = cast("object", form.get("/NeedAppearances")) is True  # whatever else it may be
    failed = 0
    for page in pages:
        for found in annotations_of(page):
            if found.get("/Subtype") != "/Widget" or (picture_of(found) and not all_of_them):
                continue
            field = _field(pdf, found)
            before = found.get("/AP")
            if field is not None and not _draw(field, found):
                failed += 1
                drop(found, ("/AP",))
                if before is not None:
                    found.AP = before  # better than nothing
    return failed


def _field(pdf: Pdf, widget: Dictionary) -> AcroFormField | None:
    """The field of a widget if it has a text that is to be seen."""
    if not widget.is_indirect:
        return None  # no form can refer to it
    try:
        flags = widget.get("/F", 0)
        if isinstance(flags, int) and flags & _UNSEEN:
            return None
        field = pdf.acroform.get_field_for_annotation(Annotation(widget))
        has_text = field is not None and (field.is_text or field.is_choice)
        return field if has_text and field.value_as_string.strip() else None
    except SURPRISES:
        return None  # it is no field


def _draw(field: AcroFormField, widget: Dictionary) -> bool:
    """Make the picture; False where that cannot be done."""
    try:
        drop(widget, ("/AP",))
        text = field.value_as_string.encode("cp1252")
        field.generate_appearance(Annotation(widget))
        picture = picture_of(widget)
        content = b"" if picture is None else picture.read_bytes()
        font = _FONT.search(content)
        if picture is None or font is None or b"Tj" not in content:
            return False
        if field.is_text and field.flags & FormFieldFlag.tx_multiline:
            box = [float(value) for value in picture.BBox.as_list()]
            picture.write(_in_lines(content, text, box, float(font[1])))
    except SURPRISES as error:
        logging.getLogger(__name__).debug("no picture of a field's value: %s", error)
        return False
    return True


def _in_lines(content: bytes, text: bytes, box: Sequence[float], size: float) -> bytes:
    """What qpdf draws in one line, with the text in lines in its place, from the top.

    Letters are half as wide as they are high, more or less.
    """
    left, bottom, right, top = box
    most = max(int((right - left) / size * 2), 1)
    paragraphs = text.decode("cp1252").splitlines()
    lines = [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, most) or [""]]
    shown = b" ".join(byte_string(line.encode("cp1252")) + b" Tj T*" for line in lines)
    begin = b"2 %.1f Td %.1f TL " % (top - bottom - size, size * 1.15)
    return _ONE_LINE.sub(lambda _: begin + shown + b"\nET", content, count=1)
