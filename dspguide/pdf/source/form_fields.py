"""Pictures for the values of form fields that have none, or an old one, as readers make them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pikepdf
from pikepdf import AcroFormField, Annotation, Dictionary, FormFieldFlag, Pdf
from pikepdf.form import ExtendedAppearanceStreamGenerator

from dspguide.pdf.source.annotations import annotations_of, picture_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Of annotations that are not seen on a screen: hidden, no view.
_UNSEEN = 1 << 1 | 1 << 5
_FAULTS = (
    pikepdf.PikepdfError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def draw_field_values(pdf: Pdf, pages: Sequence[Dictionary]) -> int:
    """Give every text and choice field that has a value a picture of it.

    Returns the number of those whose value could not be drawn: qpdf has letters of Western Europe
    only, and needs to be told the font. Raises RejectedChapter for more annotations than may be.
    """
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return 0
    needed: Any = form.get("/NeedAppearances")
    all_of_them = needed is True  # whatever else it may be
    failed = 0
    for page in pages:
        for found in annotations_of(page):
            if found.get("/Subtype") != "/Widget" or (picture_of(found) and not all_of_them):
                continue
            field = _field(pdf, found)
            if field is not None and not _draw(pdf, field, found):
                failed += 1
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
    except _FAULTS:
        return None  # it is no field


def _draw(pdf: Pdf, field: AcroFormField, widget: Dictionary) -> bool:
    try:
        field.value_as_string.encode("cp1252")
        annotation = Annotation(widget)
        flags = field.flags
        if field.is_text and flags & (FormFieldFlag.tx_multiline | FormFieldFlag.tx_comb):
            ExtendedAppearanceStreamGenerator(pdf, pdf.acroform).generate_text(field)
        else:
            if "/AP" in widget:
                del widget["/AP"]
            field.generate_appearance(annotation)
        picture = picture_of(widget)
        return picture is not None and b"Tj" in picture.read_bytes()
    except _FAULTS as error:
        logging.getLogger(__name__).debug("no picture of a field's value: %s", error)
        return False
