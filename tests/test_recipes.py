"""A book of any site by a short spider, in this project or in any other Scrapy project."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Fault, Pages, serve
from tests.pdf.samples import Chapter
from tests.project import QUICK, ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mockserver import Server

RECIPES = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
TITLES = ("Arches", "Cables", "Piers", "Decks")


def pdf(number: int, title: str, pages: int = 2) -> bytes:
    return Chapter(number, title, pages=pages, first=2 * number - 1).data()


def html(body: str) -> str:
    return f"<html lang=en><head><title>Of Bridges</title></head><body>{body}</body></html>"


def a_table() -> Pages:
    """One page, PDFs in a table, slides beside them, a heading above each part."""

    def rows(*numbers: int) -> str:
        return "".join(
            f"<tr><td>{n}<td class=text><a href=t{n}.pdf>{TITLES[n - 1]}</a>"
            f"<td><a href=s{n}.pdf>slides</a>"
            for n in numbers
        )

    body = f"<h3>STONE</h3><table>{rows(1, 2)}</table><h3>STEEL</h3><table>{rows(3, 4)}</table>"
    files = {f"/t{n}.pdf": pdf(n, title) for n, title in enumerate(TITLES, 1)}
    return Pages({"/": html(body), **files})


def pages_with_errata() -> Pages:
    """Home page, contents, and a page for each chapter with two PDFs."""
    items = "".join(f"<li><a href=/c{n}.html>{n}. {t}</a>" for n, t in enumerate(TITLES, 1))
    pages: dict[str, Any] = {
        "/": html("<a href=/toc.html>To the book</a><a href=/news.html>News</a>"),
        "/toc.html": html(f"<ol class=toc>{items}</ol>"),
    }
    for n, title in enumerate(TITLES, 1):
        links = f"<a href=/errata{n}.pdf>Errata</a><a class=chapter href=/ch{n}.pdf>Chapter</a>"
        pages |= {f"/c{n}.html": html(links), f"/ch{n}.pdf": pdf(n, title)}
    return Pages(pages)


def a_drop_down() -> Pages:
    """File names in a drop-down that a script reads; two chapters and two appendices."""
    names = ("chap0", "chap1", "app_1", "app_2")
    options = "".join(f"<option value={n}>{t}</option>" for n, t in zip(names, TITLES, strict=True))
    files = {f"/files/{n}.pdf": pdf(i, TITLES[i - 1]) for i, n in enumerate(names, 1)}
    return Pages({"/": html(f"<select id=chapters>{options}</select>"), **files})


EXAMPLES = [
    pytest.param("Bridges", a_table, "1234", ("STONE", "STONE", "STEEL", "STEEL"), id="table"),
    pytest.param("Tides", pages_with_errata, "1234", (None,) * 4, id="pages"),
    pytest.param("Marks", a_drop_down, "01AB", (None, None, *["APPENDICES"] * 2), id="drop-down"),
]


def example(name: str) -> str:
    """Return the code of a spider in docs/recipes.md."""
    blocks: list[str] = re.findall(r"^```python\n(.*?)^```$", RECIPES, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if f"class {name}Spider" in block)


def save(folder: Path, code: str, name: str = "recipe.py") -> str:
    (folder / name).write_text(code, encoding="utf-8")
    return name


def manifest(project: Project, name: str) -> dict[str, Any]:
    return project.manifest(project.folder / "output" / f"{name}.pdf")


def assert_is_right(project: Project, name: str, server: Server[Pages]) -> None:
    """See that the book is complete, and each chapter what the site has."""
    record = manifest(project, name)
    assert record["book"]["complete"] is True
    assert [chapter["title"] for chapter in record["chapters"]] == list(TITLES)
    for chapter in record["chapters"]:
        served = server.site[chapter["pdf_url"].removeprefix(server.url.rstrip("/"))]
        assert isinstance(served, bytes)
        assert chapter["sha256"] == sha256(served).hexdigest()
        stored = project.folder / "output" / "chapters" / name / chapter["file"]
        assert stored.read_bytes() == served


@pytest.mark.parametrize(("name", "site", "numbers", "parts"), EXAMPLES)
def test_each_example_of_the_recipes_page_makes_its_book(
    project: Project, name: str, site: Any, numbers: str, parts: tuple[str | None, ...]
) -> None:
    file = save(project.folder, example(name))
    with serve(site()) as server:
        ended = project.run("runspider", file, "-a", f"url={server.url}", *QUICK)
        assert_is_right(project, name.lower(), server)
    assert ended.status == 0
    assert [c["number"] for c in manifest(project, name.lower())["chapters"]] == list(numbers)
    assert [c["part"] for c in manifest(project, name.lower())["chapters"]] == list(parts)


def test_a_spider_for_a_site_of_another_shape_takes_at_most_twelve_lines() -> None:
    assert len(example("Bridges").splitlines()) <= 12


# -- any kind of item ------------------------------------------------------------------------------

ITEMS = """
from dataclasses import dataclass
import attrs
from dspguide.spiders import BookSpider

