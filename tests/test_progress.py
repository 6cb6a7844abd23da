"""A run shows how far it is: a display on a terminal, quiet lines anywhere else."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.mockserver import Book, Fault, Site, serve
from tests.project import QUICK, Project

if sys.platform == "win32":
    pytest.skip("a terminal on Windows is no pseudo-terminal", allow_module_level=True)

from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mockserver import Server

SILENCE = Fault("/CH2.PDF", last=1, silent=True)
BAR = re.compile("[━╸╺]{6,}")
CONTROL = re.compile(r"[^\n -~\u00a0-\uffff]")


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(Book.standard(chapters=3))) as server:
        yield server


def crawl(server: Server, *arguments: str) -> list[str]:
    return ["crawl", "dspguide", "-a", f"url={server.url}", *QUICK, *arguments]


def display(lines: list[str]) -> list[str]:
    """Return the lines of the display: from the bar to the end of the screen."""
    bars = [n for n, line in enumerate(lines) if BAR.search(line)]
    assert len(bars) <= 1, lines
    return lines[bars[0] :] if bars else []


def squeezed(lines: list[str]) -> str:
    """Return lines without white space, as a terminal breaks them where it must."""
    return re.sub(r"\s", "", "".join(lines))


def words_on(terminal: Terminal) -> str:
    return " ".join("\n".join(terminal.everything).split())


def assert_left_clean(terminal: Terminal) -> None:
    assert terminal.cursor_is_visible
    assert not any(BAR.search(line) for line in terminal.everything)
    assert not any("stalled" in line or "no answer" in line for line in terminal.everything)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_terminal_shows_chapters_stalls_and_pauses_below_an_intact_log(
    tmp_path: Path, server: Server, columns: int
) -> None:
    server.faults = [
        Fault("/CH2.PDF", last=1, stall_after=5000, stall_for=3.5),
        Fault("/CH3.PDF", last=1, status=429, retry_after=2),
    ]
    with Terminal(tmp_path, crawl(server), columns=columns) as terminal:
        paused = display(
            terminal.wait_for(lambda lines: "as the server asked" in "".join(lines[-3:]))
        )
        assert re.search(r"waiting [12] s as the server asked$", "\n".join(paused), re.MULTILINE)
        stalled = display(terminal.wait_for(lambda lines: "stalled" in "".join(lines[-1:])))
        assert re.search(r"━ [12] of 3( chapters)?, \d", stalled[0])
        assert re.fullmatch(r"  CH2\.PDF  .*(5\.0 kB of \d\d\.\d kB|\d%)  stalled \d s", stalled[1])
        assert all(len(line) <= min(columns - 4, 96) for line in stalled)
        assert (server.site.book.chapter(2).title in stalled[1]) is (columns == 200)
        assert "cyan" in terminal.colours(" of 3")
        assert terminal.wait() == 0
        assert_left_clean(terminal)
        log = squeezed(terminal.everything)
        for words in ("INFO: Spider opened", "INFO: Closing spider (finished)", "INFO: The book: "):
            assert log.count(squeezed([words])) == 1
        assert squeezed([f"{tmp_path}/output/dspguide.pdf (3 chapters, 68 pages, "]) in log


def test_a_page_that_does_not_come_is_shown_before_there_are_chapters(
    tmp_path: Path, server: Server
) -> None:
    server.faults = [Fault("/pdfbook.htm", last=1, silent=True)]
    with Terminal(tmp_path, crawl(server), columns=80) as terminal:
        lines = terminal.wait_for(lambda lines: "no answer for" in "".join(lines[-1:]))
        assert lines[-2] == "Reading the contents"
        assert lines[-1].startswith("  pdfbook.htm  no answer for ")


def test_the_display_follows_the_terminal_s_size(tmp_path: Path, server: Server) -> None:
    server.faults = [SILENCE]
    with Terminal(tmp_path, crawl(server), columns=100) as terminal:

        def with_a_bar_of(length: int) -> list[str]:
            def moment(lines: list[str]) -> bool:
                bar = BAR.search("".join(lines[-2:-1]))
                return bar is not None and len(bar[0]) == length and "no answer" in lines[-1]

            return display(terminal.wait_for(moment))

        assert len(with_a_bar_of(40)) == 2
        terminal.resize(40)
        assert all(len(line) <= 36 for line in with_a_bar_of(6))
        terminal.resize(80, 10)
        assert len(with_a_bar_of(24)) == 2


def test_a_terminal_that_breaks_long_lines_anew_keeps_nothing_of_the_wider_display(
    tmp_path: Path, server: Server
) -> None:
    server.faults = [Fault("/CH[23].PDF", silent=True)]
    environment = {"VTE_VERSION": "7000"}
    with Terminal(tmp_path, crawl(server), columns=110, environment=environment) as terminal:
        before = terminal.wait_for(lambda lines: "".join(lines[-2:]).count("no answer") == 2)
        terminal.resize(50, reflow=True)
        after = terminal.wait_for(
            lambda lines: "━━ 1 of 3, " in "".join(lines[-3:-2]) and "no answer" in lines[-1]
        )
        names = [line.split()[0] for line in display(after)[1:]]
        assert sorted(names) == ["CH2.PDF", "CH3.PDF"]
        assert "".join(after).count(".PDF") == 2
        above = before[: before.index(display(before)[0])]
        assert squeezed(above).endswith(squeezed(after[: after.index(display(after)[0])]))


def test_many_slow_transfers_do_not_fill_a_low_terminal(tmp_path: Path) -> None:
    with (
        serve(
            Site(Book.standard(chapters=9)), faults=[Fault("/CH*.PDF", last=1, silent=True)]
        ) as server,
        Terminal(tmp_path, crawl(server), columns=80, rows=8) as terminal,
    ):
        lines = terminal.wait_for(lambda lines: lines[-1:] == ["  and 5 more"])
        assert len(display(lines)) == 5


def test_ctrl_c_leaves_a_clean_terminal(tmp_path: Path, server: Server) -> None:
    server.faults = [SILENCE]
    with Terminal(tmp_path, crawl(server), columns=80) as terminal:
        terminal.wait_for(lambda lines: "no answer" in "".join(lines[-1:]))
        terminal.interrupt()
        assert terminal.wait() == 3
        assert_left_clean(terminal)
        assert "Run the same command again" in words_on(terminal)


def test_ctrl_c_twice_leaves_a_clean_terminal(tmp_path: Path, server: Server) -> None:
    server.faults = [SILENCE, Fault("/CH3.PDF", status=404)]
    patient = crawl(server, "-s", "STOP_GRACE=60")
    with Terminal(tmp_path, patient, columns=80) as terminal:
        terminal.wait_for(lambda lines: "no answer" in "".join(lines[-1:]))
        terminal.interrupt()
        terminal.wait_for(lambda lines: "Stopping: 1 of 3 chapters are here" in "".join(lines[-2:]))
        terminal.interrupt()
        assert terminal.wait() == 3
        assert_left_clean(terminal)
        assert "Stopped at once." in words_on(terminal)
        assert not any(line.startswith("Stopping:") for line in terminal.everything)


def test_an_exception_is_logged_whole_above_the_display(tmp_path: Path, server: Server) -> None:
    (tmp_path / "clumsy.py").write_text(
        "from dspguide.pipelines.chapter import ChapterPipeline\n"
        "class Clumsy(ChapterPipeline):\n"
        "    async def process_item(self, item):\n"
        "        if item.number == '1':\n"
        "            raise RuntimeError('dropped\\tit')\n"
        "        return await super().process_item(item)\n",
        encoding="utf-8",
    )
    server.faults = [Fault("/CH1.PDF", last=1, delay=1.5), Fault("/CH2.PDF", silent=True)]
    pipelines = (
        '{"dspguide.pipelines.files.ChapterFilesPipeline": 1, "clumsy.Clumsy": 2,'
        ' "dspguide.pipelines.book.BookPipeline": 3}'
    )
    arguments = crawl(server, "-s", f"ITEM_PIPELINES={pipelines}")
    with Terminal(tmp_path, arguments, columns=200, rows=80) as terminal:
        terminal.wait_for(lambda lines: "dropped" in "".join(lines) and bool(display(lines)))
        terminal.interrupt()
        assert terminal.wait() == 3
        assert_left_clean(terminal)
        log = "\n".join(terminal.everything)
    assert "ERROR: Error processing Chapter" in log
    assert re.search(r"\nTraceback .*\n(  .*\n)+RuntimeError: dropped +it\n", log)


def test_no_color_is_respected(tmp_path: Path, server: Server) -> None:
    server.faults = [SILENCE]
    environment = {"NO_COLOR": "1"}
    with Terminal(tmp_path, crawl(server), columns=80, environment=environment) as terminal:
        terminal.wait_for(lambda lines: "no answer" in "".join(lines[-1:]))
        assert terminal.colours(" of 3") == {"default"}


def test_a_log_in_a_file_gets_lines_while_the_terminal_has_the_display(
    tmp_path: Path, server: Server
) -> None:
    server.faults = [SILENCE]
    with Terminal(tmp_path, crawl(server, "-s", "LOG_FILE=run.log"), columns=80) as terminal:
        lines = terminal.wait_for(lambda lines: "no answer" in "".join(lines[-1:]))
        assert len(lines) == 2
        terminal.interrupt()
        assert terminal.wait() == 3
        assert_left_clean(terminal)
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert re.search(r"INFO: Chapter 1, .*: \d\d\.\d kB \(\d of 3\)\n", log)
    assert "\x1b" not in log


@pytest.mark.parametrize("quiet", ["TERM=dumb", "PROGRESS=off", "-O -:json"])
def test_a_terminal_without_the_display_gets_no_control_characters(
    tmp_path: Path, server: Server, quiet: str
) -> None:
    name, _, value = quiet.partition("=")
    environment = {name: value} if name == "TERM" else {}
    arguments = [] if environment else quiet.split() if quiet[0] == "-" else ["-s", quiet]
    with Terminal(
        tmp_path, crawl(server, *arguments), columns=80, environment=environment
    ) as terminal:
        assert terminal.wait() == 0
        assert not CONTROL.search(terminal.raw.decode().replace("\r\n", "\n"))
        chapters = re.findall(r"INFO: Chapter \d, ", "\n".join(terminal.everything))
        assert len(chapters) == (0 if name == "PROGRESS" else 3)


def test_a_log_gets_a_line_for_each_chapter_and_no_control_characters(
    project: Project, server: Server
) -> None:
    server.faults = [Fault("/CH2.PDF", status=404)]
    failed = project.crawl(server.url)
    book = server.site.book
    for words in (
        rf"INFO: Chapter 1, {book.chapter(1).title}: \d\d\.\d kB \([123] of 3\)\n",
        rf"WARNING: Chapter 2, {book.chapter(2).title}: missing\. .* status 404 \([123] of 3\)\n",
        rf"INFO: Chapter 3, {book.chapter(3).title}: \d\d\.\d kB \([123] of 3\)\n",
    ):
        assert len(re.findall(words, failed.log)) == 1, failed.log
    assert not CONTROL.search(failed.log)
    server.faults = []
    again = project.crawl(server.url)
    assert len(re.findall(r"INFO: Chapter [13], .*: unchanged \([123] of 3\)\n", again.log)) == 2


def test_a_log_says_now_and_then_what_the_run_waits_for(project: Project, server: Server) -> None:
    server.faults = [Fault("/CH2.PDF", stall_after=5000)]
    with project.start_crawl(server.url, "-s", "LOGSTATS_INTERVAL=0.5") as running:
        running.wait_for("CH2.PDF stalled")
        running.interrupt()
        log = running.wait().log
    assert re.search(r"INFO: Still waiting: 2 of 3 chapters, .*; CH2\.PDF stalled \d s\n", log)


def test_a_dry_run_lists_chapters_once_and_leaves_no_report(
    project: Project, server: Server
) -> None:
    ended = project.crawl(server.url, "-a", "dry_run=1")
    assert ended.log.count("Chapter 2, ") == 1
    assert list(project.folder.rglob("*.html")) == []


def test_titles_of_the_site_cannot_command_the_terminal(project: Project, server: Server) -> None:
    page = (
        "<h2>PART</h2><ul><li><a href=/ch1.htm>Chapter 1 - Clear \N{SYMBOL FOR ESCAPE}"
        "&#x9b;2J\N{RIGHT-TO-LEFT OVERRIDE} &#x85;it</a></ul>"
    )
    server.faults = [Fault("/pdfbook.htm", body=f"<div>{page}</div></html>")]
    ended = project.crawl(server.url)
    line = next(line for line in ended.log.splitlines() if "INFO: Chapter 1, " in line)
    assert line.rstrip().isprintable()


def test_a_value_of_progress_that_means_nothing_is_refused(
    project: Project, server: Server
) -> None:
    ended = project.crawl(server.url, "-s", "PROGRESS=loud")
    assert ended.status == 1
    assert "PROGRESS=loud: give auto or off." in ended.log
