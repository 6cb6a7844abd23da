"""The copy's pages have the real ones' markup and quirks."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from dspguide.demo import Book, Site
from tests.http_client import fetch_from
from tests.mockserver import Server, serve

BASE = "http://www.dspguide.com"


def page(site: Site, path: str) -> Selector:
    resource = site.get(path, base=BASE)
    assert resource is not None
    return Selector(resource.body.decode())


def links(site: Site, path: str) -> list[str]:
    return [urljoin(BASE + path, href) for href in page(site, path).css("a::attr(href)").getall()]


def test_home_page_leads_to_the_contents_and_to_no_chapter(site: Site, book: Book) -> None:
    found = links(site, "/")
    assert found.count(f"{BASE}/pdfbook.htm") == 3
    assert not [url for url in found if re.search(r"/ch\d|\.pdf$", url, re.IGNORECASE)]
    assert page(site, "/").css("title::text").get() == book.title


def test_contents_page_names_each_part_and_each_chapter_twice(site: Site, book: Book) -> None:
    contents = page(site, "/pdfbook.htm")
    right = contents.css("#columnRight")
    assert right.css("h2::text").getall() == [part.title for part in book.parts]
    assert right.css("ul > li > a::text").re(r"^Chapter \d+ - .*") == [
        f"Chapter {c.number} - {c.title}" for c in book.chapters
    ]
    assert contents.css("#columnLeft ul#red > ul > li > a::text").getall() == [
        f"{c.number}: {c.title}" for c in book.chapters
    ]
    counts = Counter(links(site, "/pdfbook.htm"))
    for chapter in book.chapters:
        assert counts[BASE + chapter.page_path] == 2
        assert all(counts[BASE + chapter.section_path(s)] == 2 for s in chapter.sections)
    assert not [url for url in counts if url.lower().endswith(".pdf")]


def test_hrefs_are_relative_root_relative_and_absolute_in_one_page(site: Site) -> None:
    hrefs = page(site, "/pdfbook.htm").css("a::attr(href)").getall()
    assert {"ch1.htm", "/ch1.htm", f"{BASE}/ch1/1.htm", "ch1/1.htm"} <= set(hrefs)


def test_chapter_and_section_pages_link_exactly_their_own_pdf(site: Site) -> None:
    for path in ("/ch29.htm", "/ch29/1.htm"):
        pdfs = [url for url in links(site, path) if url.lower().endswith(".pdf")]
        assert pdfs == [f"{BASE}/CH29.PDF"]
    box = page(site, "/ch29.htm").css("#columnLeft > div.box:nth-child(2)")
    assert box.css("h3::text").get() == "Download this chapter in PDF format"
    assert box.css("b > a::text").get() == "Chapter29.pdf"


def test_section_pages_have_breadcrumbs_and_chapter_pages_none(site: Site) -> None:
    assert page(site, "/ch2/3.htm").css("div.breadcrumbs")
    assert page(site, "/ch2/3.htm").css("div.subTitle")
    assert not page(site, "/ch2.htm").css("div.breadcrumbs")


def test_no_page_would_pass_as_xml(site: Site) -> None:
    for path in ("/", "/pdfbook.htm", "/ch1.htm", "/ch1/1.htm", "/about.htm"):
        resource = site.get(path)
        assert resource is not None
        assert resource.content_type == "text/html"
        assert resource.body.startswith(b"\t \r\n\r\n")
        assert b" & " in resource.body
        assert b"charset=utf-8" in resource.body
        assert re.search(rb"[^\r]\n", resource.body)


def test_download_page_is_relative_everywhere_and_missing_from_within_chapters(site: Site) -> None:
    for path in ("/", "/ch1.htm", "/ch1/1.htm"):
        assert "download.htm" in page(site, path).css("a::attr(href)").getall()
    assert site.get("/download.htm") is not None
    assert site.get("/ch1/download.htm") is None


def test_another_books_twelve_pdfs_are_within_reach(server: Server, site: Site) -> None:
    assert f"{BASE}/InnerLightTheory/" in links(site, "/swsmith.htm")
    pdfs = [url for url in links(site, "/InnerLightTheory/") if url.endswith(".pdf")]
    assert len(pdfs) == 12
    assert fetch_from(server, urlsplit(pdfs[0]).path).body.startswith(b"%PDF-")


def test_every_path_of_the_site_answers(site: Site) -> None:
    small = Site(Book.standard(chapters=2))
    with serve(small) as running:
        assert {fetch_from(running, path).status for path in small.paths()} == {200}
    assert len(set(site.paths())) == 13 + 34 + 195 + 13 + 34


def test_robots_txt_is_missing_unless_it_is_wanted(server: Server) -> None:
    assert fetch_from(server, "/robots.txt").status == 404
    with serve(
        Site(Book.standard(chapters=1), robots="User-agent: *\nDisallow: /CH1.PDF\n")
    ) as other:
        assert fetch_from(other, "/robots.txt").headers["Content-Type"] == "text/plain"


def test_absolute_links_stay_on_the_address_asked_for(server: Server) -> None:
    text = fetch_from(server, "/ch1.htm").body.decode()
    assert f'"{server.url}CH1.PDF"' in text
    assert "www.dspguide.com" not in text


def test_changing_the_book_changes_the_contents_page(changeable: Server) -> None:
    site = changeable.site
    site.book = site.book.without_chapter(2)
    text = fetch_from(changeable, "/pdfbook.htm").body.decode()
    assert "/ch2.htm" not in text
    assert "/ch3.htm" in text
    assert fetch_from(changeable, "/CH2.PDF").status == 404
