"""The commands of docs/scrapyd.md, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import PATIENCE, ROOT
from tests.scrapyd_server import (
    chapters_pages,
    clean_environment,
    copy_checkout,
    scrapyd,
    stalls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the document is for Linux")


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=2))) as server:
        yield server


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
NOT_RUN = {"root", "install", "update", "deploy-all", "schedule-all", "permit-all"}


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
    copy_checkout(folder / "dspguide", version="7.8.9")
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
        assert chapters_pages(book) == server.site.book.pages
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
