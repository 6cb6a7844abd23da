"""What a host can bear: how many requests at once, and when the next one."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.extensions.httpcache import rfc1123_to_epoch

from dspguide.net.connections import is_unanswered, is_unreachable

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from dspguide.net.limiter import Host, RequestLimiter

REFUSALS = frozenset({429, 503, 509})
"""Statuses by which a host says that it wants fewer requests."""

_FORBIDDEN = 403  # by which some say so, too; others mean it
_FORBIDDEN_TIMES = 2  # so often one that may be for their number is not held against a request
_LOOK_AGAIN = 5.0  # seconds between two looks whether a host is there again, at the most
_GOOD_IN_A_ROW = 5  # answers after which a host that refused connections gets one more at once
_LONG = 10.0  # seconds from which on a pause is told in the log

logger = logging.getLogger("dspguide")


@dataclass
class Backoff:
    """How long to wait before asking again, in seconds: doubling from `start` to `most`."""

    start: float
    most: float
    retry_after_most: float
    """The longest Retry-After that is honoured in full."""

    def seconds(self, failures: int) -> float:
        """Return the wait after so many failures (1, 2, …), with jitter of up to a half."""
        whole = min(self.start * 2.0 ** min(failures - 1, 32), self.most)
        return whole * random.uniform(0.5, 1)  # noqa: S311  # not for secrets


class HostLimits:
    """Notes how hosts answer, and holds the requests to them accordingly.

    A host that says it is overloaded is left alone for its time, then asked half as often at once;
    each good answer gives it one back. One that refuses connections, or answers 403, while others
    are under way gets as many as those are. One that was there and cannot be reached any more is
    looked for every few seconds, for at most `outage_most` seconds.

    It is told by the download handler, while the request still has its slot.
    """

    def __init__(self, limiter: RequestLimiter, backoff: Backoff, outage_most: float) -> None:
        self._limiter = limiter
        self._most = limiter.per_host
        self._backoff = backoff
        self._outage_most = outage_most

    @property
    def any_reached(self) -> bool:
        """Whether any host has answered in this run."""
        return any(host.reached for host in self._limiter.hosts.values())

    @staticmethod
    def excused(request: Request) -> bool:
        """Tell whether a request failed for a reason that is not its own; call once."""
        return bool(request.meta.pop("excused", False))

    def note_answer(self, request: Request, response: Response) -> None:
        """Note how a host answered."""
        host, status = self._host(request), response.status
        known, host.reached = host.reached, True
        if host.lost_since is not None:
            logger.info("%s is there again.", host.name)
            host.lost_since, host.refusals = None, 0
            host.ceiling = host.limit = self._most
        if status in REFUSALS:
            asked = response.headers.get("Retry-After")
            self._refused(host, retry_after_seconds(asked, _clock(response)) or 0.0)
        elif status != _FORBIDDEN:
            self._good(host)
        elif known:
            times = request.meta.get("forbidden_times", 0)
            request.meta["forbidden_times"] = times + 1
            request.meta["excused"] = times < _FORBIDDEN_TIMES and self._too_many(host)

    def note_error(self, request: Request, error: Exception) -> None:
        """Note that a host did not answer a request, or not to the end."""
        host = self._host(request)
        if is_unreachable(error):
            self._give_fewer(host)  # where it answers others
            request.meta["excused"] = host.reached and self._waited_for(host)
        else:
            request.meta["excused"] = is_unanswered(error) and self._too_many(host)

    def _too_many(self, host: Host) -> bool:
        """Tell whether a host may have refused a request for their number; give it fewer then."""
        fewer = self._give_fewer(host)
        if fewer:
            host.hold(self._backoff.seconds(1), "as it refused one of several requests")
        return fewer

    def _give_fewer(self, host: Host) -> bool:
        """Have no more requests go to a host at once than it answers now; False where none is."""
        others = host.active - 1
        if others < 1:
            return False
        host.ceiling, host.good = min(host.ceiling, others), 0
        host.limit = min(host.limit, host.ceiling)
        return True

    def _waited_for(self, host: Host) -> bool:
        """Note that no connection to a host could be made; return whether it is waited for."""
        now = time.monotonic()
        if host.lost_since is None:
            host.lost_since = now
            logger.warning(
                "%s cannot be reached any more: waiting for it, %g s at most (OUTAGE_MAX).",
                *(host.name, self._outage_most),
            )
        if now - host.lost_since >= self._outage_most:
            return False
        if not host.held_for:
            host.refusals += 1
            seconds = min(self._backoff.seconds(host.refusals), _LOOK_AGAIN)
            host.hold(seconds, "as it cannot be reached")
        return True

    def _refused(self, host: Host, asked: float) -> None:
        """Leave a host alone that wants it, for the seconds that it asked for, 0 if for none."""
        host.limit = max(1, host.limit // 2)
        seconds = min(asked, self._backoff.retry_after_most)
        if not host.held_for:  # else one overload, refused to several in flight
            host.refusals += 1
            # A host may name no time at all, or one that is over.
            seconds = max(seconds, self._backoff.seconds(host.refusals))
            if seconds >= _LONG:
                logger.info("%s wants to be left alone: waiting %.0f s.", host.name, seconds)
        host.hold(seconds)

    def _good(self, host: Host) -> None:
        host.refusals = 0
        if host.ceiling < self._most:
            if not host.told:
                host.told = True
                logger.info(
                    "%s takes no more than %s requests at once: going on with so many.",
                    *(host.name, host.ceiling),
                )
            host.good += 1
            if host.good >= _GOOD_IN_A_ROW:
                host.ceiling, host.good = host.ceiling + 1, 0
        host.limit = min(host.limit + 1, host.ceiling)

    def _host(self, request: Request) -> Host:
        return self._limiter.host(urlsplit(request.url).netloc)


def retry_after_seconds(value: bytes | None, now: float) -> float | None:
    """Return what a Retry-After header asks for, in seconds from `now` (a POSIX time).

    The header holds seconds or a date (RFC 9110, 10.2.3); anything else counts as not sent.
    """
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    date = rfc1123_to_epoch(text)
    return None if date is None else max(0.0, date - now)


def _clock(response: Response) -> float:
    """Return the POSIX time by the server's own clock, where it tells it."""
    date = rfc1123_to_epoch((response.headers.get("Date") or b"").decode("latin-1"))
    return time.time() if date is None else date
