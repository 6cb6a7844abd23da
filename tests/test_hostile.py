"""Whatever a site sends or a folder holds: bounded memory, no secrets, no hang, no wedged state."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import brotli  # type: ignore[import-untyped]
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from dspguide.book.manifest import Manifest
from dspguide.items import Contents
from dspguide.store.chapter_store import Record
from dspguide.store.files import read_as
from dspguide.store.partial_file import Source
from tests.mockserver import Book, Fault, Site, serve
from tests.project import QUICK, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mockserver import Server
    from tests.project import Ended

MEASURED = """
import sys
from scrapy.cmdline import execute
try:
    execute(["scrapy", *sys.argv[1:]])
finally:
    with open("/proc/self/status") as status:
        print(*[line for line in status if line.startswith("VmHWM")])
"""

MOST = 200_000
"""kB that the process may need at most."""


def crawl_measured(project: Project, url: str, *arguments: str) -> tuple[Ended, int]:
    """Crawl, and return also the most memory that the process had, in kB."""
    script = project.folder / "measured.py"
    script.write_text(MEASURED)
    command = ["crawl", "dspguide", "-a", f"url={url}", *QUICK, *arguments]
    with project.start_program(str(script), *command) as running:
        ended = running.wait()
    (line,) = [line for line in ended.log.splitlines() if line.startswith("VmHWM")]
    return ended, int(line.split()[1])


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by /proc")

TAGS = b"<p>" * 40_000_000
BOMBS: dict[str, tuple[Fault, str]] = {
    "gzip": (
        Fault(body=gzip.compress(TAGS, 1), headers={"Content-Encoding": "gzip"}),
        "the page is larger than PAGE_MAXSIZE allows",
    ),
    "deflate": (
        Fault(body=zlib.compress(TAGS, 1), headers={"Content-Encoding": "deflate"}),
        "the page is larger than PAGE_MAXSIZE allows",
    ),
    "brotli": (
        Fault(body=brotli.compress(TAGS, quality=1), headers={"Content-Encoding": "br"}),
        "the page is larger than PAGE_MAXSIZE allows",
    ),
    "large": (Fault(body=TAGS[:30_000_000]), "the page is larger than PAGE_MAXSIZE allows"),
    "endless": (
        Fault(body=TAGS[:30_000_000], framing="chunked"),
        "the page is larger than PAGE_MAXSIZE allows",
    ),
    "tags": (Fault(body=TAGS[:300_000]), "the page is larger than PAGE_MAXSIZE allows: it has"),
    "headers": (Fault(huge_headers=20_000_000), "what the server answers is no HTTP"),
}


@needs_proc
def test_no_page_costs_more_memory_than_a_page_should(project: Project) -> None:
    faults = [
        Fault(**{**fault.to_json(), "path": f"/ch{number}.htm"})
        for number, (fault, _) in enumerate(BOMBS.values(), 1)
    ]
    faults.append(Fault("/robots.txt", body="User-agent: *\nDisallow: /x\n" * 100_000, status=200))
    with serve(Site(Book.standard(chapters=len(BOMBS) + 1)), faults=faults) as server:
        ended, kilobytes = crawl_measured(project, server.url, "-s", "RETRY_TIMES=0")
    assert ended.status == 3
    lines = [line for line in ended.last_lines.splitlines() if "its page could not be had" in line]
    for line, (_, words) in zip(lines, BOMBS.values(), strict=True):
        assert words in line
    assert kilobytes < MOST
    assert "raise that setting" in ended.last_lines


@needs_proc
def test_large_files_go_to_the_disk_and_not_to_memory(project: Project) -> None:
    site = Site(Book.standard(chapters=8))
    junk = b"%PDF-1.4\n" + b"\0abc" * 8_000_000
    for number in range(1, 7):
        site.replace(f"/CH{number}.PDF", body=junk)
    packed = Fault("/CH7.PDF", body=gzip.compress(junk, 1), headers={"Content-Encoding": "gzip"})
    page = Fault("/CH8.PDF", body=b"<p>" * 10_000_000)
    quick = ("-s", "RETRY_TIMES=0", "-s", f"DOWNLOAD_MAXSIZE={len(junk)}")
    with serve(site, faults=[packed, page]) as server:
        ended, kilobytes = crawl_measured(project, server.url, *quick)
    assert ended.status == 3
    assert "the file is no PDF, and goes on after 4 MB" in ended.last_lines
    assert kilobytes < MOST


def test_a_packed_file_is_bounded_by_what_comes_out_of_it(project: Project) -> None:
    body = gzip.compress(b"%PDF-1.4\n" + bytes(20_000_000))
    fault = Fault("/CH1.PDF", body=body, headers={"Content-Encoding": "gzip"})
    with serve(Site(Book.standard(chapters=1)), faults=[fault]) as server:
        ended = project.crawl(server.url, "-s", "DOWNLOAD_MAXSIZE=1000000")
    assert "it is larger than DOWNLOAD_MAXSIZE allows" in ended.last_lines
    assert project.litter() == []


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "AKsecret/one+",
    "AWS_ACCESS_KEY_ID": "AKIAsecrettwo",
    "AWS_SESSION_TOKEN": "sessionsecret3",
    "FTP_PASSWORD": "ftpsecret4",
    "MAIL_PASS": "mailsecret5",
    "MY_OWN_API_KEY": "ownsecret6",
}


def test_what_is_secret_or_would_move_a_terminal_reaches_no_log(project: Project) -> None:
    with serve(Site(Book.standard(chapters=2))) as server:
        contents = server.site.get("/pdfbook.htm", base=server.url.rstrip("/"))
        assert contents is not None
        title = server.site.book.chapter(1).title.encode()
        strange = title + b" \x1b]0;pwned\x07\x1b[31m \xc2\x9b2J \xe2\x80\xaered" + b"x" * 90_000
        host = server.url.removeprefix("http://").rstrip("/")
        server.faults = [
            Fault("/pdfbook.htm", body=contents.body.replace(title, strange)),
            Fault("/ch1.htm", body=f'<a href="http://me:linksecret7@{host}/CH1.PDF">pdf</a>'),
            Fault("/CH1.PDF", content_type="text/\x1b[2Jhtml", body="<p>"),
            Fault("/CH2.PDF", location=f"http://secret8@{host}/no\x1b[31m.PDF"),
        ]
        own = [f"{name}={value}" for name, value in SECRETS.items()]
        ended = project.crawl(
            server.url, *(word for one in own for word in ("-s", one)), "-s", "LOG_LEVEL=DEBUG"
        )
    assert ended.status == 3
    for secret in (*SECRETS.values(), "linksecret7", "secret8"):
        assert secret not in ended.log
    assert not [c for c in ended.log if ord(c) < 32 and c not in "\n\t"]
    assert not {"\x7f", "\x9b", "\N{RIGHT-TO-LEFT OVERRIDE}"} & set(ended.log)
    assert max(map(len, ended.log.splitlines())) < 5_000


def test_what_began_by_https_never_goes_on_by_http(project: Project, tmp_path: Path) -> None:
    authority, pem = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    project.environment["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
    with serve(Site(Book.standard(chapters=3)), tls=pem) as server:
        plain = server.url.replace("https:", "http:")
        server.faults = [
            Fault("/ch1.htm", body=f"<a href={plain}CH1.PDF>pdf</a>"),
            Fault("/ch2.htm", last=1, location=f"{plain}ch2.htm?again"),
            Fault("/CH3.PDF", location=f"{plain}CH3.PDF"),
        ]
        ended = project.crawl(server.url)
        assert [r for r in server.requests if r.path == "/CH1.PDF"]
    assert "1 of 3 chapters are missing" in ended.last_lines
    assert f"leads to {plain}CH3.PDF, which is not secure" in ended.last_lines


STATE = ("output/dspguide.json", "output/chapters/dspguide/.dspguide/*.json")


def state_files(project: Project) -> list[Path]:
    """Return all files that a run reads back."""
    return [path for pattern in STATE for path in sorted(project.folder.glob(pattern))]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


def spoilt(value: Any, data: st.DataObject) -> Any:
    """Put something else in one place of a JSON value."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: spoilt(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [spoilt(value[0], data), *value[1:]]
    return data.draw(ANY_JSON)


