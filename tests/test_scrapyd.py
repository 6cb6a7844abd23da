"""Under scrapyd: deployed as an egg, scheduled, cancelled; and the commands of docs/scrapyd.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import Distribution
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pypdf
import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.pdf.tools import qpdf_check
from tests.project import PATIENCE, ROOT
from tests.scrapyd_server import (
    PASSWORD,
    PROJECT,
    USER,
    Scrapyd,
    clean_environment,
    copy_checkout,
    deploy,
    scrapyd,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
        self.chapters = folder / "chapters"
        self.settings = (f"FILES_STORE={self.chapters}", f"BOOK_URI={self.book}")

    def manifest(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.book.with_suffix(".json").read_text("utf-8"))
        return value


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def pdf_bodies(server: Server) -> list[str]:
    return [r.path for r in server.requests if r.path.endswith(".PDF") and r.body_bytes]


def stalls(path: str, after: int) -> Callable[[Server], bool]:
    """Return a condition: so many bytes of a file have come."""
    return lambda server: any(r.body_bytes >= after for r in server.requests_for(path))


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
    assert [(e.name, e.value) for e in found.entry_points] == [("settings", "dspguide.settings")]
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = {re.sub(r"\s*#.*", "", line) for line in lines} - {""}
    assert {_sorted(r) for r in found.requires or () if "extra" not in r} == set(
        map(_sorted, wanted)
    )


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
    assert len(pypdf.PdfReader(shelf.book).pages) == server.site.book.pages
    record = shelf.manifest()
    assert record["book"]["complete"] is True
    assert f"dspguide {VERSION}" in record["book"]["made_by"]
    items = daemon.folder / "items" / PROJECT / "dspguide" / f"{job}.jl"
    numbers = sorted(json.loads(line)["number"] for line in items.read_text("utf-8").splitlines())
    assert numbers == [1, 2]


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
    assert len(pypdf.PdfReader(shelf.book).pages) == server.site.book.pages


def test_relative_paths_are_in_scrapyds_folder_and_a_job_can_have_a_book_of_its_own(
    daemon: Scrapyd, server: Server
) -> None:
    settings = ("FILES_STORE=near/chapters", "BOOK_URI=near/%(name)s-%(_job)s.pdf")
    ended = daemon.end(daemon.schedule(server.url, *settings, jobid="monday"))
    book = daemon.folder / "near" / "dspguide-monday.pdf"
    assert ended.status == 0, ended.log
    assert f"The book: {book} (" in ended.last_lines
    assert len(list((daemon.folder / "near" / "chapters").glob("*.pdf"))) == 2
    assert book.with_suffix(".json").exists()
    assert not [path for path in (daemon.folder / "jobs").rglob("*") if path.is_file()]


# The document ------------------------------------------------------------------------------------

DOCUMENT = ROOT / "docs" / "scrapyd.md"
RUN = {
    "password",
    "deploy",
    "weekly",
    "permit",
    "dated",
    "jobs",
    "check",
    "permit-check",
    "stats",
    "manifests",
    "cancel",
}
# They change the machine, need other machines, or install what the tests run with.
NOT_RUN = {"root", "install", "update", "deploy-all"}


def blocks() -> dict[str, str]:
    """Return the named code blocks of the document."""
    found = re.findall(
        r"^```(?:sh|ini) (\S+)\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(found)


class Reader:
    """Somebody who follows the document in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.start_page = ""

    def block(self, name: str) -> str:
        """Return a block, with the reader's folder, server and site instead of those named."""
        text = blocks()[name].replace("/srv/scrapyd", str(self.folder))
        text = text.replace("http://127.0.0.1:6800", self.url or "http://127.0.0.1:6800")
        spider = "  --data spider=dspguide \\\n"
        return text.replace(spider, f"{spider}  --data url={self.start_page} \\\n")

    def write(self, name: str) -> None:
        (self.folder / name).write_text(self.block(name), encoding="utf-8")

    def run(self, name: str, status: int = 0) -> str:
        """Run a block in the folder and return what it says."""
        done = subprocess.run(
            ["sh", "-e", "-c", self.block(name)],
            cwd=self.folder,
            env=clean_environment(self.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Return a reader who has done what the document's first part says as root."""
    missing = [tool for tool in ("sh", "sed", "grep", "curl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"the document needs {', '.join(missing)}")
    folder = tmp_path / "srv"
    copy_checkout(folder / "dspguide", version=VERSION)
    (folder / "venv").symlink_to(sys.prefix)
    return Reader(folder)


def test_the_commands_of_the_document_do_what_it_says(reader: Reader, server: Server) -> None:
    folder, book = reader.folder, reader.folder / "books" / "dspguide.pdf"
    reader.write("scrapyd.conf")
    reader.run("password")
    password = (folder / ".netrc").read_text().split()[-1]
    assert password in (folder / "scrapyd.conf").read_text()
    assert {(folder / name).stat().st_mode & 0o77 for name in (".netrc", "scrapyd.conf")} == {0}
    with scrapyd(folder, (folder / "scrapyd.conf").read_text(), password) as daemon:
        reader.url, reader.start_page = daemon.url, server.url
        config = folder / "dspguide" / "scrapy.cfg"
        assert blocks()["scrapy.cfg"] in config.read_text()
        config.write_text(config.read_text().replace("http://127.0.0.1:6800", daemon.url))
        reader.write("weekly")
        reader.run("permit", status=1)  # scrapyd does not know the project yet
        assert '"status": "ok"' in reader.run("deploy")

        job = json.loads(reader.run("permit"))["jobid"]
        assert daemon.end(job).status == 0, daemon.end(job).log
        assert len(pypdf.PdfReader(book).pages) == server.site.book.pages
        assert json.loads(reader.run("jobs"))["finished"][0]["id"] == job
        reader.write("check")
        assert reader.run("permit-check") == ""
        log = daemon.log_path(job)
        os.utime(log, (0, 0))
        assert f"{log}: no job has run for a week" in reader.run("check", status=1)
        log.touch()
        assert "'book/complete': 1" in reader.run("stats")
        assert "dspguide.json complete" in reader.run("manifests")

        job = json.loads(reader.run("dated"))["jobid"]
        assert daemon.end(job).status == 0
        assert (folder / "books" / f"{job}.pdf").read_bytes() == book.read_bytes()

        server.site.revise("/CH2.PDF")
        server.reset()
        server.faults = [Fault("/CH2.PDF", stall_after=5000)]
        job = json.loads(reader.run("weekly"))["jobid"]
        assert server.wait_until(stalls("/CH2.PDF", 5000))
        reader.run("cancel")
        assert daemon.end(job).status == 3
        assert "No new book: 1 of 2 chapters are missing." in reader.run("check", status=1)
        manifests = reader.run("manifests")
        assert "dspguide-incomplete.json incomplete" in manifests
        assert "dspguide.json complete" in manifests


def test_every_block_of_the_document_is_known_here() -> None:
    text = DOCUMENT.read_text("utf-8")
    shell = set(re.findall(r"^```sh(?: (\S+))?$", text, re.MULTILINE))
    assert shell == RUN | NOT_RUN
    crontab = re.search(r"^```crontab\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert crontab is not None
    scheduled = re.findall(r"^(?:[\d*]+ +){5}/srv/scrapyd/(\S+)", crontab[1], re.MULTILINE)
    assert scheduled == ["weekly", "check"]


def test_the_nodes_of_the_document_are_targets_that_scrapyd_deploy_finds(reader: Reader) -> None:
    (reader.folder / ".config").mkdir()
    (reader.folder / ".config" / "scrapy.cfg").write_text(blocks()["nodes"])
    done = subprocess.run(
        [sys.executable, "-m", "scrapyd_client", "targets"],
        cwd=reader.folder / "dspguide",
        env=clean_environment(reader.folder),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=True,
    )
    assert [line.split() for line in sorted(done.stdout.splitlines())] == [
        ["default", "http://127.0.0.1:6800"],
        ["one", "http://one.example:6800"],
        ["two", "http://two.example:6800"],
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_units_of_the_document_are_good(reader: Reader) -> None:
    for name in ("weekly", "scrapyd.service", "dspguide.service", "dspguide.timer"):
        reader.write(name)
    (reader.folder / "weekly").chmod(0o755)
    units = [
        str(reader.folder / n) for n in ("scrapyd.service", "dspguide.service", "dspguide.timer")
    ]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(reader.folder / unit) for unit in units)],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(reader.folder) not in done.stderr
