"""Claims on parameters that choose which tracks may come; from the delta and from a generation."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.features import FEATURE_NAMES
from index.generations import GenerationStore
from service.database import Database
from service.indexing import run_rebuild

SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
GENRES = ("jazz", "r&b", "dub")


@pytest.fixture
def database_kind() -> str:
    """Nothing of it depends on the database."""
    return "sqlite"


@pytest.fixture(params=["delta", "generation"])
def tracks(
    request: pytest.FixtureRequest, app: FastAPI, client: TestClient
) -> list[dict[str, Any]]:
    """Thirty tracks in three genres, each by an artist of its own, ever faster and louder."""
    posted = [
        {
            "title": f"T{i}",
            "artist": f"A{i}",
            "genre": GENRES[i % 3],
            "tempo": 60 + 4 * i,
            "energy": ((7 * i) % 30) / 30,
            "valence": ((11 * i) % 30) / 30,
            "danceability": ((13 * i) % 30) / 30,
            "acousticness": ((17 * i) % 30) / 30,
            "instrumentalness": ((19 * i) % 30) / 30,
            "speechiness": ((23 * i) % 30) / 30,
            "loudness": -30 + i,
            "duration": 100 + 20 * i if i % 5 else None,
            "release_date": f"{1990 + i}-05-01" if i % 7 else None,
        }
        for i in range(30)
    ]
    items: list[dict[str, Any]] = client.post("/tracks/", json=posted).json()["items"]
    client.post("/users/", json={"external_id": "ann"})
    event = {"user_id": 1, "track_id": items[0]["id"], "action": "like"}
    assert client.post("/interactions/", json=event).status_code == 201
    if request.param == "generation":
        settings, state = app.state.settings, app.state
        database: Database = state.database
        run_rebuild(database, GenerationStore(settings.generations_dir), settings)
        state.reader.refresh()
    return items


def ask(client: TestClient, query: str, path: str = SIMILAR) -> dict[str, Any]:
    seed = "track_id=1" if path == SIMILAR else "user_id=1"
    reply = client.get(f"{path}?{seed}&{query}")
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def ids(answer: dict[str, Any]) -> set[int]:
    return {item["id"] for item in answer["items"]}


@pytest.mark.parametrize("path", [SIMILAR, PERSONAL])
@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("genre=JAZZ", lambda t: t["genre"] == "jazz"),
        ("genre=r%26b&genre=dub", lambda t: t["genre"] in {"r&b", "dub"}),
        ("min_tempo=100", lambda t: t["tempo"] >= 100),
        ("max_tempo=100&min_energy=0.5", lambda t: t["tempo"] <= 100 and t["energy"] >= 0.5),
        ("exclude=2,3&exclude=9&exclude=999", lambda t: t["id"] not in {2, 3, 9}),
        ("genre=dub&max_loudness=-10.5&exclude=3", lambda t: t["genre"] == "dub"
         and t["loudness"] <= -10.5 and t["id"] != 3),
    ],
)  # fmt: skip
def test_only_tracks_that_meet_every_condition_come(
    client: TestClient, tracks: list[dict[str, Any]], path: str, query: str, passes: Any
) -> None:
    everything = "diversity=0&limit=100" + ("&max_per_artist=10" if path == PERSONAL else "")

    found = ids(ask(client, f"{query}&{everything}", path))

    assert found == {track["id"] for track in tracks if passes(track)} - {1}


@pytest.mark.parametrize("path", [SIMILAR, PERSONAL])
def test_a_condition_changes_no_score(
    client: TestClient, tracks: list[dict[str, Any]], path: str
) -> None:
    scores = {i["id"]: i["score"] for i in ask(client, "limit=100&diversity=0", path)["items"]}

    for item in ask(client, "limit=100&diversity=0&min_tempo=90&genre=dub", path)["items"]:
        assert item["score"] == pytest.approx(scores[item["id"]], abs=1e-8)


def test_weights_of_ones_own_replace_those_of_the_index(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    answer = ask(client, "weights=energy:0.4,valence:2&limit=5")

    for item in answer["items"]:
        names = {reason["name"] for reason in item["reasons"]} & set(FEATURE_NAMES)
        assert names <= {"energy", "valence"}
        total = sum(reason["value"] for reason in item["reasons"])
        assert total == pytest.approx(item["score"], abs=1e-6)
    scaled = ask(client, "weights=valence:1,energy:0.2&limit=5")
    assert [i["id"] for i in scaled["items"]] == [i["id"] for i in answer["items"]]


def test_a_short_list_says_what_each_condition_left(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    answer = ask(client, "genre=dub&min_tempo=100&exclude=30&limit=20")

    dub = [track for track in tracks if track["genre"] == "dub"]
    fast = [track for track in dub if track["tempo"] >= 100]
    told = {each["after"]: each["tracks"] for each in answer["left"]}
    assert (told["genre"], told["min_tempo"]) == (len(dub), len(fast))
    assert answer["left"][-1]["tracks"] == len(answer["items"])
    assert "left" not in ask(client, "limit=5")


@pytest.mark.parametrize("path", [SIMILAR, PERSONAL])
def test_a_short_list_says_what_its_policies_left(
    client: TestClient, tracks: list[dict[str, Any]], path: str
) -> None:
    versions = ("Song", "Song - Remastered 2011", "Song (Live)")
    posted = [{"title": title, "artist": "B", "genre": "rare"} for title in versions]
    assert client.post("/tracks/", json=posted).status_code == 201

    once = ask(client, "genre=rare", path)
    assert once["left"][-2:] == [
        {"after": once["left"][-2]["after"], "tracks": 3},
        {"after": "list policies", "tracks": len(once["items"])},
    ]
    assert len(once["items"]) == 1
    each = ask(client, "genre=rare&collapse_versions=false", path)
    assert each["left"][-1]["tracks"] == len(each["items"])


def test_an_unknown_genre_leaves_nothing_and_says_so(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    answer = ask(client, "genre=no+such")

    assert answer["items"] == []
    assert {"after": "genre", "tracks": 0} in answer["left"]


def test_a_list_explains_itself_on_request(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    for path in (SIMILAR, PERSONAL):
        told = ask(client, "explain=true&max_energy=0.9&genre=dub", path)["explain"]
        assert told["plan"]
        assert told["filters"] == ["genre", "max_energy"]
        assert "explain" not in ask(client, "limit=3", path)


def test_a_body_takes_the_same_conditions_and_longer_lists(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    body = {"genre": ["dub"], "min_tempo": 100, "weights": "energy:1", "limit": 30}
    by_query = ask(client, "genre=dub&min_tempo=100&weights=energy:1&limit=30&exclude=3")

    by_body = client.post(SIMILAR, json={**body, "track_id": 1, "exclude": [3, 3, 10**6]})
    batch = client.post(f"{SIMILAR}batch", json={**body, "track_ids": [1], "exclude": [3]})
    long = client.post(
        SIMILAR, json={"track_id": 1, "limit": 100, "exclude": list(range(5, 10_005))}
    )

    # Its id names an answer with an ETag, and that of a POST has none.
    assert {**by_body.json(), "recommendation_id": ""} == {**by_query, "recommendation_id": ""}
    assert batch.json()["results"][0]["items"] == by_query["items"]
    assert batch.json()["results"][0]["left"] == by_query["left"]
    assert ids(long.json()) == {2, 3, 4}


def test_newcomers_get_only_what_meets_the_conditions(
    client: TestClient, tracks: list[dict[str, Any]]
) -> None:
    client.post("/users/", json={"external_id": "newcomer"})

    reply = client.get(f"{PERSONAL}?user_id=2&genre=dub&limit=100").json()

    assert reply["fallback"] in {"trending", "popular"}
    assert {item["genre"] for item in reply["items"]} <= {"dub"}


@pytest.mark.parametrize(
    "query",
    [
        "weights=",
        "weights=energy",
        "weights=energy:0",
        "weights=energy:-1",
        "weights=energy:nan",
        "weights=volume:1",
        "weights=energy:1,",
        "exclude=",
        "exclude=1,",
        "exclude=a",
        "exclude=" + ",".join(map(str, range(1, 202))),
        "min_tempo=fast",
        "min_tempo=inf",
        "&".join(["genre=a"] * 21),
        "genre=",
        "explain=perhaps",
        "min_popularity=3",
    ],
)
def test_bad_conditions_are_named(client: TestClient, query: str) -> None:
    reply = client.get(f"{SIMILAR}?track_id=1&{query}")

    assert reply.status_code == 422, reply.text
    assert reply.json()["errors"]


def test_personal_lists_take_no_weights(client: TestClient) -> None:
    assert client.get(f"{PERSONAL}?user_id=1&weights=energy:1").status_code == 422


@pytest.mark.parametrize("exclude", ["1", ["1"], [0], [1.5], [None], list(range(1, 10_002))])
def test_bad_lists_in_a_body_are_refused(client: TestClient, exclude: Any) -> None:
    reply = client.post(SIMILAR, json={"track_id": 1, "exclude": exclude})

    assert reply.status_code == 422


@pytest.mark.parametrize("path", [SIMILAR, PERSONAL])
@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("max_duration=400", lambda track: (track["duration"] or 10_000) <= 400),
        ("min_duration=400", lambda track: (track["duration"] or 0) >= 400),
        ("min_year=2000&max_year=2010", lambda track: "2000" <= _year(track) <= "2010"),
        ("max_duration=400&exclude=3", lambda track: (track["duration"] or 999) <= 400),
    ],
)
def test_lengths_and_years_limit_lists(
    client: TestClient, tracks: list[dict[str, Any]], path: str, query: str, passes: Any
) -> None:
    found = {item["id"] for item in ask(client, f"{query}&limit=100", path)["items"]}

    wanted = {track["id"] for track in tracks[1:] if passes(track)}
    assert found == wanted - ({3} if "exclude" in query else set())


def _year(track: dict[str, Any]) -> str:
    return (track["release_date"] or "")[:4]


@pytest.mark.parametrize("query", ["max_duration=-1", "max_duration=nan", "min_year=20000"])
def test_lengths_and_years_that_cannot_be_meant_are_refused(
    client: TestClient, tracks: list[dict[str, Any]], query: str
) -> None:
    assert client.get(f"{SIMILAR}?track_id=1&{query}").status_code == 422
