"""A killed process costs time and nothing else."""

from __future__ import annotations

import hashlib
import random
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pypdf
import pypdfium2
import pytest
from filelock import FileLock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.mockserver import Book, Fault, Server, Site, serve
from tests.project import PATIENCE, Project

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

BUFFER = 65_536
"""What may be on the way, sent and not yet on disk, when a process is killed."""


def assert_nothing_wrong(project: Project, site: Site, books: set[int]) -> None:
    """See that what passes for a chapter or a book is one; `books` are page counts it may have."""
    sent = {site.pdf(c.number) for c in site.book.chapters}
    for path in project.chapters.glob("*.pdf"):
        if (project.chapters / ".dspguide" / f"{path.name}.json").exists():
            assert path.read_bytes() in sent
    if project.book.exists():
        assert len(pypdf.PdfReader(project.book).pages) in books


def texts(source: Path | bytes) -> list[str]:
    """Return the text of every page."""
    with pypdfium2.PdfDocument(source) as document:
        return [page.get_textpage().get_text_range() for page in document]


def pdf_bytes(server: Server) -> int:
    return sum(r.body_bytes for r in server.requests if r.path.endswith(".PDF"))


def kill_after(project: Project, server: Server, more: int, *options: str) -> None:
    """Start a run, and kill it when the server has sent so many more bytes of PDFs."""
    goal = pdf_bytes(server) + more
    with project.start_crawl(server.url, *options) as running:
        server.wait_until(lambda s: pdf_bytes(s) >= goal or not running.alive, timeout=20)
        running.process.kill()


def test_killed_at_any_moment_the_next_run_goes_on_and_gives_the_same_book(
    project: Project, tmp_path: Path
) -> None:
    site = Site(Book.standard(chapters=8))
    files = sum(len(site.pdf(c.number)) for c in site.book.chapters)
    choose = random.Random(34)
    kills = 4
    with serve(site, rate=files / 8) as server:
        for _ in range(kills):
            kill_after(project, server, choose.randrange(1_000, files // 4))
            assert_nothing_wrong(project, site, {site.book.pages})
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
        assert pdf_bytes(server) <= files * 1.1 + kills * BUFFER
        undisturbed = Project(tmp_path / "undisturbed")
        undisturbed.folder.mkdir()
        assert undisturbed.crawl(server.url).status == 0
    assert project.book.read_bytes() == undisturbed.book.read_bytes()
    assert project.litter() == []


@pytest.mark.parametrize("lines", [1, 3])
def test_killed_while_the_book_is_made_there_is_the_old_book_or_the_new_one(
    project: Project, lines: int
) -> None:
    """The last chapter is in, and the process is killed at one of the moments after that."""
    site = Site(Book.standard(chapters=4))
    with serve(site) as server:
        assert project.crawl(server.url).status == 0
        site.revise("/CH1.PDF")
        old = project.book.read_bytes()
        with project.start_crawl(server.url, "-s", "LOG_LEVEL=DEBUG") as running:
            running.wait_for("Closing spider (finished)")
            running.wait_for_lines(lines)
            running.process.kill()
        now = project.book.read_bytes()
        ended = project.crawl(server.url)
        assert ended.status == 0, ended.log
    assert now in {old, project.book.read_bytes()}
    assert project.book.read_bytes() != old
    assert project.litter() == []


def test_a_lock_left_by_a_dead_process_does_not_block(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2)), faults=[Fault("/CH1.PDF", silent=True)]) as server:
        with project.start_crawl(server.url) as running:
            assert server.wait_until(lambda s: bool(s.requests_for("/CH1.PDF")))
            running.process.kill()
        server.faults = []
        assert project.crawl(server.url, "-s", "STORE_BUSY=leave").status == 0


def test_a_run_waits_while_another_one_uses_the_folder(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2))) as server:
        (project.chapters / ".dspguide").mkdir(parents=True)
        with FileLock(project.chapters / ".dspguide" / "lock"):
            running = project.start_crawl(server.url)
            running.wait_for(f"Another run is using {project.chapters}: waiting")
            assert server.requests == []
        with running:
            assert running.wait().status == 0


def test_a_second_run_leaves_at_once_when_it_is_told_to(project: Project) -> None:
    hold = [Fault("/CH1.PDF", silent=True)]
    with (
        serve(Site(Book.standard(chapters=2)), faults=hold) as server,
        project.start_crawl(server.url) as first,
    ):
        assert server.wait_until(lambda s: bool(s.requests_for("/CH1.PDF")))
        ended = project.crawl(server.url, "-s", "STORE_BUSY=leave")
        assert ended.status == 3
        assert f"Another run is using the chapters' folder {project.chapters}" in ended.last_lines
        server.faults = []
        first.interrupt()
        first.wait()


def test_runs_with_folders_of_their_own_take_turns_with_one_book(project: Project) -> None:
    project.book.parent.mkdir()
    with serve(Site(Book.standard(chapters=2))) as server, ExitStack() as stack:
        with FileLock(project.book.with_name(f".{project.book.name}.lock")):
            stores = [project.folder / name for name in ("one", "other")]
            runs = [
                stack.enter_context(project.start_crawl(server.url, "-s", f"FILES_STORE={store}"))
                for store in stores
            ]
            bound = [store / "dspguide" / ".dspguide" / "work" / "book.pdf" for store in stores]
            give_up = time.monotonic() + PATIENCE
            while not all(path.exists() for path in bound):
                assert time.monotonic() < give_up
                time.sleep(0.02)
            assert not project.book.exists()
        assert [run.wait().status for run in runs] == [0, 0]
    digest = hashlib.sha256(project.book.read_bytes()).hexdigest()
    assert project.manifest()["book"]["sha256"] == digest
    assert project.litter() == []


