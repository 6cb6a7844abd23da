"""Several nodes of scrapyd with folders of their own, and one store: what docs/scrapyd.md says."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import PATIENCE, ROOT
from tests.scrapyd_server import PASSWORD, PROJECT, USER, clean_environment, copy_checkout, scrapyd
from tests.storage_servers import s3_client, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.scrapyd_server import Scrapyd

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the document is for Linux")

CHAPTERS = 3
BUCKET = "library"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=CHAPTERS))) as server:
        yield server


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """Return a client of an S3 server and its address; the keys are in the environment."""
    with s3_server() as url:
        client = s3_client(url, monkeypatch)
        client.create_bucket(Bucket=BUCKET)
        yield client, url


@pytest.fixture
def nodes(s3: tuple[Any, str], tmp_path: Path) -> Iterator[tuple[Scrapyd, Scrapyd]]:
    """Return two nodes, to both of which the document's commands have deployed the project."""
    assert s3  # their jobs inherit the keys
    with scrapyd(tmp_path / "one") as one, scrapyd(tmp_path / "two") as two:
        deploy_as_documented(tmp_path, {"one": one.url, "two": two.url})
        yield one, two


def deploy_as_documented(folder: Path, urls: dict[str, str]) -> None:
    text = (ROOT / "docs" / "scrapyd.md").read_text("utf-8")
    blocks = dict(re.findall(r"^```(?:sh|ini) (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    targets = blocks["nodes"]
    for name, url in urls.items():
        assert f"http://{name}.example:6800" in targets
        own = f"{url}\nusername = {USER}\npassword = {PASSWORD}"
        targets = targets.replace(f"http://{name}.example:6800", own)
    checkout = copy_checkout(folder / "dspguide", version="7.8.9")
    # The project's own target is this machine's scrapyd, which is none of the nodes.
    (checkout / "scrapy.cfg").write_text("[settings]\ndefault = dspguide.settings\n")
    (folder / ".config").mkdir()
    (folder / ".config" / "scrapy.cfg").write_text(targets)
    (folder / "venv").symlink_to(sys.prefix)
    done = subprocess.run(
        ["sh", "-e", "-c", blocks["deploy-all"].replace("/srv/scrapyd", str(folder))],
        env=clean_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count('"status": "ok"') == len(urls)


def test_a_job_killed_on_one_node_goes_on_on_another_and_the_first_finds_nothing_new(
    nodes: tuple[Scrapyd, Scrapyd], server: Server, s3: tuple[Any, str]
) -> None:
    one, two = nodes
    client, endpoint = s3
    settings = (
        f"FILES_STORE=s3://{BUCKET}/chapters",
        f"BOOK_URI=s3://{BUCKET}/books/%(name)s.pdf",
        f"AWS_ENDPOINT_URL={endpoint}",
        "STORE_LEASE=1",
    )
    assert one.ask("listversions", project=PROJECT) == {
        **two.ask("listversions", project=PROJECT),
        "node_name": one.ask("daemonstatus")["node_name"],
    }
    server.faults = [Fault("/CH2.PDF", last=1, stall_after=4000)]
    killed = one.schedule(server.url, *settings)
    one.wait_for_log(killed, f"({CHAPTERS - 1} of {CHAPTERS})")
    assert server.wait_until(lambda s: any(s.requests_for("/CH2.PDF")))
    one.cancel(killed, signal="KILL")
    assert one.end(killed).status is None

    server.reset()
    server.faults = []
    ended = two.end(two.schedule(server.url, *settings))
    assert ended.status == 0, ended.log
    assert [r.path for r in server.requests if r.path.endswith(".PDF") and r.body_bytes] == [
        "/CH2.PDF"
    ]
    book = client.get_object(Bucket=BUCKET, Key="books/dspguide.pdf")["Body"].read()
    assert book.startswith(b"%PDF-")

    server.reset()
    ended = one.end(one.schedule(server.url, *settings))
    assert ended.status == 0, ended.log
    assert "Nothing changed on the site since the book was made." in ended.last_lines
    pdfs = [r for r in server.requests if r.path.endswith(".PDF")]
    assert [(r.status, r.body_bytes) for r in pdfs] == [(304, 0)] * CHAPTERS
    assert book == client.get_object(Bucket=BUCKET, Key="books/dspguide.pdf")["Body"].read()
