"""Health, metrics, counts and asking for a rebuild, as clients see them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import make_url

from index.generations import GenerationStore
from service.app import create_app
from service.database import Database
from service.indexing import run_rebuild
from service.settings import get_settings
from tests.service.cut import CuttableServer


@pytest.fixture
def cuttable(migrated_mysql_url: str) -> Iterator[CuttableServer]:
    """A wire to the MySQL server."""
    url = make_url(migrated_mysql_url)
    server = CuttableServer(url.host or "127.0.0.1", url.port or 3306)
    yield server
    server.cut()


@pytest.fixture
def cuttable_app(
    cuttable: CuttableServer,
    migrated_mysql_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FastAPI]:
    """The application on a database that a test can cut off."""
    url = make_url(migrated_mysql_url).set(host="127.0.0.1", port=cuttable.port)
    monkeypatch.setenv("SEGUE_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    settings = get_settings()
    database = Database(settings.url, batch=True)
    run_rebuild(database, GenerationStore(settings.generations_dir), settings)
    database.dispose()
    yield create_app()
    get_settings.cache_clear()


def metric(client: TestClient, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    found = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")]
    assert len(found) == 1, name
    return found[0]


def counted(client: TestClient, route: str) -> float:
    start = f'segue_http_requests_total{{method="GET",route="{route}",status="200"}} '
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


def test_a_started_service_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "index_version": "1.0"}


def test_health_tells_of_the_missing_indexer(client: TestClient) -> None:
    health = client.get("/health").json()
    assert health["status"] == "degraded"
    assert health["database"] == "up"
    assert health["index"]["generation"] == 1
    assert health["indexer"] == {"alive": False, "queued": 0, "running": 0, "last_error": None}


@pytest.mark.parametrize("path", ["/livez/", "/readyz/", "/health/", "/metrics/", "/stats"])
def test_both_slash_forms_answer(client: TestClient, path: str) -> None:
    assert client.get(path, follow_redirects=False).status_code == 200


def test_stats_of_an_empty_catalogue_are_zero(client: TestClient) -> None:
    stats = client.get("/stats/").json()
    index = stats.pop("index")
    assert stats == {
        "tracks": 0,
        "users": 0,
        "interactions": dict.fromkeys(
            ["total", "play", "like", "dislike", "skip", "playlist_add"], 0
        ),
        "recommendations": {"days": 30, "scenarios": [], "contests": []},
    }
    assert index["version"] == "1.0"
    assert index["tracks"] == 0
    assert index["bytes"] > 0
    assert index["age_seconds"] >= 0


def test_stats_are_right_after_each_write(client: TestClient) -> None:
    user = client.post("/users/", json={"email": "u@example.org"}).json()["id"]
    tracks = [{"title": f"t{i}", "artist": "a"} for i in range(3)]
    ids = [item["id"] for item in client.post("/tracks/", json=tracks).json()["items"]]
    for track_id, action in zip(ids, ["play", "play", "like"], strict=True):
        event = {"user_id": user, "track_id": track_id, "action": action}
        assert client.post("/interactions/", json=event).status_code == 201

    stats = client.get("/stats/").json()
    assert (stats["tracks"], stats["users"]) == (3, 1)
    assert stats["interactions"]["total"] == 3
    assert (stats["interactions"]["play"], stats["interactions"]["like"]) == (2, 1)

    client.delete(f"/tracks/{ids[0]}")
    stats = client.get("/stats/").json()
    assert (stats["tracks"], stats["interactions"]["play"]) == (2, 1)

    client.delete(f"/users/{user}")
    stats = client.get("/stats/").json()
    assert (stats["users"], stats["interactions"]["total"]) == (0, 0)


def test_a_requested_rebuild_is_queued_once(client: TestClient) -> None:
    first = client.post("/index/rebuild")
    assert first.status_code == 202
    assert first.json()["state"] == "queued"
    assert first.json()["requested_at"].endswith("Z")
    assert client.post("/index/rebuild").json()["id"] == first.json()["id"]


def test_requests_are_counted_by_the_template_of_their_route(client: TestClient) -> None:
    before = counted(client, "/tracks/{track_id}")
    for track in client.post("/tracks/", json=[{"title": "t", "artist": "a"}] * 2).json()["items"]:
        client.get(f"/tracks/{track['id']}")
        client.get(f"/tracks/{track['id']}/")
    assert counted(client, "/tracks/{track_id}") == before + 4


def test_made_up_addresses_and_methods_make_no_new_labels(client: TestClient) -> None:
    client.get("/wp-login.php")
    client.request("BREW", "/tracks/")
    text = client.get("/metrics").text
    assert "wp-login" not in text
    assert "BREW" not in text
    assert 'route="other"' in text


def test_metrics_tell_of_the_index_and_the_rebuilds(client: TestClient) -> None:
    client.post("/tracks/", json={"title": "t", "artist": "a"})
    assert metric(client, "segue_index_ready") == 1
    assert metric(client, "segue_index_generation") == 1
    assert metric(client, "segue_index_changes") == 1
    assert metric(client, "segue_index_tracks") == 1
    assert metric(client, "segue_index_bytes") > 0
    assert metric(client, "segue_index_age_seconds") >= 0
    assert metric(client, "segue_database_up") == 1
    assert metric(client, "segue_indexer_up") == 0
    assert metric(client, 'segue_rebuilds_total{result="failed"}') == 0


def test_reads_outlive_the_database(cuttable: CuttableServer, cuttable_app: FastAPI) -> None:
    with TestClient(cuttable_app) as client:
        track = {"title": "Song", "artist": "a", "energy": 0.5, "genre": "pop"}
        ids = [item["id"] for item in client.post("/tracks/", json=[track] * 3).json()["items"]]
        user = client.post("/users/", json={"email": "u@example.org"}).json()["id"]
        reads = [
            f"/recommendations/similar-tracks/?track_id={ids[0]}",
            f"/recommendations/personalized/?user_id={user}",
            "/recommendations/trending/",
            "/tracks/search/?q=song",
            f"/tracks/{ids[1]}",
            "/genres/",
            "/stats/",
            "/livez",
            "/readyz",
            "/metrics",
        ]

        cuttable.cut()
        answered = {path: client.get(path).status_code for path in reads}
        assert answered == dict.fromkeys(reads, 200)
        refused = client.post("/tracks/", json=track)
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert client.post("/index/rebuild").status_code == 503
        _wait_for_health(client, "away")

        cuttable.mend()
        _wait_for_health(client, "up")
        assert client.post("/tracks/", json=track).status_code == 201
        assert client.get("/stats/").json()["tracks"] == 4


def _wait_for_health(client: TestClient, database: str) -> None:
    deadline = time.monotonic() + 120
    while client.get("/health").json()["database"] != database:
        assert time.monotonic() < deadline
        time.sleep(0.05)
