"""The pages of a file, by our own walk of its page tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pikepdf

from dspguide.pdf.errors import RejectedChapter

if TYPE_CHECKING:
    from dspguide.pdf.model import Limits

_MAX_TREE_DEPTH = 200
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")  # ISO 32000-1, table 30


def pages_of(pdf: pikepdf.Pdf, limits: Limits) -> list[pikepdf.Dictionary]:
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
    return pages


def _refuse_pages(limits: Limits) -> NoReturn:
    raise RejectedChapter("too-big", f"the file has more than {limits.pages:,} pages")


def _page_tree(pdf: pikepdf.Pdf, limits: Limits) -> pikepdf.Dictionary:
    if len(pdf.objects) > limits.objects:
        raise RejectedChapter("too-big", f"the file has {len(pdf.objects):,} objects")
    try:
        root = pdf.Root.get("/Pages")
    except (pikepdf.PikepdfError, AttributeError, ValueError, RuntimeError) as error:
        raise RejectedChapter("damaged", f"the file has no catalog: {error}") from error
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
