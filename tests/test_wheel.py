"""Without a checkout: the wheel of this project in an empty folder, and in other projects."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import PATIENCE, QUICK, Ended, Project, Running, start
from tests.scrapyd_server import clean_environment, copy_checkout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "7.8.9"
SPIDERS = """
import scrapy
from dspguide.spiders import BookSpider

class Mine(BookSpider):
    name = "mine"

class Plain(scrapy.Spider):
    name = "plain"
    custom_settings = {"LOG_LEVEL": "INFO", "RETRY_ENABLED": False}
    def __init__(self, url=None, fail=None, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [url]
        self.fail = fail
        if fail == "start":
            raise ValueError
    def parse(self, response):
        yield {"title": response.css("title::text").get()}
        if self.fail:
            raise ValueError
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=2))) as server:
        yield server


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the wheel is installed, and nothing else."""
    room = tmp_path_factory.mktemp("wheel")
    checkout = copy_checkout(room / "checkout", version=VERSION)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    build = ("wheel", "--no-build-isolation", "--wheel-dir", str(room), str(checkout))
    pip(*build, *quiet)
    (wheel,) = room.glob("*.whl")
    assert wheel.name.startswith(f"dspguide-{VERSION}-")
    pip("install", "--target", str(room / "site"), str(wheel), *quiet)
    return room / "site"


def pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Room(Project):
    """An empty folder, from which nothing of the checkout can be seen."""

    def __init__(self, folder: Path, installed: Path) -> None:
        super().__init__(folder)
        self.installed = installed

    def command(self, name: str, *arguments: str) -> Ended:
        """Run `dspguide`, or `scrapy`, with these arguments."""
        program = [sys.executable, "-m", "scrapy"]
        if name == "dspguide":
            (script,) = (self.installed / "bin").glob("dspguide*")
            program = [sys.executable, str(script)] if script.suffix != ".exe" else [str(script)]
        environment = {**clean_environment(self.folder), "PYTHONPATH": str(self.installed)}
        process = start([*program, *arguments], self.folder, environment)
        with Running(process) as running:
            return running.wait()


@pytest.fixture
def room(tmp_path: Path, installed: Path) -> Room:
    folder = tmp_path / "empty"
    folder.mkdir()
    return Room(folder, installed)


def test_the_command_makes_the_demos_book_in_an_empty_folder_and_finds_nothing_new_again(
    room: Room,
) -> None:
    ended = room.command("dspguide", "demo", "-a", "chapters=1-2", *QUICK)
    assert ended.status == 0, ended.log
    assert (room.folder / "output" / "demo" / "dspguide-ch1-2.pdf").exists()
    ended = room.command("dspguide", "demo", "-a", "chapters=1-2", *QUICK)
    assert ended.status == 0
    assert "Nothing changed on the site since the book was made." in ended.last_lines
    assert ended.stats["file_status_count/unchanged"] == 2


def test_the_command_crawls_binds_and_makes_any_book(room: Room, server: Server) -> None:
    ended = room.command("dspguide", "crawl", "dspguide", "-a", f"url={server.url}", *QUICK)
    assert ended.status == 0, ended.log
    first = room.book.read_bytes()
    room.book.unlink()
    assert room.command("dspguide", "bind", *QUICK).status == 0
    assert room.book.read_bytes() == first
    ended = room.command("dspguide", "book", f"{server.url}pdfbook.htm", *QUICK)
    assert ended.status == 0, ended.log
    assert (room.folder / "output" / "book.pdf").exists()
    server.faults = [Fault("*", status=404)]
    assert room.command("dspguide", "book", server.url, *QUICK).status == 3
    assert room.command("dspguide", "book").status == 2
    assert room.command("dspguide", "list").log.split() == ["book", "dspguide"]


@pytest.fixture
def other(room: Room) -> Room:
    """Return another project, with one line for this one in its settings."""
    (room.folder / "scrapy.cfg").write_text("[settings]\ndefault = other.settings\n")
    package = room.folder / "other"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "spiders.py").write_text(SPIDERS)
    (package / "settings.py").write_text(
        'SPIDER_MODULES = ["other.spiders"]\nADDONS = {"dspguide.BookAddon": 100}\n'
        'LOG_LEVEL = "INFO"\n'
    )
    return room


def test_another_projects_book_has_the_commands_and_their_exit_statuses(
    other: Room, server: Server
) -> None:
    crawl = ("crawl", "mine", "-a", f"url={server.url}", *QUICK)
    ended = other.command("scrapy", *crawl)
    assert ended.status == 0, ended.log
    book = other.folder / "output" / "mine.pdf"
    assert f"The book: {book} (2 chapters" in ended.last_lines
    server.faults = [Fault("/CH2.PDF", status=404)]
    assert other.command("scrapy", *crawl).status == 3
    first = book.read_bytes()
    book.unlink()
    assert other.command("scrapy", "bind", "mine", *QUICK).status == 0
    assert book.read_bytes() == first
    assert other.command("scrapy", "demo", "-a", "chapters=1", *QUICK).status == 0
    assert other.command("scrapy", "bind", "plain").status == 1
    assert other.command("scrapy", "crawl", "mine", "-a", "chapters=x").status == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [((), 0), (("-a", "fail=callback"), 0), (("-a", "fail=start"), 1), (("more",), 2)],
)
def test_another_projects_other_spiders_run_as_with_scrapys_own_command(
    other: Room, server: Server, arguments: tuple[str, ...], status: int
) -> None:
    crawl = ("crawl", "plain", "-a", f"url={server.url}", "-O", "items.json", *arguments)
    with_us = other.command("scrapy", *crawl)
    items = other.folder / "items.json"
    written = items.read_bytes() if items.exists() else None
    items.unlink(missing_ok=True)
    settings = other.folder / "other" / "settings.py"
    settings.write_text('SPIDER_MODULES = ["other.spiders"]\nLOG_LEVEL = "INFO"\n')
    (entry_points,) = other.installed.glob("*.dist-info/entry_points.txt")
    kept = entry_points.read_text()
    try:
        entry_points.write_text("")
        without = other.command("scrapy", *crawl)
    finally:
        entry_points.write_text(kept)
    assert with_us.status == without.status == status, with_us.log
    assert written == (items.read_bytes() if items.exists() else None)
    assert "dspguide" not in with_us.log.replace("dspguide.addon.BookAddon", "").replace(
        str(other.installed), ""
    )
