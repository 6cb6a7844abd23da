"""Several nodes of scrapyd with folders of their own, and one store: what docs/scrapyd.md says."""

from __future__ import annotations

import json
import re
import shutil
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

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("curl") is None,
    reason="the document is for Linux, and needs curl",
)

CHAPTERS = 3
BUCKET = "library"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=CHAPTERS))) as server:
        yield server


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[Any, str]]:
    """Return a client of an S3 server and its address; the keys are in the environment."""
    with s3_server() as url, pytest.MonkeyPatch.context() as patch:
        client = s3_client(url, patch)
        client.create_bucket(Bucket=BUCKET)
        yield client, url


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what stands for the document's /srv/scrapyd."""
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def nodes(s3: tuple[Any, str], home: Path) -> Iterator[tuple[Scrapyd, Scrapyd]]:
    """Return two nodes, to both of which the document's commands have deployed the project."""
    assert s3  # their jobs inherit the keys
    with scrapyd(home / "one") as one, scrapyd(home / "two") as two:
        deploy_as_documented(home, {"one": one.url, "two": two.url})
        yield one, two


def documented() -> dict[str, str]:
    """Return the named code blocks of the document."""
    text = (ROOT / "docs" / "scrapyd.md").read_text("utf-8")
    return dict(re.findall(r"^```(?:\w+) (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def deploy_as_documented(folder: Path, urls: dict[str, str]) -> None:
    blocks = documented()
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


def test_the_list_of_books_of_the_document_is_shared_out_to_the_nodes(
    nodes: tuple[Scrapyd, Scrapyd], server: Server, s3: tuple[Any, str], home: Path
) -> None:
    client, endpoint = s3
    blocks, urls = documented(), [node.url for node in nodes]
    books = blocks["books.txt"].replace("http://books.example/algebra/", server.url)
    spider, url = (line.split() for line in books.splitlines())
    assert (spider, url) == (["dspguide", "dspguide"], ["algebra", server.url])
    (home / "books.txt").write_text(f"algebra {server.url}\nagain {server.url}\n")
    machine = "machine 127.0.0.1 login {} password {}\n"
    (home / ".netrc").write_text(machine.format(USER, PASSWORD))
    script = blocks["schedule-all"].replace("/srv/scrapyd", str(home))
    for name, address in zip(("one", "two"), urls, strict=True):
        script = script.replace(f"http://{name}.example:6800", address)
    own = f"--data setting=AWS_ENDPOINT_URL={endpoint} --data setting=BOOK_WORKERS=1"
    script = script.replace("    --data project", f"    {own} --data project")
    (home / "schedule-all").write_text(script)
    done = subprocess.run(
        ["sh", "-e", "-c", blocks["permit-all"].replace("/srv/scrapyd", str(home))],
        env=clean_environment(home),
        capture_output=True,
        timeout=PATIENCE,
        encoding="utf-8",
        check=True,
    )
    scheduled = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert [(name, address) for name, address, _ in scheduled] == [
        ("algebra", urls[0]),
        ("again", urls[1]),
    ], done.stderr
    for node, (name, _, answer) in zip(nodes, scheduled, strict=True):
        ended = node.end(json.loads(answer)["jobid"], spider="book")
        assert ended.status == 0, ended.log
        book = client.get_object(Bucket=BUCKET, Key=f"books/{name}.pdf")["Body"].read()
        assert book.startswith(b"%PDF-")
