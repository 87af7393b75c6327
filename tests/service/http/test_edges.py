"""No input gives a 500: a corpus of what clients should not send, over every route."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.features import FEATURE_NAMES
from tests.support.asgi import Wanted, ask_all

pytestmark = pytest.mark.timeout(900)  # thousands of requests each

INTEGERS = [-1, 0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30]
TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "\ufeff",
    "😀" * 700,
    "x" * 100_000,
    "%s%n%d",
    "'; DROP TABLE tracks; --",
    '"',
    "\\",
    "*",
    "(",
    "NEAR(",
    "a OR b",
    "a* -b ^c",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "İ",
    "ﷺ",
    "e\u0301" * 50,
]
QUERIES: list[str | bytes] = [
    *map(str, INTEGERS),
    *("1.0", "+1", "1_0", "\u0663", "1e999", "nan", "-inf", "true", "[]", "{}", "null", "-0"),
    *(text.encode("utf-8", "surrogatepass") for text in TEXTS if len(text) < 5_000),
]
VALUES: list[Any] = [
    None,
    True,
    *INTEGERS,
    -0.0,
    1e308,
    5e-324,
    float("nan"),
    float("inf"),
    float("-inf"),
    *TEXTS,
    [],
    [[]],
    [None],
    {},
    {"a": {}},
]
RAW = [
    b"",
    b"null",
    b"NaN",
    b"[NaN]",
    b"Infinity",
    b"1e999",
    b"-1e999",
    b'{"title": 1e999}',
    b"{",
    b"\xff",
    b'"\xed\xa0\x80"',
    b"\xef\xbb\xbf{}",
    b'{"a": 1, "a": 2}',
    b'{"title": "a", "title": "b", "artist": "c"}',
    b"9" * 5_000,
    b'{"duration": ' + b"9" * 5_000 + b"}",
    b"[" * 50_000 + b"]" * 50_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"[" + b"{}," * 2_000 + b"{}]",
    b'"' + b"x" * 900_000 + b'"',
    "{}".encode("utf-16"),
]
ALIKE = {f"{side}_{name}" for side in ("min", "max") for name in FEATURE_NAMES[1:]}
VALID: dict[str, dict[str, Any]] = {
    "/tracks/": {"title": "t", "artist": "a", "genres": ["g"], "energy": 0.5, "duration": 1},
    "/users/": {"email": "a@b", "username": "u", "external_id": "e"},
    "/interactions/": {"user_id": 1, "track_id": 1, "action": "play", "event_id": "e"},
    "/tracks/{track_id}": {"title": "t", "genre": "g", "release_date": "2000", "key": "C"},
    "/users/{user_id}": {"email": "c@d"},
    "/recommendations/similar-tracks/": {
        "track_id": 1,
        "limit": 5,
        "genre_bonus": 1.5,
        "genre": ["g"],
        "min_energy": 0.1,
        "exclude": [2],
        "weights": "energy:1",
    },
    "/recommendations/similar-tracks/batch": {"track_ids": [1, 2], "limit": 5, "diversity": 0.5},
    "/recommendations/personalized/": {"user_id": 1, "exclude_heard": True, "diversity": 0.5},
    "/recommendations/": {
        "seeds": {"tracks": [1], "artists": ["a"]},
        "negative_seeds": {"genres": ["g"]},
        "target_energy": 0.5,
        "novelty": 0.5,
        "seed": 3,
    },
    "/sessions/": {"user_id": 1, "seeds": {"tracks": [1]}, "diversity": 0.5},
    "/sessions/{session_id}/events": {"events": [{"track_id": 1, "action": "skip"}]},
    "/users/{user_id}/taste": {
        "weights": {"genres": {"g": 2.0}},
        "pins": {"artists": ["a"], "features": {"energy": 0.5}},
        "mutes": {"genres": ["g"]},
    },
}
"""A body that each route takes, to be spoilt field by field."""


JSON = {"Content-Type": "application/json"}


def filled(path: str) -> str:
    return path.replace("{track_id}", "1").replace("{user_id}", "1")


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@pytest.fixture
def safe(client: TestClient) -> TestClient:
    """A client over a few rows; any reply must be no server error and, if one, a problem."""
    for number in range(3):
        client.post("/tracks/", json={"title": f"t{number}", "artist": "a", "energy": 0.5})
        client.post("/users/", json={"external_id": f"u{number}"})
    return client


def check(client: TestClient, requests: Iterable[Wanted]) -> None:
    for wanted, reply in ask_all(client, requests):
        assert reply.status < 500, f"{wanted!r:.500}: {reply.body!r}"
        if reply.status >= 400:
            assert reply.headers["content-type"] == "application/problem+json", f"{wanted!r:.500}"
            assert json.loads(reply.body)["status"] == reply.status


def test_no_path_gives_a_500(safe: TestClient, app: FastAPI) -> None:
    hostile = [
        "-1",
        "0",
        "1.0",
        "+1",
        "1_0",
        "%D9%A3",
        "a",
        "%00",
        "%ff",
        "%ED%A0%80",
        "..",
        "1%2f2",
    ]
    ids = [*hostile, *map(str, INTEGERS), "9" * 4_000]
    for method, path, _ in operations(app):
        if "{" not in path:
            continue
        start, _, _ = path.partition("{")
        body = b"{}" if method == "PATCH" else b""
        check(safe, [Wanted(method, start + each, body=body, headers=JSON) for each in ids])
    paths = (
        "%00",
        "%ff",
        "static/%00",
        "static/..%2f..%2fpyproject.toml",
        "docs/%00",
        "//",
        "%5C",
    )
    check(safe, [Wanted("GET", "/" + path) for path in paths])


def test_no_query_gives_a_500(safe: TestClient, app: FastAPI) -> None:
    for method, path, operation in operations(app):
        for parameter in operation.get("parameters", []):
            # The bounds of all features are one and the same code.
            if parameter["in"] != "query" or parameter["name"] in ALIKE:
                continue
            wanted = Wanted(method, filled(path))
            needed = {"q": "t", "track_id": "1", "user_id": "1"}
            known = {each["name"] for each in operation["parameters"]}
            base = {name: value for name, value in needed.items() if name in known}
            check(
                safe,
                [wanted.with_parameters({**base, parameter["name"]: value}) for value in QUERIES],
            )


def test_no_field_gives_a_500(safe: TestClient, app: FastAPI) -> None:
    session = safe.post("/sessions/", json={}).json().get("session_id", "s" * 22)
    for method, path, operation in operations(app):
        if "requestBody" not in operation:
            continue
        valid = VALID[path]
        address = filled(path).replace("{session_id}", session)
        bodies: list[Any] = [
            {**valid, name: value} for name in [*valid, "unknown"] for value in VALUES
        ]
        bodies += [[{**valid}, value] for value in VALUES]
        check(
            safe,
            [
                Wanted(method, address, body=json.dumps(body).encode(), headers=JSON)
                for body in bodies
            ],
        )


@pytest.mark.parametrize("database_kind", ["sqlite"])  # nothing of it reaches a database
def test_no_raw_body_gives_a_500(safe: TestClient, app: FastAPI) -> None:
    types = ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
    for method, path, operation in operations(app):
        kinds = types if "requestBody" in operation else types[:1]
        if method == "DELETE":
            continue
        check(
            safe,
            [
                Wanted(method, filled(path), body=body, headers={"Content-Type": kind})
                for body in RAW
                for kind in kinds
            ],
        )


def test_no_idempotency_key_gives_a_500(safe: TestClient) -> None:
    event = {"user_id": 1, "track_id": 1, "action": "play"}
    for key in (b"", b" ", b"k" * 101, b"k" * 5_000, b"\xff", b"\x7f", b"a b", b"'", b"\xc3\xa9"):
        reply = safe.post("/interactions/", json=event, headers={b"Idempotency-Key": key})
        assert reply.status_code < 500, key


def test_hostile_texts_are_stored_as_given(safe: TestClient) -> None:
    for value in TEXTS:
        if not value or "\0" in value or len(value) > 600 or "\ud800" in value:
            continue
        created = safe.post("/tracks/", json={"title": value, "artist": value})
        assert created.json()["title"] == value
        again = safe.get(f"/tracks/{created.json()['id']}").json()
        assert (again["title"], again["artist"]) == (value, value)
        found = safe.get("/tracks/", params={"artist": value}).json()
        assert value in [track["artist"] for track in found["items"]]
