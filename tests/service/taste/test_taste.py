"""Claims on seeing, editing and forgetting a taste, on each database."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from index.generations import GenerationStore
from service.database import Database
from service.indexing import run_rebuild
from service.taste import crud

Settle = Callable[[], None]
CALM = {"tempo": 70, "energy": 0.1, "danceability": 0.2, "valence": 0.9, "acousticness": 0.9}
WILD = {"tempo": 170, "energy": 0.9, "danceability": 0.7, "valence": 0.2, "acousticness": 0.1}


@pytest.fixture
def settle(app: FastAPI, client: TestClient, database: Database) -> Settle:
    """Build what was written into a generation."""

    def build() -> None:
        run_rebuild(
            database, GenerationStore(app.state.settings.generations_dir), app.state.settings
        )
        app.state.reader.refresh()

    return build


@pytest.fixture
def listener(client: TestClient) -> int:
    """Somebody who likes a calm folk track and a wild metal track, among ten of each."""
    posted = [
        {
            "title": f"{genre} {i}",
            "artist": f"{genre} artist {i % 3}",
            "genre": genre,
            **{name: value * (1 + i / 100) for name, value in sound.items()},
        }
        for i in range(10)
        for genre, sound in (("folk", CALM), ("metal", WILD))
    ]
    assert client.post("/tracks/", json=posted).status_code == 201
    user: int = client.post("/users/", json={"external_id": "ann"}).json()["id"]
    for track_id in (1, 2):
        event = {"user_id": user, "track_id": track_id, "action": "like"}
        assert client.post("/interactions/", json=event).status_code == 201
    return user


def taste(client: TestClient, user: int) -> dict[str, Any]:
    reply = client.get(f"/users/{user}/taste")
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def patch(client: TestClient, user: int, **body: Any) -> dict[str, Any]:
    reply = client.patch(f"/users/{user}/taste", json=body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def forget(client: TestClient, user: int, **query: Any) -> dict[str, Any]:
    reply = client.delete(f"/users/{user}/taste", params=query)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def personal(client: TestClient, user: int, **query: Any) -> list[dict[str, Any]]:
    query = {"user_id": user, "limit": 20, "max_per_artist": 10, **query}
    items: list[dict[str, Any]] = client.get("/recommendations/personalized/", params=query).json()[
        "items"
    ]
    return items


def genres_of(items: list[dict[str, Any]]) -> set[str]:
    return {item["genre"] for item in items}


def test_a_taste_is_what_was_listened_to(client: TestClient, listener: int) -> None:
    seen = taste(client, listener)

    assert {(each["name"], round(each["share"], 6)) for each in seen["genres"]} == {
        ("folk", 0.5),
        ("metal", 0.5),
    }
    assert seen["events"]["by_action"] == {"like": 2}
    assert sorted(each["id"] for each in seen["tracks"]) == [1, 2]
    assert {each["name"]: each["value"] for each in seen["features"]}["tempo"] == pytest.approx(
        120, abs=1
    )
    assert seen["edits"]["forgotten"] == []


def test_mutes_hold_at_once_and_after_a_rebuild(
    client: TestClient, listener: int, settle: Settle
) -> None:
    seen = patch(client, listener, mutes={"genres": ["METAL"], "artists": ["folk artist 1"]})
    assert {each["name"] for each in seen["genres"] if each["muted"]} == {"METAL"}

    for _ in range(2):
        items = personal(client, listener)
        assert items
        assert genres_of(items) == {"folk"}
        assert "folk artist 1" not in {item["artist"] for item in items}
        settle()


def test_weights_turn_a_list(client: TestClient, listener: int, settle: Settle) -> None:
    patch(client, listener, weights={"genres": {"metal": 0.1}})
    for _ in range(2):
        assert genres_of(personal(client, listener, limit=5, diversity=0)) == {"folk"}
        settle()

    patch(client, listener, weights={"genres": {"metal": 4, "folk": 0.1}})
    assert genres_of(personal(client, listener, limit=5, diversity=0)) == {"metal"}

    said = patch(client, listener, weights={"genres": {"METAL": None}})["edits"]
    assert said["weights"]["genres"] == {"folk": 0.1}


def test_a_pin_is_enough_for_a_newcomer(client: TestClient, listener: int) -> None:
    user: int = client.post("/users/", json={"external_id": "new"}).json()["id"]

    seen = patch(client, user, pins={"genres": ["metal"]})

    assert seen["has_evidence"]
    assert seen["genres"][0]["pinned"]
    assert genres_of(personal(client, user, limit=5, diversity=0)) == {"metal"}


def test_pinned_is_not_muted_any_more(client: TestClient, listener: int) -> None:
    patch(client, listener, mutes={"genres": ["metal", "polka"]})
    said = patch(client, listener, pins={"genres": ["Metal"]})["edits"]

    assert said["mutes"]["genres"] == ["polka"]
    assert said["pins"]["genres"] == ["Metal"]


@pytest.mark.parametrize(
    "query", [{"track_id": 2}, {"artist": "METAL artist 0"}, {"genre": "Metal"}]
)
def test_a_part_is_forgotten_for_good(
    client: TestClient, listener: int, settle: Settle, query: dict[str, Any]
) -> None:
    seen = forget(client, listener, **query)
    for _ in range(2):
        assert seen["events"]["forgotten"] == 1
        assert [each["name"] for each in seen["genres"]] == ["folk"]
        items = personal(client, listener)
        assert genres_of(items[:5]) == {"folk"}
        assert 2 not in {item["id"] for item in items}, "what was heard stays heard"
        settle()
        seen = taste(client, listener)


def test_forgetting_all_starts_afresh(client: TestClient, listener: int, settle: Settle) -> None:
    patch(client, listener, mutes={"genres": ["metal"]})

    assert not forget(client, listener)["has_evidence"]
    settle()
    seen = taste(client, listener)
    assert seen["edits"]["mutes"] == {"genres": [], "artists": []}
    assert seen["events"] | {"forgotten": 2} == seen["events"]

    event = {"user_id": listener, "track_id": 4, "action": "like"}
    assert client.post("/interactions/", json=event).status_code == 201
    assert [each["name"] for each in taste(client, listener)["genres"]] == ["metal"]


def test_what_is_later_than_a_moment_is_kept(client: TestClient, listener: int) -> None:
    assert forget(client, listener, before="2020-01-01T00:00:00Z")["events"]["forgotten"] == 0
    assert forget(client, listener, genre="folk", before="2020-01-01")["has_evidence"]


def test_history_keeps_what_is_forgotten(
    client: TestClient, listener: int, database: Database
) -> None:
    forget(client, listener)

    with database.reading() as session:
        assert session.execute(text("SELECT COUNT(*) FROM interactions")).scalar() == 2


def test_forgetting_again_and_again_keeps_one_line(client: TestClient, listener: int) -> None:
    for _ in range(3):
        forget(client, listener, genre="metal")
    assert len(forget(client, listener, genre="metal")["edits"]["forgotten"]) == 1


def test_a_deleted_listener_leaves_nothing(
    client: TestClient, listener: int, database: Database
) -> None:
    patch(client, listener, mutes={"genres": ["metal"]})

    assert client.delete(f"/users/{listener}").status_code == 204
    assert client.get(f"/users/{listener}/taste").status_code == 404
    with database.reading() as session:
        assert session.execute(text("SELECT COUNT(*) FROM segue_tastes")).scalar() == 0


def test_too_much_to_keep_is_refused(
    client: TestClient, listener: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crud, "LONGEST", 400)
    artists = [f"somebody {i:04}" for i in range(30)]

    reply = client.patch(f"/users/{listener}/taste", json={"mutes": {"artists": artists}})

    assert reply.status_code == 422
    assert taste(client, listener)["edits"]["mutes"]["artists"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"weights": {"genres": {"jazz": 5}}},
        {"weights": {"features": {"mood": 1}}},
        {"pins": {"features": {"energy": 2}}},
        {"pins": {"genres": ["jazz"]}, "mutes": {"genres": ["JAZZ"]}},
        {"mutes": ["jazz"]},
        {"likes": {}},
    ],
)
def test_what_cannot_be_meant_is_refused(
    client: TestClient, listener: int, body: dict[str, Any]
) -> None:
    reply = client.patch(f"/users/{listener}/taste", json=body)

    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_nobody_has_no_taste(client: TestClient, method: str) -> None:
    body: dict[str, Any] | None = {} if method == "patch" else None
    reply = client.request(method.upper(), "/users/999/taste", json=body)

    assert reply.status_code == 404
    assert reply.json()["errors"][0]["field"] == "path.user_id"


def test_scores_still_sum_up(client: TestClient, listener: int) -> None:
    patch(
        client,
        listener,
        weights={"features": {"energy": 2, "tempo": 0}, "artists": {"folk artist 1": 3}},
        pins={"features": {"valence": 0.5}, "artists": ["metal artist 2"]},
    )

    for item in personal(client, listener):
        parts = sum(reason["value"] for reason in item["reasons"])
        assert parts == pytest.approx(item["score"], abs=1e-6)