{item}

class ItemsSpider(BookSpider):
    name = "items"
    def parse_contents(self, response, earlier=()):
        for link in response.css("td.text a"):
            url = response.urljoin(link.attrib["href"])
            yield Item(title=link.css("::text").get(), pdf_url=url)
"""
FIELDS = "title: str\n    pdf_url: str\n    file: str = ''\n    sha256: str = ''"


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("Item = dict", id="dict"),
        pytest.param(f"@dataclass\nclass Item:\n    {FIELDS}", id="dataclass"),
        pytest.param(f"@attrs.define\nclass Item:\n    {FIELDS}", id="attrs"),
    ],
)
def test_a_recipe_may_give_any_kind_of_item(project: Project, item: str) -> None:
    file = save(project.folder, ITEMS.format(item=item))
    with serve(a_table()) as server:
        arguments = ("-a", f"url={server.url}", "-O", "items.json", *QUICK)
        assert project.run("runspider", file, *arguments).status == 0
        assert_is_right(project, "items", server)
    exported = json.loads((project.folder / "items.json").read_text(encoding="utf-8"))
    recorded = {c["title"]: c for c in manifest(project, "items")["chapters"]}
    assert len(exported) == len(recorded)
    for one in exported:
        assert one["sha256"] == recorded[one["title"]]["sha256"]
        assert one["file"] == recorded[one["title"]]["file"]


# -- two at once -----------------------------------------------------------------------------------


def test_two_spiders_share_a_store_also_when_one_is_killed(project: Project) -> None:
    code = example("Bridges")
    one = save(project.folder, code.replace('"bridges"', '"one"'), "one.py")
    two = save(project.folder, code.replace('"bridges"', '"two"'), "two.py")
    other = a_table()
    other |= {f"/t{n}.pdf": pdf(n, title, pages=3) for n, title in enumerate(TITLES, 1)}
    stall = Fault("/t3.pdf", last=1, stall_after=800)
    with serve(a_table(), faults=[stall]) as first, serve(other) as second:
        arguments = ("-a", f"url={first.url}", *QUICK)
        with project.start("runspider", one, *arguments) as running:
            assert first.wait_until(lambda s: s.requests_for("/t3.pdf"))
            with project.start("runspider", two, "-a", f"url={second.url}", *QUICK) as beside:
                running.process.kill()
                assert beside.wait().status == 0
        assert_is_right(project, "two", second)
        assert not (project.folder / "output" / "one.pdf").exists()
        assert project.run("runspider", one, *arguments).status == 0
        assert_is_right(project, "one", first)
        assert_is_right(project, "two", second)
    assert project.litter() == []


SCRIPT = """
import sys
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings
import one, two
if __name__ == "__main__":
    process = CrawlerProcess(get_project_settings())
    process.crawl(one.BridgesSpider, url=sys.argv[1])
    process.crawl(two.BridgesSpider, url=sys.argv[2])
    process.start()
