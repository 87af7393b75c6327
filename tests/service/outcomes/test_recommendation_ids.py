"""Each list has an id, which says by itself what the list answered."""

import re

import pytest
from fastapi.testclient import TestClient

from service.outcomes import Scenario
from service.outcomes.ids import PATTERN, SCENARIOS, ListName, read

SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
TRENDING = "/recommendations/trending/"


@pytest.fixture
def database_kind() -> str:
    """Ids are made without a database."""
    return "sqlite"


@pytest.fixture
def track(client: TestClient) -> int:
    tracks = [{"title": f"Step {i}", "artist": f"A{i}", "energy": i / 5} for i in range(5)]
    created = client.post("/tracks/", json=tracks).json()["items"]
    return int(created[0]["id"])


@pytest.fixture
def listener(client: TestClient, track: int) -> int:
    user = client.post("/users/", json={"external_id": "ann"}).json()["id"]
    client.post("/interactions/", json={"user_id": user, "track_id": track, "action": "like"})
    return int(user)


def named(client: TestClient, path: str, **query: int | float | str) -> str:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    name: str = reply.json()["recommendation_id"]
    assert re.fullmatch(PATTERN, name)
    return name


def scenario(name: str) -> Scenario:
    told = read(name)
    assert told is not None
    return told.scenario


def test_an_id_says_what_the_list_answers(client: TestClient, track: int, listener: int) -> None:
    stranger = client.post("/users/", json={"external_id": "bob"}).json()["id"]

    assert scenario(named(client, SIMILAR, track_id=track)) == Scenario.SIMILAR
    assert scenario(named(client, PERSONAL, user_id=listener)) == Scenario.PERSONALIZED
    assert scenario(named(client, PERSONAL, user_id=stranger)) == Scenario.NEWCOMER
    assert scenario(named(client, TRENDING)) == Scenario.TRENDING


def test_two_lists_never_share_an_id(client: TestClient, listener: int) -> None:
    names = [named(client, PERSONAL, user_id=listener) for _ in range(20)]

    assert len(set(names)) == len(names)


def test_equal_replies_to_a_cached_address_have_equal_ids(client: TestClient, track: int) -> None:
    first, again = (client.get(SIMILAR, params={"track_id": track}) for _ in range(2))

    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.content == again.content
    assert first.headers["ETag"].strip('"') in first.json()["recommendation_id"]


def test_other_parameters_make_another_id(client: TestClient, track: int) -> None:
    assert named(client, SIMILAR, track_id=track) != named(client, SIMILAR, track_id=track, limit=3)


def test_each_list_of_a_batch_has_its_own(client: TestClient, track: int) -> None:
    reply = client.post(f"{SIMILAR}batch", json={"track_ids": [track, track]})

    names = [each["recommendation_id"] for each in reply.json()["results"]]
    assert len(set(names)) == 2
    assert {scenario(name) for name in names} == {Scenario.SIMILAR}


def test_every_scenario_has_a_letter_of_its_own() -> None:
    assert set(SCENARIOS.values()) == set(Scenario)


def test_an_id_is_read_back() -> None:
    assert read("p-12.3-5f2c90") == ListName(Scenario.PERSONALIZED, 12, None)
    assert read("p-12.3-5f2c90-ha7f") == ListName(Scenario.PERSONALIZED, 12, "ha7f")


@pytest.mark.parametrize(
    "text", ["", "p", "x-1.0-ab", "p-1-ab", "p-1.0-AB", "p-1.0-ab\n", "p-1.0-ab-h", "p-\u0661.0-ab"]
)
def test_what_is_no_id_is_not_read(text: str) -> None:
    assert read(text) is None
