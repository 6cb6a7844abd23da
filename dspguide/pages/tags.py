"""What HTML's elements do to the lines of a page."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main "
    "map menu dir nav noframes noscript object ol optgroup option p pre section select summary "
    "table tbody td tfoot th thead tr ul"
)
SKIPPED = _names("script style title template textarea svg iframe button")
LISTS = _names("ul ol menu dir dl table select map")
ITEMS = _names("li dt dd td th option")
BOLD = _names("b strong big th")
RANKS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6} | dict.fromkeys(
    ("caption", "legend", "summary"), 7
)
"""How high what stands in an element is as a heading."""
ONE_LINE_RANKS = range(2, 7)
"""Headings that are one, whatever breaks are in them; a page's first may have title and author."""
GROUP_RANK = 7
BOLD_RANK = 9
ONE_SHAPE = (
    dict.fromkeys(("ol", "menu", "dir"), "ul")
    | {"th": "td"}
    | dict.fromkeys(("thead", "tbody", "tfoot"), "")
)
"""Elements that make no difference; the last are left out by many pages."""
NAVIGATION = _names("nav footer header aside")
NAVIGATION_NAMES = ("nav", "menu", "footer", "header", "sidebar", "breadcrumb", "pagination")
"""Pieces of the classes and ids that elements have which hold a site's own links."""
