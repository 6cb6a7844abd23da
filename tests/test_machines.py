"""Several machines, one store: each machine a folder of its own, the store an S3 server."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import Project
from tests.storage_servers import AWS, Refusal, refusing_server, s3_client, s3_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.project import Ended

CHAPTERS = 3
BOOK = "books/dspguide.pdf"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=CHAPTERS))) as server:
        yield server


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


class Shelf:
    """A bucket of its own, looked at by other means than the program's."""

    def __init__(self, client: Any, name: str, endpoint: str) -> None:
        self._client, self._name = client, name
        self.make()
        self.settings = (
            *("-s", f"FILES_STORE=s3://{name}/chapters", "-s", f"BOOK_URI=s3://{name}/{BOOK}"),
            *("-s", f"AWS_ENDPOINT_URL={endpoint}"),
        )

    def make(self) -> None:
        self._client.create_bucket(Bucket=self._name)

    def remove(self) -> None:
        for one in self._client.list_objects_v2(Bucket=self._name)["Contents"]:
            self._client.delete_object(Bucket=self._name, Key=one["Key"])
        self._client.delete_bucket(Bucket=self._name)

    def objects(self) -> dict[str, str]:
        """Return the tags of all objects but the lock, by key."""
        found = self._client.list_objects_v2(Bucket=self._name).get("Contents", ())
        return {one["Key"]: one["ETag"] for one in found if not one["Key"].endswith("/lock")}

    def read(self, key: str) -> bytes:
        data: bytes = self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
        return data

    def write(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._name, Key=key, Body=data)

    def chapters(self) -> list[bytes]:
        return [self.read(key) for key in sorted(self.objects()) if self._is_chapter(key)]

    @staticmethod
    def _is_chapter(key: str) -> bool:
        return key.startswith("chapters/dspguide/") and key.endswith(".pdf")


