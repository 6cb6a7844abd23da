"""What a link is that is no chapter: another format, slides, the whole book, a way around."""

from __future__ import annotations

import re

from dspguide.pages.text import fold
from dspguide.urls import extension

_ENDINGS = {
    "PostScript": "ps eps ps.gz ps.z ps.bz2",
    "DVI": "dvi",
    "DjVu": "djvu",
    "an e-book": "epub mobi azw3",
    "an archive": "zip gz tar tgz tar.gz bz2 7z rar",
    "slides": "ppt pptx key odp",
    "a source text": "tex bib py c m r java ipynb",
    "plain text": "txt",
    "a document to edit": "doc docx rtf odt",
    "a recording": "mp3 mp4 ogg webm",
    "a picture": "jpg jpeg png gif svg",
    "a table": "xls xlsx csv",
    "a program": "exe",
}
_FORMATS = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}


def _pattern(*pieces: str) -> re.Pattern[str]:
    """Return a pattern of pieces, which are lines only for the reader."""
    return re.compile("".join(pieces), re.IGNORECASE)


_SIZE = r"[\[(,;\s]*\d[\d.,]*\s*(?:[kmg]i?b?|bytes|pages|pp\.?|p\.?)?[\])]*"
_FORMAT_WORDS = _pattern(
    r"\W*(?:(?:the|as|in|a|this|chapter|get|full|text|file|format|version|document|adobe|",
    r"acrobat)\W+)*",
    r"(?:pdf|html?|web|online|ps|postscript|gzipped|gz|dvi|djvu|epub|mobi|txt|zip|download|view|open|",
    r"herunterladen|t[ée]l[ée]charger|descargar|scarica|скачать|下载|ダウンロード|read|lesen|lire|leer|",
    r"here|link|pdf-datei|file|full text|more|read more|weiter|\S+\.(?:pdf|ps|html?|gz))",
    r"(?:\W+(?:this|the|a|as|in|file|format|version|chapter|document|pdf|ps|gz|here|now|more|online|",
    rf"on|only|print|screen|letter|a4|colou?r|b&w|for))*(?:{_SIZE})?\W*",
)
_BEFORE = r"\W*(?:the |all |selected |my |our |lecture |course |supplementary )*"
_AFTER = (
    r"(?:\W*$|\W*\(.*|\W+\d.*|\s+(?:for|to|from|by|with|as|in|list|pages?|files?|pdf|chapters?|ch|"
    r"all|and|manual|sets?|sheets?|archive|zip|only|password|download|here)\b.*)"
)
_OTHER_WORDS = {
    "slides": (r"slides?|slide deck|presentations?|powerpoints?|overheads?|folien|diapositives"),
    "errata": r"errata|erratum|corrections|corrigenda|(?:known|list of) errors|fehlerverzeichnis",
    "a cover": (r"(?:front |back |book )?covers?(?: page| image| art)?|(?:back|front)cover|poster"),
    "homework": (
        r"home ?works?|assignments?|problem sets?|exams?|midterms?|quiz(?:zes)?|projects?|labs?|"
        r"übungsblätter"
    ),
    "solutions": r"solutions?(?: manual)?|instructor'?s? (?:manual|resources|guide)|lösungen",
    "no text of the book": (
        r"source ?codes?|code|software|programs|data ?sets?|data files|simulators?|figures|"
        r"video(?:s| lectures?)?|audio|recordings?|notebooks?|bibtex|sources?"
    ),
    "a table of contents, which the bound book gets anyway": (
        r"(?:detailed |brief |short |full )?(?:table of )?contents|toc|inhalt(?:sverzeichnis)?|"
        r"table des mati[eè]res|sommaire|[íi]ndice general|目次|目录|оглавление"
    ),
    "PostScript": r"postscript|ps|gzipped postscript",
}
_OTHER_THINGS = [
    (_pattern(_BEFORE, f"(?:{words})", _AFTER), thing) for thing, words in _OTHER_WORDS.items()
]
_WHOLE_BOOK = _pattern(
    r"\b(?:entire|whole|complete|full|all(?: of)?(?: the)?)\b.{0,30}\b(?:book|text|textbook|",
    r"volume|document|manuscript|chapters|notes|pdf|thing)\b|",
    r"\b(?:book|chapters|everything|all) (?:in|as) (?:one|a single)\b|\ball[- ]in[- ]one\b|",
    r"\b(?:single|one)(?: big| large)? (?:pdf|file)\b|",
    r"^\W*(?:the )?book\b.{0,12}\bpdf\b|\b(?:ganzes|gesamtes|komplettes) buch\b|\bgesamtausgabe\b|",
    r"\blivre (?:complet|entier)\b|\blibro (?:completo|entero)\b|\bвся книга\b|全书|全文",
)
_NAVIGATION = _pattern(
    r"\W*(?:home(?: ?page)?|start ?page|main(?: page)?|back(?: to .*)?|next(?: page| chapter)?|",
    r"prev(?:ious)?(?: page| chapter)?|top(?: of page)?|up|contact(?: us| me| the authors?)?|",
    r"e-?mail(?: us| me)?|about the .*|about(?: us| me| this .*)?|faqs?|site ?map|log ?in|",
    r"sign (?:in|up)|register|feedback|buy\b.*|order (?:this|the|a|from|online|now|form).*|",
    r"purchase .*|amazon.*|copyright.*|licen[sc]e|imprint|impressum|privacy.*|terms of .*|",
    r"donate.*|mailing list|rss|twitter|facebook|github.*|(?:book )?reviews?(?: (?:of|and|&) .*)?|",
    r"author'?s? (?:home|page|site).*|print this page|share|return to .*|go to .*|startseite|",
    r"zurück|weiter|accueil|inicio)\W*",
)
_MATTER = _pattern(
    r"\W*(?:a |the )?(?:preface|foreword|forward|prologue|prolog|introduction|acknowledge?ments?|",
    r"dedication|title page|half title|copyright page|colophon|(?:front|back|end) ?matter|",
    r"epilogue|epilog|afterword|postscript|conclusions?|postface|appendix|appendices|glossary|bibliography|",
    r"references|further reading|(?:subject |author )?index|notation|nomenclature|list of \w+|",
    r"symbols|answers|notes|endnotes|credits|abbreviations|vorwort|einleitung|einführung|anhang|glossar|",
    r"literatur(?:verzeichnis)?|register|sachverzeichnis|préface|avant-propos|bibliographie|",
    r"glossaire|annexes?|prefacio|prólogo|epílogo|bibliografía|glosario|prefazione|предисловие|",
    r"введение|заключение|literature|前言|序|附录|索引|まえがき|あとがき)",
    r"(?:\W*$|\W+(?:to|and|of|by|for|from)\b.*|\W*\(.*|\s*:.*)",
)
_COMMON_PAGES = _pattern(
    r"\W*(?:index|introduction|references|bibliography|notes|credits|appendices|links|literature|",
    r"symbols|news|blog|search|help|comments|forum|discussions?|resources|downloads?|legal|support|",
    r"press|teaching|courses?|research|publications|people|cv|authors?|updates?|change ?log|",
    r"history|(?:\w+ )?editions?|translations?.*|permissions?|free .*|other .*|related .*)\W*",
)
_LONGEST = 120
"""Characters of a link that can be such words; titles may be longer."""


