"""Opening a chapter's file with qpdf, which repairs what can be repaired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, NoReturn

import pikepdf
from pikepdf import settings

from dspguide.pdf.errors import RejectedChapter

if TYPE_CHECKING:
    from dspguide.pdf.model import Limits

_SIGNATURE_WITHIN = 1024  # bytes: PDF 32000-1, annex H, implementation note 13
_MAX_TREE_DEPTH = 200
_WARNINGS_KEPT = 3
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")  # ISO 32000-1, table 30


@dataclass
class OpenedChapter:
    """A chapter that qpdf could open, and what it had to repair for that."""

    pdf: pikepdf.Pdf
    pages: list[pikepdf.Dictionary]
    repairs: list[str]


def open_chapter(data: bytes, limits: Limits) -> OpenedChapter:
    """Open a whole file held in memory; raises RejectedChapter."""
    if not data:
        raise RejectedChapter("empty", "the file is empty")
    if len(data) > limits.source_bytes:
        raise RejectedChapter("too-big", f"the file has {len(data):,} bytes")
    if b"%PDF-" not in data[:_SIGNATURE_WITHIN]:
        raise RejectedChapter("not-pdf", f"the file is no PDF: it begins {data[:16]!r}")
    if data.count(b"endobj") > limits.objects:  # before qpdf spends its memory on them
        raise RejectedChapter("too-big", f"the file has more than {limits.objects:,} objects")
    _limit_qpdf(limits)
    try:
        pdf = pikepdf.open(BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise RejectedChapter("password", "the file needs a password") from error
    except (pikepdf.PdfError, pikepdf.PikepdfError, ValueError, RuntimeError) as error:
        raise _refusal(str(error)) from error
    try:
        pages = _walk(pdf, limits)
        repairs = [_short(text) for text in pdf.get_warnings()]
        _check_complete(repairs)
    except RejectedChapter:
        pdf.close()
        raise
    return OpenedChapter(pdf, pages, repairs[:_WARNINGS_KEPT])


def _limit_qpdf(limits: Limits) -> None:
    """Set qpdf's own limits, which are the process's."""
    # pikepdf 10.13, the last one for Python 3.10, has no way to them: there the limit of memory of
    # the worker has to do.
    set_limits = getattr(settings, "set_qpdf_limits", None)
    if set_limits is not None:
        set_limits(
            flate_max_memory=limits.decoded_bytes,
            png_max_memory=limits.decoded_bytes,
            run_length_max_memory=limits.decoded_bytes,
            tiff_max_memory=limits.decoded_bytes,
            parser_max_container_size=limits.objects,
            # A page tree's array may be all that there is left to repair from.
            parser_max_container_size_damaged=limits.objects,
            doc_max_warnings=1000,
        )


def _refusal(problem: str) -> RejectedChapter:
    """What qpdf's refusal to open a file means."""
    if "Loop detected in /Pages" in problem:
        return RejectedChapter("cycle", "the page tree leads back into itself")
    if "no pages found" in problem:
        return RejectedChapter("no-pages", "the file has no pages")
    return RejectedChapter("damaged", f"the file cannot be repaired: {_short(problem)}")


def _check_complete(repairs: list[str]) -> None:
    """Refuse a file in which qpdf has found no page where there was one before it broke."""
    lost = sum("Pages tree includes non-dictionary" in text for text in repairs)
    if 0 < lost < len(repairs):  # alone, it is a tree that was written so
        raise RejectedChapter("damaged", f"{lost} of the file's pages are lost")


def _short(problem: object) -> str:
    """A message of qpdf without the file's name, which is only that of a buffer."""
    text = re.sub(r"^.*?(?:\(|:\s)", "", str(problem), count=1)
    return re.sub(r"\s+", " ", text).strip(" )")[:200]


def _walk(pdf: pikepdf.Pdf, limits: Limits) -> list[pikepdf.Dictionary]:
    """The pages in order, by our own walk, for qpdf trusts a tree that it did not repair.

    Each gets what it inherits from the nodes above it.
    """
    root = _page_tree(pdf, limits)
    pages: list[pikepdf.Dictionary] = []
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[pikepdf.Object, int, dict[str, object]]] = [(root, 0, {})]
    while stack:
        node, depth, inherited = stack.pop()
        if not isinstance(node, pikepdf.Dictionary):
            continue
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            _check_node(node, depth, seen)
            if len(kids) <= limits.pages:
                handed_down = inherited | {k: node[k] for k in _INHERITED if k in node}
                stack.extend(
                    (kids[n], depth + 1, handed_down) for n in range(len(kids) - 1, -1, -1)
                )
            else:
                _refuse_pages(limits)
        elif _is_page(node):
            for key, value in inherited.items():
                if key not in node:
                    node[key] = value
            pages.append(node)
        if len(pages) + len(stack) > limits.pages + _MAX_TREE_DEPTH:
            _refuse_pages(limits)
    if not pages:
        raise RejectedChapter("no-pages", "the file has no pages")
    return pages


def _refuse_pages(limits: Limits) -> NoReturn:
    raise RejectedChapter("too-big", f"the file has more than {limits.pages:,} pages")


def _page_tree(pdf: pikepdf.Pdf, limits: Limits) -> pikepdf.Dictionary:
    if len(pdf.objects) > limits.objects:
        raise RejectedChapter("too-big", f"the file has {len(pdf.objects):,} objects")
    try:
        root = pdf.Root.get("/Pages")
    except (pikepdf.PikepdfError, AttributeError, ValueError, RuntimeError) as error:
        raise RejectedChapter("damaged", f"the file has no catalog: {_short(error)}") from error
    if not isinstance(root, pikepdf.Dictionary):
        raise RejectedChapter("no-pages", "the file has no page tree")
    return root


def _is_page(node: pikepdf.Dictionary) -> bool:
    return node.get("/Type") == "/Page" or "/Contents" in node or "/MediaBox" in node


def _check_node(node: pikepdf.Dictionary, depth: int, seen: set[tuple[int, int]]) -> None:
    """Refuse a page tree that is too deep or that comes by a node twice."""
    if depth > _MAX_TREE_DEPTH:
        raise RejectedChapter("cycle", f"the page tree is over {_MAX_TREE_DEPTH} levels deep")
    if node.objgen == (0, 0):
        return
    if node.objgen in seen:
        raise RejectedChapter("cycle", "the page tree leads back into itself")
    seen.add(node.objgen)