@pytest.fixture
def shelf(request: pytest.FixtureRequest, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    name = "".join(c for c in request.node.name[5:60].replace("_", "-") if c.isalnum() or c == "-")
    return Shelf(s3_client(s3_url, monkeypatch), name.strip("-"), s3_url)


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[str], Project]:
    """Return what gives a machine with an empty disk."""

    def make(name: str) -> Project:
        folder = tmp_path / name
        folder.mkdir()
        return Project(folder, AWS | {"XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)})

    return make


def bodies(server: Server) -> list[str]:
    return sorted(r.path for r in server.requests if r.path.endswith(".PDF") and r.body_bytes)


def statuses(server: Server) -> list[int | None]:
    return [r.status for r in server.requests if r.path.endswith(".PDF")]


def test_an_empty_disk_finds_nothing_new_and_leaves_the_book_alone(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    one, two = machine("one"), machine("two")
    ended = one.crawl(server.url, *shelf.settings)
    assert ended.status == 0, ended.log
    assert shelf.chapters() == [server.site.pdf(n) for n in range(1, CHAPTERS + 1)]
    assert not list(one.folder.rglob("0*.pdf"))  # they are in the store alone
    before = shelf.objects()
    for project in (two, one):
        server.reset()
        ended = project.crawl(server.url, *shelf.settings)
        assert ended.status == 0, ended.log
        assert "Nothing changed on the site since the book was made." in ended.last_lines
        assert statuses(server) == [304] * CHAPTERS
        assert bodies(server) == []
        assert shelf.objects() == before
        assert project.litter() == []


def test_an_empty_disk_fetches_only_the_chapter_that_changed(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    assert machine("one").crawl(server.url, *shelf.settings).status == 0
    old = shelf.read(BOOK)
    server.site.revise("/CH2.PDF")
    server.reset()
    ended = machine("two").crawl(server.url, *shelf.settings)
    assert ended.status == 0, ended.log
    assert bodies(server) == ["/CH2.PDF"]
    assert "Changed since the last book: chapter 2" in ended.last_lines
    assert shelf.read(BOOK) != old
    assert shelf.chapters()[1] == server.site.pdf(2)


def test_a_book_that_somebody_harmed_in_the_bucket_is_made_again(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    assert machine("one").crawl(server.url, *shelf.settings).status == 0
    good = shelf.read(BOOK)
    shelf.write(BOOK, b"harm")
    server.reset()
    assert machine("two").crawl(server.url, *shelf.settings).status == 0
    assert shelf.read(BOOK) == good
    assert bodies(server) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_job_killed_on_one_machine_goes_on_on_another(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    server.faults = [Fault("/CH2.PDF", last=1, stall_after=4000)]
    short = ("-s", "STORE_LEASE=1")
    with machine("one").start_crawl(server.url, *shelf.settings, *short) as running:
        assert server.wait_until(
            lambda s: any(r.body_bytes >= 4000 for r in s.requests_for("/CH2.PDF"))
        )
        wait_for(lambda: len(shelf.chapters()) == CHAPTERS - 1)
        running.process.send_signal(signal.SIGKILL)
        assert running.wait().status == -signal.SIGKILL
    server.reset()
    server.faults = []
    ended = machine("two").crawl(server.url, *shelf.settings, *short)
    assert ended.status == 0, ended.log
    assert bodies(server) == ["/CH2.PDF"]
    assert len(shelf.chapters()) == CHAPTERS


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once something is so that nothing but asking tells."""
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("it never was")


def test_the_later_of_two_jobs_waits_or_leaves(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    server.faults = [Fault("/CH2.PDF", last=1, stall_after=4000)]
    with machine("one").start_crawl(server.url, *shelf.settings) as first:
        assert server.wait_until(lambda s: any(s.requests_for("/CH2.PDF")))
        left = machine("three").crawl(server.url, *shelf.settings, "-s", "STORE_BUSY=leave")
        assert left.status == 3
        assert "Another run is using the chapters' folder s3://" in left.last_lines
        assert "Traceback" not in left.log
        with machine("two").start_crawl(server.url, *shelf.settings) as second:
            second.wait_for("waiting for it to end")
            server.reset()
            server.faults = []
            first.interrupt()
            assert first.wait().status == 3
            ended = second.wait()
    assert ended.status == 0, ended.log
    assert bodies(server) == ["/CH2.PDF"]


def test_the_book_may_be_on_this_machine_and_its_chapters_in_the_store(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    one, two = machine("one"), machine("two")
    here = (*shelf.settings, "-s", "BOOK_URI=output/%(name)s.pdf")
    assert one.crawl(server.url, *here).status == 0
    server.reset()
    assert two.crawl(server.url, *here).status == 0
    assert bodies(server) == []
    assert two.book.read_bytes() == one.book.read_bytes()
    two.book.unlink()
    server.reset()
    ended = two.run("bind", *here)
    assert ended.status == 0, ended.log
    assert server.requests == []
    assert two.book.read_bytes() == one.book.read_bytes()


# Failures ----------------------------------------------------------------------------------------

SECRET = "testing-secret"  # noqa: S105  # of a server on loopback


def assert_one_clear_line(project: Project, ended: Ended, *words: str) -> None:
    assert ended.status == 3, ended.log
    assert "Traceback" not in ended.log
    (line,) = [one for one in ended.last_lines.splitlines() if "No new book" in one]
    for word in words:
        assert word in line
    assert SECRET not in ended.log
    assert project.litter() == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(403, "AccessDenied", "Access Denied"), "is not allowed with these credentials"),
        (
            Refusal(400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong"),
            "set AWS_REGION_NAME to the bucket's region",
        ),
        (Refusal(501, "NotImplemented", "not implemented"), "not implemented"),
        (Refusal(None), "Read timeout"),
    ],
    ids=["forbidden", "region", "conditions", "silence"],
)
def test_a_store_that_refuses_is_one_clear_line(
    server: Server, machine: Callable[[str], Project], refusal: Refusal, words: str
) -> None:
    project = machine("one")
    with refusing_server(refusal) as url:
        ended = project.crawl(
            server.url,
            *("-s", "FILES_STORE=s3://shelf/chapters", "-s", f"AWS_ENDPOINT_URL={url}"),
            *("-s", "DOWNLOAD_TIMEOUT=0.5"),
            *("-s", "AWS_ACCESS_KEY_ID=testing", "-s", f"AWS_SECRET_ACCESS_KEY={SECRET}"),
        )
    assert_one_clear_line(project, ended, "s3://shelf cannot be used", words)
    assert server.requests == []


def test_a_bucket_or_server_that_is_not_there_is_one_clear_line(
    server: Server, s3_url: str, machine: Callable[[str], Project]
) -> None:
    project = machine("one")
    store = ("-s", "FILES_STORE=s3://nowhere/chapters")
    ended = project.crawl(server.url, *store, "-s", f"AWS_ENDPOINT_URL={s3_url}")
    assert_one_clear_line(project, ended, "s3://nowhere", "bucket does not exist")
    with socket.socket() as taken:  # bound and not listening: nobody answers, nobody else gets it
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ended = project.crawl(server.url, *store, "-s", f"AWS_ENDPOINT_URL={endpoint}")
    assert_one_clear_line(project, ended, "s3://nowhere", endpoint)


def test_a_store_that_fails_in_the_middle_loses_nothing(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    project = machine("one")
    server.faults = [Fault("/CH2.PDF", last=1, stall_after=4000)]
    with project.start_crawl(server.url, *shelf.settings, "-s", "DOWNLOAD_TIMEOUT=2") as running:
        wait_for(lambda: len(shelf.chapters()) == CHAPTERS - 1)
        shelf.remove()
        ended = running.wait()
    assert ended.status == 3
    assert "Traceback" not in ended.log
    assert "bucket does not exist" in ended.last_lines
    shelf.make()
    server.reset()
    server.faults = []
    ended = project.crawl(server.url, *shelf.settings)
    assert ended.status == 0, ended.log
    assert len(shelf.chapters()) == CHAPTERS


def test_a_work_folder_that_cannot_be_is_one_clear_line(
    server: Server, shelf: Shelf, machine: Callable[[str], Project]
) -> None:
    project = machine("one")
    (project.folder / "file").touch()
    ended = project.crawl(server.url, *shelf.settings, "-s", "BOOK_WORK_DIR=file/here")
    assert_one_clear_line(project, ended, "BOOK_WORK_DIR")
