"""Under scrapyd: deployed as an egg, scheduled, cancelled."""

from __future__ import annotations

import ensurepip
import json
import re
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.pdf.tools import qpdf_check
from tests.project import PATIENCE, ROOT
from tests.scrapyd_server import (
    PASSWORD,
    PROJECT,
    USER,
    Scrapyd,
    chapters_pages,
    clean_environment,
    copy_checkout,
    deploy,
    scrapyd,
    stalls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the document is for Linux")

VERSION = "7.8.9"
"""Of the program that is deployed, to tell it from the one in the checkout."""


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=2))) as server:
        yield server


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapyd]:
    """Return a scrapyd that wants a password and that the project has been deployed to."""
    folder = tmp_path_factory.mktemp("scrapyd")
    with scrapyd(folder / "server") as daemon:
        checkout = copy_checkout(folder / "checkout", version=VERSION)
        (checkout / "scrapy.cfg").write_text(
            f"[settings]\ndefault = dspguide.settings\n\n[deploy]\nurl = {daemon.url}\n"
            f"project = {PROJECT}\nusername = {USER}\npassword = {PASSWORD}\n"
        )
        said = deploy(checkout, home=folder)
        assert '"status": "ok"' in said
        assert '"spiders": 2' in said
        yield daemon


class Shelf:
    """Where the jobs of a test keep chapters and book."""

    def __init__(self, folder: Path) -> None:
        self.book = folder / "dspguide.pdf"
        self.chapters = folder / "chapters" / "dspguide"
        self.settings = (f"FILES_STORE={folder / 'chapters'}", f"BOOK_URI={self.book}")

    def manifest(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.book.with_suffix(".json").read_text("utf-8"))
        return value


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def pdf_bodies(server: Server) -> list[str]:
    return [r.path for r in server.requests if r.path.endswith(".PDF") and r.body_bytes]


def test_the_egg_holds_the_whole_package_and_its_requirements_once(
    daemon: Scrapyd, tmp_path: Path
) -> None:
    (built,) = (daemon.folder / "eggs" / PROJECT).iterdir()
    with ZipFile(built) as egg:
        packed = {name for name in egg.namelist() if "__pycache__" not in name}
        egg.extractall(tmp_path / "egg")
    sources = (ROOT / "dspguide").rglob("*")
    expected = {str(p.relative_to(ROOT)) for p in sources if p.is_file() and p.suffix != ".pyc"}
    assert {name for name in packed if not name.startswith("EGG-INFO/")} == expected
    found = Distribution.at(tmp_path / "egg" / "EGG-INFO")
    assert found.version == VERSION
    assert {(e.group, e.name) for e in found.entry_points} == {
        ("scrapy", "settings"),
        ("console_scripts", "dspguide"),
        *(("scrapy.commands", name) for name in ("bind", "crawl", "demo")),
    }
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = {re.sub(r"\s*#.*", "", line) for line in lines} - {""}
    assert {_sorted(r) for r in found.requires or () if "extra" not in r} == set(
        map(_sorted, wanted)
    )


BUNDLED = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("setuptools-65*.whl"))


@pytest.mark.skipif(not BUNDLED, reason="environments of this Python bring no setuptools 65")
def test_the_egg_builds_with_the_setuptools_that_an_old_pythons_environment_brings(
    tmp_path: Path,
) -> None:
    checkout = copy_checkout(tmp_path / "checkout", version=VERSION)
    with ZipFile(BUNDLED[0]) as wheel:
        wheel.extractall(tmp_path / "old")
    subprocess.run(
        [sys.executable, "setup.py", "clean", "-a", "bdist_egg", "-d", str(tmp_path / "eggs")],
        cwd=checkout,
        env={**clean_environment(tmp_path), "PYTHONPATH": str(tmp_path / "old")},
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    (built,) = (tmp_path / "eggs").glob("*.egg")
    with ZipFile(built) as egg:
        egg.extractall(tmp_path / "egg")
    found = Distribution.at(tmp_path / "egg" / "EGG-INFO")
    assert (found.version, found.metadata["License"]) == (VERSION, "MIT")
    assert (tmp_path / "egg" / "dspguide" / "observe" / "report" / "page.html").exists()


def _sorted(requirement: str) -> str:
    name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]  # a match
    return f"{name} {sorted(bounds.split(','))}"


