"""What a file has that does not go into the book, by kind and count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Pdf

from dspguide.pdf.source.annotations import annotations_of
from dspguide.pdf.source.links import name_tree
from dspguide.pdf.source.values import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEDIA = frozenset(("/3D", "/Movie", "/RichMedia", "/Screen", "/Sound"))
_ONE_AND_MANY = {
    "attachment": "attachments",
    "film, sound or model": "films, sounds or models",
    "article thread": "article threads",
}


def left_out(pdf: Pdf, pages: Sequence[Dictionary]) -> str | None:
    """A sentence that names what clean() will take out and somebody might look for."""
    count: Counter[str] = Counter()
    for page in pages:
        for annotation in annotations_of(page):
            subtype = text_of(annotation.get("/Subtype"))
            if subtype == "/FileAttachment":
                count["attachment"] += 1
            elif subtype in _MEDIA:
                count["film, sound or model"] += 1
    root = pdf.Root
    names = root.get("/Names")
    files = names.get("/EmbeddedFiles") if isinstance(names, Dictionary) else None
    if isinstance(files, Dictionary):
        count["attachment"] += sum(1 for _ in name_tree(files))
    threads = root.get("/Threads")
    count["article thread"] = len(threads) if isinstance(threads, Array) else 0
    found = [
        f"{number} {kind if number == 1 else _ONE_AND_MANY[kind]}"
        for kind, number in count.items()
        if number
    ]
    if "/Collection" in root:
        found.append("the portfolio around it")
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        found.append("a form in XFA")
    tags = root.get("/StructTreeRoot")
    if isinstance(tags, Dictionary) and "/K" in tags:
        found.append("the tags for screen readers")
    return f"left out of the book: {', '.join(found)}" if found else None
