"""Claims on sessions: endless, never the same twice, and kept whoever answers."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.features import FEATURES
from service.app import create_app
from service.sessions import Journals
from service.sessions.journal import KEPT_DAYS, Journal

SESSIONS = "/sessions/"


@pytest.fixture
def database_kind() -> str:
    """None of it touches the database."""
    return "sqlite"


@pytest.fixture
def user(client: TestClient) -> int:
    """A listener of the first of sixty tracks by twenty artists."""
    generator = np.random.default_rng(1)
    posted = [
        {
            "title": f"T{i}",
            "artist": f"Artist {i % 20}",
            "genre": "jazz" if i % 2 else "dub",
            **{f.name: round(float(generator.uniform(*f.typical)), 3) for f in FEATURES},
        }
        for i in range(60)
    ]
    assert client.post("/tracks/", json=posted).status_code == 201
    user_id: int = client.post("/users/", json={"external_id": "ann"}).json()["id"]
    event = {"user_id": user_id, "track_id": 1, "action": "like"}
    assert client.post("/interactions/", json=event).status_code == 201
    return user_id


def begin(client: TestClient, **body: Any) -> str:
    reply = client.post(SESSIONS, json=body)
    assert reply.status_code == 201, reply.text
    session_id: str = reply.json()["session_id"]
    return session_id


def coming(client: TestClient, session_id: str, limit: int = 5) -> list[dict[str, Any]]:
    reply = client.get(f"{SESSIONS}{session_id}/next", params={"limit": limit})
    assert reply.status_code == 200, reply.text
    assert reply.json()["recommendation_id"].startswith("e-")
    items: list[dict[str, Any]] = reply.json()["items"]
    return items


def tell(client: TestClient, session_id: str, *events: dict[str, Any]) -> dict[str, Any]:
    reply = client.post(f"{SESSIONS}{session_id}/events", json={"events": list(events)})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": 1},
        {"seeds": {"tracks": [3, 4], "artists": ["artist 7"], "genres": ["DUB"]}},
        {"user_id": 1, "seeds": {"genres": ["jazz"]}, "diversity": 0, "max_per_artist": None},
    ],
)
def test_no_track_comes_twice(client: TestClient, user: int, body: dict[str, Any]) -> None:
    session_id, given = begin(client, **body), list[int]()
    for _ in range(8):
        items = coming(client, session_id)
        for item in items:
            parts = sum(reason["value"] for reason in item["reasons"])
            assert parts == pytest.approx(item["score"], abs=1e-6)
        given += [item["id"] for item in items]

    assert len(given) == len(set(given)) == 40


def test_a_session_ends_where_the_catalogue_does(client: TestClient, user: int) -> None:
    session_id = begin(client, max_per_artist=None)
    given = [item["id"] for _ in range(3) for item in coming(client, session_id, 50)]

    assert sorted(given) == list(range(1, 61))


def test_events_count_at_once(client: TestClient, user: int) -> None:
    """Of two sessions, each comes nearer to what was liked in it."""
    liked, skipped = (2, 4, 6), (3, 5, 7)
    events = [
        *({"track_id": id_, "action": "like"} for id_ in liked),
        *({"track_id": id_, "action": "skip", "listened": 0.02} for id_ in skipped),
    ]
    apply_feature_edits = [
        {**e, "action": "skip" if e["action"] == "like" else "like"} for e in events
    ]
    one, other = begin(client, genre_bonus=3), begin(client, genre_bonus=3)

    assert tell(client, one, *events) == {"session_id": one, "events": 6, "served": 0}
    tell(client, other, *apply_feature_edits)

    genres = [[item["genre"] for item in coming(client, each, 10)] for each in (one, other)]
    assert genres[0].count("jazz") > genres[1].count("jazz")
    given = {item["id"] for each in (one, other) for item in coming(client, each, 50)}
    assert not given & {*liked, *skipped}


def test_conditions_hold_for_all_of_a_session(client: TestClient, user: int) -> None:
    session_id = begin(client, genre=["jazz"], exclude=[2, 4])
    items = [item for _ in range(3) for item in coming(client, session_id, 10)]

    assert {item["genre"] for item in items} == {"jazz"}
    assert not {2, 4} & {item["id"] for item in items}


def test_another_process_goes_on_with_a_session(
    client: TestClient, user: int, app: FastAPI
) -> None:
    session_id = begin(client, user_id=user)
    given = {item["id"] for item in coming(client, session_id, 10)}

    with TestClient(create_app()) as other:
        more = {item["id"] for item in coming(other, session_id, 10)}
        tell(other, session_id, {"track_id": 30, "action": "skip"})

    last = {item["id"] for item in coming(client, session_id, 10)}
    assert len(given | more | last) == 30


def test_requests_of_one_session_take_turns(client: TestClient, user: int) -> None:
    session_id, given = begin(client), list[int]()

    def ask() -> None:
        given.extend(item["id"] for item in coming(client, session_id, 5))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == len(set(given)) == 30


def test_an_ended_session_is_gone(client: TestClient, user: int) -> None:
    session_id = begin(client)

    assert client.delete(f"{SESSIONS}{session_id}").status_code == 204
    assert client.get(f"{SESSIONS}{session_id}/next").status_code == 404
    assert client.delete(f"{SESSIONS}{session_id}").status_code == 404


@pytest.mark.parametrize("session_id", ["nothing", "a" * 22, "..%2F..%2Fetc", "%00"])
def test_unknown_sessions_are_not_found(client: TestClient, user: int, session_id: str) -> None:
    reply = client.get(f"{SESSIONS}{session_id}/next")

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"user_id": 999}, 404, "body.user_id"),
        ({"seeds": {"tracks": [999]}}, 404, "body.seeds.tracks"),
        ({"limit": 3}, 422, "body.limit"),
        ({"diversity": 2}, 422, "body.diversity"),
    ],
)
def test_what_cannot_begin_is_refused(
    client: TestClient, user: int, body: dict[str, Any], status: int, field: str
) -> None:
    reply = client.post(SESSIONS, json=body)

    assert reply.status_code == status
    assert reply.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"track_id": 999, "action": "skip"}, 404),
        ({"track_id": 1, "action": "dance"}, 422),
        ({"track_id": 1, "action": "play", "listened": 2}, 422),
    ],
)
def test_what_cannot_have_been_done_is_refused(
    client: TestClient, user: int, event: dict[str, Any], status: int
) -> None:
    session_id = begin(client)
    reply = client.post(f"{SESSIONS}{session_id}/events", json={"events": [event]})

    assert reply.status_code == status
    assert tell(client, session_id, {"track_id": 1, "action": "play"})["events"] == 1


@pytest.mark.parametrize("spoilt", [b'{"served":[1,2', b"\0\0\0\0", b"\0\0\n{}\n"])
def test_a_line_that_was_cut_short_is_dropped(tmp_path: Path, spoilt: bytes) -> None:
    journals = Journals(tmp_path)
    session_id = journals.begin({"first": 1})
    [path] = tmp_path.glob("*/*.jsonl")
    with path.open("ab") as file:
        file.write(spoilt)

    with journals.held(session_id) as journal:
        assert journal is not None
        assert journal.lines == [{"first": 1}]
        journal.append({"served": [3]})
    with journals.held(session_id) as journal:
        assert journal is not None
        assert journal.lines == [{"first": 1}, {"served": [3]}]


def test_a_full_disk_is_said_to_be_one(
    client: TestClient, user: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = begin(client)

    def full(_journal: Journal, _line: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", full)
    reply = client.get(f"{SESSIONS}{session_id}/next")

    assert reply.status_code == 503
    assert "Retry-After" in reply.headers


def test_what_nobody_asks_for_is_swept(tmp_path: Path) -> None:
    old = Journals(tmp_path).begin({})
    [path] = tmp_path.glob("*/*.jsonl")
    past = time.time() - (KEPT_DAYS + 1) * 86_400
    os.utime(path, (past, past))

    Journals(tmp_path).begin({})

    with Journals(tmp_path).held(old) as journal:
        assert journal is None
    assert len(list(tmp_path.glob("*/*.jsonl"))) == 1
