"""Claims on searches that may look at every track: they keep nobody waiting, and answer as ever."""

import threading
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from index.live import LiveIndex
from service.http import executor
from service.recommendations import diagnostics, lists

SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
BATCH = f"{SIMILAR}batch"
CONDITIONS: list[dict[str, Any]] = [
    {"genre": ["jazz"]},
    {"min_tempo": 70},
    {"max_energy": 0.9},
    {"exclude": [2, 3]},
    {"max_per_artist": 1},
    {"weights": "energy:1"},
]


@pytest.fixture
def database_kind() -> str:
    """Nothing of it depends on the database."""
    return "sqlite"


@pytest.fixture
def tracks(client: TestClient) -> None:
    posted = [
        {"title": f"T{i}", "artist": f"A{i}", "genre": "jazz", "tempo": 60 + i, "energy": i / 30}
        for i in range(30)
    ]
    assert client.post("/tracks/", json=posted).status_code == 201
    client.post("/users/", json={"external_id": "ann"})
    event = {"user_id": 1, "track_id": 1, "action": "like"}
    assert client.post("/interactions/", json=event).status_code == 201


@pytest.fixture
def searched_in(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads that searched, one after another."""
    seen: list[int] = []

    def noting(function: Any) -> Any:
        def noted(*args: Any) -> Any:
            seen.append(threading.get_ident())
            return function(*args)

        return noted

    for module, name in ((lists, "similar"), (lists, "personalized"), (diagnostics, "remaining")):
        monkeypatch.setattr(module, name, noting(getattr(module, name)))
    return seen


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: next(iter(each)))
def test_what_may_look_at_every_track_leaves_the_event_loop(
    client: TestClient, tracks: None, searched_in: list[int], condition: dict[str, Any]
) -> None:
    client.get(SIMILAR, params={"track_id": 1, "limit": 5})
    client.get(PERSONAL, params={"user_id": 1, "limit": 5})
    client.post(BATCH, json={"track_ids": [1, 2], "limit": 5})
    loop = set(searched_in)
    assert len(loop) == 1
    searched_in.clear()

    replies = [
        client.get(SIMILAR, params={"track_id": 1, "limit": 5, **condition}),
        client.post(SIMILAR, json={"track_id": 1, "limit": 5, **condition}),
        client.post(BATCH, json={"track_ids": [1, 2], "limit": 5, **condition}),
    ]
    if "weights" not in condition:
        replies.append(client.get(PERSONAL, params={"user_id": 1, "limit": 5, **condition}))

    assert {reply.status_code for reply in replies} == {200}
    assert len(searched_in) >= len(replies)
    assert loop.isdisjoint(searched_in)


def test_a_short_list_is_explained_outside_the_event_loop(
    client: TestClient, tracks: None, searched_in: list[int]
) -> None:
    reply = client.get(SIMILAR, params={"track_id": 1, "limit": 100}).json()

    assert len(reply["items"]) == 29
    assert reply["left"][0] == {"after": "catalogue", "tracks": 30}
    search, counting = searched_in
    assert search != counting


def test_too_many_long_searches_are_refused_and_plain_ones_are_not(
    client: TestClient, tracks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "MOST_WAITING", 0)

    refused = client.get(SIMILAR, params={"track_id": 1, "min_tempo": 70})
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert "Retry-After" in refused.headers
    assert client.get(SIMILAR, params={"track_id": 1}).status_code == 200


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: next(iter(each)))
def test_a_batch_under_conditions_holds_the_list_of_each_seed(
    client: TestClient, tracks: None, condition: dict[str, Any]
) -> None:
    batch = client.post(BATCH, json={"track_ids": [1, 5, 999], **condition}).json()["results"]

    for result in batch[:2]:
        single = client.get(SIMILAR, params={"track_id": result["track_id"], **condition}).json()
        assert result["items"] == single["items"]
    assert batch[2]["error"]["status"] == 404


def test_a_batch_looks_its_conditions_up_once(
    client: TestClient, tracks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[int] = []
    rows_of = LiveIndex.rows_of

    def noted(live: LiveIndex, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        looked_up.append(len(ids))
        return rows_of(live, ids)

    monkeypatch.setattr(LiveIndex, "rows_of", noted)

    client.post(BATCH, json={"track_ids": [1, 2, 3, 4], "exclude": [5, 6, 7]})

    assert looked_up == [3]
