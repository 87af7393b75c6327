"""Claims on the order of lists: no song twice, and not too much of one album or artist."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.generations import GenerationStore
from service.database import Database
from service.indexing import run_rebuild

SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
LISTS = [(SIMILAR, "track_id=1"), (PERSONAL, "user_id=1")]


@pytest.fixture
def database_kind() -> str:
    """Nothing of it depends on the database."""
    return "sqlite"


@pytest.fixture(params=["delta", "generation"])
def tracks(
    request: pytest.FixtureRequest, app: FastAPI, client: TestClient
) -> list[dict[str, Any]]:
    """Ten songs in three versions each, of five artists and two albums; the first one is liked."""
    posted = [
        {
            "title": f"Song {song}{version}",
            "artist": f"Artist {song % 5}",
            "album": f"Album {song % 2}",
            "genre": "dub",
            "tempo": 90 + song,
            "energy": 0.5 + song / 40,
            "valence": 0.3 + place / 50,
        }
        for song in range(10)
        for place, version in enumerate(["", " - Remastered 2011", " (Live)"])
    ]
    items: list[dict[str, Any]] = client.post("/tracks/", json=posted).json()["items"]
    client.post("/users/", json={"external_id": "ann"})
    event = {"user_id": 1, "track_id": items[0]["id"], "action": "like"}
    assert client.post("/interactions/", json=event).status_code == 201
    if request.param == "generation":
        database: Database = app.state.database
        run_rebuild(
            database, GenerationStore(app.state.settings.generations_dir), app.state.settings
        )
        app.state.reader.refresh()
    return items


def titles(client: TestClient, path: str, query: str) -> list[str]:
    reply = client.get(f"{path}?{query}")
    assert reply.status_code == 200, reply.text
    return [item["title"] for item in reply.json()["items"]]


@pytest.mark.parametrize(("path", "seed"), LISTS)
@pytest.mark.usefixtures("tracks")
def test_a_song_comes_once_and_never_the_one_that_a_list_is_made_from(
    client: TestClient, path: str, seed: str
) -> None:
    found = titles(client, path, f"{seed}&limit=30&max_per_artist=10&max_per_album=10")

    songs = [title[:6] for title in found]
    assert sorted(songs) == [f"Song {song}" for song in range(1, 10)]


@pytest.mark.parametrize(("path", "seed"), LISTS)
@pytest.mark.usefixtures("tracks")
def test_versions_come_on_request(client: TestClient, path: str, seed: str) -> None:
    query = "limit=30&diversity=0&max_per_artist=10&max_per_album=10&collapse_versions=false"

    found = titles(client, path, f"{seed}&{query}")

    assert {"Song 0 - Remastered 2011", "Song 0 (Live)"} < set(found)
    assert "Song 0" not in found


@pytest.mark.usefixtures("tracks")
def test_heard_songs_come_in_every_version_when_heard_ones_do(client: TestClient) -> None:
    found = titles(client, PERSONAL, "user_id=1&limit=30&exclude_heard=false&max_per_artist=10")

    assert any(title.startswith("Song 0") for title in found)


@pytest.mark.parametrize(("path", "seed"), LISTS)
def test_an_album_fills_no_more_places_than_wanted(
    client: TestClient, tracks: list[dict[str, Any]], path: str, seed: str
) -> None:
    albums = {track["title"]: track["album"] for track in tracks}

    found = titles(client, path, f"{seed}&limit=10&max_per_album=1&max_per_artist=10")

    assert sorted(albums[title] for title in found) == ["Album 0", "Album 1"]


@pytest.mark.usefixtures("tracks")
def test_what_stands_in_for_a_new_listener_holds_no_song_twice(client: TestClient) -> None:
    client.post("/users/", json={"external_id": "bob"})

    popular = titles(client, PERSONAL, "user_id=2&limit=30&genre=dub")

    assert len({title[:6] for title in popular}) == len(popular) == 10


@pytest.mark.parametrize("value", ["0", "11", "two"])
@pytest.mark.usefixtures("tracks")
def test_a_limit_that_is_none_is_refused(client: TestClient, value: str) -> None:
    reply = client.get(f"{SIMILAR}?track_id=1&max_per_album={value}")

    assert reply.status_code == 422


@pytest.mark.parametrize("path", [SIMILAR, PERSONAL])
@pytest.mark.usefixtures("tracks")
def test_a_reply_says_whether_policies_reordered_it(client: TestClient, path: str) -> None:
    seed = "track_id=1" if path == SIMILAR else "user_id=1"
    caps = "max_per_artist=10&max_per_album=10&collapse_versions=false"
    plain = client.get(f"{path}?{seed}&limit=20&diversity=0&{caps}").json()
    diverse = client.get(f"{path}?{seed}&limit=20&diversity=0.9&{caps}").json()

    for reply in (plain, diverse):
        scores = [item["score"] for item in reply["items"]]
        falling = scores == sorted(scores, reverse=True)
        assert reply["ordered_by"] == ("score" if falling else "policies")
    assert diverse["ordered_by"] == "policies"
