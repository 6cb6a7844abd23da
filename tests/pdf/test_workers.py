"""Worker processes: nothing that they do, or that is done to them, hangs or harms the parent."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
import pikepdf
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dspguide.pdf import Bindery, BindingError, Limits, PreparedChapter, RejectedChapter, prepare
from dspguide.pdf.frozen import Frozen
from dspguide.pdf.spool import LARGE, Spool, Stored
from dspguide.pdf.workers import process as worker_process
from dspguide.pdf.workers.protocol import (
    Failed,
    Prepare,
    Prepared,
    ProtocolError,
    Ready,
    Refused,
    Reply,
    receive_reply,
    send_reply,
)
from dspguide.pdf.workers.refusals import digest
from tests.pdf.nasty import KINDS
from tests.pdf.samples import Chapter, book_plan, page_object

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAPTERS = [
    Chapter(n, title, 2, 2 * n - 1, {"Start": (0, 300)})
    for n, title in enumerate(("Waves and Noise", "Filters and Windows"), 1)
]
PLAN = book_plan(CHAPTERS)
NEEDS_LIMITS = pytest.mark.skipif(
    not hasattr(pikepdf.settings, "set_qpdf_limits"),
    reason="this pikepdf, the last for Python 3.10, cannot set qpdf's own limits",
)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "CH1.PDF").write_bytes(CHAPTERS[0].data())
    return tmp_path / "CH1.PDF"


@pytest.fixture
def bindery() -> Iterator[Bindery]:
    bindery = Bindery(workers=1)
    bindery.start(PLAN)
    yield bindery
    bindery.close()


@pytest.fixture
def spool() -> Iterator[Spool]:
    spool = Spool()
    yield spool
    spool.close()


def prepared(tmp_path: Path) -> PreparedChapter:
    (tmp_path / "CH1.PDF").write_bytes(CHAPTERS[0].data())
    return prepare(tmp_path / "CH1.PDF", PLAN.chapters[0])


def over_a_pipe(reply: Reply, spool: Spool, most: int = 1 << 24) -> Reply:
    pipe = BytesIO()
    send_reply(pipe, reply)
    pipe.seek(0)
    return receive_reply(pipe, spool, most)


# What a worker says


def test_a_chapter_comes_out_of_the_pipe_as_it_went_in(tmp_path: Path, spool: Spool) -> None:
    chapter = prepared(tmp_path)
    assert over_a_pipe(Prepared(chapter), spool) == Prepared(chapter)


def test_large_streams_go_into_the_spool(tmp_path: Path, spool: Spool) -> None:
    chapter, data = prepared(tmp_path), os.urandom(LARGE)
    chapter.frozen.objects[-1].stream = data
    reply = over_a_pipe(Prepared(chapter), spool)
    assert isinstance(reply, Prepared)
    stored = reply.chapter.frozen.objects[-1].stream
    assert isinstance(stored, Stored)
    assert b"".join(spool.pieces(stored)) == data


@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_an_error(data: bytes) -> None:
    pipe = BytesIO(len(data).to_bytes(8, "big") + data)
    with pytest.raises(ProtocolError):
        receive_reply(pipe, Spool(), 1000)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    tag=st.sampled_from(["Ready", "Prepared", "Refused", "Failed", "Popen"]),
)
@settings(max_examples=40)
def test_values_of_other_types_are_an_error(value: object, tag: str) -> None:
    body = msgspec.msgpack.encode({"type": tag, "chapter": value, "reason": value, "detail": value})
    pipe = BytesIO(len(body).to_bytes(8, "big") + body)
    try:
        reply = receive_reply(pipe, Spool(), 1 << 20)
    except ProtocolError:
        return
    assert isinstance(reply, (Ready, Refused, Failed))
    assert tag in ("Ready", "Refused", "Failed")


@pytest.mark.parametrize(
    "change",
    [
        {"pages": 0},
        {"pages": 3},
        {"labels": ()},
        {"sections": ()},
        {"corners": {}},
    ],
)
def test_a_chapter_that_contradicts_itself_is_an_error(
    change: dict[str, Any], tmp_path: Path, spool: Spool
) -> None:
    with pytest.raises(ProtocolError, match="contradicts"):
        over_a_pipe(Prepared(replace(prepared(tmp_path), **change)), spool)


@pytest.mark.parametrize(
    "item",
    [
        Frozen(b"x", (b"<<", b">>"), (9999,)),
        Frozen(b"x", (b"<<", b">>"), (-1,)),
        Frozen(b"x", (b"<<>>",), (0,)),
        Frozen(b"x", (b"<<>>",), (), Stored(0, 10)),
    ],
)
def test_an_object_that_refers_to_nothing_is_an_error(
    item: Frozen, tmp_path: Path, spool: Spool
) -> None:
    chapter = prepared(tmp_path)
    chapter = replace(
        chapter, frozen=replace(chapter.frozen, objects=(*chapter.frozen.objects, item))
    )
    with pytest.raises(ProtocolError, match="contradicts"):
        over_a_pipe(Prepared(chapter), spool)


def test_a_reply_longer_than_may_be_is_not_read(tmp_path: Path, spool: Spool) -> None:
    chapter = prepared(tmp_path)
    with pytest.raises(ProtocolError, match="too long"):
        over_a_pipe(Prepared(chapter), spool, most=100)
    chapter.frozen.objects[-1].stream = bytes(1 << 20)
    with pytest.raises(ProtocolError, match="too long"):
        over_a_pipe(Prepared(chapter), spool, most=1 << 19)


# What becomes of a chapter


def code_of_a_worker(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(worker_process, "_MAIN", code)


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout.write('x' * 100)",
        "import os; os.write(1, bytes(7) + b'\\x09' + b'cos\\nsystem')",
        "import os; os.write(1, b'\\xff' * 8); input()",
        "raise ImportError('no module of that name')",
        "import os; os._exit(3)",
    ],
)
def test_a_worker_that_says_anything_else_costs_its_chapter(
    code: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    code_of_a_worker(monkeypatch, code)
    bindery = Bindery(workers=1)
    bindery.start(PLAN)
    with pytest.raises(BindingError, match="no worker process can be started"):
        bindery.submit(0, file).result()
    bindery.close()


def test_the_last_words_of_a_worker_that_does_not_start_are_told(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    code_of_a_worker(monkeypatch, "raise ImportError('no module of that name')")
    bindery = Bindery(workers=1)
    bindery.start(PLAN)
    with pytest.raises(BindingError, match="ImportError: no module of that name"):
        bindery.submit(0, file).result()
    bindery.close()


def test_an_interpreter_that_is_not_there_is_an_error_of_each_chapter(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(file.parent / "no-python"))
    bindery = Bindery(workers=1)
    bindery.start(PLAN)
    for index in (0, 1):
        with pytest.raises(BindingError, match="no worker process can be started"):
            bindery.submit(index, file).result()
    bindery.close()


def test_without_threads_every_chapter_is_settled(
    monkeypatch: pytest.MonkeyPatch, file: Path, tmp_path: Path
) -> None:
    def no_thread(_: threading.Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    bindery = Bindery(workers=2)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        bindery.start(PLAN)
        with pytest.raises(BindingError, match="no thread can be started"):
            bindery.submit(0, file).result()
        with pytest.raises(BindingError, match="lacks chapter 1"):
            bindery.finish(tmp_path / "book.pdf").result()
    assert bindery.submit(0, file).result().pages == 2
    bindery.close()


def test_a_thread_that_is_missing_later_costs_its_chapter(
    monkeypatch: pytest.MonkeyPatch, bindery: Bindery, file: Path
) -> None:
    def no_thread(*_: object) -> NoReturn:
        raise RuntimeError("can't start new thread")

    bindery.submit(0, file).result()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Timer, "start", no_thread)
        with pytest.raises(BindingError, match="can't start new thread"):
            bindery.submit(0, file).result()
    assert bindery.submit(0, file).result().pages == 2


def test_a_worker_ends_before_the_book_is_written_and_another_reads_a_late_chapter(
    file: Path, tmp_path: Path
) -> None:
    others = psutil.Process().children()
    with closing(Bindery(workers=1)) as bindery:
        bindery.start(PLAN)
        bindery.submit(0, file).result(60)
        started = [one for one in psutil.Process().children() if one not in others]
        with pytest.raises(BindingError, match="lacks"):
            bindery.finish(tmp_path / "book.pdf").result(60)
        _, alive = psutil.wait_procs(started, timeout=30)
        assert started
        assert not alive
        (tmp_path / "CH2.PDF").write_bytes(CHAPTERS[1].data())
        bindery.submit(1, tmp_path / "CH2.PDF").result(60)
        assert bindery.finish(tmp_path / "book.pdf").result(60).pages == 4


def test_a_fault_in_binding_costs_its_chapter(
    monkeypatch: pytest.MonkeyPatch, bindery: Bindery, file: Path
) -> None:
    def fail(*_: object) -> NoReturn:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("dspguide.pdf.output.binder.Binder.append", fail)
        with pytest.raises(BindingError, match="MemoryError"):
            bindery.submit(0, file).result()
    assert bindery.submit(0, file).result().pages == 2


@pytest.mark.skipif(sys.platform == "win32", reason="closes descriptors as a shell does")
@pytest.mark.parametrize("closed", [(2,), (0,), (0, 1), (0, 1, 2)])
def test_workers_start_where_the_standard_streams_are_closed(
    closed: tuple[int, ...], file: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, os\n"
        f"for number in {closed}: os.close(number)\n"
        "from pathlib import Path\n"
        "from dspguide.pdf import Bindery, BookPlan, ChapterPlan\n"
        "bindery = Bindery(workers=1)\n"
        f"bindery.start(BookPlan('B', None, 'en', (ChapterPlan(1, {CHAPTERS[0].title!r}),)))\n"
        f"bindery.submit(0, Path({str(file)!r})).result()\n"
        f"bindery.finish(Path({str(tmp_path / 'book.pdf')!r})).result()\n"
        "bindery.close()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    assert (tmp_path / "book.pdf").stat().st_size


# The same bytes again


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []
    real = worker_process.WorkerProcess.ask

    def ask(self: worker_process.WorkerProcess, request: Any, *args: Any, **more: Any) -> Reply:
        if isinstance(request, Prepare):
            found.append(Path(os.fsdecode(request.source)))
        return real(self, request, *args, **more)

    monkeypatch.setattr(worker_process.WorkerProcess, "ask", ask)
    return found


def rejection(
    bindery: Bindery, index: int, source: Path, *, accept_repaired: bool = True
) -> RejectedChapter:
    with pytest.raises(RejectedChapter) as caught:
        bindery.submit(index, source, accept_repaired=accept_repaired).result()
    return caught.value


@NEEDS_LIMITS
@pytest.mark.parametrize("name", ["million-words", "flate-bomb-in-content"])
def test_bytes_that_cost_too_much_are_read_once_for_all_chapters(
    name: str, bindery: Bindery, readings: list[Path], tmp_path: Path
) -> None:
    first, second = tmp_path / "CH1.PDF", tmp_path / "CH2.PDF"
    for source in (first, second):
        source.write_bytes(KINDS[name][0]())
    assert [rejection(bindery, 0, first).reason for _ in range(3)] == ["too-big"] * 3
    other = rejection(bindery, 1, second)
    assert str(other).startswith("chapter 2 (Filters and Windows) cannot be bound: ")
    assert readings == [first]
    assert "memory" in str(other) or "unfolds" in str(other)


def test_bytes_that_were_refused_are_known(bindery: Bindery, tmp_path: Path) -> None:
    source = tmp_path / "CH1.PDF"
    source.write_bytes(KINDS["flate-bomb-in-content"][0]())
    assert bindery.refusal(digest(source)) is None
    rejection(bindery, 0, source)
    known = bindery.refusal(digest(source))
    assert known is not None
    assert known.reason == "too-big"


@pytest.mark.skipif(sys.platform == "win32", reason="counts no time of the CPU")
@NEEDS_LIMITS
def test_a_file_that_takes_too_long_is_not_read_again(readings: list[Path], tmp_path: Path) -> None:
    source = tmp_path / "CH1.PDF"
    words = "BT /T 10 Tf 60 600 Td " + "(a) Tj 0 1 Td " * 40_000 + "ET"
    file = Chapter(pages=1, extra_lines={0: words}).raw()
    file.set(3, f"<</Type/Pages/Count 1/Kids[{' '.join([f'{page_object(0)} 0 R'] * 400)}]>>")
    source.write_bytes(file.data())
    bindery = Bindery(workers=1, limits=Limits(seconds=1))
    bindery.start(PLAN)
    assert [rejection(bindery, 0, source).reason for _ in range(2)] == ["too-slow"] * 2
    bindery.close()
    assert readings == [source]


def test_a_repaired_file_is_read_once_to_be_accepted_later(
    bindery: Bindery, file: Path, readings: list[Path]
) -> None:
    file.write_bytes(file.read_bytes().replace(b"startxref", b"startxxxx"))
    assert rejection(bindery, 0, file, accept_repaired=False).reason == "repaired"
    assert bindery.submit(0, file).result().repaired
    assert readings == [file]


def test_other_bytes_under_the_same_name_are_read(
    bindery: Bindery, file: Path, readings: list[Path]
) -> None:
    good = file.read_bytes()
    file.write_bytes(KINDS["html-page"][0]())
    assert rejection(bindery, 0, file).reason == "not-pdf"
    file.write_bytes(good)
    assert bindery.submit(0, file).result().pages == 2
    assert readings == [file, file]


def test_a_file_that_is_another_chapter_may_be_that_one(bindery: Bindery, tmp_path: Path) -> None:
    source = tmp_path / "any.pdf"
    source.write_bytes(CHAPTERS[1].data())
    assert rejection(bindery, 0, source).reason == "other-chapter"
    assert bindery.submit(1, source).result().pages == 2
