"""Pages made of frames: the links are in pages of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pages.rows import base_url
from dspguide.urls import follow, page_key, same_page

if TYPE_CHECKING:
    from scrapy.http import TextResponse

_CONTENTS = re.compile(r"contents|toc|menu|nav|index|left|chapter|list|inhalt", re.IGNORECASE)


def frame_urls(page: TextResponse) -> list[str]:
    """Return what the frames of a page show, each URL once."""
    base = base_url(page)
    found: dict[object, str] = {}
    for source in page.xpath("//frame/@src | //iframe/@src").getall():
        url = follow(source, base)
        if url is not None and not same_page(url, page.url):
            found.setdefault(page_key(url), url)
    return list(found.values())


def find_frame_url(page: TextResponse) -> str | None:
    """Return the frame that the contents are in, for a page without links of its own.

    None where there is no frame, or where several could be meant: `read_contents` names them.
    """
    if page.xpath("//a[@href][not(ancestor::noframes)]"):
        return None
    urls = frame_urls(page)
    if len(urls) == 1:
        return urls[0]
    named = {
        url
        for node in page.xpath("//frame[@src] | //iframe[@src]")
        if _CONTENTS.search(
            " ".join(node.attrib.get(k, "") for k in ("name", "id", "title", "src"))
        )
        and (url := follow(node.attrib["src"], base_url(page))) is not None
    }
    return named.pop() if len(named) == 1 else None
