"""Work beside requests, in a thread that gives way to the one that answers them."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

NICENESS = 5
"""Enough to come second. A thread that came last could be kept from running by other processes
while it holds the interpreter's lock, and requests with it."""


def aside(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread of its own with less priority, and wait for it."""
    with ThreadPoolExecutor(1, "aside", initializer=_give_way) as thread:
        return thread.submit(work).result()


def _give_way() -> None:
    # On Linux niceness belongs to a thread; elsewhere it would slow down the whole process.
    if sys.platform == "linux":
        # A lower priority is useful, not necessary: a process may be nicer already, and only a
        # privileged one may take that back.
        with suppress(OSError):
            thread = threading.get_native_id()
            present = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, max(present, NICENESS))
