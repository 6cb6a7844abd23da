"""Somewhere else: the book goes where BOOK_URI says, by the storages that Scrapy's feeds use."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import trustme

from tests.mockserver import Book, Server, Site, serve
from tests.storage_servers import AWS, PASSWORD, USER, ftp_server, s3_client, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.project import Ended, Project

ESCAPED = "p%40ss-w0rd"
"""PASSWORD as it stands in a URI."""
HIDDEN = "***"
GUESS = "gu%23ess"
SEND_AGAIN = "Run the same command again: it sends the book, and fetches only what is new."


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=1))) as server:
        yield server


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def s3(project: Project, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a client of the S3 server, which the project's environment can use as well."""
    project.environment |= AWS
    return s3_client(s3_url, monkeypatch)


@pytest.fixture
def ftp_root(tmp_path: Path) -> Path:
    folder = tmp_path / "ftp"
    folder.mkdir()
    return folder


def ftp_uri(port: int, path: str = "/books/new/dspguide.pdf", secret: str = ESCAPED) -> str:
    return f"ftp://{USER}:{secret}@127.0.0.1:{port}{path}"


def book_uri(uri: str) -> tuple[str, str]:
    return "-s", f"BOOK_URI={uri}"


def assert_no_secret(project: Project, ended: Ended) -> None:
    """Assert that the password is neither in the log nor in a file."""
    for secret in (PASSWORD, ESCAPED):
        assert secret not in ended.log
        for path in filter(Path.is_file, project.folder.rglob("*")):
            assert secret.encode() not in path.read_bytes(), path


def assert_not_sent(project: Project, ended: Ended, name: str, why: str) -> None:
    """Assert that the failure is one clear line and that the book is here, complete."""
    assert ended.status == 3, ended.log
    assert "Traceback" not in ended.log
    lines = [line.partition(": ")[2] for line in ended.last_lines.splitlines()[1:]]
    assert lines[0].startswith(f"{name} could not be written: ")
    assert why in lines[0]
    assert lines[0].endswith(f". The book is here: {project.book}")
    assert lines[-1] == SEND_AGAIN
    assert project.manifest()["book"]["complete"] is True
    assert project.manifest()["book"]["sent_to"] is None
    assert project.litter() == []
    assert_no_secret(project, ended)


def pdf_bytes(server: Server) -> int:
    return sum(r.body_bytes for r in server.requests if r.path.endswith(".PDF"))


def test_s3_gets_book_and_manifest_and_again_only_when_the_book_is_new(
    project: Project, server: Server, s3: Any, s3_url: str
) -> None:
    s3.create_bucket(Bucket="shelf")
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    arguments = (*book_uri("s3://shelf/books/dspguide.pdf"), "-s", f"AWS_ENDPOINT_URL={s3_url}")

    def versions() -> list[str]:
        found = s3.list_object_versions(Bucket="shelf")["Versions"]
        return sorted(version["Key"] for version in found)

    ended = project.crawl(server.url, *arguments)
    assert ended.status == 0, ended.log
    assert "The book: s3://shelf/books/dspguide.pdf (1 chapter, " in ended.last_lines
    assert versions() == ["books/dspguide.html", "books/dspguide.json", "books/dspguide.pdf"]
    assert "The report: s3://shelf/books/dspguide.html" in ended.last_lines
    for path in (project.book.with_suffix(s) for s in (".pdf", ".json", ".html")):
        answer = s3.get_object(Bucket="shelf", Key=f"books/{path.name}")
        assert answer["Body"].read() == path.read_bytes()
    assert project.manifest()["book"]["sent_to"] == "s3://shelf/books/dspguide.pdf"

    ended = project.crawl(server.url, *arguments)
    assert ended.status == 0
    assert "Nothing changed" in ended.last_lines
    assert len(versions()) == 3

    server.site.revise("/CH1.PDF")
    assert project.crawl(server.url, *arguments).status == 0
    assert len(versions()) == 6


