"""What a host can bear: how many requests at once, and when the next one."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.extensions.httpcache import rfc1123_to_epoch

from dspguide.net.connection_errors import is_unanswered, is_unreachable

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from dspguide.net.limiter import Host, RequestLimiter

REFUSALS = frozenset({429, 503, 509})
"""Statuses by which a host says that it wants fewer requests."""

FORBIDDEN = 403
"""By which some say so, too; others mean it."""

_FORBIDDEN_TIMES = 2
"""How often a 403 that may be for the number of requests is not held against a request."""

_LOOK_AGAIN = 5.0
"""The longest time in seconds between two looks whether a host is there again."""

_GOOD_IN_A_ROW = 5
"""Good answers after which a host that refused connections gets one more at once."""

_LONG = 10.0
"""Seconds from which on a pause is told in the log."""

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


@dataclass
class _State:
    """How one host answered; its name is the netloc of its URLs."""

    name: str
    slots: Host
    ceiling: int
    """The most requests at once that it has not refused."""
    refusals: int = 0
    """How often it refused or was not there, one time after the other."""
    good: int = 0
    """Good answers since `ceiling` changed last."""
    reached: bool = False
    lost_since: float | None = None
    """When it was first not to be reached any more, on the monotonic clock."""
    told: bool = False
    """Whether the log has it that the host takes fewer."""


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
        self._states: dict[str, _State] = {}
        self._excused: set[Request] = set()

    @property
    def any_reached(self) -> bool:
        """Whether any host has answered in this run."""
        return any(state.reached for state in self._states.values())

    def excused(self, request: Request) -> bool:
        """Tell whether a request failed for a reason that is not its own; call once."""
        excused = request in self._excused
        self._excused.discard(request)
        return excused

    def note_answer(self, request: Request, response: Response) -> None:
        """Note how a host answered."""
        state, status = self._state(request), response.status
        known, state.reached = state.reached, True
        if state.lost_since is not None:
            logger.info("%s is there again.", state.name)
            state.lost_since, state.refusals = None, 0
            state.ceiling = state.slots.limit = self._most
        if status in REFUSALS:
            asked = response.headers.get("Retry-After")
            self._refused(state, retry_after_seconds(asked, _clock(response)) or 0.0)
        elif status != FORBIDDEN:
            self._good(state)
        elif known:
            times = request.meta.get("forbidden_times", 0)
            request.meta["forbidden_times"] = times + 1
            if times < _FORBIDDEN_TIMES and self._too_many(state):
                self._excused.add(request)

    def note_error(self, request: Request, error: Exception) -> None:
        """Note that a host did not answer a request, or not to the end."""
        state = self._state(request)
        if is_unreachable(error):
            self._give_fewer(state)  # where it answers others
            excused = state.reached and self._waited_for(state)
        else:
            excused = is_unanswered(error) and self._too_many(state)
        if excused:
            self._excused.add(request)

    def _too_many(self, state: _State) -> bool:
        """Tell whether a host may have refused a request for their number; give it fewer then."""
        fewer = self._give_fewer(state)
        if fewer:
            state.slots.hold(self._backoff.seconds(1), "as it refused one of several requests")
        return fewer

    def _give_fewer(self, state: _State) -> bool:
        """Have no more requests go to a host at once than it answers now; False where none is."""
        others = state.slots.active - 1
        if others < 1:
            return False
        state.ceiling, state.good = min(state.ceiling, others), 0
        state.slots.limit = min(state.slots.limit, state.ceiling)
        return True

    def _waited_for(self, state: _State) -> bool:
        """Note that no connection to a host could be made; return whether it is waited for."""
        now = time.monotonic()
        if state.lost_since is None:
            state.lost_since = now
            logger.warning(
                "%s cannot be reached any more: waiting for it, %g s at most (OUTAGE_MAX).",
                *(state.name, self._outage_most),
            )
        if now - state.lost_since >= self._outage_most:
            return False
        if not state.slots.held_for:
            state.refusals += 1
            seconds = min(self._backoff.seconds(state.refusals), _LOOK_AGAIN)
            state.slots.hold(seconds, "as it cannot be reached")
        return True

    def _refused(self, state: _State, asked: float) -> None:
        """Leave a host alone that wants it, for the seconds that it asked for, 0 if for none."""
        state.slots.limit = max(1, state.slots.limit // 2)
        seconds = min(asked, self._backoff.retry_after_most)
        if not state.slots.held_for:  # else one overload, refused to several in flight
            state.refusals += 1
            # A host may name no time at all, or one that is over.
            seconds = max(seconds, self._backoff.seconds(state.refusals))
            if seconds >= _LONG:
                logger.info("%s wants to be left alone: waiting %.0f s.", state.name, seconds)
        state.slots.hold(seconds)

    def _good(self, state: _State) -> None:
        state.refusals = 0
        if state.ceiling < self._most:
            if not state.told:
                state.told = True
                logger.info(
                    "%s takes no more than %s requests at once: going on with so many.",
                    *(state.name, state.ceiling),
                )
            state.good += 1
            if state.good >= _GOOD_IN_A_ROW:
                state.ceiling, state.good = state.ceiling + 1, 0
        state.slots.limit = min(state.slots.limit + 1, state.ceiling)

    def _state(self, request: Request) -> _State:
        name = urlsplit(request.url).netloc
        if name not in self._states:
            self._states[name] = _State(name, self._limiter.host(name), self._most)
        return self._states[name]


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