"""


def test_one_process_makes_two_books_at_once(project: Project) -> None:
    code = example("Bridges")
    for name in ("one", "two"):
        save(project.folder, code.replace('"bridges"', f'"{name}"'), f"{name}.py")
    script = save(project.folder, SCRIPT, "script.py")
    with serve(a_table()) as first, serve(a_table()) as second:
        with project.start_program(script, first.url, second.url) as running:
            ended = running.wait()
        assert ended.status == 0
        assert_is_right(project, "one", first)
        assert_is_right(project, "two", second)
    assert ended.log.count("INFO: The book: ") == 2


# -- Scrapy's other commands -----------------------------------------------------------------------


def test_scrapy_parse_shows_the_chapters_of_a_contents_page(project: Project) -> None:
    # Scrapy 2.19 warns of what its own command does.
    project.environment["PYTHONWARNINGS"] = "default"
    package = project.folder / "mine"
    package.mkdir()
    save(package, example("Bridges"), "__init__.py")
    with serve(a_table()) as server:
        ended = project.run(
            *("parse", "--spider=bridges", "--nocolour", f"{server.url}"),
            *("-a", f"url={server.url}", "-s", "SPIDER_MODULES=mine"),
        )
    assert ended.status == 0
    assert "Traceback" not in ended.log
    for title in TITLES:
        assert title in ended.log
    assert not (project.folder / "output").exists()


# -- other projects --------------------------------------------------------------------------------

ADDONS = 'ADDONS = {"dspguide.BookAddon": 100}\n'
# Written by startproject as well; waits that would only make the tests longer.
AT_ONCE = ("-s", "DOWNLOAD_DELAY=0", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", *QUICK)


@pytest.fixture
def foreign(project: Project) -> Project:
    """Return a project as `scrapy startproject` makes it, and nothing else."""
    project.environment["SCRAPY_SETTINGS_MODULE"] = ""
    assert project.run("startproject", "other", ".").status == 0
    project.environment["SCRAPY_SETTINGS_MODULE"] = "other.settings"
    return project


def set_up(project: Project, *lines: str) -> None:
    with (project.folder / "other" / "settings.py").open("a", encoding="utf-8") as file:
        file.writelines(lines)


def test_a_new_project_makes_the_book_with_nothing_but_the_add_on(foreign: Project) -> None:
    set_up(foreign, ADDONS)
    save(foreign.folder / "other" / "spiders", example("Tides"), "tides.py")
    with serve(pages_with_errata()) as server:
        ended = foreign.run("crawl", "tides", "-a", f"url={server.url}", *AT_ONCE)
        assert_is_right(foreign, "tides", server)
        again = foreign.run("crawl", "tides", "-a", f"url={server.url}", *AT_ONCE)
        server.faults = [Fault("/ch2.pdf", status=404)]
        (foreign.folder / "output").rename(foreign.folder / "away")
        failed = foreign.run("crawl", "tides", "-a", f"url={server.url}", *AT_ONCE)
    assert ended.status == again.status == 0
    assert "Nothing changed" in again.last_lines
    assert failed.status == 0  # Scrapy's own command, which looks at no spider
    assert "INFO: Spider closed (book_incomplete)" in failed.log
    assert "1 of 4 chapters are missing" in failed.last_lines


ORDINARY = """
import json
import scrapy


class OrdinarySpider(scrapy.Spider):
    name = "ordinary"
    allowed_domains = ["127.0.0.1"]

    async def start(self):
        for order, path in enumerate(("a", "busy", "moved", "a")):
            yield scrapy.Request(self.url + path, priority=-order, dont_filter=path == "a")

    def parse(self, response):
        yield {"url": response.url, "status": response.status}
        yield response.follow("/b")
        yield scrapy.Request("http://localhost.example/away")
        if response.url.endswith("/b"):
            raise ValueError("a bug of its own")

    def closed(self, reason):
        settings = {
            name: repr(value) for name, value in self.settings.copy_to_dict().items()
            if name != "ADDONS"
        }
        print("SETTINGS", json.dumps(settings, sort_keys=True))