def test_a_bucket_that_is_not_there_is_reported_and_the_next_run_only_sends(
    project: Project, server: Server, s3: Any, s3_url: str
) -> None:
    uri = "s3://no-such-shelf/dspguide.pdf"
    arguments = (*book_uri(uri), "-s", f"AWS_ENDPOINT_URL={s3_url}")
    ended = project.crawl(server.url, *arguments)
    assert_not_sent(project, ended, uri, "bucket does not exist")
    s3.create_bucket(Bucket="no-such-shelf")
    server.reset()
    assert project.crawl(server.url, *arguments).status == 0
    assert pdf_bytes(server) == 0
    answer = s3.get_object(Bucket="no-such-shelf", Key="dspguide.pdf")
    assert answer["Body"].read() == project.book.read_bytes()


def test_an_s3_server_that_is_gone_is_reported(project: Project, server: Server) -> None:
    project.environment |= AWS
    with socket.socket() as taken:  # bound and not listening: nobody answers, nobody else gets it
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        uri = "s3://key:hidden-secret@shelf/dspguide.pdf"
        arguments = (*book_uri(uri), "-s", f"AWS_ENDPOINT_URL={endpoint}")
        ended = project.crawl(server.url, *arguments)
    assert_not_sent(project, ended, "s3://key:***@shelf/dspguide.pdf", endpoint)
    assert "hidden-secret" not in ended.log


def test_ftp_gets_book_and_manifest_in_folders_that_are_made_for_them(
    project: Project, server: Server, ftp_root: Path
) -> None:
    with ftp_server(ftp_root) as port:
        ended = project.crawl(server.url, *book_uri(ftp_uri(port)))
    assert ended.status == 0, ended.log
    shown = ftp_uri(port, secret=HIDDEN)
    assert f"The book: {shown} (" in ended.last_lines
    assert project.manifest()["book"]["sent_to"] == shown
    assert_no_secret(project, ended)
    folder = ftp_root / "books" / "new"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["dspguide.html", "dspguide.json", "dspguide.pdf"]
    for path in folder.iterdir():
        assert path.read_bytes() == project.book.with_name(path.name).read_bytes()


