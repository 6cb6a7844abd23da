"""What a link is that is no chapter: another format, slides, the whole book, a way around the site."""

from __future__ import annotations

import re

from dspguide.pages.text import fold
from dspguide.urls import extension

_FORMATS = {
    "ps": "PostScript", "ps.gz": "PostScript", "eps": "PostScript", "ps.z": "PostScript", "ps.bz2": "PostScript",
    "dvi": "DVI", "djvu": "DjVu", "epub": "an EPUB", "mobi": "a Kindle file", "azw3": "a Kindle file",
    "zip": "an archive", "gz": "an archive", "tar": "an archive", "tgz": "an archive", "tar.gz": "an archive",
    "bz2": "an archive", "7z": "an archive", "rar": "an archive", "ppt": "slides", "pptx": "slides",
    "key": "slides", "odp": "slides", "tex": "a source text", "bib": "a bibliography file",
    "txt": "plain text", "doc": "a Word file", "docx": "a Word file", "rtf": "a text file",
    "mp3": "a recording", "mp4": "a recording", "ogg": "a recording", "webm": "a recording",
    "jpg": "a picture", "jpeg": "a picture", "png": "a picture", "gif": "a picture", "svg": "a picture",
    "xls": "a table", "xlsx": "a table", "csv": "a table", "ipynb": "a notebook", "py": "a program",
    "c": "a program", "m": "a program", "r": "a program", "java": "a program", "exe": "a program",
}  # fmt: skip
_SIZE = r"[\[(,;\s]*\d[\d.,]*\s*(?:[kmg]i?b?|bytes|pages|pp\.?|p\.?)?[\])]*"
_FORMAT_WORDS = re.compile(
    r"\W*(?:(?:the|as|in|a|this|chapter|get|full|text|file|format|version|document|adobe|acrobat)\W+)*"
    r"(?:pdf|html?|web|online|ps|postscript|gzipped|gz|dvi|djvu|epub|mobi|txt|zip|download|herunterladen|"
    r"t[ée]l[ée]charger|descargar|scarica|скачать|下载|ダウンロード|view|open|read|lesen|lire|leer|here|"
    r"link|pdf-datei|fichier pdf|file|full text|more|read more|weiter|\S+\.(?:pdf|ps|html?|gz))"
    r"(?:\W+(?:this|the|a|as|in|file|format|version|chapter|document|pdf|ps|gz|here|now|more|online|on|only|"
    rf"print|screen|letter|a4|colou?r|b&w|for))*(?:{_SIZE})?\W*",
    re.IGNORECASE,
)
_FOLLOWED = (
    r"(?:\W*$|\W*\(.*|\W+\d.*|\s+(?:for|to|from|by|with|as|in|list|page|pages|file|files|pdf|chapters?|"
    r"ch|all|and|manual|set|sets|sheet|sheets|archive|zip|only|password|download|here)\b.*)"
)
_OTHER_THINGS = tuple(
    (re.compile(rf"\W*(?:the |all |selected |my |our |lecture |course |supplementary )*(?:{words}){_FOLLOWED}",
                re.IGNORECASE), why)
    for words, why in (
        (r"slides?|slide deck|lecture slides|presentations?|powerpoints?|overheads?|folien|diapositives", "slides"),
        (r"errata|erratum|corrections|corrigenda|known errors|list of errors|fehlerverzeichnis", "errata"),
        (r"(?:front |back |book )?covers?(?: page| image| art)?|(?:back|front)cover|dust jacket|poster", "a cover"),
        (r"home ?works?|assignments?|problem sets?|exams?|midterms?|quiz(?:zes)?|projects?|labs?|"
         r"übungsblätter", "homework"),
        (r"solutions?(?: manual)?|instructor'?s? (?:manual|resources|guide)|lösungen", "solutions"),
        (r"source ?codes?|code|software|programs|data ?sets?|data files|simulators?|figures|"
         r"video(?:s| lectures?)?|audio|recordings?|notebooks?|bibtex|sources?", "not text of the book"),
        (r"(?:detailed |brief |short |full )?(?:table of )?contents|toc|inhalt(?:sverzeichnis)?|"
         r"table des mati[eè]res|sommaire|[íi]ndice general|目次|目录|оглавление",
         "a table of contents, which the bound book gets anyway"),
        (r"postscript|ps|gzipped postscript", "PostScript"),
    )
)  # fmt: skip
_WHOLE_BOOK = re.compile(
    r"\b(?:entire|whole|complete|full|all(?: of)?(?: the)?)\b.{0,30}\b(?:book|text|textbook|volume|document|"
    r"manuscript|chapters|notes|pdf|thing)\b|"
    r"\b(?:book|chapters|everything|all) (?:in|as) (?:one|a single)\b|\b(?:single|one)(?: big| large)? "
    r"(?:pdf|file)\b|\ball[- ]in[- ]one\b|^\W*(?:the )?book\b.{0,12}\bpdf\b|"
    r"\b(?:ganzes|gesamtes|komplettes) buch\b|\bgesamtausgabe\b|\blivre (?:complet|entier)\b|"
    r"\blibro (?:completo|entero)\b|\bвся книга\b|全书|全文",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"\W*(?:home(?: ?page)?|start ?page|main(?: page)?|back(?: to .*)?|next(?: page| chapter)?|prev(?:ious)?"
    r"(?: page| chapter)?|top(?: of page)?|up|contact(?: us| me| the authors?)?|e-?mail(?: us| me)?|about the .*|"
    r"about(?: us| me| this .*)?|faqs?|site ?map|log ?in|sign (?:in|up)|register|feedback|"
    r"buy\b.*|order (?:this|the|a|from|online|now|form).*|purchase .*|amazon.*|copyright.*|licen[sc]e|"
    r"imprint|impressum|privacy.*|terms of .*|donate.*|mailing list|rss|twitter|facebook|github.*|"
    r"(?:book )?reviews?(?: (?:of|and|&) .*)?|author'?s? (?:home|page|site).*|print this page|share|"
    r"return to .*|go to .*|startseite|zurück|weiter|accueil|inicio)\W*",
    re.IGNORECASE,
)
_MATTER = re.compile(
    r"\W*(?:a |the )?(?:preface|foreword|forward|prologue|prolog|introduction|acknowledge?ments?|dedication|"
    r"title page|half title|copyright page|colophon|front ?matter|back ?matter|end ?matter|epilogue|epilog|"
    r"afterword|postscript|conclusions?|postface|appendix|appendices|glossary|bibliography|references|"
    r"further reading|index|subject index|author index|notation|nomenclature|list of \w+|symbols|answers|"
    r"notes|endnotes|credits|abbreviations|vorwort|einleitung|einführung|literatur(?:verzeichnis)?|anhang|"
    r"register|glossar|sachverzeichnis|préface|avant-propos|introduction|conclusion|bibliographie|glossaire|"
    r"annexes?|prefacio|prólogo|epílogo|bibliografía|glosario|prefazione|предисловие|введение|заключение|"
    r"literature|前言|序|附录|索引|まえがき|あとがき)(?:\W*$|\W+(?:to|and|of|by|for|from)\b.*|\W*\(.*|\s*:.*)",
    re.IGNORECASE,
)  # fmt: skip
_COMMON_PAGES = re.compile(
    r"\W*(?:index|introduction|references|bibliography|notes|credits|appendices|links|literature|symbols|"
    r"news|blog|search|help|comments|forum|discussions?|resources|downloads?|legal|support|press|teaching|"
    r"courses?|research|publications|people|cv|authors?|updates?|change ?log|history|(?:\w+ )?editions?|"
    r"translations?.*|permissions?|free .*|other .*|related .*)\W*",
    re.IGNORECASE,
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
