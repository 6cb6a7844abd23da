"""HTML from plain values, with nothing in it that was not meant as HTML."""

from __future__ import annotations

import html
import re
from typing import Final

# What HTML has no place for: control characters other than white space, and surrogates.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VOID: Final = frozenset({"br", "link", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(value: object) -> Markup:
    """Return a value as HTML that shows it; Markup stays as it is."""
    if isinstance(value, Markup):
        return value
    text = _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return Markup(html.escape(text))


def tag(name: str, *content: object, **attributes: object) -> Markup:
    """Return an element; None as content or attribute leaves it out, True is a bare attribute.

    A `_` at the end of an attribute's name is dropped, others become `-`.
    """
    words = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        label = key.rstrip("_").replace("_", "-")
        words.append(label if value is True else f'{label}="{escape(value)}"')
    start = f"<{' '.join(words)}>"
    if name in _VOID:
        return Markup(start)
    return Markup(start + join(content) + f"</{name}>")


def join(pieces: object) -> Markup:
    """Return pieces of content one after the other, without those that are None."""
    if not isinstance(pieces, list | tuple):
        return escape(pieces)
    return Markup("".join(join(piece) for piece in pieces if piece is not None))


def link(url: str | None, text: object, **attributes: object) -> Markup:
    """Return a link where the URL is one of the web's, else the text alone."""
    if url is None or not re.match(r"https?://", url, re.IGNORECASE):
        return escape(text)
    return tag("a", text, href=url, rel="noreferrer", **attributes)