def test_ftp_over_tls_works_where_the_certificate_is_good(
    project: Project, server: Server, ftp_root: Path, tmp_path: Path
) -> None:
    authority = trustme.CA()
    for name, blob in {
        "server.pem": authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem,
        "authority.pem": authority.cert_pem,
    }.items():
        blob.write_to_path(str(tmp_path / name))
    with ftp_server(ftp_root, certificate=tmp_path / "server.pem") as port:
        uri = ftp_uri(port, "/dspguide.pdf").replace("ftp:", "ftps:")
        ended = project.crawl(server.url, *book_uri(uri))
        assert_not_sent(project, ended, uri.replace(ESCAPED, HIDDEN), "certificate verify failed")
        project.environment["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
        ended = project.crawl(server.url, *book_uri(uri))
    assert ended.status == 0, ended.log
    assert (ftp_root / "dspguide.pdf").read_bytes() == project.book.read_bytes()


def test_a_wrong_password_is_reported_without_it_and_the_next_run_only_sends(
    project: Project, server: Server, ftp_root: Path
) -> None:
    with ftp_server(ftp_root) as port:
        ended = project.crawl(server.url, *book_uri(ftp_uri(port, secret=GUESS)))
        assert_not_sent(project, ended, ftp_uri(port, secret=HIDDEN), "Authentication failed")
        assert GUESS not in ended.log
        assert unquote(GUESS) not in ended.log
        server.reset()
        ended = project.crawl(server.url, *book_uri(ftp_uri(port)))
    assert ended.status == 0, ended.log
    assert pdf_bytes(server) == 0
    assert (ftp_root / "books/new/dspguide.pdf").read_bytes() == project.book.read_bytes()


def test_a_transfer_that_breaks_off_leaves_the_old_book_on_the_ftp_server(
    project: Project, server: Server, ftp_root: Path
) -> None:
    old = ftp_root / "dspguide.pdf"
    old.write_bytes(b"the old book")
    with ftp_server(ftp_root, break_after=5000) as port:
        uri = ftp_uri(port, "/dspguide.pdf")
        ended = project.crawl(server.url, *book_uri(uri))
    assert_not_sent(project, ended, uri.replace(ESCAPED, HIDDEN), "")
    assert old.read_bytes() == b"the old book"


def test_an_ftp_server_that_renames_over_nothing_gets_the_new_book_all_the_same(
    project: Project, server: Server, ftp_root: Path
) -> None:
    old = ftp_root / "dspguide.pdf"
    old.write_bytes(b"the old book")
    with ftp_server(ftp_root, renames_over=False) as port:
        ended = project.crawl(server.url, *book_uri(ftp_uri(port, "/dspguide.pdf")))
    assert ended.status == 0, ended.log
    assert old.read_bytes() == project.book.read_bytes()


def test_an_ftp_server_that_says_nothing_is_given_up(project: Project, server: Server) -> None:
    server.site.warm()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = ftp_uri(silent.getsockname()[1])
        ended = project.crawl(server.url, *book_uri(uri), "-s", "DOWNLOAD_TIMEOUT=2")
    assert_not_sent(project, ended, uri.replace(ESCAPED, HIDDEN), "timed out")


def test_a_storage_of_the_users_own_is_used(project: Project, server: Server) -> None:
    (project.folder / "shelf.py").write_text(
        "import tempfile, pathlib\n"
        "class Shelf:\n"
        "    def __init__(self, uri, *, feed_options=None):\n"
        "        self.path = pathlib.Path(uri.rpartition('/')[2])\n"
        "    def open(self, spider):\n"
        "        return tempfile.TemporaryFile()\n"
        "    def store(self, file):\n"
        "        with file:\n"
        "            file.seek(0)\n"
        "            self.path.write_bytes(file.read())\n"
    )
    storages = ("-s", 'FEED_STORAGES={"shelf": "shelf.Shelf"}')
    ended = project.crawl(server.url, *book_uri("shelf://any/mine.pdf"), *storages)
    assert ended.status == 0, ended.log
    here = project.folder / "output" / "mine.pdf"
    assert (project.folder / "mine.pdf").read_bytes() == here.read_bytes()
    sent = json.loads((project.folder / "mine.json").read_text("utf-8"))
    assert sent == project.manifest(here)


def test_file_uris_and_windows_paths_are_paths(project: Project, server: Server) -> None:
    windows = "C:\\books\\dspguide.pdf"
    spaced = project.folder / "two words" / "the book.pdf"
    places = {spaced.as_uri(): spaced}
    if os.name != "nt":
        places[windows] = project.folder / windows  # a strange name, and no URI of a scheme "c"
    for uri, path in places.items():
        ended = project.crawl(server.url, *book_uri(uri))
        assert ended.status == 0, ended.log
        assert f"The book: {path} (" in ended.last_lines
        assert path.read_bytes().startswith(b"%PDF-")
        assert project.manifest(path)["book"]["sent_to"] is None


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        pytest.param(
            "gs://shelf/dspguide.pdf",
            "BOOK_URI=gs://shelf/dspguide.pdf: that needs the library google-cloud-storage, "
            "which is not installed; install it with: pip install google-cloud-storage.",
            marks=pytest.mark.skipif(
                importlib.util.find_spec("google") is not None, reason="google is installed"
            ),
        ),
        ("s3:///dspguide.pdf", "BOOK_URI=s3:///dspguide.pdf: it names no host or bucket."),
        ("ftp://me:secret@x/", "BOOK_URI=ftp://me:***@x/: give the name of a PDF file, such"),
        ("ftp://me:a/secret#@x/b.pdf", "BOOK_URI=ftp://me:***@x/b.pdf: it cannot be read; write"),
        ("sftp://me:secret@x/b.pdf", "BOOK_URI=sftp://me:***@x/b.pdf: sftp is none of"),
        ("ftp://me:secret@x/%(no)s.pdf", "BOOK_URI=ftp://me:***@x/%(no)s.pdf: %(no)s is not known"),
        ("file://output/b.pdf", "BOOK_URI=file://output/b.pdf: it names a host; write file:///"),
        ("file://me:secret@x/b.pdf", "BOOK_URI=file://me:***@x/b.pdf: it names a host; write"),
        ("x/%(name)d.pdf", "BOOK_URI=x/%(name)d.pdf: %d format: a"),
    ],
)
def test_a_place_that_cannot_be_gets_one_clear_line_before_anything_is_fetched(
    project: Project, server: Server, uri: str, words: str
) -> None:
    ended = project.crawl(server.url, *book_uri(uri))
    assert ended.status == 1
    assert words in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log
    assert "secret" not in ended.log
    assert server.requests == []
