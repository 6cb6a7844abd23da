"""Comparing the titles of a contents page with what is printed."""

from __future__ import annotations

import re
import string
import unicodedata

#: What a site and a printer write differently though they mean the same. NFKC has already
#: unfolded ligatures, full-width forms and no-break spaces.
_SAME = str.maketrans({"×": "x", "✕": "x", "⨉": "x", "æ": "ae", "œ": "oe", "ß": "ss"})
_SIGNS = "+#%&=<>/"
_KEPT = string.ascii_letters + string.digits + _SIGNS
_ASCII_DROPPED = {code: None for code in range(128) if chr(code) not in _KEPT}
_NUMBER = re.compile(
    r"\s*(?:(?:chapter|section|part|appendix)\s+)?(?:\d+(?:[.\-]\d+)*[.:)]?|[A-Z](?:\.\d+)+)\s+",
    re.IGNORECASE,
)


def title_key(text: str) -> str:
    """What is left of a title for comparing: lower-case letters, digits and significant signs.

    Spaces, quotes, dashes, dots and accents are dropped, since layout programs set them as
    they like and text extraction loses or invents them.
    """
    if text.isascii():  # as nearly every line is; ten times faster
        return text.translate(_ASCII_DROPPED).lower()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SAME)
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(c for c in decomposed if c.isalnum() or c in _SIGNS)


def title_keys(text: str) -> tuple[str, ...]:
    """The keys under which a title may be printed: as it is, and without a leading number."""
    key = title_key(text)
    if not key:
        return ()
    # Cheap questions first: few lines begin as a numbered heading does.
    if text[:8].lstrip()[:1].isdigit() or key[:4] in ("chap", "sect", "part", "appe"):
        bare = title_key(_NUMBER.sub("", text, count=1))
        if bare and bare != key:
            return key, bare
    elif text[1:2] == "." and (bare := title_key(_NUMBER.sub("", text, count=1))):
        return (key, bare) if bare != key else (key,)
    return (key,)
