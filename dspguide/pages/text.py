"""Text as pages have it, made fit for titles, messages and comparison."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LONGEST_QUOTE = 100
"""Characters of a page that a message repeats; nobody reads more, and logs have lines."""
_LONGEST_TITLE = 500
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # scripts such as Persian and Devanagari are spelt with them
_SPACE = re.compile(r"\s+")


@cache
def regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern compiled at its first use: many commands read no page."""
    return re.compile(pattern, flags)


def fold(text: str) -> str:
    """Return text in one line: white space of all kinds as single blanks, nothing unprintable."""
    folded = _SPACE.sub(" ", text).strip()
    if folded.isascii() and folded.isprintable():
        return folded
    kept = (c for c in folded if c in _JOINERS or unicodedata.category(c) not in _CONTROLS)
    return _SPACE.sub(" ", "".join(kept)).strip()


def clip(text: str, longest: int = _LONGEST_TITLE) -> str:
    """Return the beginning of a text that is longer than any title."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def quote(text: str) -> str:
    """Return a piece of a page for a message, in quotes and short."""
    return f"“{clip(fold(text), _LONGEST_QUOTE)}”"


def comparable(text: str) -> str:
    """Return what two spellings of one title have in common: letters and digits, no case."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if c.isalnum())
