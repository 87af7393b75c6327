"""Tracks: what the catalogue holds and how it is asked."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from index.features import FEATURES
from service.database import Database

FULL: dict[str, Any] = {
    "external_id": "x-1",
    "title": "Jóga",
    "artist": "Björk",
    "album": "Homogenic",
    "genre": "art pop",
    "genres": ["art pop", "electronic"],
    "duration": 305,
    "tempo": 83.5,
    "key": "E minor",
    "energy": 0.676,
    "danceability": 0.3,
    "valence": 0.1,
    "acousticness": 0.25,
    "instrumentalness": 0,
    "loudness": -10.123,
    "speechiness": 0.04,
    "popularity": 61.5,
    "release_date": "1997-09-16",
    "mode": 0,
    "time_signature": 4,
    "liveness": 0.11,
    "explicit": False,
    "duration_ms": 305_267,
}


def add(client: TestClient, **fields: Any) -> dict[str, Any]:
    reply = client.post("/tracks/", json={"title": "t", "artist": "a", **fields})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def titles(client: TestClient, **query: Any) -> list[str]:
    reply = client.get("/tracks/", params=query)
    assert reply.status_code == 200, reply.text
    assert reply.json()["total"] == len(reply.json()["items"])
    return [track["title"] for track in reply.json()["items"]]


def test_a_track_is_given_back_as_it_was_posted(client: TestClient) -> None:
    created = client.post("/tracks/", json=FULL)

    assert created.status_code == 201
    track = created.json()
    assert {name: track[name] for name in FULL} == FULL
    assert track["created_at"] == track["updated_at"]
    assert track["created_at"].endswith("Z")
    assert client.get(f"/tracks/{track['id']}").content == created.content


def test_what_is_unknown_is_null(client: TestClient) -> None:
    track = add(client)

    assert {track[name] for name in FULL if name not in ("title", "artist", "genres")} == {None}
    assert track["genres"] == []


def test_a_list_is_stored_in_order(client: TestClient) -> None:
    reply = client.post("/tracks/", json=[{"title": str(n), "artist": "a"} for n in range(1000)])

    assert reply.status_code == 201
    assert list(reply.json()) == ["items"]
    assert [track["title"] for track in reply.json()["items"]] == [str(n) for n in range(1000)]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"title": "t"}, "body.1.artist"),
        ({"title": "t", "artist": "a", "energy": 1.01}, "body.1.energy"),
        ({"title": "t", "artist": "a", "external_id": "same"}, "body.1.external_id"),
    ],
)
def test_a_list_is_stored_as_a_whole_or_not_at_all(
    client: TestClient, bad: dict[str, Any], field: str
) -> None:
    good = {"title": "t", "artist": "a", "external_id": "same"}

    refused = client.post("/tracks/", json=[good, bad])

    assert refused.status_code in (409, 422)
    assert refused.json()["errors"][0]["field"] == field
    assert client.get("/tracks/").json()["total"] == 0


@pytest.mark.parametrize("length", [0, 1001])
def test_a_list_has_1_to_1000_tracks(client: TestClient, length: int) -> None:
    reply = client.post("/tracks/", json=[{"title": "t", "artist": "a"}] * length)

    assert reply.status_code == 422


def test_features_are_held_to_their_ranges(client: TestClient) -> None:
    for feature in FEATURES:
        name, low, high = feature.name, feature.minimum, feature.maximum
        assert add(client, **{name: high})[name] == high
        lowest = client.post("/tracks/", json={"title": "t", "artist": "a", name: low})
        assert lowest.status_code == (422 if feature.exclusive_minimum else 201)
        for value in (low - 0.001, high + 0.001, str(high), True, [high]):
            reply = client.post("/tracks/", json={"title": "t", "artist": "a", name: value})
            assert reply.status_code == 422
            assert reply.json()["errors"][0]["field"] == f"body.{name}"


ACCEPTED: list[dict[str, Any]] = [
    {"title": "x" * 600},
    {"artist": "é" * 600},
    {"title": " a "},
    {"key": "0123456789"},
    {"release_date": "1997"},
    {"release_date": "1997-09"},
    {"duration": 2**31 - 1},
    {"popularity": 100},
    {"external_id": "é" * 255},
    {"duration": 4, "duration_ms": 4_999},
    {"mode": 1, "explicit": True, "time_signature": 1, "liveness": 1.0},
]
REFUSED: list[dict[str, Any]] = [
    {"title": ""},
    {"title": "x" * 601},
    {"artist": None},
    {"key": "0123456789a"},
    {"genre": "   "},
    {"duration": -1},
    {"duration": 1.5},
    {"duration": 2**31},
    {"external_id": ""},
    {"external_id": "x" * 256},
    {"popularity": 100.1},
    {"release_date": "1997-02-30"},
    {"release_date": "97"},
    {"release_date": "1997-9-1"},
    {"genres": ["a;b"]},
    {"genre": "rock", "genres": ["pop", "rock"]},
    {"mood": "blue"},
    {"mode": 2},
    {"mode": "major"},
    {"explicit": 1},
    {"time_signature": 0},
    {"liveness": 1.01},
    {"duration_ms": 1.5},
    {"duration": 4, "duration_ms": 5_000},
    {"id": 5},
]


def test_fields_are_held_to_their_types(client: TestClient) -> None:
    for fields in ACCEPTED:
        track = add(client, **fields)
        assert {name: track[name] for name in fields} == fields
    for fields in REFUSED:
        reply = client.post("/tracks/", json={"title": "t", "artist": "a", **fields})
        assert reply.status_code == 422, fields


def test_lengths_in_seconds_and_in_milliseconds_follow_each_other(client: TestClient) -> None:
    track = add(client, duration_ms=210_826)
    assert (track["duration"], track["duration_ms"]) == (211, 210_826)
    assert add(client, duration=211)["duration_ms"] is None

    def patched(**fields: Any) -> tuple[int | None, int | None]:
        reply = client.patch(f"/tracks/{track['id']}", json=fields).json()
        return reply["duration"], reply["duration_ms"]

    assert patched(duration=210) == (210, 210_826)
    assert patched(duration=300) == (300, None)
    assert patched(duration_ms=180_499) == (180, 180_499)
    assert patched(duration=None) == (None, None)


def test_a_length_written_by_plain_sql_outdates_the_milliseconds(
    client: TestClient, database: Database
) -> None:
    track = add(client, duration_ms=210_826)
    with database.writing() as session:
        session.execute(text("UPDATE tracks SET duration = 99"))

    shown = client.get(f"/tracks/{track['id']}").json()
    assert (shown["duration"], shown["duration_ms"]) == (99, None)


def test_genres_hold_the_primary_one_first(client: TestClient) -> None:
    assert add(client, genre=" Rock ")["genres"] == ["Rock"]
    assert add(client, genres=["rock", "pop", "Rock"])["genres"] == ["rock", "pop"]
    assert add(client, genres=["rock", "pop"])["genre"] == "rock"

    track = add(client, genre="rock", genres=["rock", "pop"])
    patched = client.patch(f"/tracks/{track['id']}", json={"genre": "jazz"}).json()
    assert (patched["genre"], patched["genres"]) == ("jazz", ["jazz", "pop"])
    patched = client.patch(f"/tracks/{track['id']}", json={"genres": ["soul", "funk"]}).json()
    assert (patched["genre"], patched["genres"]) == ("soul", ["soul", "funk"])
    patched = client.patch(f"/tracks/{track['id']}", json={"genre": None}).json()
    assert (patched["genre"], patched["genres"]) == (None, [])


def test_external_ids_are_unique_by_bytes(client: TestClient) -> None:
    for external_id in ("a", "A", "a ", "á"):
        add(client, external_id=external_id)

    again = client.post("/tracks/", json={"title": "t", "artist": "a", "external_id": "a "})
    assert again.status_code == 409
    assert again.json()["errors"][0]["field"] == "body.external_id"
    for external_id in ("a", "A", "a ", "á"):
        found = client.get("/tracks/", params={"external_id": external_id}).json()["items"]
        assert [track["external_id"] for track in found] == [external_id]


def test_a_patch_changes_what_it_names(client: TestClient) -> None:
    track = client.post("/tracks/", json=FULL).json()

    reply = client.patch(f"/tracks/{track['id']}", json={"energy": 0.5, "album": None})

    assert reply.status_code == 200
    changed = reply.json()
    assert {n for n in track if changed[n] != track[n]} == {"energy", "album", "updated_at"}
    assert (changed["energy"], changed["album"]) == (0.5, None)
    assert changed["updated_at"] > track["updated_at"]
    assert client.get(f"/tracks/{track['id']}").json() == changed


@pytest.mark.parametrize("name", ["title", "artist"])
def test_a_patch_cannot_forget_title_and_artist(client: TestClient, name: str) -> None:
    track = add(client)

    assert client.patch(f"/tracks/{track['id']}", json={name: None}).status_code == 422


def test_a_patch_cannot_take_an_external_id(client: TestClient) -> None:
    add(client, external_id="a")
    track = add(client, external_id="b")

    assert client.patch(f"/tracks/{track['id']}", json={"external_id": "b"}).status_code == 200
    assert client.patch(f"/tracks/{track['id']}", json={"external_id": "a"}).status_code == 409
    assert client.patch(f"/tracks/{track['id']}", json={"external_id": None}).status_code == 200


def test_a_deleted_track_takes_its_interactions_along(
    client: TestClient, database: Database
) -> None:
    track, other = add(client), add(client)
    user = client.post("/users/", json={"external_id": "u"}).json()
    for each in (track, other):
        event = {"user_id": user["id"], "track_id": each["id"], "action": "like"}
        client.post("/interactions/", json=event)

    assert client.delete(f"/tracks/{track['id']}").status_code == 204

    assert client.get(f"/tracks/{track['id']}").status_code == 404
    assert client.delete(f"/tracks/{track['id']}").status_code == 404
    with database.reading() as session:
        assert session.scalars(text("SELECT track_id FROM interactions")).all() == [other["id"]]


def test_genre_artist_and_album_are_compared_whole_and_without_case(
    client: TestClient, database: Database
) -> None:
    add(client, title="1", genre="Électro", artist="Beyoncé", album="İstanbul")
    add(client, title="2", genre="électro", artist="BEYONCÉ", album="İSTANBUL")
    add(client, title="3", genre="electro", artist="beyonce", album="istanbul")
    add(client, title="4", genre="electro swing", artist="Beyoncé Knowles", album="stanbul")
    with database.writing() as session:
        session.execute(
            text("INSERT INTO tracks (title, artist, genre) VALUES ('5', 'Beyoncé ', ' électro')")
        )

    assert titles(client, genre=" ÉLECTRO ") == ["1", "2", "5"]
    assert titles(client, genre="electro") == ["3"]
    assert titles(client, artist="beyoncé") == ["1", "2"]
    assert titles(client, artist="BEYONCE") == ["3"]
    assert titles(client, album="i̇stanbul") == ["1", "2"]
    assert titles(client, genre="100%_'\\\"") == []


def test_ranges_leave_out_what_is_unknown(client: TestClient) -> None:
    add(client, title="slow", tempo=60, duration=100)
    add(client, title="fast", tempo=180, duration=300)
    add(client, title="unknown")

    assert titles(client, min_tempo=60) == ["slow", "fast"]
    assert titles(client, min_tempo=60.5) == ["fast"]
    assert titles(client, min_tempo=60, max_tempo=100) == ["slow"]
    assert titles(client, max_duration=299) == ["slow"]
    assert titles(client, min_duration=299, max_loudness=0) == []


def test_every_feature_can_be_filtered_and_sorted_by(client: TestClient) -> None:
    for feature in FEATURES:
        name, middle = feature.name, (feature.minimum + feature.maximum) / 2
        add(client, title="low", genre=name, **{name: middle})
        add(client, title="unknown", genre=name)
        add(client, title="high", genre=name, **{name: feature.maximum})

        assert titles(client, genre=name, **{f"min_{name}": middle + 0.01}) == ["high"]
        assert titles(client, genre=name, **{f"max_{name}": middle + 0.01}) == ["low"]
        assert titles(client, genre=name, sort=name) == ["low", "high", "unknown"]
        assert titles(client, genre=name, sort=f"-{name}") == ["high", "low", "unknown"]


def test_titles_are_sorted_without_case_and_ties_by_id(client: TestClient) -> None:
    for title, artist in [("b", "x"), ("A", "x"), ("a", "y"), ("Z", "x"), ("é", "x")]:
        add(client, title=title, artist=artist)

    assert titles(client, sort="title") == ["A", "a", "b", "Z", "é"]
    assert titles(client, sort="artist") == ["b", "A", "Z", "é", "a"]


def test_tracks_come_page_by_page(client: TestClient) -> None:
    client.post("/tracks/", json=[{"title": str(n), "artist": "a"} for n in range(25)])

    first = client.get("/tracks/").json()
    assert (len(first["items"]), first["total"], first["limit"], first["offset"]) == (20, 25, 20, 0)
    last = client.get("/tracks/", params={"offset": 20}).json()
    assert [track["title"] for track in last["items"]] == ["20", "21", "22", "23", "24"]
    assert client.get("/tracks/", params={"offset": 2**31 - 1}).json()["items"] == []


def test_a_mistyped_query_is_an_error(client: TestClient) -> None:
    mistyped: list[dict[str, Any]] = [
        {"limit": 0},
        {"limit": 101},
        {"limit": "1.0"},
        {"limit": "+1"},
        {"offset": -1},
        {"sort": "mood"},
        {"sort": "--tempo"},
        {"min_tempo": "nan"},
        {"max_tempo": "inf"},
        {"max_duration": 2**63},
        {"min_mood": 1},
        {"tempo": 120},
    ]
    for query in mistyped:
        reply = client.get("/tracks/", params=query)
        assert reply.status_code == 422, query
        assert reply.json()["errors"][0]["field"] == f"query.{next(iter(query))}"


def test_writes_show_in_the_very_next_search(client: TestClient) -> None:
    def found() -> list[str]:
        reply = client.get("/tracks/search/", params={"q": "beyonc"})
        return [track["title"] for track in reply.json()["items"]]

    track = add(client, title="Halo", artist="Beyoncé")
    assert found() == ["Halo"]
    client.patch(f"/tracks/{track['id']}", json={"title": "Déjà Vu"})
    assert found() == ["Déjà Vu"]
    client.delete(f"/tracks/{track['id']}")
    assert found() == []


def test_a_track_written_by_plain_sql_is_listed(client: TestClient, database: Database) -> None:
    with database.writing() as session:
        session.execute(
            text("INSERT INTO tracks (title, artist, energy) VALUES ('Plain', 'SQL', 0.676)")
        )

    [track] = client.get("/tracks/").json()["items"]
    assert (track["title"], track["energy"]) == ("Plain", 0.676)
    assert track["created_at"].endswith("Z")
