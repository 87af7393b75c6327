"""Users: who listens."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.database import Database

MISSING = 987654


def new(client: TestClient, **fields: object) -> int:
    reply = client.post("/users/", json=fields)
    assert reply.status_code == 201, reply.text
    return int(reply.json()["id"])


def test_a_user_is_given_back_as_written(client: TestClient) -> None:
    fields = {"email": "Ada@Example.org", "username": "Ada ✓", "external_id": "u-1"}
    created = client.post("/users/", json=fields)

    assert created.status_code == 201
    user = created.json()
    assert {name: user[name] for name in fields} == fields
    assert user["created_at"].endswith("Z")
    assert client.get(f"/users/{user['id']}").json() == user


def test_an_email_is_trimmed(client: TestClient) -> None:
    user = client.post("/users/", json={"email": "  Ada@Example.org\t"}).json()

    assert user["email"] == "Ada@Example.org"


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("ada@example.org", "ADA@Example.Org ", 409),
        ("É@example.org", "é@example.org", 409),
        ("jose@example.org", "josé@example.org", 201),
        ("strasse@example.org", "straße@example.org", 201),
        ("😀@example.org", "😁@example.org", 201),
    ],
)
def test_emails_are_unique_without_case_alike_everywhere(
    client: TestClient, first: str, second: str, status: int
) -> None:
    new(client, email=first)

    assert client.post("/users/", json={"email": second}).status_code == status


def test_an_email_taken_by_plain_sql_is_taken(client: TestClient, database: Database) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO users (email) VALUES ('Ada@Example.org')"))

    taken = client.post("/users/", json={"email": "ada@example.ORG"})
    assert taken.status_code == 409
    assert taken.json()["errors"][0]["field"] == "body.email"


def test_an_email_that_plain_sql_gave_up_is_free(client: TestClient, database: Database) -> None:
    first = new(client, email="ada@example.org")
    with database.writing() as session:
        session.execute(text("UPDATE users SET email = 'lovelace@example.org'"))

    assert new(client, email="ADA@example.org") != first


def test_users_need_no_email(client: TestClient) -> None:
    assert new(client, external_id="a") != new(client, external_id="b")


def test_somebody_unknown_by_any_name_is_refused(client: TestClient) -> None:
    assert client.post("/users/", json={"username": "nobody"}).status_code == 422
    user_id = new(client, email="ada@example.org")
    assert client.patch(f"/users/{user_id}", json={"email": None}).status_code == 422


def test_external_ids_are_compared_by_bytes(client: TestClient) -> None:
    for external_id in ("a", "A", "a ", "á"):
        new(client, external_id=external_id)

    assert client.post("/users/", json={"external_id": "a"}).status_code == 409
    for external_id in ("a", "A", "a ", "á"):
        found = client.get("/users/", params={"external_id": external_id}).json()
        assert [user["external_id"] for user in found["items"]] == [external_id]
        assert found["total"] == 1
    assert client.get("/users/", params={"external_id": "aa"}).json()["items"] == []


def test_a_user_is_changed_field_by_field(client: TestClient) -> None:
    user_id = new(client, email="ada@example.org", username="Ada", external_id="u-1")

    changed = client.patch(f"/users/{user_id}", json={"username": None, "email": "Bob@x.org"})

    assert changed.status_code == 200
    assert changed.json()["username"] is None
    assert changed.json()["external_id"] == "u-1"
    assert client.get(f"/users/{user_id}").json() == changed.json()
    assert new(client, email="ADA@example.org")
    assert client.post("/users/", json={"email": "bob@X.org"}).status_code == 409


def test_a_user_may_keep_and_respell_the_own_email(client: TestClient) -> None:
    user_id = new(client, email="ada@example.org", external_id="a")

    reply = client.patch(f"/users/{user_id}", json={"email": "Ada@Example.org", "external_id": "a"})
    assert reply.json()["email"] == "Ada@Example.org"


def test_changing_to_a_taken_identity_is_a_conflict(client: TestClient) -> None:
    new(client, email="ada@example.org", external_id="a")
    user_id = new(client, email="bob@example.org", external_id="b")

    assert client.patch(f"/users/{user_id}", json={"email": "ADA@example.org"}).status_code == 409
    assert client.patch(f"/users/{user_id}", json={"external_id": "a"}).status_code == 409


def test_a_deleted_user_is_gone_with_everything_they_did(
    client: TestClient, database: Database
) -> None:
    user_id = new(client, external_id="a")
    track_id = client.post("/tracks/", json={"title": "t", "artist": "a"}).json()["id"]
    event = {"user_id": user_id, "track_id": track_id, "action": "play"}
    assert client.post("/interactions/", json=event).status_code == 201

    deleted = client.delete(f"/users/{user_id}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.get(f"/users/{user_id}").status_code == 404
    assert client.delete(f"/users/{user_id}").status_code == 404
    with database.reading() as session:
        assert session.scalar(text("SELECT COUNT(*) FROM interactions")) == 0


def test_users_come_page_by_page(client: TestClient) -> None:
    ids = [new(client, external_id=f"u{n}") for n in range(5)]

    page = client.get("/users/", params={"limit": 2, "offset": 1}).json()
    assert [user["id"] for user in page["items"]] == ids[1:3]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)
    last = client.get("/users/", params={"sort": "-external_id", "limit": 1}).json()
    assert last["items"][0]["external_id"] == "u4"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_user_is_not_found(client: TestClient, method: str) -> None:
    reply = client.request(method, f"/users/{MISSING}", json={} if method == "PATCH" else None)

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"


def test_new_users_get_recommendations_at_once(client: TestClient) -> None:
    client.post("/tracks/", json={"title": "t", "artist": "a", "energy": 0.5})
    user_id = new(client, external_id="a")

    reply = client.get("/recommendations/personalized/", params={"user_id": user_id})
    assert reply.status_code == 200
    assert len(reply.json()["items"]) == 1

    client.delete(f"/users/{user_id}")
    again = client.get("/recommendations/personalized/", params={"user_id": user_id})
    assert again.status_code == 404