"""


def test_other_spiders_of_a_project_are_left_alone(foreign: Project) -> None:
    save(foreign.folder / "other" / "spiders", ORDINARY, "ordinary.py")
    cookie = Fault("/a", headers={"Set-Cookie": "taste=sweet"})
    busy, moved = Fault("/busy", status=503), Fault("/moved", location="{base}/b?moved")
    pages = Pages({"/a": html("A"), "/b": html("B")})
    seen = []
    for lines in ((), (ADDONS,)):
        set_up(foreign, *lines)
        with serve(pages, faults=[cookie, busy, moved]) as server:
            ended = foreign.run(
                *("crawl", "ordinary", "-a", f"url={server.url}", "-O", "items.json"),
                # One after the other, so that both times the same ones have the cookie.
                *("-s", "DOWNLOAD_DELAY=0", "-s", "CONCURRENT_REQUESTS=1"),
            )
            requests = sorted(
                (one.path, one.headers.get("cookie", ""), one.headers["user-agent"])
                for one in server.requests
            )
        settings = re.search("^SETTINGS (.*)$", ended.log, re.MULTILINE)
        enabled = [
            text for text in re.findall(r"Enabled [^]]*\]", ended.log) if "addons" not in text
        ]
        assert settings is not None
        seen.append((ended.status, requests, settings[1], enabled))
    paths = [path for path, *_ in seen[0][1]]
    assert paths.count("/busy") == 3
    assert ("/b", "taste=sweet") in {request[:2] for request in seen[0][1]}
    assert len(seen[0][3]) == 4
    assert seen[0] == seen[1]


def test_a_book_spider_beside_scrapy_poet(foreign: Project) -> None:
    both = '"scrapy_poet.Addon": 300, "dspguide.BookAddon": 100'
    set_up(foreign, f"ADDONS = {{{both}}}\n")
    save(foreign.folder / "other" / "spiders", example("Tides"), "tides.py")
    with serve(pages_with_errata()) as server:
        ended = foreign.run("crawl", "tides", "-a", f"url={server.url}", *AT_ONCE)
        assert_is_right(foreign, "tides", server)
    assert "scrapy_poet" in ended.log
    assert "Traceback" not in ended.log


def test_a_new_spider_is_made_from_the_template(foreign: Project) -> None:
    set_up(foreign, ADDONS, 'COMMANDS_MODULE = "dspguide.commands"\n')
    with serve(pages_with_errata()) as server:
        made = foreign.run("genspider", "-t", "book", "tides", server.url)
        assert made.status == 0
        path = foreign.folder / "other" / "spiders" / "tides.py"
        code = path.read_text(encoding="utf-8")
        path.write_text(
            code.replace('# contents_link = "a.contents"', 'contents_link = "a[href*=toc]"')
            .replace("# pdf_link", "pdf_link")
            .replace("a.download", "a.chapter"),
            encoding="utf-8",
        )
        ended = foreign.run("crawl", "tides", *AT_ONCE)
        assert_is_right(foreign, "tides", server)
        server.faults = [Fault("/*.pdf", status=404)]
        (foreign.folder / "output").rename(foreign.folder / "away")
        failed = foreign.run("crawl", "tides", *AT_ONCE)
    assert (ended.status, failed.status) == (0, 3)
    listed = foreign.run("genspider", "--list").log
    assert {"basic", "book"} <= set(listed.split())


# -- what is missing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            'DOWNLOADER_MIDDLEWARES={"dspguide.crawl.retry.BackoffRetryMiddleware": null}',
            "DOWNLOADER_MIDDLEWARES lacks dspguide.crawl.retry.BackoffRetryMiddleware, which",
        ),
        (
            'DOWNLOAD_HANDLERS={"https": null}',
            "DOWNLOAD_HANDLERS lacks dspguide.crawl.handler.LimitedDownloadHandler, which a book",
        ),
        ("ADDONS={}", "The book needs the add-on and all that it brings: ADDONS has to hold"),
    ],
)
def test_what_is_switched_off_is_named_in_one_line(
    project: Project, setting: str, words: str
) -> None:
    with serve(a_table()) as server:
        ended = project.crawl(server.url, "-s", setting)
        assert server.requests == []
    assert ended.status == 1
    assert words in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log
    assert not (project.folder / "output").exists()
