"""Type for titles in any script: which fonts the typesetter may use, and what none of them has."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

#: Packages of fonts, Noto's, and the scripts for which the typesetter's own have no letters.
_PACKAGE, _CJK_PACKAGE = "manimgx_fonts", "manimgx_fonts_cjk"
_OTHER_SCRIPTS = re.compile("[\u0530-\u1dff\u2c00-\u2dff\ua640-\U0010ffff]")
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00016fe0-\U00018cff\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]")
#: Characters without a picture that decide how others are joined.
_JOINERS = "\u200c\u200d"
_UNSHOWN = {"Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"}
_GONE = "[…]"


class FontChoice(NamedTuple):
    """Families in order of preference, and the folders in which to look for them and others."""

    families: tuple[str, ...]
    folders: tuple[str, ...]


def fonts_for(text: str, language: str) -> FontChoice:
    """The fonts for a text in a book of a language (BCP 47)."""
    families: tuple[str, ...] = ("Libertinus Serif",)
    folders: list[str] = []
    if _OTHER_SCRIPTS.search(text):
        folders += _folders(_PACKAGE)
    if _CJK.search(text) and (found := _folders(_CJK_PACKAGE)):
        folders += found
        families += (f"Noto Sans CJK {_variant(text, language.lower())}",)
    return FontChoice(families, tuple(folders))


def _folders(package: str) -> list[str]:
    spec = find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec else []


def _variant(text: str, language: str) -> str:
    """Whose shapes of the letters that several languages share."""
    if language.startswith("ja"):
        return "JP"
    if language.startswith("ko"):
        return "KR"
    if language.startswith("zh"):
        if "hk" in language:
            return "HK"
        return "TC" if "hant" in language or "tw" in language else "SC"
    return "JP" if _KANA.search(text) else "KR" if _HANGUL.search(text) else "SC"


def showable(text: str, missing: AbstractSet[str] = frozenset()) -> str:
    """A text on one line, composed, with a sign in place of what is in no font."""
    composed = normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    kept = "".join(c if c in _JOINERS or category(c) not in _UNSHOWN else " " for c in composed)
    if missing:
        kept = re.sub(f"[{re.escape(''.join(sorted(missing)))}]+", _GONE, kept)
    return " ".join(kept.split())
