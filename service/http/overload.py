"""Refuses at once what would be answered too late.

Reads are answered on the event loop, one after the other: those that arrive together wait for each
other. The loop works in *rounds*: it takes what has arrived, then answers it. What has not had its
turn when a round has lasted for ``round_seconds`` is refused, so no request waits for longer than
about two rounds, however many there are; only `FEWEST` slow ones may take longer. How many fit into
a round is learnt on the way: `Turns` tells `service.http.shedding`, which refuses the others before
it parses them.

All other requests wait for the database, in threads. Of these only so many may be inside at a time;
reads are not counted among them, for they don't depend on it.
"""

import asyncio
from time import perf_counter

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.problem_details import render
from service.http.warm_up import OWN

READS = "/recommendations/"
EXEMPT = frozenset({"/livez", "/readyz", "/metrics"})
"""Whoever supervises Segue gets an answer: a restart would only make it worse."""
REFUSAL = render(
    503,
    "There are more requests than can be answered in time. Try again.",
    headers={"Retry-After": "1"},
)
FEWEST = 32
"""So many reads are answered in each round, however slow they are."""
REFUSED = Counter("segue_http_refused_total", "Requests refused, because there were too many")


class Turns:
    """How many reads wait for their turn, and how many may."""

    WEIGHT = 0.2
    """Of the last round in the moving average."""

    def __init__(self, most: int = 1024) -> None:
        self.waiting = 0
        self.most = most
        self._seconds_each = 0.0

    def learn(self, seconds: float, reads: int, round_seconds: float) -> None:
        """Take what a round has shown: how long a read takes, so how many fit into one."""
        each = seconds / reads
        self._seconds_each += self.WEIGHT * (each - self._seconds_each)
        self.most = max(FEWEST, int(round_seconds / max(self._seconds_each, 1e-9)))


turns = Turns()
"""Of this process."""


class Overload:
    """ASGI middleware that answers 503 with ``Retry-After`` when there is too much to do."""

    def __init__(self, app: ASGIApp, most_inside: int, round_seconds: float) -> None:
        self._app = app
        self._most_inside = most_inside
        self._round_seconds = round_seconds
        self._inside = 0
        self._round_began: float | None = None
        self._reads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in EXEMPT or OWN in scope:
            await self._app(scope, receive, send)
        elif self._is_late():
            await _refuse(scope, receive, send)
        elif scope["path"].startswith(READS):
            self._reads += 1
            await self._app(scope, receive, send)
        elif self._inside >= self._most_inside:
            await _refuse(scope, receive, send)
        else:
            self._inside += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._inside -= 1

    def _is_late(self) -> bool:
        if self._round_began is None:
            self._round_began, self._reads = perf_counter(), 0
            # Runs before everything that arrives from now on.
            asyncio.get_running_loop().call_soon(self._end_round)
            return False
        if self._reads < FEWEST:
            return False
        return perf_counter() - self._round_began > self._round_seconds

    def _end_round(self) -> None:
        assert self._round_began is not None  # noqa: S101 - for the type checker
        if self._reads:
            seconds = perf_counter() - self._round_began
            turns.learn(seconds, self._reads, self._round_seconds)
        self._round_began = None


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    REFUSED.inc()
    await REFUSAL(scope, receive, send)
