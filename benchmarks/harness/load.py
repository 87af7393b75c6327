"""Load for one server: connections that are kept open, and hardly any cost for each request.

*Closed loop*: each connection sends its next request when the last one is answered; it shows how
many answers a second there are. *Open loop*: requests are due at fixed times, whatever the server
does; it shows how long an answer takes. There a time counts from when a request was due.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
import uvloop

from benchmarks.harness.http_client import Connection, Reply, connect
from benchmarks.harness.servers import on_cores

CLIENT_CORE = 1
CONNECTIONS = 16


@dataclass(slots=True)
class Load:
    """Times of the replies to one load."""

    seconds: float = 0.0
    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    """Times by status."""
    unsent: int = 0
    """Requests of an open loop that found no free connection until its end."""

    def add(self, status: int, milliseconds: float) -> None:
        """Count one answer."""
        self.milliseconds.setdefault(status, []).append(milliseconds)

    @property
    def statuses(self) -> Counter[int]:
        """Number of answers by status; 0 stands for a connection that was closed."""
        return Counter({status: len(times) for status, times in self.milliseconds.items()})

    @property
    def good_per_second(self) -> float:
        """Answers with status 200 each second."""
        return self.statuses[200] / self.seconds

    def percentile(self, percent: float, status: int = 200) -> float:
        """Return a percentile of the times of the answers with one status; 0 if there are none."""
        times = self.milliseconds.get(status)
        return float(np.percentile(times, percent)) if times else 0.0


def closed_loop(
    port: int, requests: Iterator[bytes], *, seconds: float, connections: int = CONNECTIONS
) -> Load:
    """Keep so many connections busy for so long."""
    load = Load()

    async def run() -> None:
        finished = asyncio.Event()
        left = connections

        def answered(connection: Connection, reply: Reply) -> None:
            nonlocal left
            now = perf_counter()
            load.add(reply.status, 1000 * (now - connection.due))
            if now < end and reply.status:
                connection.send(next(requests), now)
                return
            left -= 1
            if left == 0:
                finished.set()

        opened = [await connect(port, answered) for _ in range(connections)]
        started = perf_counter()
        end = started + seconds
        for connection in opened:
            connection.send(next(requests), perf_counter())
        await finished.wait()
        load.seconds = perf_counter() - started
        for connection in opened:
            connection.close()

    with on_cores(CLIENT_CORE):
        uvloop.run(run())
    return load


def open_loop(
    port: int, requests: Iterator[bytes], *, rate: float, seconds: float, connections: int
) -> Load:
    """Send ``rate`` requests a second for so long, evenly spread."""
    load = Load()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        finished = asyncio.Event()
        waiting: deque[float] = deque()
        sent = answers = 0
        all_sent = False

        def answered(connection: Connection, reply: Reply) -> None:
            nonlocal answers
            answers += 1
            load.add(reply.status, 1000 * (perf_counter() - connection.due))
            if not reply.status:
                return
            if waiting:
                connection.send(next(requests), waiting.popleft())
            else:
                idle.append(connection)
            if all_sent and answers == sent:
                finished.set()

        def send_due() -> None:
            nonlocal sent, all_sent
            now = perf_counter()
            while (due := started + sent / rate) <= now and due < end:
                sent += 1
                if idle:
                    idle.pop().send(next(requests), due)
                else:
                    waiting.append(due)
            if now < end:
                loop.call_later(max(0.0, started + sent / rate - now), send_due)
                return
            all_sent = True
            if answers == sent:
                finished.set()

        opened = [await connect(port, answered) for _ in range(connections)]
        idle = list(opened)
        started = perf_counter()
        end = started + seconds
        send_due()
        await asyncio.wait([asyncio.ensure_future(finished.wait())], timeout=seconds + 10)
        load.seconds = seconds
        load.unsent = len(waiting)
        for connection in opened:
            connection.close()

    with on_cores(CLIENT_CORE):
        uvloop.run(run())
    return load
