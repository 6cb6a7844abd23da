"""Where and how the program is started: each obstacle is one sentence that says what to do."""

from __future__ import annotations

import datetime as dt
import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.mockserver import Book, Fault, Site, serve
from tests.project import QUICK, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.project import Ended, Project

QUIET = ("-s", "ROBOTSTXT_OBEY=False")
"""One request less to wait for."""

LOGIN = b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"


def assert_one_sentence(ended: Ended, *words: str) -> None:
    """See that the run ended with these words, no traceback, and no advice to do it again."""
    assert ended.status == 3, ended.log
    assert "Traceback" not in ended.log
    for word in words:
        assert word in ended.last_lines
    assert "Run the same command again" not in ended.last_lines


@pytest.mark.parametrize(
    ("scheme", "proxy", "words"),
    [
        ("http", "http://127.0.0.1:{closed}", "it refuses connections"),
        ("http", "http://no-such-host.invalid:80", "no address is known for it"),
        ("http", "http://127.0.0.1:{login}", "it wants a user's name and password"),
        ("https", "http://127.0.0.1:{login}", "it wants a user's name and password"),
        ("http", "socks5://127.0.0.1:{closed}", "socks5 is not known here"),
        ("http", "http://127.0.0.1:99999", "that is no address of a proxy"),
    ],
)
def test_a_proxy_that_is_of_no_use_is_named_with_what_is_wrong(
    project: Project, scheme: str, proxy: str, words: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = unused.getsockname()[1]
    with serve(Site(Book.standard(chapters=1)), faults=[Fault(garbage=LOGIN)]) as server:
        address = proxy.format(closed=closed, login=server.port)
        project.environment[f"{scheme}_proxy"] = address.replace("//", "//me:proxysecret@")
        ended = project.crawl(f"{scheme}://www.dspguide.com/", *QUIET)
    assert_one_sentence(ended, f"the proxy {address} cannot be used: {words}", "http_proxy")
    assert "proxysecret" not in ended.log


LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.timezone.utc)
DATES = LONG_AGO, LONG_AGO.replace(year=2002)


