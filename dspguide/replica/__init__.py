"""A synthetic copy of www.dspguide.com: invented text in the site's exact shape, on a real server.

    from dspguide.replica import Book, Fault, Site, serve

    with serve() as server:                       # 34 small chapters, fault-free
        crawl(server.url)                         # "http://127.0.0.1:PORT/"
        assert server.max_in_flight <= 8

    site = Site(Book.standard(chapters=3))
    faults = [Fault("/CH2.PDF", last=1, cut_after=1000), Fault("/CH3.PDF", status=503)]
    with serve(site, faults=faults, latency=0.05, rate=1e6, ranges=False) as server:
        ...
        server.faults = []
        site.replace("/CH2.PDF", body=b"%PDF-1.4 ...")
        site.book = site.book.without_chapter(3)

`Book` says what the book holds and where each heading and printed number stands, `Site` turns paths
into pages and PDFs, `serve` puts it on a loopback port, `serve_process` does so in a process of its
own, `python -m dspguide.replica` runs it by itself. Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dspguide.replica.book import Book as Book
    from dspguide.replica.book import Chapter as Chapter
    from dspguide.replica.book import Part as Part
    from dspguide.replica.book import Section as Section
    from dspguide.replica.faults import Fault as Fault
    from dspguide.replica.faults import dump_faults as dump_faults
    from dspguide.replica.faults import load_faults as load_faults
    from dspguide.replica.layout import Heading as Heading
    from dspguide.replica.log import Request as Request
    from dspguide.replica.remote import RemoteServer as RemoteServer
    from dspguide.replica.remote import serve_process as serve_process
    from dspguide.replica.server import Server as Server
    from dspguide.replica.server import serve as serve
    from dspguide.replica.site import Resource as Resource
    from dspguide.replica.site import Site as Site

_HOME = {
    "Book": "book",
    "Chapter": "book",
    "Fault": "faults",
    "Heading": "layout",
    "Part": "book",
    "RemoteServer": "remote",
    "Request": "log",
    "Resource": "site",
    "Section": "book",
    "Server": "server",
    "Site": "site",
    "dump_faults": "faults",
    "load_faults": "faults",
    "serve": "server",
    "serve_process": "remote",
}

__all__ = [
    "Book",
    "Chapter",
    "Fault",
    "Heading",
    "Part",
    "RemoteServer",
    "Request",
    "Resource",
    "Section",
    "Server",
    "Site",
    "dump_faults",
    "load_faults",
    "serve",
    "serve_process",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
