"""A scrapyd of one's own: real processes in a folder, on a loopback port that the system chose."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import pypdf

from tests.project import PATIENCE, QUICK, ROOT, Running, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.mockserver import Server

USER, PASSWORD = "dspguide", "change-me"
PROJECT = "dspguide"
CONF = f"""[scrapyd]
username = {USER}
password = {PASSWORD}
jobstorage = scrapyd.jobstorage.SqliteJobStorage
poll_interval = 0.05
max_proc = 4
items_dir = items
jobs_dir = jobs
"""

_STARTED = r"Site starting on \d+|Couldn't listen on"
_ATTEMPTS = 5
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Job(NamedTuple):
    """What became of a job."""

    status: int | None
    """Its exit status, as scrapyd's log has it; None if a signal ended it."""
    state: str
    """What listjobs.json says of it."""
    log: str

    @property
    def last_lines(self) -> str:
        """What the log says last: the outcome."""
        return self.log[self.log.rfind("INFO: Spider closed (") :]


class Scrapyd(Running):
    """A scrapyd process; `url` has no slash at the end."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self._password = password
        # Before scrapyd.conf, where 0 would mean no port at all.
        environment = {**clean_environment(folder), "SCRAPYD_HTTP_PORT": str(port)}
        command = [sys.executable, "-m", "scrapyd", "--pidfile="]
        super().__init__(start(command, folder, environment))

    def line(self, pattern: str) -> re.Match[str]:
        """Return the match of a pattern with a line of the log, once there is one."""

        def search() -> re.Match[str] | None:
            return next(filter(None, (re.search(pattern, line) for line in self._lines)), None)

        with self._news:
            found = self._news.wait_for(search, PATIENCE)
            if not found:
                raise AssertionError(f"{pattern!r} never came:\n{''.join(self._lines)}")
            return found

    def ask(self, service: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer of one of scrapyd's JSON services; with parameters, by POST or GET."""
        query = urlencode(parameters, doseq=True)
        posts = service in {"schedule", "cancel"}
        url = f"{self.url}/{service}.json" + ("" if posts else f"?{query}")
        token = b64encode(f"{USER}:{self._password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310  # our own loopback address
            url,
            data=query.encode() if posts else None,
            headers={"Authorization": f"Basic {token}"},
        )
        with _DIRECT.open(request, timeout=PATIENCE) as answer:
            value: dict[str, Any] = json.load(answer)
        assert value["status"] == "ok", value
        return value

    def schedule(self, url: str, *settings: str, **arguments: str) -> str:
        """Schedule a crawl of a copy of the site, as `setting=…` and `name=…`; return the job."""
        quick = [setting for setting in QUICK if setting != "-s"]
        answer = self.ask(
            "schedule",
            project=PROJECT,
            spider="dspguide",
            setting=[*quick, *settings],
            url=url,
            **arguments,
        )
        return str(answer["jobid"])

    def state(self, job: str) -> str:
        """Return in which of its lists scrapyd has a job: pending, running or finished."""
        lists = self.ask("listjobs", project=PROJECT)
        return next(
            name
            for name in ("pending", "running", "finished")
            if any(entry["id"] == job for entry in lists[name])
        )

    def end(self, job: str, spider: str = "dspguide") -> Job:
        """Return what became of a job, once it has ended."""
        pattern = rf"Process (?:finished: |died: exitstatus=(\w+) ).*job='{job}'"
        status = self.line(pattern)[1] or "0"
        log = self.log_path(job, spider).read_text(encoding="utf-8")
        return Job(None if status == "None" else int(status), self.state(job), log)

    def wait_for_log(self, job: str, words: str) -> str:
        """Return the log of a job once it holds these words."""
        # Nothing but the file itself tells what is in it.
        deadline = time.monotonic() + PATIENCE
        log = ""
        while time.monotonic() < deadline:
            if self.log_path(job).exists():
                log = self.log_path(job).read_text(encoding="utf-8")
            if words in log:
                return log
            time.sleep(0.05)
        raise AssertionError(f"{words!r} never came:\n{log}")

    def log_path(self, job: str, spider: str = "dspguide") -> Path:
        """Return where the log of a job is."""
        return self.folder / "logs" / PROJECT / spider / f"{job}.log"

    def cancel(self, job: str, **parameters: str) -> None:
        """Do what scrapyd's users do to stop a job."""
        self.ask("cancel", project=PROJECT, job=job, **parameters)

    def close(self) -> None:
        """End the jobs that are left, then the server."""
        if self.process.poll() is not None:
            return
        for entry in self.ask("listjobs", project=PROJECT)["running"]:
            self.cancel(entry["id"], signal="KILL")
        self.process.send_signal(signal.SIGTERM)
        self.wait()


@contextmanager
def scrapyd(folder: Path, conf: str = CONF, password: str = PASSWORD) -> Iterator[Scrapyd]:
    """Run scrapyd in a folder until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scrapyd.conf").write_text(conf, encoding="utf-8")
    for _ in range(_ATTEMPTS):
        with Scrapyd(folder, free_port(), password) as server:
            if not server.line(_STARTED)[0].startswith("Site"):
                continue  # somebody else was given the port meanwhile
            try:
                yield server
            finally:
                server.close()
            return
    raise AssertionError("no port was free")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing but installed libraries and eggs can be imported."""
    dropped = {
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
        "PYTHONWARNINGS",
        "SCRAPY_SETTINGS_MODULE",
        "XDG_CONFIG_HOME",
    }
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.lower().endswith("_proxy")
    }
    paths = (str(Path(sys.executable).parent), kept.get("PATH", os.defpath))
    return {**kept, "HOME": str(home), "PATH": os.pathsep.join(paths)}


def copy_checkout(folder: Path, *, version: str) -> Path:
    """Copy what an egg is built from, under a version of its own, so that builds leave it clean."""
    folder.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, folder)
    shutil.copytree(
        ROOT / "dspguide", folder / "dspguide", ignore=shutil.ignore_patterns("__pycache__")
    )
    init = folder / "dspguide" / "__init__.py"
    text, found = re.subn(
        r'^__version__ = ".*"$', f'__version__ = "{version}"', init.read_text(), flags=re.MULTILINE
    )
    assert found == 1
    init.write_text(text)
    return folder


def deploy(checkout: Path, *arguments: str, home: Path) -> str:
    """Run scrapyd-deploy in a checkout and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "scrapyd_client.deploy", *arguments],
        cwd=checkout,
        env=clean_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def chapters_pages(book: Path) -> int:
    """Return how many pages a book has behind its front matter."""
    record = json.loads(book.with_suffix(".json").read_text("utf-8"))
    return len(pypdf.PdfReader(book).pages) - int(record["book"]["front_matter_pages"])


def stalls(path: str, after: int) -> Callable[[Server], bool]:
    """Return a condition: so many bytes of a file have come."""
    return lambda server: any(r.body_bytes >= after for r in server.requests_for(path))
