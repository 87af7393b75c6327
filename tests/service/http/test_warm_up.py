"""Once a server is ready, nothing is compiled any more, whatever is asked for."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from numba.core import event as numba_event

from index.generations import GenerationStore
from service.app import create_app
from service.database import Database
from service.http import OWN
from service.indexing import run_rebuild
from service.operations import RequestMetrics
from service.settings import Settings

events: Any = numba_event  # numba is untyped
SIMILAR = "/recommendations/similar-tracks/?track_id=1"
READS = (
    SIMILAR,
    *(f"{SIMILAR}&genre_bonus={bonus}" for bonus in (1, 1.02, 5)),
    f"{SIMILAR}&limit=50&diversity=0.4&max_per_artist=1",
    f"{SIMILAR}&genre=jazz&min_energy=0.1&max_energy=0.9&exclude=2,3&explain=true&why=true",
    f"{SIMILAR}&weights=energy:1,valence:0.5",
    "/recommendations/personalized/?user_id=1&genre=pop&min_energy=0.1&exclude=2&why=true",
    "/recommendations/personalized/?user_id=1&ranker=audio",
    "/recommendations/path/?from_track_id=1&to_track_id=2&steps=4",
    "/recommendations/similar-artists/?artist=A1",
    "/users/1/taste",
    "/recommendations/personalized/?user_id=1",
    "/recommendations/personalized/?user_id=1&exclude_heard=false&diversity=0&max_per_artist=3",
    "/recommendations/personalized/?user_id=2",
    "/recommendations/trending/",
    "/recommendations/trending/?genre=jazz&window=week",
    "/tracks/search/?q=song",
    "/genres/",
    "/tracks/",
    "/tracks/1",
    "/users/",
    "/users/1",
    "/interactions/user/1",
    "/stats/",
    "/health",
    "/readyz",
    "/metrics",
)


class Compilations(numba_event.Listener):
    """Notes what Numba compiles."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def on_start(self, event: Any) -> None:
        """Note a compilation."""
        self.found.append(str(event.data["dispatcher"]))

    def on_end(self, event: Any) -> None:
        """Nothing is to be done."""


@pytest.fixture
def compilations() -> Iterator[Compilations]:
    listener = Compilations()
    events.register("numba:compile", listener)
    yield listener
    events.unregister("numba:compile", listener)


def write_everything(client: TestClient) -> None:
    tracks = [
        {
            "title": f"Song {i}",
            "artist": f"A{i % 3}",
            "genre": ("jazz", "pop")[i % 2],
            "energy": i / 40,
        }
        for i in range(40)
    ]
    assert client.post("/tracks/", json=tracks).status_code == 201
    for name in ("one", "two"):
        assert client.post("/users/", json={"email": f"{name}@example.org"}).status_code == 201
    likes = [{"user_id": 1, "track_id": 1 + i, "action": "like"} for i in range(10)]
    assert client.post("/interactions/", json=likes).status_code == 201
    assert client.post("/interactions/", json=likes[0]).status_code == 201
    assert client.patch("/tracks/3", json={"energy": 0.9}).status_code == 200
    assert client.delete("/tracks/40").status_code == 204


def read_everything(client: TestClient) -> None:
    for path in READS:
        reply = client.get(path)
        assert reply.status_code == 200, f"{path}: {reply.text}"
    batch = {"track_ids": [1, 2, 3], "limit": 5}
    assert client.post("/recommendations/similar-tracks/batch", json=batch).status_code == 200
    blend = {"seeds": {"tracks": [1, 2], "genres": ["jazz"]}, "target_energy": 0.4}
    assert client.post("/recommendations/", json=blend).status_code == 200
    begun = client.post("/sessions/", json={"seeds": {"tracks": [1]}}).json()
    assert client.get(f"/sessions/{begun['session_id']}/next").status_code == 200


def test_nothing_is_compiled_once_a_server_is_ready(
    app: FastAPI, settings: Settings, database: Database, compilations: Compilations
) -> None:
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 200
        compilations.found.clear()
        write_everything(client)
        read_everything(client)  # from an empty snapshot and a delta

        run_rebuild(database, GenerationStore(settings.generations_dir), settings)
        app.state.reader.refresh()
        late = {"title": "Late", "artist": "B", "genre": "folk"}
        assert client.post("/tracks/", json=late).status_code == 201
        read_everything(client)  # from a snapshot and a small delta

    assert compilations.found == []


def counted_reads(client: TestClient) -> list[str]:
    lines = client.get("/metrics").text.splitlines()
    reads = ("/genres/", "/tracks/search/", "/recommendations/")
    return [line for line in lines if "requests_total" in line and any(r in line for r in reads)]


def test_a_server_has_answered_each_kind_of_read_before_it_is_ready(
    app: FastAPI, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(app) as client:
        write_everything(client)
        before = counted_reads(client)
    run_rebuild(database, GenerationStore(settings.generations_dir), settings)
    statuses: dict[str, int] = {}
    answer = RequestMetrics.__call__

    async def noting(self: RequestMetrics, scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start" and OWN in scope:
                statuses[scope["path"]] = message["status"]
            await send(message)

        await answer(self, scope, receive, noted)

    monkeypatch.setattr(RequestMetrics, "__call__", noting)
    with TestClient(create_app()) as client:
        after = counted_reads(client)

    lists = ("similar-tracks", "personalized", "trending")
    warmed = {f"/recommendations/{name}/" for name in lists} | {"/tracks/search/", "/genres/"}
    assert warmed <= set(statuses)
    assert set(statuses.values()) == {200}
    assert after == before  # nobody sent them
