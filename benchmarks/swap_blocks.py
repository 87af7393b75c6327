"""A block of rebuilds and swaps under an open loop of reads, and the same load in calm."""

import threading
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.consistency import LIMIT
from benchmarks.harness.http_client import Client
from benchmarks.harness.load import CONNECTIONS, Load, open_loop
from benchmarks.harness.requests import ListRequests

REBUILD_SECONDS = 1_800.0


@dataclass
class Block:
    """The load in calm, and then during a few swaps."""

    calm: list[Load] = field(default_factory=list)
    swapping: list[Load] = field(default_factory=list)
    swaps: int = 0

    @property
    def ratio(self) -> float:
        """Return the p99 during the swaps in multiples of that in calm."""
        return percentile(self.swapping, 99) / percentile(self.calm, 99)


def percentile(loads: list[Load], percent: float) -> float:
    """Return a percentile of the times of all good answers, in ms."""
    times = [time for load in loads for time in load.milliseconds.get(200, [])]
    return float(np.percentile(times, percent))


def failed(loads: list[Load]) -> int:
    """Return how many requests were not answered well."""
    return sum(load.statuses.total() - load.statuses[200] + load.unsent for load in loads)


def rebuild(port: int) -> None:
    """Ask for a rebuild and return once its generation is served."""
    with Client(port, seconds=30) as client:

        def generation() -> int:
            return int(client.get("/health")["index"]["generation"])

        before, deadline = generation(), time.monotonic() + REBUILD_SECONDS
        client.json("POST", "/index/rebuild", {})
        while generation() == before:
            if time.monotonic() > deadline:
                raise AssertionError("no new generation")
            time.sleep(0.1)


def measure_block(
    port: int, lists: ListRequests, *, rate: float, swaps: int, calm_seconds: float
) -> Block:
    """Measure the load in calm, and then until so many swaps are through."""
    block, done = Block(), threading.Event()

    def load_for(seconds: float) -> Load:
        requests = lists.similar(LIMIT)
        return open_loop(port, requests, rate=rate, seconds=seconds, connections=CONNECTIONS)

    def swap() -> None:
        for _ in range(swaps):
            rebuild(port)
            block.swaps += 1
        done.set()

    block.calm.append(load_for(calm_seconds))
    swapper = threading.Thread(target=swap, daemon=True)
    swapper.start()
    while not done.is_set() and swapper.is_alive():
        block.swapping.append(load_for(2.0))
    swapper.join()
    return block
