"""What a link is that is no chapter: another format, slides, the whole book, a way around."""

from __future__ import annotations

import re
from functools import lru_cache

from dspguide.pages.text import fold, regex
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
_THINGS = {
    "slides": "slides?|slide deck|presentations?|powerpoints?|overheads?|folien|diapositives",
    "errata": "errata|erratum|corrections|corrigenda|(?:known|list of) errors|fehlerverzeichnis",
    "a cover": "(?:front |back |book )?covers?(?: page| image| art)?|(?:back|front)cover|poster",
    "homework": "home ?works?|assignments?|problem sets?|exams?|midterms?|quiz(?:zes)?|projects?|"
    "labs?|übungsblätter",
    "solutions": "solutions?(?: manual)?|instructor'?s? (?:manual|resources|guide)|lösungen",
    "no text of the book": "source ?codes?|code|software|programs|data ?sets?|data files|"
    "simulators?|figures|video(?:s| lectures?)?|audio|recordings?|notebooks?|bibtex|sources?",
    "a table of contents, which the bound book gets anyway": "(?:detailed |brief |short |full )?"
    "(?:table of )?contents|toc|inhalt(?:sverzeichnis)?|table des mati[eè]res|sommaire|"
    "[íi]ndice general|目次|目录|оглавление",
    "PostScript": "postscript|ps|gzipped postscript",
}
_THING = (
    r"\W*(?:the |all |selected |my |our |lecture |course |supplementary )*"
    rf"(?:{'|'.join(f'({words})' for words in _THINGS.values())})"
    r"(?:\W*$|\W*\(.*|\W+\d.*|\s+(?:for|to|from|by|with|as|in|list|pages?|files?|pdf|chapters?|ch|"
    r"all|and|manual|sets?|sheets?|archive|zip|only|password|download|here)\b.*)"
)
_WORDS = {
    "a file":  # and no title: "PDF", "download", "ch7.pdf (2 MB)"
    r"(?:\W*(?:(?:the|as|in|a|this|chapter|get|full|text|file|format|version|document|adobe|acrobat)"
    r"\W+)*(?:pdf|html?|web|online|ps|postscript|gzipped|gz|dvi|djvu|epub|mobi|txt|zip|download|view|"
    r"open|herunterladen|t[ée]l[ée]charger|descargar|scarica|скачать|下载|ダウンロード|read|lesen|lire|"
    r"leer|here|link|pdf-datei|file|full text|more|read more|weiter|\S+\.(?:pdf|ps|html?|gz))"
    r"(?:\W+(?:this|the|a|as|in|file|format|version|chapter|document|pdf|ps|gz|here|now|more|online|"
    r"on|only|print|screen|letter|a4|colou?r|b&w|for))*"
    r"(?:[\[(,;\s]*\d[\d.,]*\s*(?:[kmg]i?b?|bytes|pages|pp\.?|p\.?)?[\])]*)?\W*)?",
    "an extra":  # which may stand beside a chapter, in its row
    r"\W*(?:exercises?|problems?|handouts?|worksheets?|summary|notes?|answers|questions|quiz|lectures?|"
    r"review|tests?|examples?|figures?|tables?|addend(?:a|um)|supplements?|transparencies)\b.*",
    "the whole book":  # in one file
    r".*?(?:\b(?:entire|whole|complete|full|all(?: of)?(?: the)?)\b.{0,30}\b(?:book|text|textbook|"
    r"volume|document|manuscript|chapters|notes|pdf|thing)\b|"
    r"\b(?:book|chapters|everything|all) (?:in|as) (?:one|a single)\b|\ball[- ]in[- ]one\b|"
    r"\b(?:single|one)(?: big| large)? (?:pdf|file)\b|"
    r"^\W*(?:the )?book\b.{0,12}\bpdf\b|\b(?:ganzes|gesamtes|komplettes) buch\b|\bgesamtausgabe\b|"
    r"\blivre (?:complet|entier)\b|\blibro (?:completo|entero)\b|\bвся книга\b|全书|全文).*",
    "a way around":  # a page that sites have beside their books
    r"\W*(?:home(?: ?page)?|start ?page|main(?: page)?|back(?: to .*)?|next(?: page| chapter)?|"
    r"prev(?:ious)?(?: page| chapter)?|top(?: of page)?|up|contact(?: us| me| the authors?)?|"
    r"e-?mail(?: us| me)?|about the .*|about(?: us| me| this .*)?|faqs?|site ?map|log ?in|"
    r"sign (?:in|up)|register|feedback|buy\b.*|order (?:this|the|a|from|online|now|form).*|"
    r"purchase .*|amazon.*|copyright.*|licen[sc]e|imprint|impressum|privacy.*|terms of .*|"
    r"donate.*|mailing list|rss|twitter|facebook|github.*|(?:book )?reviews?(?: (?:of|and|&) .*)?|"
    r"author'?s? (?:home|page|site).*|print this page|share|return to .*|go to .*|startseite|"
    r"zurück|weiter|accueil|inicio)\W*",
    "front or back matter":
    r"\W*(?:a |the )?(?:preface|foreword|forward|prologue|prolog|introduction|acknowledge?ments?|"
    r"dedication|title page|half title|copyright page|colophon|(?:front|back|end) ?matter|"
    r"epilogue|epilog|afterword|postscript|conclusions?|postface|appendix|appendices|glossary|"
    r"bibliography|references|further reading|(?:subject |author )?index|notation|nomenclature|"
    r"list of \w+|symbols|answers|notes|endnotes|credits|abbreviations|vorwort|einleitung|"
    r"einführung|anhang|glossar|literatur(?:verzeichnis)?|register|sachverzeichnis|préface|avant-propos|"
    r"bibliographie|glossaire|annexes?|prefacio|prólogo|epílogo|bibliografía|glosario|"
    r"prefazione|предисловие|введение|заключение|literature|前言|序|附录|索引|まえがき|あとがき)"
    r"(?:\W*|\W+(?:to|and|of|by|for|from)\b.*|\W*\(.*|\s*:.*)",
    "any page":  # that sites have, chapter or not
    r"\W*(?:index|introduction|references|bibliography|notes|credits|appendices|links|literature|"
    r"symbols|news|blog|search|help|comments|forum|discussions?|resources|downloads?|legal|support|"
    r"press|teaching|courses?|research|publications|people|cv|authors?|updates?|change ?log|"
    r"history|(?:\w+ )?editions?|translations?.*|permissions?|free .*|other .*|related .*)\W*",
}  # fmt: skip
_LONGEST = 120
"""Characters of a link that can be such words; titles may be longer."""


def file_format(url: str) -> str | None:
    """Return what a link leads to by its ending, where that is neither a page nor a PDF."""
    return _FORMATS.get(extension(url))


@lru_cache(maxsize=4096)
def names(text: str, kind: str) -> bool:
    """Tell whether a text names something of a kind: "a file", "a way around", "any page"."""
    return bool(regex(_WORDS[kind], re.IGNORECASE).fullmatch(fold(text)[:_LONGEST]))


@lru_cache(maxsize=4096)
def other_thing(text: str) -> str | None:
    """Return what a text names that belongs to a book and is no chapter of it: slides, errata."""
    found = regex(_THING, re.IGNORECASE).fullmatch(fold(text)[:_LONGEST])
    return list(_THINGS)[found.lastindex - 1] if found and found.lastindex else None
