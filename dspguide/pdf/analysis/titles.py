"""Comparing the titles of a contents page with what is printed."""

from __future__ import annotations

import re
import string
import unicodedata
from difflib import SequenceMatcher

#: What a site and a printer write differently though they mean the same. NFKC has already
#: unfolded ligatures, full-width forms and no-break spaces.
_UNLIKE = {"×": "x", "✕": "x", "⨉": "x", "&": "and", "æ": "ae", "œ": "oe", "ß": "ss"}
#: A letter without its dot has its accent as a glyph of its own, before or after it.
_UNLIKE |= {"ı": "i", "ȷ": "j"}
_ACCENTS = dict.fromkeys(range(0x2B9, 0x300))
_SAME: dict[int, str | None] = {ord(sign): plain for sign, plain in _UNLIKE.items()} | _ACCENTS
_NEAR = 0.85  # likeness of titles that differ in a letter or two
_SIGNS = "+#%=<>/"
_KEPT = string.ascii_letters + string.digits + _SIGNS
_ASCII: dict[int, str | None] = {code: None for code in range(128) if chr(code) not in _KEPT}
_ASCII[ord("&")] = "and"

_WORDS = (
    "chapter|section|part|appendix|lesson|lecture|unit|module|annex|book|volume"
    "|kapitel|abschnitt|teil|anhang|lektion|chapitre|partie|annexe|leçon|cap[ií]tulo|capitolo"
)
SPELLED = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_COUNT = r"(?:[A-Z]?\d+(?:[.\-–]\d+)*|[A-Z](?:\.\d+)+)"  # 3, 1.2, A1.1, A.2
_CHINESE = "[一二三四五六七八九十百零〇0-9]"
#: What numbers a heading and stands before it. Of words, all that may count sections: a caption's
#: may not, for captions are often set like headings and say the same.
_NUMBER = re.compile(
    rf"""\s*(?:
        (?:§\s*)?(?:\d+(?:[.\-–]\d+)*[.:)]?|[A-Z](?:\d*(?:\.\d+)+[.:)]?|\d*[.:)])|[IVXLC]+[.:)])\s+
        |(?:{_WORDS})\s+(?:{_COUNT}|[IVXLC]+|[A-Z]|{SPELLED})\b\s*[.:)–—-]*\s+
        |(?!(?:fig|tab|abb|bild|eq|gleich|form|list|algo|plate|tafel|photo|map|karte|chart
            |diagr|schem|box|рис|табл)) [^\W\d_]{{2,14}}\.?\s+{_COUNT}\s*[.:)–—-]*\s+
        |第{_CHINESE}{{1,5}}[章节節讲講课課篇部編编回条條]\s*|제\s?\d+\s?[장절과]\s*
        |{_CHINESE}{{1,3}}、\s*|[一二三四五六七八九十]{{1,3}}\.\s*|\({_CHINESE}{{1,3}}\)\s*
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: A cheap question first: few lines begin as a numbered heading does.
_NUMBERED = re.compile(
    r"\s*(?:[\d§第제(一-十]|\w{1,7}[.:)]"
    rf"|[^\W\d_]{{2,14}}\.?\s+(?:[A-Z]?\d|[IVXLC]+\b|[A-Z]\b|(?i:{SPELLED})\b))"
)
_NUMBER_BEHIND = re.compile(r"(?<=\w)\s\(?(?:[A-Z]?\d{1,3}|[A-Z])(?:[.\-–]\d{1,3})+$")


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
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if _NUMBERED.match(text):
        number = _NUMBER.match(text)
        if number and (bare := title_key(text[number.end() :])):
            return key, bare
    return (key,)


def line_keys(text: str) -> tuple[str, ...]:
    """The keys of the titles that a line may print: "Exercises 1.1" is "Exercises" too."""
    keys = title_keys(text)
    if text[-1:].isdigit() and (number := _NUMBER_BEHIND.search(text)):
        return (*keys, title_key(text[: number.start()]))
    return keys


def are_alike(key: str, title: str) -> bool:
    """Whether two keys differ in little, and not in a number."""
    if [c for c in key if c.isdigit()] != [c for c in title if c.isdigit()]:
        return False
    matcher = SequenceMatcher(None, key, title, autojunk=False)
    return matcher.real_quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR
