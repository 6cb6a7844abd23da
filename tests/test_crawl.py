"""The main job: a whole crawl of a faithful copy of the site."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pypdf
import pytest
import trustme
from parsel import Selector
from scrapy.settings import Settings

import dspguide.settings
from dspguide.addon import DEFAULTS
from dspguide.crawl.settings_checks import check_settings
from dspguide.errors import BadArgumentError
from dspguide.items import Chapter
from dspguide.spiders.arguments import Selection
from dspguide.spiders.dspguide_com import DspguideSpider
from tests.mockserver import Book, Fault, Site, serve
from tests.pdf.tools import qpdf_check
from tests.project import QUICK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.project import Project


def chapter_titles(book: Path) -> list[str]:
    """Return the titles of the outline's entries that have one for their chapter's number."""
    titles: list[str] = []

    def walk(items: Any) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item)
            else:
                titles.append(str(item.title))

    walk(pypdf.PdfReader(book).outline)
    return titles


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.pdf")}


def in_order(words: list[str], within: list[str]) -> bool:
    rest = iter(within)
    return all(any(word in candidate for candidate in rest) for word in words)


def test_the_demo_makes_the_whole_book_without_a_network(project: Project) -> None:
    project.environment["http_proxy"] = "http://no-such-host.invalid:3128"
    ended = project.run("demo")
    book, shape = project.folder / "output" / "demo" / "dspguide.pdf", Book.standard()
    assert ended.status == 0, ended.log
    pages = len(pypdf.PdfReader(book).pages)
    assert project.chapters_pages(book) == shape.pages == 652
    assert in_order([chapter.title for chapter in shape.chapters], chapter_titles(book))
    qpdf_check(book)
    assert ended.last_lines.rstrip().endswith(")")
    assert f"The book: {book} (34 chapters, {pages} pages, " in ended.last_lines
    assert "WARNING" not in ended.log
    assert "ERROR" not in ended.log
    assert project.litter() == []


def test_the_demo_goes_to_no_other_site(project: Project) -> None:
    ended = project.run("demo", "-a", "url=http://no-such-host.invalid/")
    assert ended.status == 2
    assert ended.log.rstrip().endswith("it has no use for -a url")


def test_the_unmodified_command_makes_the_book_of_the_site_behind_its_own_address(
    project: Project,
) -> None:
    site = Site(Book.standard())
    with serve(site) as server:
        project.environment["http_proxy"] = server.url
        ended = project.run("crawl", "dspguide")
        assert {request.host for request in server.requests} == {"www.dspguide.com"}
    assert ended.status == 0, ended.log
    assert len(pypdf.PdfReader(project.book).pages) == project.manifest()["book"]["pages"]
    assert project.chapters_pages() == site.book.pages
    assert [c["number"] for c in project.manifest()["chapters"]] == [str(n) for n in range(1, 35)]
    assert project.manifest()["book"]["title"] == site.book.title


def test_a_book_of_one_part_names_it(project: Project) -> None:
    site = Site(Book.standard(chapters=3))
    with serve(site) as server:
        assert project.crawl(server.url).status == 0
    parts = {chapter.part for chapter in site.book.chapters}
    assert {c["part"] for c in project.manifest()["chapters"]} == parts == {"GROUNDWORK"}
    assert chapter_titles(project.book)[:3] == [
        "Contents",
        "GROUNDWORK",
        f"1 {site.book.chapters[0].title}",
    ]


def test_a_host_may_be_written_in_letters_that_dns_does_not_know(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2), base="http://bücher.example")) as server:
        project.environment["http_proxy"] = server.url
        ended = project.crawl("http://bücher.example/")
        assert {request.host for request in server.requests} == {"xn--bcher-kva.example"}
    assert ended.status == 0, ended.log
    assert [c["number"] for c in project.manifest()["chapters"]] == ["1", "2"]


def test_the_chapters_on_disk_are_the_bytes_that_the_site_sent(project: Project) -> None:
    site = Site(Book.standard(chapters=3))
    with serve(site) as server:
        assert project.crawl(server.url).status == 0
    names = sorted(path.name for path in project.chapters.glob("*.pdf"))
    assert [name[:3] for name in names] == ["01-", "02-", "03-"]
    assert all(re.fullmatch(r"\d\d-[a-z0-9-]+\.pdf", name) for name in names)
    for number, name in enumerate(names, 1):
        assert (project.chapters / name).read_bytes() == site.pdf(number)


def test_the_spider_never_leaves_the_book(project: Project) -> None:
    with serve(Site(Book.standard(chapters=3))) as server:
        assert project.crawl(server.url).status == 0
        paths = {request.path for request in server.requests}
    pages = {"/", "/robots.txt", "/pdfbook.htm"}
    assert paths == pages | {f"/ch{n}.htm" for n in (1, 2, 3)} | {f"/CH{n}.PDF" for n in (1, 2, 3)}


def test_the_user_agent_says_name_and_version(project: Project) -> None:
    with serve(Site(Book.standard(chapters=1))) as server:
        project.crawl(server.url)
        agents = {request.headers["user-agent"] for request in server.requests}
    assert len(agents) == 1
    assert re.match(r"dspguide/\d+\.\d+\.\d+ \(", agents.pop())


def test_chapters_stand_in_the_order_of_the_contents_page_however_they_arrive(
    project: Project,
) -> None:
    site = Site(Book.standard(chapters=4))
    late = [Fault(f"/CH{n}.PDF", delay=0.3 * (4 - n)) for n in (1, 2, 3)]
    with serve(site, faults=late) as server:
        ended = project.crawl(server.url)
        order = [r.path for r in sorted(server.requests, key=lambda r: r.ended or 0)]
    assert ended.status == 0
    assert [p for p in order if p.endswith(".PDF")] != [f"/CH{n}.PDF" for n in (1, 2, 3, 4)]
    assert in_order([c.title for c in site.book.chapters], chapter_titles(project.book))
    facts = project.manifest()["chapters"]
    assert [c["pages"] for c in facts] == [c.pages for c in site.book.chapters]


def test_items_can_be_exported_as_any_scrapy_user_expects(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site) as server:
        exports = ("-O", "chapters.json", "-O", "chapters.xml")
        assert project.crawl(server.url, *exports).status == 0
    records = json.loads((project.folder / "chapters.json").read_text("utf-8"))
    assert sorted(record["number"] for record in records) == ["1", "2"]
    assert {record["status"] for record in records} == {"downloaded"}
    assert all(record["pages"] and record["sha256"] for record in records)
    xml = Selector((project.folder / "chapters.xml").read_text("utf-8"), type="xml")
    for record in records:
        item = xml.xpath("/items/item[number=$number]", number=record["number"])
        titles = item.xpath("sections/value/title/text()").getall()
        assert titles == [section["title"] for section in record["sections"]] != []


def test_a_second_run_fetches_only_what_is_missing(project: Project) -> None:
    with serve(Site(Book.standard(chapters=3)), faults=[Fault("/CH2.PDF", status=404)]) as server:
        assert project.crawl(server.url).status == 3
        server.faults = []
        server.reset()
        ended = project.crawl(server.url)
        bodies = {r.path for r in server.requests if r.path.endswith(".PDF") and r.body_bytes}
    assert ended.status == 0, ended.log
    assert bodies == {"/CH2.PDF"}
    assert ended.stats["chapters/unchanged"] == 2
    assert ended.stats["chapters/downloaded"] == 1


def test_redirects_of_pages_and_pdfs_are_followed(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site) as server:
        site.replace("/moved/one.pdf", body=site.pdf(1))
        server.faults = [
            Fault("/", location="/index.htm"),
            Fault("/CH1.PDF", location="/moved/one.pdf"),
        ]
        home = site.get("/")
        assert home is not None
        site.replace("/index.htm", body=home.body)
        ended = project.crawl(server.url)
    assert ended.status == 0, ended.log


def test_pages_are_read_as_html_whatever_they_call_themselves(project: Project) -> None:
    kinds = {"/": "text/xml", "/pdfbook.htm": "text/plain", "/ch1.htm": "application/xml"}
    faults = [Fault(path, content_type=kind) for path, kind in kinds.items()]
    with serve(Site(Book.standard(chapters=1)), faults=faults) as server:
        ended = project.crawl(server.url)
    assert ended.status == 0, ended.log


def test_a_redirect_to_another_site_is_refused_by_name(project: Project) -> None:
    away = Fault("/CH1.PDF", location="http://127.0.0.2:9/CH1.PDF")
    with serve(Site(Book.standard(chapters=2)), faults=[away]) as server:
        ended = project.crawl(server.url)
    assert ended.status == 3
    assert (
        "CH1.PDF leads away from the book's site, to http://127.0.0.2:9/CH1.PDF" in ended.last_lines
    )


def test_robots_txt_is_obeyed(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    site.replace("/robots.txt", body="User-agent: *\nDisallow: /CH2.PDF\n")
    with serve(site) as server:
        ended = project.crawl(server.url)
        assert server.requests_for("/CH2.PDF") == []
    assert ended.status == 3
    assert "the site's robots.txt forbids it" in ended.last_lines


@pytest.mark.parametrize("places", [1, 2, 4, 8, 16, 32])
def test_requests_in_flight_reach_concurrent_requests_and_never_exceed_it(
    project: Project, places: int
) -> None:
    latency = 0.02 if places < 8 else 0.1
    with serve(Site(Book.standard(chapters=places + 2)), latency=latency) as server:
        ended = project.crawl(server.url, "-s", f"CONCURRENT_REQUESTS={places}")
        assert server.max_in_flight == places
    assert ended.status == 0, ended.log


def test_the_names_of_one_site_share_concurrent_requests(project: Project) -> None:
    """The site answers with and without www, and half of the files are at the other name."""
    site = Site(Book.standard(chapters=8))
    with serve(site, latency=0.05) as server:
        for number in (1, 3, 5, 7):
            site.replace(f"/moved/{number}.pdf", body=site.pdf(number))
        server.faults = [
            Fault(f"/CH{n}.PDF", location=f"http://dspguide.com/moved/{n}.pdf")
            for n in (1, 3, 5, 7)
        ]
        project.environment["http_proxy"] = server.url
        ended = project.run("crawl", "dspguide", *QUICK, "-s", "CONCURRENT_REQUESTS=2")
        assert {request.host for request in server.requests} == {
            "www.dspguide.com",
            "dspguide.com",
        }
        assert server.max_in_flight == 2
    assert ended.status == 0, ended.log


def test_a_smaller_limit_for_the_domain_wins(project: Project) -> None:
    limits = ("-s", "CONCURRENT_REQUESTS=8", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2")
    with serve(Site(Book.standard(chapters=6)), latency=0.05) as server:
        assert project.crawl(server.url, *limits).status == 0
        assert server.max_in_flight == 2


def test_a_download_delay_keeps_requests_apart(project: Project) -> None:
    delay = ("-s", "DOWNLOAD_DELAY=0.2", "-s", "DOWNLOAD_DELAY_JITTER=0")
    with serve(Site(Book.standard(chapters=3))) as server:
        assert project.crawl(server.url, *delay).status == 0
        starts = [r.started for r in server.requests]
    # robots.txt, asked for by a middleware, and the first page share no gap; and on a busy machine
    # two requests may come together, of which the first was late.
    assert starts[-1] - starts[0] > 0.15 * (len(starts) - 2)


def test_autothrottle_works_when_it_is_switched_on(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2)), latency=0.05) as server:
        on = ("-s", "AUTOTHROTTLE_ENABLED=True", "-s", "AUTOTHROTTLE_DEBUG=True")
        ended = project.crawl(server.url, *on)
    assert ended.status == 0, ended.log
    # It says so once an answer, with the wait for it, which is what it goes by.
    latencies = re.findall(r"slot: 127\.0\.0\.1 .* latency: *(\d+) ms", ended.log)
    assert len(latencies) >= len(server.requests) - 1
    assert all(int(latency) >= 40 for latency in latencies)


def test_scrapy_list_names_the_spiders(project: Project) -> None:
    assert project.run("list").log == "book\ndspguide\n"


def test_selected_chapters_make_a_book_of_their_own(project: Project) -> None:
    with serve(Site(Book.standard(chapters=6))) as server:
        ended = project.crawl(server.url, "-a", "chapters=2-3,5")
        bodies = {r.path for r in server.requests if r.path.endswith(".PDF")}
    book = project.folder / "output" / "dspguide-ch2-3,5.pdf"
    assert ended.status == 0, ended.log
    assert bodies == {"/CH2.PDF", "/CH3.PDF", "/CH5.PDF"}
    assert [c["number"] for c in project.manifest(book)["chapters"]] == ["2", "3", "5"]
    assert not project.book.exists()


def test_a_selection_leaves_what_belongs_to_the_whole_book(project: Project) -> None:
    with serve(Site(Book.standard(chapters=3))) as server:
        assert project.crawl(server.url).status == 0
        book, chapters = project.book.read_bytes(), digests(project.chapters)
        assert project.crawl(server.url, "-a", "chapters=2").status == 0
    assert digests(project.chapters) == chapters
    assert project.book.read_bytes() == book
    project.book.unlink()
    assert project.run("bind", *QUICK).status == 0
    assert project.book.read_bytes() == book


def test_a_dry_run_lists_what_would_be_fetched_and_fetches_no_pdf(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site) as server:
        ended = project.crawl(server.url, "-a", "dry_run=1")
        assert not [r for r in server.requests if r.path.endswith(".PDF")]
    assert ended.status == 0
    for chapter in site.book.chapters:
        assert f"Chapter {chapter.number}, {chapter.title}" in ended.last_lines
    assert f"A run would ask for 2 chapters of {site.book.title}:" in ended.last_lines
    assert not project.book.exists()


def test_a_dry_run_lists_the_selected_chapters_alone(project: Project) -> None:
    site = Site(Book.standard(chapters=2))
    with serve(site) as server:
        ended = project.crawl(server.url, "-a", "dry_run=1", "-a", "chapters=2")
    assert ended.status == 0
    assert f"A run would ask for 1 chapter of {site.book.title}:" in ended.last_lines
    assert f"Chapter 1, {site.book.chapters[0].title}" not in ended.last_lines


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-a", "chapters=4-1"), "chapters=4-1: '4-1' is no chapter or range of chapters"),
        (("-a", "chapters=1 2"), "chapters=1 2: '1 2' is no chapter or range of chapters"),
        (("-a", "url=ftp://x/"), "url=ftp://x/: give the start page"),
        (("-a", "url=http://me:secret@x/"), "url: leave out the user's name and password"),
        (("-a", "url=http://two words/"), "url=http://two words/: give the start page"),
        (("-a", "chapter=1"), "chapter=1: there is no such argument; there are url, chapters, "),
        (("-a", "dry_run=maybe"), "dry_run=maybe: write dry_run=1 or dry_run=0"),
        (("-s", "CONCURRENT_REQUESTS=many"), "CONCURRENT_REQUESTS=many: give a whole number"),
        (("-s", "DOWNLOAD_TIMEOUT=-1"), "DOWNLOAD_TIMEOUT=-1: give a number of seconds"),
        (("-s", "BOOK_URI=gopher://x/book.pdf"), "BOOK_URI=gopher://x/book.pdf: gopher is none of"),
        (("-s", "BOOK_URI=x/book.json"), "BOOK_URI=x/book.json: give the name of a PDF file"),
        (("-s", "FILES_STORE=ftp://host/x"), "FILES_STORE=ftp://host/x: give a folder"),
        (("-s", "FILES_STORE=file://output/x"), "FILES_STORE=file://output/x: give a folder"),
        (("-s", "DOWNLOAD_DELAY=short"), "DOWNLOAD_DELAY=short: give a number."),
        (("-L", "debug"), "LOG_LEVEL=debug: give DEBUG, INFO, WARNING, ERROR or CRITICAL."),
        (("-s", "LOG_FILE=no/run.log"), "LOG_FILE=no/run.log cannot be written: No such file"),
    ],
)
def test_a_bad_argument_gets_one_clear_line(
    project: Project, arguments: tuple[str, ...], words: str
) -> None:
    ended = project.run("crawl", "dspguide", *QUICK, *arguments)
    assert ended.status == 1
    assert words in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log


def test_help_names_the_arguments_that_a_command_takes(project: Project) -> None:
    project.environment["PYTHONIOENCODING"] = "ascii"  # not every terminal shows all letters
    helped = project.run("crawl", "-h")
    assert helped.status == 0, helped.log
    for argument in ("chapters=1-4,30", "dry_run=1", "url=URL"):
        assert argument in helped.log


def test_a_spider_that_is_not_there_gets_one_clear_line(project: Project) -> None:
    ended = project.run("crawl", "dspgiude")
    assert ended.status == 1
    assert "There is no spider dspgiude; scrapy list names" in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log


def test_a_chapter_that_the_book_does_not_have_is_named(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2))) as server:
        ended = project.crawl(server.url, "-a", "chapters=7")
    assert ended.status == 3
    assert ended.last_lines.rstrip().endswith(
        "chapters=7: the book has no chapter 7; its chapters are numbered 1 to 2."
    )


@pytest.mark.parametrize("known", [True, False])
def test_certificates_are_verified(project: Project, tmp_path: Path, *, known: bool) -> None:
    authority = trustme.CA()
    key = authority.issue_cert("localhost").private_key_and_cert_chain_pem
    key.write_to_path(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    if known:
        project.environment["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
    with serve(Site(Book.standard(chapters=1)), tls=tmp_path / "server.pem") as server:
        ended = project.crawl(f"https://localhost:{server.port}/")
    assert ended.status == (0 if known else 3), ended.log
    if not known:
        assert "certificate" in ended.last_lines


@pytest.mark.parametrize(
    "text", ["two words", "1-", "3-1", "", "1,,2", "1-2-3", "-1", "1 2", "1-2 3"]
)
def test_what_is_no_selection_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadArgumentError, match="for example chapters=1-4,30"):
        Selection.parse(text)


def test_a_selection_names_each_chapter_once_and_gives_a_name_that_a_file_can_have() -> None:
    assert Selection.parse(" 3, 1 - 2,03,1-2").text == "3,1-2"
    assert Selection.parse(",".join(["7"] * 300)).text == "7"
    with pytest.raises(BadArgumentError, match="write ranges"):
        Selection.parse(",".join(map(str, range(300))))


def test_a_selection_is_in_the_order_of_the_book_however_it_is_written() -> None:
    book = tuple(
        Chapter(str(n), f"Title {n}", page_url=f"http://site/ch{n}.htm", position=n)
        for n in range(1, 6)
    )
    chosen = Selection.parse("5,2-3,1-2").choose(book)
    assert [chapter.number for chapter in chosen] == ["1", "2", "3", "5"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STORE_BUSY", "maybe"),
        ("PROGRESS", "loud"),
        ("CONCURRENT_REQUESTS", -1),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 0),
        ("RETRY_HTTP_CODES", "500,all"),
        ("RETRY_TIMES", "often"),
        ("BACKOFF_MAX", "inf"),
        ("BOOK_PARTIAL", "perhaps"),
        ("FILES_EXPIRES", "soon"),
        ("ROBOTSTXT_OBEY", "rather"),
        ("DOWNLOAD_DELAY", "some"),
        ("DOWNLOAD_DELAY", "inf"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: object) -> None:
    settings = Settings({**DEFAULTS, **vars(dspguide.settings), name: value})
    with pytest.raises(BadArgumentError, match=f"{name}={value}: give "):
        check_settings(settings, DspguideSpider())


@pytest.mark.parametrize(
    "command", [("shell", "-c", "response.css('title::text').get()"), ("fetch", "--nolog")]
)
def test_the_shell_and_fetch_work_on_any_page_and_leave_nothing(
    project: Project, command: tuple[str, ...]
) -> None:
    site = Site(Book.standard(chapters=1))
    with serve(site) as server:
        ended = project.run(command[0], server.url, *command[1:])
    assert ended.status == 0, ended.log
    assert site.book.title in ended.log
    assert list(project.folder.iterdir()) == []


def test_contracts_can_be_checked(project: Project) -> None:
    assert project.run("check").status == 0
