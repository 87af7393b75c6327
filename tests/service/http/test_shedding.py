"""Claims on what is refused before it is parsed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from service.http import SheddingProtocol
from service.http.overload import turns

READ = b"GET /recommendations/trending/ HTTP/1.1\r\nHost: segue\r\n\r\n"
OTHER = b"GET /livez HTTP/1.1\r\nHost: segue\r\n\r\n"
POST = b"POST /recommendations/personalized/ HTTP/1.1\r\nHost: segue\r\nContent-Length: 60\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    @property
    def statuses(self) -> list[int]:
        return [int(part[:3]) for part in self.sent.split(b"HTTP/1.1 ")[1:]]


@asynccontextmanager
async def server(gate: asyncio.Event) -> AsyncIterator[Callable[[], tuple[Any, Wire]]]:
    """Yield what opens connections to an application that answers once the gate is open."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await gate.wait()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
        )
        await send({"type": "http.response.body", "body": b""})

    state = ServerState()
    config = Config(app, lifespan="off", log_config=None)

    def connect() -> tuple[Any, Wire]:
        protocol, wire = SheddingProtocol(config, state, {}), Wire()
        protocol.connection_made(wire)
        return protocol, wire

    yield connect
    gate.set()
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "most", 1)


async def go_on() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_reads_are_refused_while_too_many_wait_and_answered_afterwards() -> None:
    async def run() -> None:
        gate = asyncio.Event()
        async with server(gate) as connect:
            first, first_wire = connect()
            second, second_wire = connect()
            first.data_received(READ)
            for _ in range(2):
                second.data_received(READ)
            assert second_wire.statuses == [503, 503]
            assert b"retry-after: 1\r\n" in second_wire.sent
            assert b"content-type: application/problem+json\r\n" in second_wire.sent

            gate.set()
            await go_on()
            second.data_received(READ)
            await go_on()
            assert first_wire.statuses == [200]
            assert second_wire.statuses == [503, 503, 200]

    asyncio.run(run())


@pytest.mark.parametrize(
    "chunks",
    [
        [OTHER],
        [READ + READ],
        [READ[:-2], b"\r\n"],
        [READ[:20], READ[20:]],
        [b"GET / HTTP/1.1\r\nA: ", READ],
        [POST, READ],
    ],
    ids=["other", "two", "cut at the end", "cut", "within headers", "within a body"],
)
def test_only_whole_reads_on_their_own_are_refused(chunks: list[bytes]) -> None:
    async def run() -> None:
        gate = asyncio.Event()
        async with server(gate) as connect:
            busy, _ = connect()
            busy.data_received(READ)
            protocol, wire = connect()
            for chunk in chunks:
                protocol.data_received(chunk)
            assert wire.statuses == []

    asyncio.run(run())


def test_a_connection_that_breaks_does_not_wait_any_longer() -> None:
    async def run() -> None:
        async with server(asyncio.Event()) as connect:
            first, _ = connect()
            first.data_received(READ)
            assert turns.waiting == 1
            first.connection_lost(None)
            assert turns.waiting == 0

    asyncio.run(run())
