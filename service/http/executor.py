"""Where long searches run, so that nobody else waits for them.

Most lists are found in less time than a thread's hand-over takes, on the event loop. Some may have
to look at every track: those under conditions, or with weights or an artist limit of one's own, and
the counts beside a list that came out short. They run in a few threads, without Python's lock.
"""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from service.errors import Unavailable

THREADS = 2
MOST_WAITING = 64
"""More are refused: each may take tens of milliseconds in a large catalogue."""

R = TypeVar("R")


async def in_thread(request: Request, search: Callable[[], R]) -> R:
    """Run ``search`` in one of the threads. Raises Unavailable where too many wait for one."""
    limiter = limiter_of(request, "lists", THREADS)
    if limiter.statistics().tasks_waiting >= MOST_WAITING:
        raise Unavailable("There are more long searches than can be answered in time. Try again.")
    return await anyio.to_thread.run_sync(search, limiter=limiter)


def limiter_of(request: Request, purpose: str, threads: int) -> anyio.CapacityLimiter:
    """Return what lends the app's ``threads`` for a purpose: it belongs to the app's event loop."""
    state, name = request.app.state, f"{purpose}_limiter"
    if not hasattr(state, name):
        setattr(state, name, anyio.CapacityLimiter(threads))
    limiter: anyio.CapacityLimiter = getattr(state, name)
    return limiter
