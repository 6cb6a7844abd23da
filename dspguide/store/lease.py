"""A lock that is an object, and ends by itself when its holder dies."""

from __future__ import annotations

import logging
import math
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from dspguide.errors import StoreError
from dspguide.store.bucket import Bucket, ConflictError, read_bytes, write
from dspguide.store.files import decode_as, json_bytes

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Holder:
    """What the object says."""

    run: str | None
    """Who holds the lock; None where it is free."""
    node: str
    """The work folder that the run holds as well."""
    host: str
    seconds: float
    """For how long it holds after it was written last."""
    turn: int = 0
    """Counts the writes: S3's tags of equal bytes are equal."""


class Lease:
    """Lets one run at a time through, on whichever machine.

    All writes are conditional on what was there, so that of two runs that find the lock free one
    gets it. The holder renews it from a thread; how long ago that was is told by the storage's
    clock. A run whose lock was taken over finds out before it writes the next time.
    """

    def __init__(
        self,
        bucket: Bucket,
        key: str,
        node: str,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a lock for so many seconds at a time.

        Only one run at a time may ask on behalf of a `node`: what another of that name left is
        known to be over.
        """
        self._bucket, self._key, self._clock = bucket, key, clock
        self._holder = _Holder(uuid.uuid4().hex, node, socket.gethostname(), seconds)
        self._tag: str | None = None
        self._renewed = -math.inf
        """When this run last had the lock for certain, on its clock; not at all once it is lost."""
        self._writing = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self) -> bool:
        """Take the lock and keep it; return whether it was free. Raises StoreError."""
        found = read_bytes(self._bucket, self._key)
        if found is not None:
            data, blob = found
            self._tag = blob.tag
            other = decode_as(_Holder, data)
            if other is not None and other.run is not None and other.node != self._holder.node:
                if blob.age < other.seconds:
                    return False
                logger.warning("The run on %s that had the lock has died.", other.host)
        try:
            self._write()
        except ConflictError:
            return False
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()
        return True

    def renew(self) -> None:
        """Hold the lock for its seconds from now on. Raises StoreError where it is another's."""
        with self._writing:
            try:
                self._write()
            except ConflictError as error:
                self._renewed = -math.inf
                raise StoreError(
                    f"Another run took over {self._bucket.name}/{self._key}, as this one had not "
                    f"been heard of for {self._holder.seconds:g} seconds."
                ) from error

    def check(self) -> None:
        """See that the lock is still held. Raises StoreError."""
        if self._clock() - self._renewed > self._holder.seconds / 2:
            self.renew()

    def release(self) -> None:
        """Give the lock back. Raises StoreError."""
        self._over.set()
        if self._thread is None:
            return
        self._thread.join()
        self._thread = None
        self._holder = replace(self._holder, run=None)
        with suppress(ConflictError):  # then it is another's to give back
            self._write()

    def _write(self) -> None:
        """Say who holds the lock, in place of what was there. Raises BucketError."""
        # Before the request is sent: the storage counts from when it arrived.
        now = self._clock()
        self._holder = replace(self._holder, turn=self._holder.turn + 1)
        data = json_bytes(self._holder)
        self._tag = write(self._bucket, self._key, data, replaces=self._tag)
        self._renewed = now

    def _keep(self) -> None:
        while not self._over.wait(self._holder.seconds / 3):
            try:
                self.renew()
            except StoreError as error:  # noqa: PERF203  # each time anew
                # Said again, and by an error, when this run next has something to write.
                logger.info("%s", error)