def file_format(url: str) -> str | None:
    """Return what a link leads to by its ending, where that is neither a page nor a PDF."""
    return _FORMATS.get(extension(url))


def names_a_format(text: str) -> bool:
    """Tell whether a link's text names a file and no title: "PDF", "download", "ch7.pdf (2 MB)"."""
    return len(text) <= _LONGEST and bool(not text or _FORMAT_WORDS.fullmatch(text))


def names_another_thing(text: str) -> str | None:
    """Return what a text names that belongs to a book and is no chapter of it: slides, errata."""
    text = fold(text)[:_LONGEST]
    return next((why for pattern, why in _OTHER_THINGS if pattern.fullmatch(text)), None)


def names_the_whole_book(text: str) -> bool:
    """Tell whether a text names the book in one file."""
    return bool(_WHOLE_BOOK.search(fold(text)[:_LONGEST]))


def names_navigation(text: str) -> bool:
    """Tell whether a text names a page that sites have beside their books."""
    return bool(_NAVIGATION.fullmatch(fold(text)[:_LONGEST]))


def names_front_or_back_matter(text: str) -> bool:
    """Tell whether a text names what stands before the first or after the last chapter."""
    return bool(_MATTER.fullmatch(fold(text)[:_LONGEST]))


def may_be_any_page(text: str) -> bool:
    """Tell whether a name is one that pages of any site have, chapters or not."""
    return bool(_COMMON_PAGES.fullmatch(fold(text)[:_LONGEST]))