@pytest.mark.parametrize(
    ("names", "expired", "known", "words"),
    [
        (["other.example"], False, True, "mismatch"),
        (["127.0.0.1"], True, True, "certificate has expired"),
        (["127.0.0.1"], False, False, "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_that_proves_nothing_is_named_with_what_is_wrong(
    project: Project, tmp_path: Path, names: list[str], *, expired: bool, known: bool, words: str
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    begins, ends = DATES if expired else (None, None)
    certificate = authority.issue_cert(*names, not_before=begins, not_after=ends)
    pem, trusted = tmp_path / "server.pem", tmp_path / "ca.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
    (authority if known else other).cert_pem.write_to_path(str(trusted))
    project.environment["SSL_CERT_FILE"] = str(trusted)
    with serve(Site(Book.standard(chapters=1)), tls=pem) as server:
        ended = project.crawl(server.url, *QUIET)
        assert server.requests == []
    assert_one_sentence(
        ended,
        "the certificate of 127.0.0.1 is not trusted: ",
        words,
        "DOWNLOAD_VERIFY_CERTIFICATES=False",
    )


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_site_is_reached_by_ipv6(project: Project) -> None:
    with serve(Site(Book.standard(chapters=1)), host="::1") as server:
        url = f"http://[::1]:{server.port}/"
        assert project.crawl(url).status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the shell is another")
@pytest.mark.parametrize("log", [("-s", "LOG_FILE=job.log"), ()], ids=["file", "none"])
def test_a_service_without_standard_streams_makes_the_book(
    project: Project, log: tuple[str, ...]
) -> None:
    closing = "import os; [os.close(n) for n in range(3)]; os.execv(sys.executable, sys.argv[1:])"
    with serve(Site(Book.standard(chapters=2))) as server:
        command = ["-m", "scrapy", "crawl", "dspguide", "-a", f"url={server.url}", *QUICK, *log]
        with project.start_program(
            "-c", f"import sys; {closing}", sys.executable, *command
        ) as running:
            assert running.wait().status == 0
    assert project.book.exists()
    if log:
        assert "The book: " in (project.folder / "job.log").read_text(encoding="utf-8")


def test_another_reactor_is_refused_by_name(project: Project) -> None:
    setting = "TWISTED_REACTOR=twisted.internet.pollreactor.PollReactor"
    ended = project.run("crawl", "dspguide", "-s", setting)
    assert ended.status == 1
    assert f"{setting}: leave it out" in ended.log.splitlines()[-1]
    assert "Traceback" not in ended.log


SCRIPT = """
import sys
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings
if __name__ == "__main__":
    settings = get_project_settings()
    settings.setdict(eval(sys.argv[2]), priority="cmdline")
    process = CrawlerProcess(settings)
    process.crawl("dspguide", url=sys.argv[1])
    process.start()
"""


def test_a_script_says_what_became_of_the_book(project: Project) -> None:
    script = project.folder / "run.py"
    script.write_text(SCRIPT)
    with serve(Site(Book.standard(chapters=2)), faults=[Fault("/CH2.PDF", status=404)]) as server:
        with project.start_program(str(script), server.url, "{}") as running:
            ended = running.wait()
        assert "1 of 2 chapters are missing" in ended.last_lines
        select = "{'TWISTED_REACTOR': 'twisted.internet.selectreactor.SelectReactor'}"
        with project.start_program(str(script), server.url, select) as running:
            ended = running.wait()
        assert "SelectReactor: leave it out" in ended.log
    assert "Traceback" not in ended.log


def test_a_recipe_is_run_by_its_file(project: Project) -> None:
    recipe = ROOT / "dspguide" / "spiders" / "dspguide_com.py"
    with serve(Site(Book.standard(chapters=1))) as server:
        ended = project.run("runspider", str(recipe), "-a", f"url={server.url}", *QUICK)
    assert ended.status == 0
    assert "The book: " in ended.last_lines


def test_an_interrupt_before_anything_began_leaves_no_traceback(project: Project) -> None:
    with project.start_program("-c", "import dspguide.settings; raise KeyboardInterrupt") as early:
        ended = early.wait()
    assert ended.log == "Stopped before anything was begun.\n"
    assert ended.status != 0


HANGING = """
from threading import Event
from scrapy.utils.asyncio import run_in_thread
class Hanging:
    async def close_spider(self):
        print("it hangs", flush=True)
        await run_in_thread(Event().wait)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGINT to send")
def test_two_interrupts_end_a_run_whatever_it_waits_for(project: Project) -> None:
    (project.folder / "hanging.py").write_text(HANGING)
    pipelines = ("-s", 'ITEM_PIPELINES={"hanging.Hanging": 900}')
    with (
        serve(Site(Book.standard(chapters=1)), faults=[Fault("/CH1.PDF", silent=True)]) as server,
        project.start_crawl(server.url, *pipelines) as running,
    ):
        assert server.wait_until(lambda s: s.requests_for("/CH1.PDF"))
        running.interrupt()
        running.wait_for("it hangs")
        running.interrupt()
        ended = running.wait()
    assert ended.status == 3
    assert ended.log.splitlines()[-1].startswith("Stopped at once. What was downloaded is kept.")


def test_a_mistake_in_a_recipe_is_not_said_to_pass_by_itself(project: Project) -> None:
    (project.folder / "mistaken.py").write_text(
        "from dspguide.spiders.dspguide_com import DspguideSpider\n"
        "class Mistaken(DspguideSpider):\n"
        "    name = 'mistaken'\n"
        "    def parse_contents(self, response, earlier=()):\n"
        "        return [][1]\n"
    )
    with serve(Site(Book.standard(chapters=1))) as server:
        ended = project.run("runspider", "mistaken.py", "-a", f"url={server.url}", *QUICK)
    assert "IndexError" in ended.log
    assert "That is a mistake in the program" in ended.last_lines
    assert "Run the same command again" not in ended.last_lines
