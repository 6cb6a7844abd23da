"""The pages before the first chapter: a title page and a table of contents, set by typst."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from math import sqrt
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typst
from pypdf import PageObject, PdfReader

from dspguide.pdf.output.fonts import FontChoice, fonts_for, showable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.pdf.model import BookPlan, ChapterPlan
    from dspguide.pdf.naming import Box
    from dspguide.pdf.output.navigation import ContentsEntry

_TEMPLATE = "front_matter.typ"
_ENTRY = "entry:"  # what the template links an entry to, before its number
_STANDARD: Final = "a-2u"  # PDF/A: typst refuses to write a letter that is in no font
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_ONE_BY_ONE = 16  # letters that are found missing before their neighbours are taken to be, too
_BLOCK = 256  # letters of a script are neighbours
_SMALLEST, _LARGEST = 100.0, 14_400.0  # points: sides of a page that can be set
_OTHERWISE = (522.0, 702.0)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?(?![A-Za-z])")
_RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_WEB = re.compile(r"(?:https?|ftp)://[^\s]+$")
#: Titles that files have which are what would be made here.
_OWN = re.compile(
    r"(?:front ?matter|(?:table of |list of )?contents|toc|title(?: page)?|cover)", re.IGNORECASE
)

# A compiler does one thing at a time, and says "Already borrowed" else: two books of one process.
_compiling = Lock()


class FrontLink(NamedTuple):
    """A link on a page of the front matter: to an entry of the contents, or else to an address."""

    page_index: int
    box: Box
    entry: int | None
    uri: str


class FrontMatter(NamedTuple):
    """Pages without annotations, the links that belong on them, and what went wrong."""

    pages: tuple[PageObject, ...] = ()
    links: tuple[FrontLink, ...] = ()
    warnings: tuple[str, ...] = ()


def brings_its_own(chapters: Sequence[ChapterPlan]) -> bool:
    """Whether one of the first chapters is a title page or the contents."""
    for chapter in chapters:
        if _OWN.fullmatch(" ".join(chapter.title.split())):
            return True
        if chapter.number is not None:
            return False
    return False


def typeset(
    plan: BookPlan,
    entries: Sequence[ContentsEntry],
    *,
    page_size: tuple[float, float],
    chapters: int,
    pages: int,
) -> FrontMatter:
    """Set the front matter; an even number of pages of the size given, in points.

    The same input gives the same bytes. ``chapters`` and ``pages`` are how many the book has.
    """
    words = [plan.title, plan.author or "", plan.permitted_use or "", plan.source_url or ""]
    words += [text for entry in entries for text in (entry.number, entry.title)]
    fonts = fonts_for("".join(words), plan.language)
    layout = _layout(plan, page_size, fonts)
    layout["extent"] = f"{_count(chapters, 'chapter')}, {_count(pages, 'page')}"
    missing: set[str] = set()
    system = False
    while True:
        try:
            made = _compile(_texts(plan, entries, missing) | layout, fonts.folders, system)
            break
        except typst.TypstError as error:
            letters = _missing_letters(error)
            if not letters or letters <= missing:
                return FrontMatter(warnings=(f"the front matter cannot be set: {error}",))
            if system:
                missing |= _neighbours(letters, words) if len(missing) >= _ONE_BY_ONE else letters
            system = True  # what is installed here may help
    warnings: tuple[str, ...] = ()
    if missing:
        signs = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in sorted(missing))
        warnings = (f"no font here has {signs}; title page and contents show […] instead",)
    return _taken_over(made, warnings)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _texts(plan: BookPlan, entries: Sequence[ContentsEntry], missing: set[str]) -> dict[str, Any]:
    """What the template shows."""

    def shown(text: str | None) -> str:
        return showable(text or "", missing)

    source = shown(plan.source_url)
    return {
        "title": shown(plan.title),
        "author": shown(plan.author) or None,
        "source": source or None,
        "source_link": source if _WEB.match(source) else None,
        "use": shown(plan.permitted_use) or None,
        "entries": [
            {
                "level": entry.level,
                "number": shown(entry.number),
                "title": shown(entry.title),
                "page": entry.label,
            }
            for entry in entries
        ],
    }


def _layout(plan: BookPlan, page_size: tuple[float, float], fonts: FontChoice) -> dict[str, Any]:
    """How the template shows it; sizes in points."""
    width, height = page_size
    if not (_SMALLEST <= width <= _LARGEST and _SMALLEST <= height <= _LARGEST):
        width, height = _OTHERWISE
    language = _LANGUAGE.match(plan.language)
    code = language[1].lower() if language else "en"
    return {
        "lang": code,
        "region": language[2].upper() if language and language[2] else None,
        "rtl": code in _RIGHT_TO_LEFT,
        "width": width,
        "height": height,
        "size": min(max(sqrt(width * height) / 64, 7.0), 200.0),
        "fonts": fonts.families,
    }


def _compile(data: dict[str, Any], folders: tuple[str, ...], system: bool) -> bytes:
    with _compiling:
        made = _compiler(folders, system).compile(
            input=files(__package__).joinpath(_TEMPLATE).read_bytes(),
            sys_inputs={"data": json.dumps(data)},
            format="pdf",
            pdf_standards=[_STANDARD],
            pdf_tags=False,
        )
    if not isinstance(made, bytes):
        raise TypeError("typst makes one file of a document")
    return made


@cache
def _compiler(folders: tuple[str, ...], system: bool) -> typst.Compiler:
    return typst.Compiler(font_paths=list(folders), ignore_system_fonts=not system)


def _missing_letters(error: typst.TypstError) -> set[str]:
    """The letters that an error of typst says are in no font; none if it says something else."""
    match = _MISSING.search(str(error))
    if match is None:
        return set()
    return {c for c in _ESCAPED.sub(lambda m: chr(int(m[1], 16)), match[1]) if not c.isspace()}


def _neighbours(letters: set[str], words: Iterable[str]) -> set[str]:
    """All letters of the words that are of the same script, more or less."""
    blocks = {ord(letter) // _BLOCK for letter in letters}
    return letters | {
        c for word in words for c in word if ord(c) // _BLOCK in blocks and not c.isascii()
    }


def _taken_over(made: bytes, warnings: tuple[str, ...]) -> FrontMatter:
    """The pages of typst's file, their links apart."""
    pages = list(PdfReader(BytesIO(made)).pages)
    links: list[FrontLink] = []
    for index, page in enumerate(pages):
        for annotation in page.annotations or ():
            found = annotation.get_object()
            left, bottom, right, top = (float(value) for value in found["/Rect"])
            uri = str(found["/A"]["/URI"])
            entry = int(uri.removeprefix(_ENTRY)) if uri.startswith(_ENTRY) else None
            links.append(FrontLink(index, (left, bottom, right, top), entry, uri))
    if len(pages) % 2:
        first = pages[0].mediabox
        pages.append(PageObject.create_blank_page(None, first.width, first.height))
    return FrontMatter(tuple(pages), tuple(links), warnings)
