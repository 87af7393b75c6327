"""First requests as fast as later ones: a worker answers some of its own before it is ready."""

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import FastAPI
from starlette.types import Message, Scope

from index.kernels import warm_up as run_every_kernel
from index.live import LiveIndex

ROUNDS = 3
OWN = "segue.own"
"""Marks the scope of a request that no client has sent; such requests are not counted."""


async def warm_up_app(app: FastAPI) -> None:
    """Run every kernel and the whole way of each read, before anybody waits for them."""
    run_every_kernel()
    live: LiveIndex | None = app.state.reader.live
    if live is not None:
        for _ in range(ROUNDS):
            for path, query in _reads(live):
                await _request(app, path, query)


def _reads(live: LiveIndex) -> Iterator[tuple[str, str]]:
    lists = "/recommendations"
    for track_id in live.snapshot.track_ids[:1].tolist():
        yield f"{lists}/similar-tracks/", f"track_id={track_id}"
        yield f"{lists}/similar-tracks/", f"track_id={track_id}&genre_bonus=1.02&diversity=0.5"
    for user_id in live.snapshot.histories.user_ids[:1].tolist():
        yield f"{lists}/personalized/", f"user_id={user_id}"
    for name in live.snapshot.genres.names[1:2]:
        yield f"{lists}/trending/", f"genre={quote(name)}"
    yield f"{lists}/trending/", ""
    yield "/tracks/search/", "q=a"
    yield "/genres/", ""
    yield "/readyz", ""


async def _request(app: FastAPI, path: str, query: str) -> None:
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"segue")],
        "client": None,
        "server": None,
        OWN: True,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        """Drop the reply."""

    await app(scope, receive, send)
