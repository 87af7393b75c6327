"""Reads what a client still sends before it is answered early.

A server that answers and closes while a client is still writing makes the client's system discard
the reply: the client sees a broken connection instead of the problem document.
"""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_DRAINED = 64 << 20
"""Bytes. Whoever sends more sees the connection end."""
DRAIN_SECONDS = 10.0

_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class DrainBody:
    """Delays a reply until the request's body has arrived, up to a bound of bytes and seconds."""

    def __init__(
        self, app: ASGIApp, most: int = MOST_DRAINED, seconds: float = DRAIN_SECONDS
    ) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] in _NO_BODY or not _sends_body(scope):
            await self._app(scope, receive, send)
            return
        unread = True

        async def watched() -> Message:
            nonlocal unread
            message = await receive()
            unread = message.get("more_body", False)
            return message

        async def after_body(message: Message) -> None:
            if unread and message["type"] == "http.response.start":
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._drain(watched), self._seconds)
            await send(message)

        await self._app(scope, watched, after_body)

    async def _drain(self, receive: Receive) -> None:
        left = self._most
        more = True
        while more and left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            more = message.get("more_body", False)


def _sends_body(scope: Scope) -> bool:
    """Tell whether a body comes. A client that asks before it sends one waits for the reply."""
    headers = dict(scope["headers"])
    if b"expect" in headers:
        return False
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
