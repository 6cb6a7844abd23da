"""A synthetic copy of www.dspguide.com: invented text in the site's shape.

    from dspguide.demo import Book, Site, serve

    site = Site(Book.standard(chapters=3))
    site.pdf(2)                                  # chapter 2 as bytes
    site.get("/pdfbook.htm").body                # the contents page
    with serve(site) as server:                  # on a free loopback port
        crawl(server.url)

`Book` says what the book holds and where each heading, caption, reference and printed number
stands; `Site` turns paths into pages and PDFs; `serve` is a plain HTTP server for the demo.
"""

from dspguide.demo.book import Book as Book
from dspguide.demo.book import Chapter as Chapter
from dspguide.demo.layout import Reference as Reference
from dspguide.demo.serve import Server as Server
from dspguide.demo.serve import serve as serve
from dspguide.demo.site import Resource as Resource
from dspguide.demo.site import Site as Site
