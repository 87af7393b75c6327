"""Load for one server: connections that are kept open, and hardly any cost for each request.

*Closed loop*: each connection sends its next request when the last one is answered; it shows how
many answers a second there are. *Open loop*: requests are due at fixed times, whatever the server
does; it shows how long an answer takes. There a time counts from when a request was due.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import numpy as np
import uvloop

from benchmarks.database import on_cores

CLIENT_CORE = 1
CONNECTIONS = 16


@dataclass(slots=True)
class Load:
    """What was answered."""

    seconds: float = 0.0
    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    """Times by status."""
    unsent: int = 0
    """Requests of an open loop that found no free connection until its end."""

    def note(self, status: int, milliseconds: float) -> None:
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


class Connection(asyncio.Protocol):
    """One connection; tells by ``answered`` when the reply to its request is whole."""

    def __init__(self, answered: Callable[["Connection", int], None]) -> None:
        self._answered = answered
        self._received = b""
        self._missing = 0
        self._status = 0
        self.due = 0.0
        self.waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due at a time."""
        self.due, self.waiting = due, True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a reply; only its status and its length are looked at."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._received += data
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head, size = self._received[:end].lower(), len(self._received)
            self._received = b""
            self._status = int(head[9:12])
            at = head.find(b"content-length: ")
            length = 0 if at < 0 else int(head[at + 16 : at + 26].split(b"\r", 1)[0])
            self._missing = end + 4 + length - size
        if self._missing <= 0:
            self._missing = 0
            self.waiting = False
            self._answered(self, self._status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a request that will not be answered."""
        if self.waiting:
            self.waiting = False
            self._answered(self, 0)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


def closed_loop(
    port: int, requests: Iterator[bytes], *, seconds: float, connections: int = CONNECTIONS
) -> Load:
    """Keep so many connections busy for so long."""
    load = Load()

    async def run() -> None:
        finished = asyncio.Event()
        left = connections

        def answered(connection: Connection, status: int) -> None:
            nonlocal left
            now = perf_counter()
            load.note(status, 1000 * (now - connection.due))
            if now < end and status:
                connection.send(next(requests), now)
                return
            left -= 1
            if left == 0:
                finished.set()

        opened = await _opened(port, connections, answered)
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

        def answered(connection: Connection, status: int) -> None:
            nonlocal answers
            answers += 1
            load.note(status, 1000 * (perf_counter() - connection.due))
            if not status:
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

        opened = await _opened(port, connections, answered)
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


async def _opened(
    port: int, connections: int, answered: Callable[[Connection, int], None]
) -> list[Connection]:
    loop = asyncio.get_running_loop()
    return [
        (await loop.create_connection(lambda: Connection(answered), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