def test_a_job_makes_the_book_with_the_deployed_program_and_the_settings_it_is_given(
    daemon: Scrapyd, server: Server, shelf: Shelf
) -> None:
    server.latency = 0.1
    job = daemon.schedule(server.url, "CONCURRENT_REQUESTS=4", *shelf.settings)
    ended = daemon.end(job)
    assert (ended.status, ended.state) == (0, "finished"), ended.log
    assert f"The book: {shelf.book} (2 chapters, " in ended.last_lines
    assert "'book/complete': 1" in ended.log
    assert "WARNING" not in ended.log
    assert "ERROR" not in ended.log
    assert 1 < server.max_in_flight <= 4
    agents = {request.headers["user-agent"].partition(" ")[0] for request in server.requests}
    assert agents == {f"dspguide/{VERSION}"}
    qpdf_check(shelf.book)
    assert chapters_pages(shelf.book) == server.site.book.pages
    record = shelf.manifest()
    assert record["book"]["complete"] is True
    assert f"dspguide {VERSION}" in record["book"]["made_by"]
    items = daemon.folder / "items" / PROJECT / "dspguide" / f"{job}.jl"
    numbers = sorted(json.loads(line)["number"] for line in items.read_text("utf-8").splitlines())
    assert numbers == ["1", "2"]


def test_the_next_job_fetches_what_changed_and_nothing_else(
    daemon: Scrapyd, server: Server, shelf: Shelf
) -> None:
    assert daemon.end(daemon.schedule(server.url, *shelf.settings)).status == 0
    old = shelf.book.read_bytes()
    server.site.revise("/CH2.PDF")
    server.reset()
    ended = daemon.end(daemon.schedule(server.url, *shelf.settings))
    assert ended.status == 0, ended.log
    assert pdf_bodies(server) == ["/CH2.PDF"]
    assert "Changed since the last book: chapter 2" in ended.last_lines
    assert shelf.book.read_bytes() != old


def test_a_cancelled_job_says_so_and_keeps_what_came_and_the_next_goes_on_from_there(
    daemon: Scrapyd, server: Server, shelf: Shelf
) -> None:
    size = len(server.site.pdf(2))
    server.faults = [Fault("/CH2.PDF", last=1, stall_after=size - 4000)]
    job = daemon.schedule(server.url, *shelf.settings)
    assert server.wait_until(stalls("/CH2.PDF", size - 4000))
    daemon.cancel(job)
    ended = daemon.end(job)
    assert (ended.status, ended.state) == (3, "finished")
    assert "No new book: 1 of 2 chapters are missing." in ended.last_lines
    assert "'book/complete': 0" in ended.log
    assert "Traceback" not in ended.log
    assert not shelf.book.exists()
    assert shelf.book.with_name("dspguide-incomplete.json").exists()
    server.reset()
    server.faults = []
    ended = daemon.end(daemon.schedule(server.url, *shelf.settings))
    assert ended.status == 0, ended.log
    assert [r.status for r in server.requests_for("/CH2.PDF")] == [206]
    assert sum(r.body_bytes for r in server.requests if r.path.endswith(".PDF")) <= 4000
    assert (shelf.chapters / shelf.manifest()["chapters"][1]["file"]).read_bytes() == (
        server.site.pdf(2)
    )


def test_jobs_at_once_on_one_store_wait_for_each_other_or_leave_and_can_be_cancelled(
    daemon: Scrapyd, server: Server, shelf: Shelf
) -> None:
    server.faults = [Fault("/CH2.PDF", last=1, stall_after=5000)]
    first = daemon.schedule(server.url, *shelf.settings)
    assert server.wait_until(stalls("/CH2.PDF", 5000))
    leaving = daemon.schedule(server.url, *shelf.settings, "STORE_BUSY=leave")
    waiting, cancelled = (daemon.schedule(server.url, *shelf.settings) for _ in range(2))
    for job in (waiting, cancelled):
        daemon.wait_for_log(job, "waiting for it to end")
    daemon.cancel(cancelled)
    left, gone = daemon.end(leaving), daemon.end(cancelled)
    assert (left.status, gone.status) == (3, 3)
    assert "Another run is using the chapters' folder" in left.last_lines
    assert "Traceback" not in left.log + gone.log
    assert daemon.state(first) == "running"
    daemon.cancel(first)
    assert daemon.end(first).status == 3
    ended = daemon.end(waiting)
    assert ended.status == 0, ended.log
    assert "The other run has ended: going on." in ended.log
    assert chapters_pages(shelf.book) == server.site.book.pages


def test_relative_paths_are_in_scrapyds_folder_and_a_job_can_have_a_book_of_its_own(
    daemon: Scrapyd, server: Server
) -> None:
    settings = ("FILES_STORE=near/chapters", "BOOK_URI=near/%(name)s-%(_job)s.pdf")
    ended = daemon.end(daemon.schedule(server.url, *settings, jobid="monday"))
    book = daemon.folder / "near" / "dspguide-monday.pdf"
    assert ended.status == 0, ended.log
    assert f"The book: {book} (" in ended.last_lines
    assert len(list((daemon.folder / "near" / "chapters" / "dspguide").glob("*.pdf"))) == 2
    assert book.with_suffix(".json").exists()
    assert not [path for path in (daemon.folder / "jobs").rglob("*") if path.is_file()]
