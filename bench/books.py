"""Books an hour, and what many books take: `python -m bench.books` writes docs/scale.md."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from bench.__main__ import _CACHE, _machine
from bench.contestants import CRAWL, crawl
from bench.lines import LOOPBACK, served
from bench.measure import ROOT, ProgramFailedError, compile_package, run
from tests.storage_servers import AWS, s3_server

if TYPE_CHECKING:
    from tests.mockserver import RemoteServer

_BOOKS = 6
"""How many books each figure is of."""
_MANY = 10_000
_CHANGED = 0.02
"""The part of the books in which a chapter changes within a week: an assumption."""
_LOG = "log.txt"


@dataclass(frozen=True)
class Rate:
    """What books took, so many at once."""

    per_hour: float
    cpu: float
    """Seconds a book."""
    requests: float
    """To the site, a book."""
    megabytes: float
    """From the site, a book."""
    log: float
    """Kilobytes of log a book."""


def main() -> int:
    """Measure, and write the document."""
    compile_package()
    values: dict[str, float | int | str] = dict(_machine())
    with served((LOOPBACK,), _CACHE) as servers, tempfile.TemporaryDirectory() as room:
        server = servers[LOOPBACK]
        for at_once in (1, 2):
            folders = [Path(room, f"{at_once}-{book}") for book in range(_BOOKS)]
            for folder in folders:
                folder.mkdir()
            for kind in ("new", "same"):
                rate = _rate(server, folders, at_once)
                print(f"{kind}, {at_once} at once: {rate}", flush=True)
                values |= {f"{kind}{at_once}_{key}": v for key, v in vars(rate).items()}
            for folder in folders:
                shutil.rmtree(folder)
        Path(room, "sampled").mkdir()
        sampled = run(
            crawl(server.url, 8),
            server,
            Path(room, "sampled"),
            program=CRAWL.name,
            line=LOOPBACK.name,
            book=CRAWL.book,
            environment=CRAWL.environment,
            sampled=True,
        )
        values["memory"] = (sampled.peak_memory or 0) / 1e6
        values["book_mb"] = (sampled.book_bytes or 0) / 1e6
        values["store_new"], values["store_same"] = _store_requests(server, Path(room))
    (ROOT / "docs" / "scale.md").write_text(_page(values), "utf-8")
    return 0


def _rate(server: RemoteServer, folders: list[Path], at_once: int) -> Rate:
    """Make a book in each folder, so many at once. Raises ProgramFailedError."""
    server.reset()
    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        cpu = sum(pool.map(lambda folder: _job(server.url, folder), folders))
    seconds = time.monotonic() - began
    requests, books = server.requests, len(folders)
    return Rate(
        per_hour=books / seconds * 3600,
        cpu=cpu / books,
        requests=len(requests) / books,
        megabytes=sum(request.body_bytes for request in requests) / books / 1e6,
        log=sum((folder / _LOG).stat().st_size for folder in folders) / books / 1e3,
    )


def _job(url: str, folder: Path, *options: str) -> float:
    """Run one crawl, and return its CPU seconds. Raises ProgramFailedError."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment |= {"PYTHONPATH": str(ROOT), **CRAWL.environment, **AWS}
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen(
            [*crawl(url, 8), *options],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ProgramFailedError((folder / _LOG).read_text("utf-8", "replace")[-3000:])
    return usage.ru_utime + usage.ru_stime


def _store_requests(server: RemoteServer, room: Path) -> tuple[int, int]:
    """Return how many requests an object storage gets for a new book, and for an unchanged one."""
    import boto3  # noqa: PLC0415  # it takes long

    count = _Count()
    logging.getLogger("werkzeug").addHandler(count)
    logging.getLogger("werkzeug").setLevel(logging.INFO)
    counts = []
    with s3_server() as endpoint:
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys).create_bucket(
            Bucket="library"
        )
        for machine in ("one", "two"):
            folder = room / machine
            folder.mkdir()
            before = count.seen
            where = ("FILES_STORE=s3://library/c", "BOOK_URI=s3://library/%(name)s.pdf")
            options = [*where, f"AWS_ENDPOINT_URL={endpoint}", f"BOOK_WORK_DIR={folder}/work"]
            _job(server.url, folder, *(piece for one in options for piece in ("-s", one)))
            counts.append(count.seen - before)
    return counts[0], counts[1]


class _Count(logging.Handler):
    """Counts the requests that moto's server logs."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self._counting = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        with self._counting:
            self.seen += '" ' in record.getMessage()


def _page(values: dict[str, float | int | str]) -> str:
    """Return docs/scale.md: what was measured, and what it comes to."""

    def number(name: str) -> float:
        return float(values[name])

    best = {kind: max(number(f"{kind}{n}_per_hour") for n in (1, 2)) for kind in ("new", "same")}
    changed = _MANY * _CHANGED
    results: dict[str, float | int | str] = {
        "first_hours": _MANY / best["new"],
        "week_hours": _MANY / best["same"] + changed / best["new"],
        "first_cpu": _MANY * number("new2_cpu") / 3600,
        "week_cpu": (_MANY * number("same2_cpu") + changed * number("new2_cpu")) / 3600,
        "memory2": 2 * number("memory"),
        "first_gb": _MANY * number("new2_megabytes") / 1e3,
        "week_gb": (_MANY * number("same2_megabytes") + changed * number("new2_megabytes") / 34)
        / 1e3,
        "first_requests": _MANY * number("new2_requests") / 1e3,
        "week_requests": _MANY * number("same2_requests") / 1e3,
        "first_store": _MANY * number("store_new") / 1e3,
        "week_store": (_MANY * number("store_same") + changed * number("store_new")) / 1e3,
        "kept_gb": _MANY * (number("new2_megabytes") + number("book_mb")) / 1e3,
        "copies_gb": _MANY * number("book_mb") / 1e3,
        "logs_gb": _MANY * number("same2_log") / 1e6,
        "changed": changed,
        "per_node_day": best["same"] * 24,
        "percent": 100 * _CHANGED,
    }
    shown = {
        key: value if isinstance(value, str) else _rounded(value)
        for key, value in (values | results).items()
    }
    return Template(Path(__file__).with_name("scale.md").read_text("utf-8")).substitute(shown)


def _rounded(value: float) -> str:
    """Return a number with no more digits than a measurement has."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
