"""The bindery: chapters in any order, processes that die, chapters that come twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dspguide.pdf import (
    Bindery,
    BindingError,
    Limits,
    RejectedChapter,
    bind_files,
    prepare,
)
from dspguide.pdf.workers.protocol import Warm, send_request
from tests.pdf.nasty import KINDS
from tests.pdf.samples import Chapter, book_plan
from tests.pdf.tools import qpdf_check

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAPTERS = [Chapter(n, f"Number {n} of Them", 2, 2 * n - 1, {"Start": (0, 300)}) for n in (1, 2, 3)]
PLAN = book_plan(CHAPTERS)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"CH{chapter.number}.PDF" for chapter in CHAPTERS]
    for file, chapter in zip(found, CHAPTERS, strict=True):
        file.write_bytes(chapter.data())
    return found


@pytest.fixture
def expected(files: list[Path], tmp_path: Path) -> str:
    return bind_files(PLAN, files, tmp_path / "expected.pdf").sha256


@pytest.fixture
def bindery() -> Iterator[Bindery]:
    bindery = Bindery(workers=1)
    bindery.start(PLAN)
    yield bindery
    bindery.close()


def test_chapters_may_come_in_any_order(
    bindery: Bindery, files: list[Path], expected: str, tmp_path: Path
) -> None:
    for place in (2, 0, 1):
        bindery.submit(place, files[place])
    facts = bindery.finish(tmp_path / "book.pdf").result()
    assert facts.sha256 == expected
    qpdf_check(tmp_path / "book.pdf")


def test_a_chapter_that_comes_again_replaces_the_one_before(
    bindery: Bindery, files: list[Path], expected: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(Chapter(2, CHAPTERS[1].title, 5, 3, {"Start": (1, 100)}).data())
    assert bindery.submit(1, other).result().pages == 5
    for place in (0, 1, 2):
        bindery.submit(place, files[place])
    assert bindery.finish(tmp_path / "book.pdf").result().sha256 == expected


def test_a_chapter_that_is_read_after_its_successor_is_not_bound(
    files: list[Path], bindery: Bindery, tmp_path: Path
) -> None:
    larger = tmp_path / "larger.pdf"
    larger.write_bytes(files[0].read_bytes() + b"\n" * 1000)
    # Both wait for the one process to start, and it takes the larger file first.
    old, new = bindery.submit(0, files[0]), bindery.submit(0, larger)
    assert new.result().pages == 2
    with pytest.raises(BindingError, match="replaced"):
        old.result()


def test_a_process_that_dies_costs_nothing_but_time(
    bindery: Bindery, files: list[Path], expected: str, tmp_path: Path
) -> None:
    for place in (0, 1):
        bindery.submit(place, files[place]).result()
    for preparer in bindery._preparers:
        assert preparer._process is not None
        preparer._process.kill()
    with pytest.raises(RejectedChapter) as caught:
        bindery.submit(2, files[2]).result()
    assert caught.value.reason == "crashed"
    bindery.submit(2, files[2]).result()
    assert bindery.finish(tmp_path / "book.pdf").result().sha256 == expected


def test_a_process_whose_parent_was_killed_ends_without_a_word() -> None:
    command = [sys.executable, "-c", "from dspguide.pdf.workers.worker import main; main()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        process.stdout.close()
        send_request(process.stdin, Warm(Limits()))
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_rejected_chapter_can_come_again(
    bindery: Bindery, files: list[Path], expected: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(KINDS["flipped-bits-in-content"][0]())
    with pytest.raises(RejectedChapter, match=r"chapter 1 .* is damaged") as caught:
        bindery.submit(0, bad).result()
    assert caught.value.reason == "damaged"
    for place in (0, 1, 2):
        bindery.submit(place, files[place])
    assert bindery.finish(tmp_path / "book.pdf").result().sha256 == expected


def test_a_file_that_needs_repair_is_refused_until_it_is_accepted(
    bindery: Bindery, files: list[Path]
) -> None:
    files[0].write_bytes(files[0].read_bytes().replace(b"startxref", b"startxxxx"))
    with pytest.raises(RejectedChapter) as caught:
        bindery.submit(0, files[0], accept_repaired=False).result()
    assert caught.value.reason == "repaired"
    assert bindery.submit(0, files[0], accept_repaired=True).result().repaired


def test_a_discarded_chapter_is_missing(
    bindery: Bindery, files: list[Path], tmp_path: Path
) -> None:
    for place in (0, 1, 2):
        bindery.submit(place, files[place]).result()
    bindery.discard(1)
    with pytest.raises(BindingError, match="lacks chapter 2 "):
        bindery.finish(tmp_path / "book.pdf").result()
    facts = bindery.finish(tmp_path / "book.pdf", partial=True).result()
    assert [chapter.number for chapter in facts.chapters] == [1, 3]


def test_closing_drops_what_is_not_done(files: list[Path]) -> None:
    bindery = Bindery()
    bindery.start(PLAN)
    futures = [bindery.submit(place, file) for place, file in enumerate(files)]
    bindery.close()
    for future in futures:
        assert future.exception() is None or isinstance(future.exception(), BindingError)
    with pytest.raises(BindingError, match="closed"):
        bindery.submit(0, files[0])


def test_a_missing_source_is_an_error_of_its_chapter(bindery: Bindery, tmp_path: Path) -> None:
    with pytest.raises(BindingError, match="FileNotFoundError"):
        bindery.submit(0, tmp_path / "not-there.pdf").result()


def test_importing_the_package_loads_no_pdf_library() -> None:
    code = (
        "import sys, dspguide.pdf; "
        "sys.exit(any(name in sys.modules for name in ('pypdf', 'pikepdf', 'pypdfium2', 'scrapy')))"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env=dict(os.environ))


DATA = CHAPTERS[0].data()


@given(end=st.integers(0, len(DATA) - 8))
@settings(max_examples=60)
def test_a_cut_file_is_repaired_with_a_warning_or_refused(
    end: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.mktemp("cut") / "CH1.PDF"
    source.write_bytes(DATA[:end])
    try:
        found = prepare(source, PLAN.chapters[0])
    except RejectedChapter as rejected:
        assert rejected.reason in ("empty", "not-pdf", "damaged", "no-pages")  # noqa: PT017
    else:
        assert found.repaired
        assert found.warnings
