"""The reactor that all servers of this process share, in a thread of its own.

It is an instance of ours and not `twisted.internet.reactor`: that one runs once in a process, in
the main thread, and belongs to what is tested there.
"""

import asyncio
import atexit
import threading
from functools import cache
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.threads import blockingCallFromThread


@cache
def reactor() -> Any:  # its interfaces are zope's, which a type checker does not see
    """Return the reactor, started on first use and running until the process ends."""
    loop = asyncio.SelectorEventLoop()
    running: Any = AsyncioSelectorReactor(loop)
    thread = threading.Thread(target=running.run, args=(False,), name="mockserver", daemon=True)
    thread.start()

    def end() -> None:
        running.callFromThread(running.stop)
        thread.join(5.0)
        loop.close()

    atexit.register(end)
    return running


def in_reactor(function: Any, *args: object) -> Any:
    """Calls `function` in the reactor's thread and waits for its result; raises what it raises."""
    return blockingCallFromThread(reactor(), function, *args)
