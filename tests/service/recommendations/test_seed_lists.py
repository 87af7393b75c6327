"""Claims on the further ways to ask; each holds from the delta and from a generation."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.features import FEATURE_NAMES, FEATURES
from index.generations import GenerationStore
from service.database import Database
from service.indexing import run_rebuild

ASK = "/recommendations/"
PATH = "/recommendations/path/"
ARTISTS = "/recommendations/similar-artists/"
GENRES = ("jazz", "dub", "folk", None)
Settle = Callable[[], None]


@pytest.fixture
def database_kind() -> str:
    """None of it touches the database."""
    return "sqlite"


@pytest.fixture(params=["delta", "generation"])
def tracks(
    request: pytest.FixtureRequest, app: FastAPI, client: TestClient
) -> list[dict[str, Any]]:
    """Sixty tracks of fifteen artists in three genres and in none, each with a sound of its own."""
    generator = np.random.default_rng(1)
    posted: list[dict[str, Any]] = []
    for i in range(60):
        values = {f.name: round(float(generator.uniform(*f.typical)), 3) for f in FEATURES}
        if i % 10 == 9:
            values.pop("energy")
        posted.append(
            {
                "title": f"T{i}",
                "artist": f"Artist {i % 15}",
                "album": f"Album {i}",
                "genre": GENRES[i % 4],
                "popularity": int(generator.integers(0, 101)),
                **values,
            }
        )
    items: list[dict[str, Any]] = client.post("/tracks/", json=posted).json()["items"]
    if request.param == "generation":
        settings, state = app.state.settings, app.state
        database: Database = state.database
        run_rebuild(database, GenerationStore(settings.generations_dir), settings)
        state.reader.refresh()
    return items


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    reply = client.post(ASK, json=body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def ids(answer: dict[str, Any]) -> list[int]:
    return [item["id"] for item in answer["items"]]


def sums_up(answer: dict[str, Any]) -> bool:
    return all(
        abs(sum(reason["value"] for reason in item["reasons"]) - item["score"]) <= 1e-6
        for item in answer["items"]
    )


def test_tracks_artists_and_genres_may_be_seeds(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    seeds = {"tracks": [tracks[0]["id"]], "artists": ["artist 3"], "genres": ["DUB"]}

    answer = ask(client, seeds=seeds, limit=10)

    assert len(ids(answer)) == 10
    assert tracks[0]["id"] not in ids(answer)
    assert answer["recommendation_id"].startswith("q-")
    assert sums_up(answer)


def test_a_single_seed_without_knobs_is_similar_tracks(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    plain = {"popularity": 0, "max_per_artist": None}
    answer = ask(client, seeds={"tracks": [5]}, limit=8, explain=True, **plain)
    similar = client.get("/recommendations/similar-tracks/?track_id=5&limit=8").json()

    assert ids(answer) == ids(similar)
    assert [i["score"] for i in answer["items"]] == pytest.approx(
        [i["score"] for i in similar["items"]], abs=1e-8
    )
    assert answer["explain"] == {"plan": "tree", "filters": []}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda each: each.name)
def test_a_target_alone_orders_by_closeness(
    client: TestClient, tracks: list[dict[str, Any]], feature: Any
) -> None:
    wanted = sum(feature.typical) / 2
    body = {f"target_{feature.name}": wanted, "popularity": 0, "max_per_artist": None}

    answer = ask(client, **body, limit=5)

    known = [t for t in tracks if t[feature.name] is not None]
    nearest = sorted(known, key=lambda t: abs(t[feature.name] - wanted))[:5]
    assert ids(answer) == [t["id"] for t in nearest]
    for item in answer["items"]:
        assert [reason["name"] for reason in item["reasons"]] == [f"target {feature.name}"]


def test_knobs_turn_towards_the_known_and_the_little_known(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    def mean(**knobs: float) -> float:
        items = ask(client, seeds={"tracks": [1]}, limit=10, **knobs)["items"]
        return float(np.mean([item["popularity"] for item in items]))

    assert mean(popularity=1) > mean(popularity=0) > mean(popularity=0, novelty=1)


def test_a_seed_replays_chance(client: TestClient, tracks: list[dict[str, Any]]) -> None:
    wish = {"seeds": {"genres": ["jazz"]}, "limit": 10, "randomness": 1}
    one, again = (ask(client, **wish, seed=11) for _ in range(2))

    assert one["items"] == again["items"]
    assert one["index_version"] == again["index_version"]
    assert any("chance" in {r["name"] for r in item["reasons"]} for item in one["items"])
    assert len({tuple(ids(ask(client, **wish, seed=seed))) for seed in range(10)}) > 5
    assert sums_up(one)


def test_conditions_hold_and_a_short_list_says_why(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    answer = ask(client, seeds={"tracks": [1]}, genre=["jazz"], min_tempo=120, limit=100)

    wanted = {
        t["id"] for t in tracks if t["genre"] == "jazz" and t["tempo"] >= 120 and t["id"] != 1
    }
    assert set(ids(answer)) == wanted
    assert answer["left"][0] == {"after": "catalogue", "tracks": 60}


def test_what_is_a_negative_seed_never_comes(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    negative = {"tracks": [2], "artists": ["Artist 5"], "genres": ["folk"]}
    items = ask(client, seeds={"tracks": [1]}, negative_seeds=negative, limit=100)["items"]

    assert items
    assert all(item["genre"] != "folk" and item["artist"] != "Artist 5" for item in items)
    assert 2 not in {item["id"] for item in items}


def test_at_most_so_many_of_an_artist_in_ten_places(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    artists = [i["artist"] for i in ask(client, seeds={"artists": ["Artist 1"]}, limit=10)["items"]]
    assert max(artists.count(name) for name in artists) <= 2


def test_nothing_asked_is_what_is_known(client: TestClient, tracks: list[dict[str, Any]]) -> None:
    popularity = [
        item["popularity"] for item in ask(client, limit=10, max_per_artist=None)["items"]
    ]
    assert popularity == sorted((t["popularity"] for t in tracks), reverse=True)[:10]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seeds": {"tracks": [999]}}, "body.seeds.tracks"),
        ({"seeds": {"genres": ["polka"]}}, "body.seeds.genres"),
        ({"negative_seeds": {"artists": ["Nobody"]}}, "body.negative_seeds.artists"),
    ],
)
def test_unknown_seeds_are_named(
    client: TestClient, tracks: list[dict[str, Any]], body: dict[str, Any], field: str
) -> None:
    reply = client.post(ASK, json=body)

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "body",
    [
        {"seeds": {"tracks": list(range(1, 61)), "genres": ["jazz"] * 41}},
        {"seeds": {"songs": [1]}},
        {"target_energy": 1.5},
        {"target_tempo": "fast"},
        {"popularity": 2},
        {"seed": -1},
        {"seed_tracks": [1]},
        {"limit": 0},
    ],
)
def test_what_cannot_be_meant_is_refused(
    client: TestClient, tracks: list[dict[str, Any]], body: dict[str, Any]
) -> None:
    reply = client.post(ASK, json=body)

    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"


def test_random_lists_sum_up(client: TestClient, tracks: list[dict[str, Any]]) -> None:
    generator = np.random.default_rng(2)
    for _ in range(150):
        body: dict[str, Any] = {
            "seeds": {"tracks": generator.integers(1, 61, generator.integers(0, 5)).tolist()},
            "negative_seeds": {"tracks": generator.integers(1, 61, 1).tolist()},
            "popularity": float(generator.random()),
            "novelty": float(generator.random()),
            "diversity": float(generator.choice([0, 0.3])),
            "limit": 8,
        }
        for name in generator.choice(FEATURE_NAMES, 2, replace=False):
            body[f"target_{name}"] = float(generator.random())
        if generator.random() < 0.5:
            body["seed"] = int(generator.integers(0, 2**62))
        assert sums_up(ask(client, **body))


def fetch(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def test_a_way_leads_from_one_track_to_another(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    answer = fetch(client, PATH, from_track_id=1, to_track_id=30, steps=6)

    assert (ids(answer)[0], ids(answer)[-1], len(set(ids(answer)))) == (1, 30, 8)
    artists = [item["artist"] for item in answer["items"]]
    assert len(set(artists)) == (7 if tracks[0]["artist"] == tracks[29]["artist"] else 8)
    assert answer["smoothness"]["largest_step"] >= answer["smoothness"]["ideal_step"]
    assert answer["recommendation_id"].startswith("w-")
    assert answer["is_best"]


def test_a_track_is_a_way_to_itself(client: TestClient, tracks: list[dict[str, Any]]) -> None:
    assert ids(fetch(client, PATH, from_track_id=7, to_track_id=7)) == [7]


def test_conditions_hold_on_a_way(client: TestClient, tracks: list[dict[str, Any]]) -> None:
    answer = fetch(client, PATH, from_track_id=1, to_track_id=2, steps=4, genre="dub")
    assert {item["genre"] for item in answer["items"][1:-1]} == {"dub"}


def test_random_ways_and_artists_sum_up(client: TestClient, tracks: list[dict[str, Any]]) -> None:
    generator = np.random.default_rng(3)
    for _ in range(75):
        first, last = generator.choice(np.arange(1, 61), 2, replace=False).tolist()
        steps = int(generator.integers(1, 10))
        assert sums_up(fetch(client, PATH, from_track_id=first, to_track_id=last, steps=steps))
        assert sums_up(fetch(client, ARTISTS, track_id=first, limit=5))


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"from_track_id": 1, "to_track_id": 999}, 404, "query.to_track_id"),
        ({"from_track_id": 999, "to_track_id": 1}, 404, "query.from_track_id"),
        ({"from_track_id": 1}, 422, "query.to_track_id"),
        ({"from_track_id": 1, "to_track_id": 2, "steps": 51}, 422, "query.steps"),
    ],
)
def test_ways_that_lead_nowhere_are_refused(
    client: TestClient, tracks: list[dict[str, Any]], query: dict[str, Any], status: int, field: str
) -> None:
    reply = client.get(PATH, params=query)

    assert reply.status_code == status
    assert reply.json()["errors"][0]["field"] == field


def test_similar_artists_are_named_with_their_tracks(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    by_name = fetch(client, ARTISTS, artist="ARTIST 3", limit=20, tracks=2)
    by_track = fetch(client, ARTISTS, track_id=4, limit=20, tracks=2)

    assert by_name["artist"] == "Artist 3"
    assert by_name["items"] == by_track["items"]
    assert len(by_name["items"]) == 14
    assert by_name["recommendation_id"].startswith("a-")
    scores = [item["score"] for item in by_name["items"]]
    assert scores == sorted(scores, reverse=True)
    for item in by_name["items"]:
        own = [t for t in tracks if t["artist"] == item["name"]]
        assert item["track_count"] == len(own)
        best = sorted(own, key=lambda t: -t["popularity"])[:2]
        assert [t["popularity"] for t in item["tracks"]] == [t["popularity"] for t in best]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"artist": "Nobody"}, 404),
        ({"track_id": 999}, 404),
        ({}, 422),
        ({"artist": "Artist 1", "track_id": 1}, 422),
    ],
)
def test_unknown_artists_are_refused(
    client: TestClient, tracks: list[dict[str, Any]], query: dict[str, Any], status: int
) -> None:
    reply = client.get(ARTISTS, params=query)

    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
