"""Title, author and language of the book, told twice in the same words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pypdf
from pypdf.xmp import XmpInformation

if TYPE_CHECKING:
    from dspguide.pdf.model import BookPlan

PRODUCER = f"pypdf {pypdf.__version__}"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")  # RFC 5646 allows no more than this


def _plain(text: str) -> str:
    """The text on one line, without characters that XML may not have."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def language_tag(text: str) -> str | None:
    """A language as a site writes it, such as "en_US", as a tag; None for what is none."""
    tag = _plain(text).replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None


def document_info(plan: BookPlan) -> dict[str, str]:
    """The document information; it has no dates, which would differ in every run."""
    author = {"/Author": _plain(plan.author)} if plan.author else {}
    return {"/Title": _plain(plan.title), "/Producer": PRODUCER} | author


def xmp_packet(plan: BookPlan) -> bytes:
    """The XMP packet that says the same; the same bytes every time."""
    xmp = XmpInformation.create()
    xmp.dc_format = "application/pdf"
    xmp.dc_title = {"x-default": _plain(plan.title)}
    if plan.author:
        xmp.dc_creator = [_plain(plan.author)]
    if language := language_tag(plan.language):
        xmp.dc_language = [language]
    xmp.pdf_producer = PRODUCER
    return xmp.stream.get_data()
