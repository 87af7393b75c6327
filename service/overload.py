"""Refuses at once what would be answered too late.

Reads are answered on the event loop, one after the other: those that arrive together wait for each
other. The loop works in *rounds*: it takes what has arrived, then answers it. What has not had its
turn when a round has lasted for ``round_seconds`` is refused, which takes a fraction of the time of
an answer, so the next round begins soon: no request waits for longer than about two rounds, however
many there are. Beside that, only so many requests may be inside at a time; most of these wait for
the database.
"""

import asyncio
from time import perf_counter

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import render

EXEMPT = frozenset({"/livez", "/readyz", "/metrics"})
"""Whoever supervises Segue gets an answer: a restart would only make it worse."""
_REFUSAL = render(
    503,
    "There are more requests than can be answered in time. Try again.",
    headers={"Retry-After": "1"},
)

REFUSED = Counter("segue_http_refused_total", "Requests refused, because there were too many")


class Overload:
    """ASGI middleware that answers 503 with ``Retry-After`` when there is too much to do."""

    def __init__(self, app: ASGIApp, most_inside: int, round_seconds: float) -> None:
        self._app = app
        self._most_inside = most_inside
        self._round_seconds = round_seconds
        self._inside = 0
        self._round_began: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._is_too_much() and scope["path"] not in EXEMPT:
            REFUSED.inc()
            await _REFUSAL(scope, receive, send)
            return

        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1

    def _is_too_much(self) -> bool:
        if self._inside >= self._most_inside:
            return True
        if self._round_began is None:
            self._round_began = perf_counter()
            # Runs before everything that arrives from now on.
            asyncio.get_running_loop().call_soon(self._end_round)
            return False
        return perf_counter() - self._round_began > self._round_seconds

    def _end_round(self) -> None:
        self._round_began = None
