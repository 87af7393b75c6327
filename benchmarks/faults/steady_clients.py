"""Clients that send requests at a constant rate, and the requests of the outage benchmark."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.http_client import AsyncClient

USERS, WRITTEN_TRACKS, EVENTS = 500, 1_000, 5_000
KINDS = ("similar", "personalized", "trending", "track", "search")

MakeRequest = Callable[[int], tuple[str, str, Any]]
"""Number of a request -> method, path and body."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request: when it was due and sent, how long it took, and its status."""

    due: float
    sent: float
    seconds: float
    """From when it was sent; a client that lags behind its rate is no fault of the server's."""
    status: int
    kind: str
    proper: bool
    """Whether a refusal is a problem document that says when to try again."""


def steady_clients(
    port: int,
    start: float,
    rate: float,
    count: int,
    request: MakeRequest,
    outcomes: list[Outcome],
    is_over: Callable[[], bool],
) -> list["asyncio.Task[None]"]:
    """Send at a constant rate, by connections in turn; a late request is sent at once."""

    async def client(first: int) -> None:
        connection, number = AsyncClient(port), first
        while not is_over():
            due = start + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0.0))
            outcomes.append(await _sent(connection, request(number), due, start))
            number += count
        connection.close()

    return [asyncio.create_task(client(first)) for first in range(count)]


async def _sent(
    connection: AsyncClient, request: tuple[str, str, Any], due: float, start: float
) -> Outcome:
    method, path, body = request
    sent = time.perf_counter()
    try:
        reply = await asyncio.wait_for(connection.send(method, path, body), 30)
    except (OSError, TimeoutError):
        connection.close()
        status, proper = 0, False
    else:
        status = reply.status
        kind = reply.header("content-type")
        proper = kind == "application/problem+json" and bool(reply.header("retry-after"))
    seconds = time.perf_counter() - sent
    return Outcome(due - start, sent - start, seconds, status, _kind(path), proper)


def _kind(path: str) -> str:
    """Return the address without the parts that differ from request to request."""
    return path.partition("?")[0].rstrip("0123456789")


def reads(tracks: int, users: int, seed: int) -> MakeRequest:
    """Return a function that makes reads of all kinds in turn."""

    def request(number: int) -> tuple[str, str, Any]:
        chance = random.Random(seed * 1_000_003 + number)
        track, user = chance.randint(1, tracks), chance.randint(1, users)
        paths = {
            "similar": f"/recommendations/similar-tracks/?track_id={track}&limit=10",
            "personalized": f"/recommendations/personalized/?user_id={user}&limit=10",
            "trending": "/recommendations/trending/?limit=10",
            "track": f"/tracks/{track}",
            "search": f"/tracks/search/?q=artist+{track % 997}",
        }
        return "GET", paths[KINDS[number % len(KINDS)]], None

    return request


def write(number: int) -> tuple[str, str, Any]:
    """Alternate between single interactions, lists, new tracks and new listeners."""
    event = {
        "user_id": 1 + number % USERS,
        "track_id": 1 + number % WRITTEN_TRACKS,
        "action": "play",
    }
    choices: list[tuple[str, Any]] = [
        ("/interactions/", event),
        ("/interactions/", [event] * 5),
        ("/tracks/", {"title": f"New {number}", "artist": "Somebody", "energy": 0.5}),
        ("/users/", {"external_id": f"new {number}"}),
    ]
    path, body = choices[number % len(choices)]
    return "POST", path, body


def listing(number: int) -> tuple[str, str, Any]:
    """Return a request that the database has to answer."""
    return "GET", f"/tracks/?limit=100&offset={number}", None


async def send_history(port: int, *, tracks: int, users: int, seed: int) -> None:
    """Give the listeners a history."""
    chance, connection = random.Random(seed), AsyncClient(port)
    for _ in range(EVENTS // 1_000):
        events = [
            {
                "user_id": chance.randint(1, users),
                "track_id": chance.randint(1, tracks),
                "action": "play",
            }
            for _ in range(1_000)
        ]
        reply = await connection.send("POST", "/interactions/", events)
        if reply.status != 201:
            raise SystemExit(reply.body.decode())
    connection.close()
