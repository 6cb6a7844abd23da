"""Links of a chapter: read out of its annotations before the chapter loses its names.

Every link to a place becomes a plain Link value here, and the Binder makes an explicit
destination of it. Nothing of the chapter's actions goes into the book as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from dspguide.pdf.model import Link, Target, View
from dspguide.pdf.source.values import Number, below, in_unicode, text_of, tree
from dspguide.pdf.syntax import within_reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.naming import Box

_WEB_SCHEMES = {"http", "https", "ftp"}
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")
_UTF16 = (b"\xfe\xff", b"\xff\xfe")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
#: Of each kind of view: how many numbers it has, and which of them are the left and the upper edge
#: of what is shown, from 1, or 0 for none (ISO 32000-1, table 151).
_VIEWS = {"/XYZ": (3, 1, 2), "/FitR": (4, 1, 4), "/Fit": (0, 0, 0), "/FitB": (0, 0, 0)}
_VIEWS |= {"/FitH": (1, 0, 1), "/FitBH": (1, 0, 1), "/FitV": (1, 1, 0), "/FitBV": (1, 1, 0)}
#: Of a file specification, the newest first (ISO 32000-1, table 44).
_FILE_NAMES = ("/UF", "/F", "/Unix", "/DOS", "/Mac")


@dataclass
class Destinations:
    """Named and numbered destinations of one chapter."""

    named: dict[str, Target]
    page_of: dict[Number, int]

    def explicit(self, destination: Object | None) -> Target | None:
        """The page and view of a destination array, or of a dictionary around one."""
        if isinstance(destination, Dictionary):
            destination = destination.get("/D")
        if not isinstance(destination, Array) or len(destination) == 0:
            return None
        page: Any = destination[0]
        index = self.page_of.get(page.objgen) if isinstance(page, Dictionary) else page
        if not isinstance(index, int) or isinstance(index, bool):
            return None
        return Target(page_index=index, view=_view(destination))

    def resolve(self, destination: Object | None) -> Target | None:
        """The place that /Dest or an action's /D means within the chapter."""
        if isinstance(destination, (Name, String)):
            return self.named.get(_name(destination))
        return self.explicit(destination)

    def link(self, destination: Object | None) -> Link | None:
        """A link to such a place."""
        target = self.resolve(destination)
        return Link(target) if target else None


def destinations(pdf: Pdf, pages: list[Dictionary]) -> Destinations:
    """Read both places where a PDF may keep its named destinations."""
    found = Destinations({}, {page.objgen: index for index, page in enumerate(pages)})
    old = pdf.Root.get("/Dests")
    entries: list[tuple[str, Object]] = []
    if isinstance(old, Dictionary):
        entries += [(in_unicode(key.removeprefix("/")), value) for key, value in old.items()]
    named = tree(below(pdf.Root.get("/Names"), "/Dests"), "/Names")
    entries += [(text_of(key), value) for key, value in named if isinstance(key, String)]
    for key, value in entries:
        if target := found.explicit(value):
            found.named[key] = target
    return found


def link_of(annotation: Dictionary, known: Destinations) -> Link | None:
    """What a link annotation leads to; None if it leads nowhere that a book may lead."""
    if "/Dest" in annotation:
        return known.link(annotation.get("/Dest"))
    action = annotation.get("/A")
    if isinstance(action, Array) and len(action):
        action = action[0]
    if not isinstance(action, Dictionary):
        return None
    kind = text_of(action.get("/S"))
    if kind == "/GoTo":
        return known.link(action.get("/D"))
    if kind in ("/GoToR", "/Launch"):
        return _to_file(action, known)
    return _to_uri(action.get("/URI")) if kind == "/URI" else None