class Finished(NamedTuple):
    """A good run, to be copied and spoilt."""

    server: Server
    project: Project
    state: dict[type, Any]
    """What it and an earlier, cut one left behind, by the kind of record."""

    def copy(self, folder: Path) -> Project:
        """Return a copy of the project."""
        return Project(Path(shutil.copytree(self.project.folder, folder / "copy")))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    project = Project(tmp_path_factory.mktemp("finished"))
    cut = Fault("/CH2.PDF", cut_after=9_000)
    with serve(Site(Book.standard(chapters=2)), faults=[cut]) as server:
        project.crawl(server.url, "-s", "RETRY_ENABLED=False")
        state = project.chapters / ".dspguide"
        source = next(state.glob("*.part.json")).read_text()
        server.faults = []
        assert project.crawl(server.url).status == 0
        texts = {
            Source: source,
            Record: next(state.glob("*.pdf.json")).read_text(),
            Contents: (state / "contents.json").read_text(),
            Manifest: project.book.with_suffix(".json").read_text(),
        }
        values = {kind: json.loads(text) for kind, text in texts.items()}
        yield Finished(server, project, values)


@settings(max_examples=150)
@given(data=st.data(), kind=st.sampled_from([Source, Record, Contents, Manifest]))
def test_state_that_does_not_fit_counts_as_not_there(
    finished: Finished, tmp_path: Path, data: st.DataObject, kind: type
) -> None:
    path = tmp_path / "state.json"
    value = finished.state[kind]
    path.write_text(json.dumps(value))
    assert isinstance(read_as(kind, path), kind)
    path.write_text(json.dumps(spoilt(value, data)))
    assert isinstance(read_as(kind, path), (kind, type(None)))


