"""Connections at the very end of a process: each gets its answer, and the news that it is over."""

import asyncio
import threading
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from service.commands.graceful_shutdown import EndingProtocol

REQUEST = b"GET / HTTP/1.1\r\nhost: segue\r\n\r\n"


async def app(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answer"})


def test_a_connection_accepted_just_before_the_end_is_answered_and_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ending = threading.Event()
    ending.set()
    monkeypatch.setattr("service.commands.graceful_shutdown._ending", ending)

    reply = asyncio.run(_ask())

    assert reply.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in reply
    assert b"answer" in reply


async def _ask() -> bytes:
    """Return all that comes on one connection until the server closes it."""
    config = Config(app, http=EndingProtocol, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: EndingProtocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        reply = await asyncio.wait_for(reader.read(), 60)
        writer.close()
    return reply
