"""How far a run is, as plain values."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.book.outcome import megabytes
from dspguide.urls import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy import Request

    from dspguide.book.run import BookRun
    from dspguide.net.limiter import RequestLimiter
    from dspguide.observe.trace import Exchange, Trace

SLOW = 1.0
"""Seconds after which a transfer is worth a line of its own."""
STILL = 2.0
"""Seconds without a byte after which a transfer counts as stalled."""
_RATE_OVER = 5.0
"""Seconds over which the rate is taken."""
_ENOUGH = 4
"""Files whose sizes are known before those of the others are guessed from them."""


@dataclass(frozen=True)
class TransferStatus:
    """What one transfer is doing."""

    name: str
    """The file's name, empty for what concerns all transfers."""
    what: str
    stalled: bool = True
    """Whether nothing comes."""
    title: str = ""
    """Of the chapter, where it is one's."""
    size: str = ""
    """Bytes that are here, of all where that is known, ..."""
    share: str = ""
    """... and the same in a few characters."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name, self.what)))


class State:
    """What trace, limiter and run tell together of how far a run is."""

    def __init__(self, trace: Trace, limiter: RequestLimiter, run: BookRun) -> None:
        self._trace, self._limiter, self._run = trace, limiter, run
        self._pauses: dict[Request, tuple[float, str]] = {}
        self._samples: deque[tuple[float, int]] = deque()

    @property
    def expected(self) -> int | None:
        """Chapters that this run is for, once the contents are read."""
        return len(self._run.jobs) if self._run.has_contents else None

    @property
    def done(self) -> int:
        """Chapters that are there, or given up."""
        return sum(job.delivered for job in self._run.jobs)

    @property
    def failed(self) -> int:
        """Those of them that were given up."""
        return sum(job.delivered and job.chapter.error is not None for job in self._run.jobs)

    @property
    def _titles(self) -> dict[int, str]:
        """The titles of the chapters that are still to come, by position."""
        chapters = (job.chapter for job in self._run.jobs if not job.delivered)
        return {chapter.position: chapter.title for chapter in chapters}

    def pause(self, request: Request, seconds: float) -> None:
        """Note that a request is put off."""
        retry = request.meta.get("retry_times", 1)
        self._pauses[request] = (self._trace.now + seconds, f"retry {retry}")

    @property
    def begun(self) -> bool:
        """Whether anything has been asked for: a run may have to wait for another one."""
        return bool(self._trace.exchanges)

    @property
    def stopping(self) -> bool:
        """Whether the run has been told to stop."""
        return self._limiter.stopped.is_set()

    @property
    def received(self) -> int:
        """Bytes of chapters that came over the network."""
        return sum(e.bytes for e in self._trace.exchanges if e.kind == "PDF")

    def rate(self) -> float | None:
        """Return the bytes a second of the last seconds; call it again and again."""
        now, samples = self._trace.now, self._samples
        samples.append((now, self.received))
        while len(samples) > 2 and samples[1][0] < now - _RATE_OVER:
            samples.popleft()
        seconds = now - samples[0][0]
        return (samples[-1][1] - samples[0][1]) / seconds if seconds > 0.5 else None

    def seconds_left(self) -> float | None:
        """Return how long the rest will take, if enough sizes are known to tell.

        At the rate of the whole run up to now, pauses in it included.
        """
        files = self._files()
        waited_for = self._titles.keys()
        missing = len(waited_for - files.keys())
        began = next((e.first_byte for e in self._trace.exchanges if e.bytes and e.chapter), None)
        if began is None or not self.received or (missing and len(files) < _ENOUGH):
            return None
        left = float(sum(size - here for n, (size, here) in files.items() if n in waited_for))
        if missing:
            left += missing * sum(size for size, _ in files.values()) / len(files)
        return left * (self._trace.now - began) / self.received

    def _files(self) -> dict[int, tuple[int, int]]:
        """Return by chapter the bytes of its file, as far as announced, and how many are here."""
        files: dict[int, tuple[int, int]] = {}
        for e in self._trace.exchanges:
            if e.kind != "PDF" or e.chapter is None or e.failed:
                continue
            if e.status == 304:
                files[e.chapter] = 0, 0
            elif e.length is not None:
                files[e.chapter] = e.resumed_from + e.length, e.resumed_from + e.bytes
        return files

    def transfers(self) -> list[TransferStatus]:
        """Return what the transfers are doing that are slow, those that wait for a pause first."""
        trace, titles = self._trace, self._titles
        under_way = (e for e in trace.open if e.sent is not None and trace.now - e.sent >= SLOW)
        return [
            *self._held(),
            *self._put_off(titles),
            *(_status(e, trace.now, titles.get(e.chapter or 0, "")) for e in under_way),
        ]

    def _held(self) -> Iterator[TransferStatus]:
        """Yield a line for each host that wants to be left alone."""
        hosts = dict.fromkeys(e.host for e in self._trace.open if e.sent is None)
        for host in hosts:
            state = self._limiter.host(host)
            if state.held_for >= 0.5:
                what = f"waiting {_seconds(state.held_for)} {state.why_held}"
                yield TransferStatus(host if len(hosts) > 1 else "", what)

    def _put_off(self, titles: dict[int, str]) -> Iterator[TransferStatus]:
        now = self._trace.now
        self._pauses = {r: pause for r, pause in self._pauses.items() if pause[0] > now}
        for request, (until, then) in self._pauses.items():
            if until - now >= 0.5:
                name, title = file_name(request.url), titles.get(request.meta.get("chapter", 0), "")
                what = f"waiting {_seconds(until - now)}, then {then}"
                yield TransferStatus(name, what, title=title)


def _status(exchange: Exchange, now: float, title: str) -> TransferStatus:
    size = share = ""
    if exchange.first_byte is None:
        still = now - (exchange.sent or now)
        what = f"no answer for {_seconds(still)}"
    else:
        still = now - (exchange.last_byte or exchange.first_byte)
        here = exchange.resumed_from + exchange.bytes
        size = megabytes(here)
        whole = exchange.resumed_from + (exchange.length or 0)
        if exchange.length is not None and whole:
            size += f" of {megabytes(whole)}"
            share = f"{100 * here // whole}%"
        over = max(now - exchange.first_byte, 0.1)
        what = f"{megabytes(round(exchange.bytes / over))}/s"
        if still >= STILL:
            what = f"stalled {_seconds(still)}"
    if exchange.attempt > 1:
        what += f", retry {exchange.attempt - 1}"
    return TransferStatus(exchange.name, what, still >= STILL, title, size, share)


def _seconds(seconds: float) -> str:
    return duration(max(1, round(seconds)))


def duration(seconds: float) -> str:
    """Return a number of seconds for people."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole / 3600:.1f} h"


def plain(text: str) -> str:
    """Return a text of the site's without what a terminal would take for a command."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
