"""The pages have the real ones' markup and quirks."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urljoin

from parsel import Selector

from dspguide.demo import Book, Site

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
    boxes = page(site, "/").css("#wrapper > div::attr(id)").getall()
    assert boxes == ["header", "columnLeft", "greenBox", "column-1", "column-2"]


def test_the_author_stands_only_in_the_main_heading_behind_two_lines_of_title(
    site: Site, book: Book
) -> None:
    for path in ("/", "/pdfbook.htm", "/ch1.htm", "/ch1/1.htm"):
        whole = page(site, path)
        heading = whole.css("h1")
        *lines, author = heading.css("::text").getall()
        assert " ".join(lines) == book.title
        assert (len(lines), len(heading.css("br"))) == (2, 2)
        assert author == heading.css("span.txtBlue.txt26::text").get() == f"By {book.author}, Ph.D."
        assert not whole.css("meta[name=author]")
        others = whole.xpath("//text()[not(ancestor::h1)]").re(book.author)
        assert others == whole.css('a[href$="swsmith.htm"]::text').re(book.author)


def test_contents_page_names_each_part_and_each_chapter_twice(site: Site, book: Book) -> None:
    contents = page(site, "/pdfbook.htm")
    right = contents.css("#columnRight")
    assert right.xpath("string(div[@id='adbox'])").get() == ""
    assert right.css("h2::text").getall() == [part.title for part in book.parts]
    assert right.css("ul > li > a::text").re(r"^Chapter \d+ - .*") == [
        f"Chapter {c.number} - {c.title}" for c in book.chapters
    ]
    assert contents.css("#columnLeft ul#red.treeview-red > ul > li > a::text").getall() == [
        f"{c.number}: {c.title}" for c in book.chapters
    ]
    counts = Counter(links(site, "/pdfbook.htm"))
    for chapter in book.chapters:
        assert counts[BASE + chapter.page_path] == 2
        assert all(counts[BASE + chapter.section_path(s)] == 2 for s in chapter.sections)
    assert not [url for url in counts if url.lower().endswith(".pdf")]


def test_hrefs_are_relative_root_relative_and_absolute_in_one_page(site: Site) -> None:
    hrefs = page(site, "/pdfbook.htm").css("a::attr(href)").getall()
    assert {"ch1.htm", "/ch1.htm", f"{BASE}/ch1/1.htm", "ch1/1.htm", BASE} <= set(hrefs)


def test_chapter_and_section_pages_link_exactly_their_own_pdf(site: Site, book: Book) -> None:
    for path in ("/ch29.htm", "/ch29/1.htm"):
        pdfs = [url for url in links(site, path) if url.lower().endswith(".pdf")]
        assert pdfs == [f"{BASE}/CH29.PDF"]
        assert {BASE + chapter.page_path for chapter in book.chapters} <= set(links(site, path))
    box = page(site, "/ch29.htm").css("#columnLeft > div.box:nth-child(2)")
    assert box.css("h3::text").get() == "Download this chapter in PDF format"
    assert box.css("b > a::text").get() == "Chapter29.pdf"
    assert site.get("/ch29.pdf") is None


def test_section_pages_have_breadcrumbs_and_chapter_pages_none(site: Site, book: Book) -> None:
    section = page(site, "/ch2/3.htm")
    assert section.css("div.breadcrumbs")
    assert section.css("div.subTitle::text").get() == book.chapter(2).sections[2].title
    assert section.css("h2::text").get() == page(site, "/ch2.htm").css("h2::text").get()
    assert not page(site, "/ch2.htm").css("div.breadcrumbs")


def test_no_page_would_pass_as_xml(site: Site) -> None:
    for path in ("/", "/pdfbook.htm", "/ch1.htm", "/ch1/1.htm", "/about.htm"):
        resource = site.get(path)
        assert resource is not None
        assert resource.content_type == "text/html"
        assert re.match(rb"\t \r?\n\r?\n\r?\n<!DOCTYPE html PUBLIC", resource.body)
        assert b" & " in resource.body
        assert b"charset=utf-8" in resource.body
        assert re.search(rb"[^\r]\n", resource.body)
        assert b"\r\n" in resource.body


def test_download_page_is_relative_everywhere_and_missing_from_within_chapters(site: Site) -> None:
    for path in ("/", "/ch1.htm", "/ch1/1.htm"):
        assert "download.htm" in page(site, path).css("a::attr(href)").getall()
    assert site.get("/download.htm") is not None
    assert site.get("/ch1/download.htm") is None


def test_another_books_twelve_pdfs_are_within_reach(site: Site) -> None:
    assert f"{BASE}/InnerLightTheory/" in links(site, "/swsmith.htm")
    pdfs = [url for url in links(site, "/InnerLightTheory/") if url.endswith(".pdf")]
    assert len(pdfs) == 12
    resource = site.get(pdfs[0].removeprefix(BASE))
    assert resource is not None
    assert resource.body.startswith(b"%PDF-")


def test_every_link_leads_somewhere_but_the_relative_one_to_the_downloads() -> None:
    site = Site(Book.standard(chapters=3))
    found, waiting = {"/"}, ["/"]
    while waiting:
        path = waiting.pop()
        if path.lower().endswith(".pdf"):
            assert site.get(path) is not None
            continue
        ours = {url.removeprefix(BASE) or "/" for url in links(site, path) if url.startswith(BASE)}
        new = {url for url in ours - found if url.count("/") == 1 or "download" not in url}
        found |= new
        waiting += new
    assert len(found) == 8 + 3 + 19 + 13 + 3


def test_robots_txt_is_missing(site: Site) -> None:
    assert site.get("/robots.txt") is None


def test_absolute_links_begin_with_the_address_asked_for(site: Site) -> None:
    resource = site.get("/ch1.htm", base="http://127.0.0.1:4711")
    assert resource is not None
    assert b'"http://127.0.0.1:4711/CH1.PDF"' in resource.body
    assert b"www.dspguide.com" not in resource.body


def test_what_stands_at_a_path_can_be_revised_and_replaced() -> None:
    site = Site(Book.standard(chapters=3))
    old = site.get("/CH2.PDF")
    assert old is not None
    assert site.get("/CH2.PDF") == old
    site.revise("/CH2.PDF")
    revised = site.get("/CH2.PDF")
    assert revised is not None
    assert revised.body != old.body
    assert (revised.etag, revised.last_modified) > ("", old.last_modified)
    site.replace("/CH2.PDF", b"%PDF-")
    replaced = site.get("/CH2.PDF")
    assert replaced is not None
    assert (replaced.body, replaced.content_type) == (b"%PDF-", "application/pdf")
    assert replaced.last_modified > revised.last_modified


def test_changing_the_book_changes_the_contents_page() -> None:
    site = Site(Book.standard(chapters=3))
    site.book = site.book.without_chapter(2)
    assert BASE + "/ch2.htm" not in links(site, "/pdfbook.htm")
    assert site.get("/CH2.PDF") is None
