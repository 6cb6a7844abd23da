"""Comparing the titles of a contents page with what is printed."""

from __future__ import annotations

import re
import string
import unicodedata

#: What a site and a printer write differently though they mean the same. NFKC has already
#: unfolded ligatures, full-width forms and no-break spaces.
_SAME = str.maketrans({"×": "x", "✕": "x", "⨉": "x", "&": "and", "æ": "ae", "œ": "oe", "ß": "ss"})
_SIGNS = "+#%=<>/"
_KEPT = string.ascii_letters + string.digits + _SIGNS
_ASCII: dict[int, str | None] = {code: None for code in range(128) if chr(code) not in _KEPT}
_ASCII[ord("&")] = "and"
_NUMBER = re.compile(
    r"\s*(?:§\s*)?(?:(?:chapter|section|part|appendix)\s+)?"
    r"(?:\d+(?:[.\-]\d+)*[.:)]?|[A-Z](?:(?:\.\d+)+[.:)]?|[.:)])|[IVXLC]+[.:)])\s+",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\s*(?:\d|§|\w{1,7}[.:)])")


def title_key(text: str) -> str:
    """What is left of a title for comparing: lower-case letters, digits and significant signs.

    Spaces, quotes, dashes, dots and accents are dropped, since layout programs set them as
    they like and text extraction loses or invents them.
    """
    if text.isascii():  # as nearly every line is; ten times faster
        return text.translate(_ASCII).lower()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SAME)
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(c for c in decomposed if c.isalnum() or c in _SIGNS)


def title_keys(text: str) -> tuple[str, ...]:
    """The keys under which a title may be printed: as it is, and without a leading number."""
    key = title_key(text)
    if not key:
        return ()
    # A cheap question first: few lines begin as a numbered heading does.
    if _NUMBERED.match(text) or key[:4] in ("chap", "sect", "part", "appe"):
        number = _NUMBER.match(text)
        if number and (bare := title_key(text[number.end() :])):
            return key, bare
    return (key,)
