"""Interactions take a shorter way, on which nothing is different."""

from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from service.errors import Conflict
from service.http import authorize

PLAIN = {"Content-Type": "application/json"}
AROUND = {"Content-Type": "application/json; charset=utf-8"}
"""The same in other words: the longer way."""


@pytest.fixture
def database_kind() -> str:
    """What is parsed doesn't depend on the database."""
    return "sqlite"


@pytest.fixture
def event(client: TestClient) -> str:
    user = client.post("/users/", json={"external_id": "u"}).json()["id"]
    track = client.post("/tracks/", json={"title": "t", "artist": "a"}).json()["id"]
    return f'{{"user_id": {user}, "track_id": {track}, "action": "play", %s}}'


def post(client: TestClient, body: str | bytes, headers: dict[str, str]) -> Any:
    return client.post("/interactions/", content=body, headers=headers)


@pytest.mark.parametrize(
    "fields",
    [
        '"event_id": "e", "rating": 5',
        '"created_at": "2024-01-01T12:00:00+02:00"',
        '"created_at": 1700000000',
        '"listen_duration": 1.0',
        '"listen_duration": true',
        '"listen_duration": "1"',
        '"rating": 5, "rating": 4',
        '"rating": NaN',
        '"event_id": "\\ud800"',
        '"event_id": "\\u0000"',
        '"recommendation_id": "s-1.0-ab"',
        '"recommendation_id": "s-1.0-AB"',
        '"user_id": 987654',
        '"track_id": 9223372036854775808',
        '"action": "hum"',
        '"mood": 1',
        '"mood": 1, broken',
    ],
)
def test_both_ways_answer_alike(client: TestClient, event: str, fields: str) -> None:
    short = post(client, event % fields, PLAIN)
    long = post(client, event % fields, AROUND)

    if short.status_code == 201:
        once = '"event_id": "e"' in fields
        assert long.status_code == (200 if once else 201)
        kept = (
            set(short.json()) - {"id"} - ({"created_at"} if "created_at" not in fields else set())
        )
        assert {n: short.json()[n] for n in kept} == {n: long.json()[n] for n in kept}
    else:
        assert (short.status_code, short.content) == (long.status_code, long.content)
    assert {k: v for k, v in short.headers.items() if k != "content-length"} == {
        k: v for k, v in long.headers.items() if k != "content-length"
    }


@pytest.mark.parametrize(
    "rows",
    [
        ["", ""],
        ['"rating": 5', '"event_id": "b", "created_at": "2024-01-01"'],
        ['"rating": 5', '"rating": 6, "mood": 1'],
        ['"rating": 5', '"track_id": 987654'],
        [""] * 1001,
        [],
    ],
)
def test_a_list_is_answered_alike_on_both_ways(
    client: TestClient, event: str, rows: list[str]
) -> None:
    written = [(event % row).replace(", }", "}") for row in rows]
    body = f" [{', '.join(written)}]"  # one that doesn't begin with its bracket goes around
    short = post(client, body[1:], PLAIN)
    long = post(client, body, PLAIN)

    assert short.status_code == long.status_code
    if short.status_code == 201:
        for one, other in zip(short.json()["items"], long.json()["items"], strict=True):
            assert set(one) == set(other)
            assert one["rating"] == other["rating"]
            assert one["event_id"] == other["event_id"]
    else:
        assert short.content == long.content


async def in_pieces(app: FastAPI, pieces: list[bytes]) -> list[Any]:
    """Post a body that comes in several messages; return what is sent."""
    length = str(sum(map(len, pieces))).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/interactions/",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", length)],
    }
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await app({**scope, "app": app}, receive, send)
    return sent


def test_a_body_may_come_in_pieces(client: TestClient, app: FastAPI, event: str) -> None:
    for text, status in ((event % '"rating": 5', 201), (event % '"rating": 6', 422)):
        for body in (text.encode(), f"[{text}]".encode()):
            assert client.portal is not None
            sent = client.portal.call(in_pieces, app, [body[:10], body[10:50], body[50:]])
            assert sent[0]["status"] == status


def test_it_passes_the_one_place_of_access(app: FastAPI) -> None:
    async def deny(request: Request) -> None:
        raise Conflict("Not you.")

    app.dependency_overrides[authorize] = deny
    with TestClient(app) as client:
        body = '{"user_id": 1, "track_id": 1, "action": "play"}'
        reply = post(client, body, PLAIN)
    assert (reply.status_code, reply.json()["detail"]) == (409, "Not you.")


def test_it_is_counted_under_its_route(client: TestClient, event: str) -> None:
    assert post(client, event % '"rating": 1', PLAIN).status_code == 201
    start = 'segue_http_requests_total{method="POST",route="/interactions/",status="201"}'
    assert start in client.get("/metrics").text
