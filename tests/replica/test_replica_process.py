"""The replica runs by itself, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from dspguide.replica import Book, Fault, Request, Site, dump_faults, serve_process
from tests.replica.client import SECONDS

ROOT = Path(__file__).parents[2]


def fetch(url: str) -> bytes:
    """The body at a loopback address."""
    with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - http: on loopback
        body: bytes = answer.read()
    return body


def test_a_process_serves_counts_and_takes_faults(tmp_path: Path) -> None:
    dump_faults([Fault("/", status=503)], tmp_path / "faults.json")
    arguments = ["--chapters", "1", "--lazy", "--faults", str(tmp_path / "faults.json")]
    log = tmp_path / "log.jsonl"
    with serve_process(*arguments, "--log", str(log)) as server:
        with pytest.raises(HTTPError, match="503"):
            fetch(server.url)
        server.set_faults([])
        server.reset()
        assert fetch(server.url + "CH1.PDF") == Site(Book.standard(chapters=1)).pdf(1)
        (request,) = server.requests
        assert (request.path, server.max_in_flight) == ("/CH1.PDF", 1)
        assert server.body_bytes == request.body_bytes > 0
    lines = log.read_text("utf-8").splitlines()
    assert [Request.from_json(line).path for line in lines] == ["/", "/CH1.PDF"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not alike there")
def test_it_says_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    place = tmp_path / "ports.json"
    command = [sys.executable, "-m", "dspguide.replica", "--chapters", "1", "--lazy"]
    with subprocess.Popen(
        [*command, "--port-file", str(place)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert b"</html>" in fetch(url)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
    assert json.loads(place.read_text("utf-8"))["url"] == url