def _to_file(action: Dictionary, known: Destinations) -> Link | None:
    """A link to another file is kept in case that file is a chapter of the book."""
    file = action.get("/F", action.get("/Win"))
    if isinstance(file, Dictionary):
        file = next((file[key] for key in _FILE_NAMES if key in file), None)
    if not isinstance(file, String):
        return None
    path, name, index = _fragment(text_of(file))
    destination = action.get("/D")
    if isinstance(destination, (Name, String)):
        return Link(Target(file=path, name=_name(destination)))
    target = known.explicit(destination) or Target()
    if path != text_of(file):  # as some programs write a page, besides a place they do not mean
        return Link(Target(file=path, name=name, page_index=index))
    return Link(Target(file=path, page_index=target.page_index, view=target.view))


def _fragment(path: str) -> tuple[str, str | None, int]:
    """A file's name without "#page=3" or "#nameddest=x", that name, and the 0-based page index."""
    start, _, end = path.rpartition("#")
    fragment = dict(parse_qsl(end))
    page, name = fragment.get("page", ""), fragment.get("nameddest")
    if "#" not in path or not (page or name):
        return path, None, 0
    return start, name, _page_index(page)


def _page_index(page: str) -> int:
    return max(int(page) - 1, 0) if page.isdecimal() and len(page) < 7 else 0


def _to_uri(uri: Object | None) -> Link | None:
    if not isinstance(uri, String):
        return None
    raw = bytes(uri)
    # Bytes of no known encoding go through as they are.
    text = text_of(uri) if raw.startswith(_UTF16) else raw.decode("utf-8", "surrogateescape")
    # As browsers do: no white space around, no line ends or tabs within.
    text = _UNSEEN.sub("", text).strip()
    try:
        parts = urlsplit(text)
        fragment = dict(parse_qsl(parts.fragment))
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    is_web = scheme == "mailto" or (scheme in _WEB_SCHEMES and parts.netloc != "")
    if not is_web and text.lower().startswith("www."):
        # Readers take "www.x.org" for a web address; our output says so.
        is_web, text = True, f"http://{text}"
    target = None
    if scheme in ("", "http", "https", "file") and parts.path:
        plain = unquote(parts.fragment) if "=" not in parts.fragment else None
        name = fragment.get("nameddest") or plain or None
        target = Target(
            file=in_unicode(text.split("#", 1)[0]),
            name=name and in_unicode(name),
            page_index=_page_index(fragment.get("page", "")),
        )
    # In ASCII, as it must be, or it would be written as UTF-16.
    web = quote(text, _ASCII, errors="surrogateescape") if is_web else None
    return Link(target, web) if target or web else None


def _name(value: Object) -> str:
    text = text_of(value)
    return text.removeprefix("/") if isinstance(value, Name) else text


def _view(destination: Array) -> View:
    """The view of an explicit destination; the whole page where it says nothing sensible."""
    kind = text_of(destination[1]) if len(destination) > 1 else "/XYZ"
    if kind not in _VIEWS:
        return ("/XYZ", None, None, None)
    places = range(2, 2 + _VIEWS[kind][0])
    return (kind, *(_number(destination[n] if n < len(destination) else None) for n in places))


def edges(view: View) -> tuple[float | None, float | None]:
    """The left and the upper edge of what a view shows, where it says them."""
    _, *places = _VIEWS[str(view[0])]
    left, top = (view[at] if at else None for at in places)
    return left if isinstance(left, float) else None, top if isinstance(top, float) else None


def _number(value: Any) -> float | None:
    try:
        return None if value is None else within_reach(round(float(value), 3))
    except (TypeError, ValueError):
        return None


def link_boxes(pages: Sequence[Dictionary], links: Sequence[Link]) -> dict[int, list[Box]]:
    """Where the links of a cleaned chapter lie, by 0-based page index."""
    found: dict[int, list[Box]] = {}
    for link in links:
        annotation = pages[link.page_index].Annots[link.annotation]
        try:
            a, b, c, d = (float(value) for value in annotation.get("/Rect", ()))
        except (TypeError, ValueError):
            continue  # readers show no link there either
        box = (min(a, c), min(b, d), max(a, c), max(b, d))
        found.setdefault(link.page_index, []).append(box)
    return found
