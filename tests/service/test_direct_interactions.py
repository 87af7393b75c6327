"""Single interactions take a shorter way, on which nothing is different."""

from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from service.access import authorize
from service.errors import Conflict

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
