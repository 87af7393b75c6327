"""A protocol is a router over the functions that serve Segue's own API."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.examples.gorse import router


@pytest.fixture
def database_kind() -> str:
    """Nothing of it depends on the database."""
    return "sqlite"


def test_a_protocol_answers_as_segues_own_api_does(app: FastAPI, client: TestClient) -> None:
    app.include_router(router)
    posted = [{"title": f"T{i}", "artist": f"A{i}", "tempo": 60 + 5 * i} for i in range(8)]
    assert client.post("/tracks/", json=posted).status_code == 201

    own = client.get("/recommendations/similar-tracks/", params={"track_id": 1, "limit": 3}).json()
    theirs = client.get("/gorse/api/item/1/neighbors", params={"n": 3}).json()

    assert len(theirs) == 3
    assert [item["Id"] for item in theirs] == [str(item["id"]) for item in own["items"]]
    assert client.get("/gorse/api/item/999999/neighbors").status_code == 404