@settings(max_examples=2)
@given(data=st.data())
def test_no_state_keeps_the_next_run_from_a_right_book(
    finished: Finished, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    project = finished.copy(tmp_path_factory.mktemp("state"))
    for path in state_files(project):
        path.write_text(json.dumps(spoilt(json.loads(path.read_text()), data)))
    # A manifest that still fits may say that the book had more chapters.
    ended = project.crawl(finished.server.url, "-s", "ACCEPT_CHANGES=True")
    assert ended.status == 0, ended.log
    assert len(project.manifest()["chapters"]) == 2
    assert "Traceback" not in ended.log


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")


@needs_pipes
def test_a_pipe_in_place_of_what_a_run_reads_back_is_not_waited_for(
    finished: Finished, tmp_path: Path
) -> None:
    project = finished.copy(tmp_path)
    one, _ = sorted(project.chapters.glob("*.pdf"))
    for path in (*state_files(project)[1:], one, one.parent / ".dspguide" / f"{one.name}.part"):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    ended = project.crawl(finished.server.url)
    assert ended.status == 0, ended.log
    assert project.litter() == []


@needs_pipes
@pytest.mark.parametrize("suffix", [".pdf", ".json"])
def test_a_pipe_in_place_of_the_book_is_refused_by_name(project: Project, suffix: str) -> None:
    path = project.book.with_suffix(suffix)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    with serve(Site(Book.standard(chapters=1))) as server:
        ended = project.crawl(server.url)
        assert server.requests == []
    assert ended.status == 3
    assert f"{path} cannot be written: it is a device, pipe or socket." in ended.last_lines


@needs_pipes
def test_a_log_file_that_nobody_reads_from_is_refused_by_name(project: Project) -> None:
    os.mkfifo(project.folder / "log")
    ended = project.run("crawl", "dspguide", "-s", "LOG_FILE=log")
    assert ended.status == 1
    assert ended.log.startswith("LOG_FILE=log cannot be written: ")