@pytest.mark.parametrize(("jobdir", "at"), [("", "/pdfbook.htm"), ("job", "/CH1.PDF")])
def test_after_a_stop_the_next_run_goes_on_with_jobdir_or_without(
    project: Project, jobdir: str, at: str
) -> None:
    with serve(Site(Book.standard(chapters=3)), faults=[Fault(at, silent=True)]) as server:
        with project.start_crawl(server.url, "-s", f"JOBDIR={jobdir}") as running:
            assert server.wait_until(lambda s: bool(s.requests_for(at)))
            running.interrupt()
            ended = running.wait()
        assert ended.status == 3
        assert "the crawl was stopped" in ended.last_lines
        assert "in a browser?" not in ended.last_lines  # nothing is wrong with the site
        server.faults = []
        ended = project.crawl(server.url, "-s", f"JOBDIR={jobdir}")
    assert ended.status == 0, ended.log


KINDS: list[dict[str, Any]] = [
    {"cut_after": 5_000},
    {"cut_after": 5_000, "reset": True},
    {"stall_after": 5_000},
    {"refuse": "reset"},
    {"status": 503},
    {"status": 429, "retry_after": 0.1},
    {"html": True},
    {"truncate": 0.6},
    {"framing": "close", "cut_after": 7_000},
    {"ignore_range": True},
    {"range_shift": 3},
    {"flip_bits": 300},
]


class Line(RuleBasedStateMachine):
    """Any sequence of faults, kills and changes on the site, and the one invariant.

    The book is complete and right, or there is no new book and the status is 3.
    """

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.project = Project(self.folder / str(len(list(self.folder.iterdir()))))
        self.project.folder.mkdir()
        self.site = Site(Book.standard(chapters=3))
        self.book: bytes | None = None
        self.editions = {n: [texts(self.site.pdf(n))] for n in (1, 2, 3)}

    @initialize(ranges=st.booleans(), validators=st.booleans(), content_length=st.booleans())
    def begin(self, *, ranges: bool, validators: bool, content_length: bool) -> None:
        self.context: AbstractContextManager[Server] = serve(
            self.site,
            ranges=ranges,
            etags=validators,
            last_modified=validators,
            content_length=content_length,
        )
        self.validators = validators
        self.server = self.context.__enter__()

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)

    @rule(
        kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
        path=st.sampled_from(["/CH1.PDF", "/CH2.PDF", "/CH*.PDF", "/ch2.htm"]),
        last=st.sampled_from([1, 2, None]),
    )
    def break_the_line(self, kinds: list[dict[str, Any]], path: str, last: int | None) -> None:
        self.server.reset()
        self.server.faults = [Fault(path, last=last, **kind) for kind in kinds]

    @precondition(lambda self: self.server.faults)
    @rule()
    def mend_the_line(self) -> None:
        self.server.faults = []

    @precondition(lambda self: self.validators)  # without, a change is only seen after days
    @rule(number=st.sampled_from([1, 2, 3]))
    def change_a_chapter(self, number: int) -> None:
        self.site.revise(f"/CH{number}.PDF")
        self.editions[number].append(texts(self.site.pdf(number)))

    @rule(more=st.integers(1, 60_000))
    def kill_a_run(self, more: int) -> None:
        kill_after(self.project, self.server, more, *self.quick)
        if self.project.book.exists():
            self.book = self.project.book.read_bytes()

    @rule()
    def run(self) -> None:
        ended = self.project.crawl(self.server.url, *self.quick)
        assert ended.status in {0, 3}, ended.log
        assert "Traceback" not in ended.log
        book = self.project.book.read_bytes() if self.project.book.exists() else None
        if ended.status == 3:
            assert book == self.book, ended.log
            return
        self.book = book
        chapters = sorted(self.project.chapters.glob("*.pdf"))
        assert [path.read_bytes() for path in chapters] == [self.site.pdf(n) for n in (1, 2, 3)]
        newest = [editions[-1] for editions in self.editions.values()]
        front = self.project.manifest()["book"]["front_matter_pages"]
        assert texts(self.project.book)[front:] == [page for chapter in newest for page in chapter]
        assert self.project.litter() == []

    @invariant()
    def nothing_passes_for_what_it_is_not(self) -> None:
        """See that a book has the pages of each chapter, of one edition, in order."""
        if not self.project.book.exists():
            return
        pages = texts(self.project.book)
        first = [edition[0] for edition in self.editions[1]]
        while pages and pages[0] not in first:  # the front matter
            del pages[0]
        for editions in self.editions.values():
            (edition,) = (e for e in editions if pages[: len(e)] == e)
            pages = pages[len(edition) :]
        assert not pages

    quick = ("-s", "DOWNLOAD_TIMEOUT=0.3", "-s", "RETRY_TIMES=2")


def test_whatever_happens_the_book_is_right_or_there_is_no_new_one(tmp_path: Path) -> None:
    class Here(Line):
        folder = tmp_path

    run = settings(max_examples=2, stateful_step_count=4)
    Here.TestCase.settings = run
    Here.TestCase("runTest").runTest()
