"""What pages say: plain values out of HTML; no crawl, no network."""

from dspguide.pages.contents import read_contents
from dspguide.pages.home import as_html, find_contents_url, has_end, read_book_info, says_pdf
from dspguide.pages.links import find_frame_url, next_contents_url
from dspguide.pages.model import (
    BookInfo,
    FoundContents,
    LeftOut,
    Selectors,
    describe_rest,
)
from dspguide.pages.pdf_link import find_pdf_url

__all__ = [
    "BookInfo",
    "FoundContents",
    "LeftOut",
    "Selectors",
    "as_html",
    "describe_rest",
    "find_contents_url",
    "find_frame_url",
    "find_pdf_url",
    "has_end",
    "next_contents_url",
    "read_book_info",
    "read_contents",
    "says_pdf",
]
