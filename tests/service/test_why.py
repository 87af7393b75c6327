"""Each item says in one sentence why it is on the list, if it is asked."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
QUIET = {"energy": 0.1, "acousticness": 0.9, "loudness": -20.0, "tempo": 70.0}
LOUD = {"energy": 0.9, "acousticness": 0.1, "loudness": -4.0, "tempo": 160.0}


@pytest.fixture
def database_kind() -> str:
    """Sentences are made without a database."""
    return "sqlite"


@pytest.fixture
def tracks(client: TestClient) -> list[int]:
    wanted = [
        {"title": f"{name} {i}", "artist": f"{name} artist {i}", **sound}
        for name, sound in (("Quiet", QUIET), ("Loud", LOUD))
        for i in range(4)
    ]
    reply = client.post("/tracks/", json=wanted)
    client.app.state.reader.catch_up()  # type: ignore[attr-defined]
    return [item["id"] for item in reply.json()["items"]]


@pytest.fixture
def listener(client: TestClient, tracks: list[int]) -> int:
    user: int = client.post("/users/", json={"external_id": "ann"}).json()["id"]
    client.post("/interactions/", json={"user_id": user, "track_id": tracks[0], "action": "like"})
    return user


def items(client: TestClient, path: str, **query: Any) -> list[dict[str, Any]]:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


def test_a_similar_track_is_compared_with_the_seed(client: TestClient, tracks: list[int]) -> None:
    best = items(client, SIMILAR, track_id=tracks[0], why=True)[0]

    assert best["title"].startswith("Quiet")
    assert best["why"].startswith("Sounds ")
    assert best["why"].endswith("“Quiet 0”")


def test_a_listener_is_told_what_it_is_like(client: TestClient, listener: int) -> None:
    for item in items(client, PERSONAL, user_id=listener, why=True):
        assert item["why"]


def test_a_newcomer_is_told_that_it_is_popular(client: TestClient, listener: int) -> None:
    stranger = client.post("/users/", json={"external_id": "bob"}).json()["id"]

    first = items(client, PERSONAL, user_id=stranger, why=True)[0]

    assert first["why"] == "Played a lot lately"


def test_the_rest_of_the_items_is_as_without_it(client: TestClient, tracks: list[int]) -> None:
    plain = items(client, SIMILAR, track_id=tracks[2])
    told = items(client, SIMILAR, track_id=tracks[2], why=True)

    assert all("why" not in item for item in plain)
    assert [{k: v for k, v in item.items() if k != "why"} for item in told] == plain


def test_an_empty_list_has_no_sentences(client: TestClient, tracks: list[int]) -> None:
    assert items(client, SIMILAR, track_id=tracks[0], genre="polka", why=True) == []
