"""Personal lists that two rankers share, told by the id alone who placed which track."""

from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from index.experiments import team_of
from service.outcomes.counting import count_outcomes, newest_interaction
from service.outcomes.ids import read
from service.settings import Settings

PERSONAL = "/recommendations/personalized/"


@pytest.fixture(autouse=True)
def pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two rankers share personal lists; before the settings are read."""
    monkeypatch.setenv("SEGUE_INTERLEAVE", "hybrid:audio")


@pytest.fixture
def database_kind() -> str:
    """What is drafted doesn't depend on the database."""
    return "sqlite"


@pytest.fixture
def listener(pair: None, client: TestClient) -> int:
    tracks = [
        {"title": f"t{i}", "artist": f"a{i}", "energy": i / 40, "tempo": 80 + i} for i in range(40)
    ]
    ids = [each["id"] for each in client.post("/tracks/", json=tracks).json()["items"]]
    user: int = client.post("/users/", json={"external_id": "ann"}).json()["id"]
    likes = [{"user_id": user, "track_id": track, "action": "like"} for track in ids[:3]]
    assert client.post("/interactions/", json=likes).status_code == 201
    return user


def personal(client: TestClient, user: int, **query: Any) -> dict[str, Any]:
    reply = client.get(PERSONAL, params={"user_id": user, **query})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def teams(found: dict[str, Any]) -> list[int]:
    told = read(found["recommendation_id"])
    assert told is not None
    assert told.teams is not None
    assert told.teams.startswith("ha")
    return [team_of(told.teams[2:], item["id"]) for item in found["items"]]


@pytest.mark.parametrize("limit", [1, 10, 36])
def test_the_id_tells_who_placed_each_track(client: TestClient, listener: int, limit: int) -> None:
    found = personal(client, listener, limit=limit)

    placed = teams(found)
    assert len(placed) == limit
    for stop in range(limit):
        assert abs(stop - 2 * sum(placed[:stop])) <= 1


def test_parts_sum_to_the_score_of_who_placed_it(client: TestClient, listener: int) -> None:
    items = personal(client, listener, limit=20)["items"]

    for item in items:
        assert sum(part["value"] for part in item["reasons"]) == pytest.approx(
            item["score"], abs=1e-6
        )
    assert len({item["id"] for item in items}) == 20


def test_who_asks_for_one_ranker_gets_it_alone(client: TestClient, listener: int) -> None:
    for ranker in ("hybrid", "audio"):
        found = personal(client, listener, ranker=ranker, diversity=0)
        told = read(found["recommendation_id"])
        assert told is not None
        assert told.teams is None
        scores = [item["score"] for item in found["items"]]
        assert all(a >= b for a, b in pairwise(scores))


def test_a_like_is_a_point_for_who_placed_the_track(client: TestClient, listener: int) -> None:
    found = personal(client, listener)
    first = teams(found)[0]
    event = {
        "user_id": listener,
        "track_id": found["items"][0]["id"],
        "action": "like",
        "recommendation_id": found["recommendation_id"],
    }
    assert client.post("/interactions/", json=event).status_code == 201
    state = client.app.state  # type: ignore[attr-defined]
    count_outcomes(state.database, newest_interaction(state.database))
    state.outcomes.look()

    [contest] = client.get("/stats/").json()["recommendations"]["contests"]

    assert (contest["first_wins"], contest["second_wins"]) == ((1, 0) if first == 0 else (0, 1))


@pytest.mark.parametrize("setting", ["hybrid", "hybrid:", "hybrid:magic", ":", "a:h"])
def test_an_unknown_pair_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("SEGUE_INTERLEAVE", setting)

    with pytest.raises(ValidationError):
        Settings()
