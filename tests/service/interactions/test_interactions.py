"""Interactions: what listeners do is stored once and read back, the newest first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from index.actions import ACTION_NAMES
from service.database import Database
from service.interactions.schemas import ActionName

MISSING = 987654


@pytest.fixture
def event(client: TestClient) -> dict[str, Any]:
    """A play of a track by a user, both of whom exist."""
    user = client.post("/users/", json={"external_id": "u"}).json()["id"]
    track = client.post("/tracks/", json={"title": "t", "artist": "a"}).json()["id"]
    return {"user_id": user, "track_id": track, "action": "play"}


def post(client: TestClient, body: Any, **headers: str) -> Any:
    return client.post("/interactions/", json=body, headers=headers)


def history(client: TestClient, event: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    reply = client.get(f"/interactions/user/{event['user_id']}", params=query)
    assert reply.status_code == 200
    return list(reply.json()["items"])


def test_the_actions_are_those_of_the_index() -> None:
    assert get_args(ActionName) == ACTION_NAMES


TIMES = [
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ("2024-01-01T12:00:00", "2024-01-01T12:00:00Z"),
    ("2024-01-01T12:00:00+02:00", "2024-01-01T10:00:00Z"),
    ("2024-01-01 12:00:00.5", "2024-01-01T12:00:00.500000Z"),
    ("2024-01-01", "2024-01-01T00:00:00Z"),
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"created_at": "1969-12-31T23:59:59Z"}, "created_at"),
    ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
    ({"created_at": "9999-12-31T23:59:59-14:00"}, "created_at"),
    ({"created_at": "yesterday"}, "created_at"),
    ({"created_at": 1700000000}, "created_at"),
    ({"created_at": "2024-02-30T00:00:00Z"}, "created_at"),
    ({"action": "hum"}, "action"),
    ({"action": "PLAY"}, "action"),
    ({"rating": 0}, "rating"),
    ({"rating": 6}, "rating"),
    ({"rating": 4.5}, "rating"),
    ({"listen_duration": -1}, "listen_duration"),
    ({"event_id": ""}, "event_id"),
    ({"event_id": "x" * 101}, "event_id"),
    ({"event_id": "é"}, "event_id"),
    ({"event_id": "a\n"}, "event_id"),
    ({"user_id": 0}, "user_id"),
    ({"user_id": 2**63}, "user_id"),
    ({"track_id": "1"}, "track_id"),
    ({"mood": 1}, "mood"),
    ({"recommendation_id": ""}, "recommendation_id"),
    ({"recommendation_id": "p-1.0-ab\n"}, "recommendation_id"),
    ({"recommendation_id": "p-1.0-" + "a" * 25}, "recommendation_id"),
]


def test_an_interaction_is_given_back_as_posted(client: TestClient, event: dict[str, Any]) -> None:
    for action in ACTION_NAMES:
        wanted = {
            **event,
            "action": action,
            "rating": 5,
            "listen_duration": 312,
            "created_at": "2024-05-06T07:08:09.123456Z",
            "event_id": f"{action} ~1",
            "recommendation_id": f"p-{2**29}.{2**29}-{'a' * 24}-ha{'f' * 32}",
        }
        created = post(client, wanted)

        assert created.status_code == 201
        assert {name: created.json()[name] for name in wanted} == wanted
        assert history(client, event)[0] == created.json()


def test_times_are_kept_in_utc_to_the_microsecond(
    client: TestClient, event: dict[str, Any]
) -> None:
    for given, stored in TIMES:
        row = post(client, {**event, "created_at": given}).json()
        assert row["created_at"] == stored
        assert row in history(client, event)


def test_what_cannot_be_is_refused(client: TestClient, event: dict[str, Any]) -> None:
    for fields, field in REFUSED:
        reply = post(client, {**event, **fields})
        assert reply.status_code == 422, fields
        assert [error["field"] for error in reply.json()["errors"]] == [f"body.{field}"]


def test_a_clock_may_be_five_minutes_ahead(client: TestClient, event: dict[str, Any]) -> None:
    def at(**ahead: float) -> str:
        return (datetime.now(UTC) + timedelta(**ahead)).isoformat()

    assert post(client, {**event, "created_at": at(minutes=4)}).status_code == 201
    assert post(client, {**event, "created_at": at(minutes=6)}).status_code == 422


def test_an_unknown_user_or_track_is_named(client: TestClient, event: dict[str, Any]) -> None:
    for name in ("user_id", "track_id"):
        for unknown in (MISSING, 2**63 - 1):
            single = post(client, {**event, name: unknown})
            assert single.status_code == 404
            assert single.json()["errors"][0]["field"] == f"body.{name}"

            listed = post(client, [event, {**event, name: unknown}])
            assert listed.status_code == 404
            assert listed.json()["errors"][0]["field"] == f"body.1.{name}"
    assert history(client, event) == []


def test_a_list_is_stored_in_order(client: TestClient, event: dict[str, Any]) -> None:
    reply = post(client, [{**event, "listen_duration": n} for n in range(1000)])

    assert reply.status_code == 201
    assert [each["listen_duration"] for each in reply.json()["items"]] == list(range(1000))


def test_the_newest_comes_first_and_actions_can_be_picked(
    client: TestClient, event: dict[str, Any]
) -> None:
    days = {"2024-01-02": "like", "2024-01-03": "play", "2024-01-01": "like"}
    for day, action in days.items():
        post(client, {**event, "action": action, "created_at": day})

    def seen(**query: Any) -> list[str]:
        return [each["created_at"][:10] for each in history(client, event, **query)]

    assert seen() == ["2024-01-03", "2024-01-02", "2024-01-01"]
    assert seen(action="like") == ["2024-01-02", "2024-01-01"]
    assert seen(limit=1, offset=1) == ["2024-01-02"]
    assert seen(action="skip") == []
    unknown = client.get(f"/interactions/user/{MISSING}")
    assert unknown.status_code == 404


def test_a_repeated_event_counts_once(client: TestClient, event: dict[str, Any]) -> None:
    first = post(client, {**event, "event_id": "e1"})
    again = post(client, {**event, "event_id": "e1"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert len(history(client, event)) == 1


def test_a_repeated_event_with_other_content_is_a_conflict(
    client: TestClient, event: dict[str, Any]
) -> None:
    post(client, {**event, "event_id": "e1"})

    changes: list[dict[str, Any]] = [
        {"action": "like"},
        {"rating": 3},
        {"listen_duration": 1},
        {"created_at": "2024-01-01"},
        {"recommendation_id": "s-1.0-ab"},
    ]
    for change in changes:
        reply = post(client, {**event, "event_id": "e1", **change})
        assert reply.status_code == 409
        assert reply.json()["errors"][0]["field"] == "body.event_id"


def test_event_ids_are_compared_by_bytes(client: TestClient, event: dict[str, Any]) -> None:
    for event_id in ("e", "E", "e ", " e"):
        assert post(client, {**event, "event_id": event_id}).status_code == 201


def test_what_stands_in_an_event_id_is_no_sql(client: TestClient, event: dict[str, Any]) -> None:
    names = [
        "'",
        "a' OR 'a",
        "\\",
        "\\'",
        '"',
        "%s",
        "%(x)s",
        "?",
        ":0",
        "--",
        "x'61'",
        "0x61",
        "a,b",
    ]
    wanted = [{**event, "event_id": name} for name in names]

    singles = [post(client, each).json()["event_id"] for each in wanted]
    again = post(client, wanted)

    assert singles == names
    assert again.status_code == 200
    assert [each["event_id"] for each in again.json()["items"]] == names
    assert sorted(each["event_id"] for each in history(client, event)) == sorted(names)


def test_a_list_may_be_about_many_tracks_and_listeners(client: TestClient) -> None:
    users = [client.post("/users/", json={"external_id": f"u{i}"}).json()["id"] for i in range(30)]
    body = [{"title": f"t{i}", "artist": "a", "duration": i or None} for i in range(400)]
    tracks = [each["id"] for each in client.post("/tracks/", json=body).json()["items"]]
    rows = [
        {"user_id": users[i % 30], "track_id": track, "action": "play", "listen_duration": i}
        for i, track in enumerate(tracks)
    ]

    assert post(client, rows).status_code == 201
    missing = post(client, [*rows, {**rows[0], "track_id": MISSING, "user_id": MISSING}])

    fields = [error["field"] for error in missing.json()["errors"]]
    assert (missing.status_code, fields) == (404, ["body.400.user_id", "body.400.track_id"])
    assert [each["track_id"] for each in history(client, rows[0])] == tracks[::30][::-1]


def test_a_list_may_repeat_and_add(client: TestClient, event: dict[str, Any]) -> None:
    old = post(client, {**event, "event_id": "e1"}).json()

    mixed = post(client, [{**event, "event_id": "e1"}, {**event, "event_id": "e2"}])
    repeated = post(client, [{**event, "event_id": "e1"}, {**event, "event_id": "e2"}])
    within = post(client, [{**event, "event_id": "e3"}, {**event, "event_id": "e3"}])
    broken = post(client, [{**event, "event_id": "e4"}, {**event, "event_id": "e1", "rating": 1}])

    assert mixed.status_code == 201
    assert mixed.json()["items"][0] == old
    assert (repeated.status_code, repeated.json()) == (200, mixed.json())
    assert within.status_code == 201
    assert within.json()["items"][0] == within.json()["items"][1]
    assert broken.status_code == 409
    assert broken.json()["errors"][0]["field"] == "body.1.event_id"
    assert len(history(client, event)) == 3


def test_an_idempotency_key_names_the_events_of_a_request(
    client: TestClient, event: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "k" * 100}
    batch = [event, {**event, "action": "like"}, {**event, "event_id": "own"}]

    first = client.post("/interactions/", json=batch, headers=key)
    again = client.post("/interactions/", json=batch, headers=key)
    other = client.post("/interactions/", json={**event, "action": "skip"}, headers=key)

    assert [each["event_id"] for each in first.json()["items"]] == [
        "k" * 100 + "/0",
        "k" * 100 + "/1",
        "own",
    ]
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json()
    assert len(history(client, event)) == 3


def test_an_idempotency_key_is_plain(client: TestClient, event: dict[str, Any]) -> None:
    for key in (b"", b"k" * 101, b"\xe9"):
        reply = client.post("/interactions/", json=event, headers={b"Idempotency-Key": key})
        assert reply.status_code == 422, key


def test_concurrent_repeats_count_once(client: TestClient, event: dict[str, Any]) -> None:
    def send(_: int) -> tuple[int, bytes]:
        reply = post(client, {**event, "event_id": "same"})
        return reply.status_code, reply.content

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(send, range(24)))

    assert sorted(status for status, _ in replies) == [200] * 23 + [201]
    assert len({content for _, content in replies}) == 1
    assert len(history(client, event)) == 1


def test_interactions_change_the_next_list(client: TestClient, event: dict[str, Any]) -> None:
    other = client.post("/tracks/", json={"title": "o", "artist": "b", "energy": 0.5}).json()["id"]

    def listed() -> list[int]:
        reply = client.get("/recommendations/personalized/", params={"user_id": event["user_id"]})
        return sorted(track["id"] for track in reply.json()["items"])

    assert listed() == sorted([event["track_id"], other])
    post(client, event)
    assert listed() == [other]


def test_interactions_written_by_plain_sql_are_listed(
    client: TestClient, event: dict[str, Any], database: Database
) -> None:
    with database.writing() as session:
        session.execute(
            text("INSERT INTO interactions (user_id, track_id, action) VALUES (:u, :t, 'play')"),
            {"u": event["user_id"], "t": event["track_id"]},
        )

    [row] = history(client, event)
    assert row["created_at"].endswith("Z")
    assert row["event_id"] is None
