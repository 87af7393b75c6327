"""Claims on the recommendation endpoints; each holds from the delta and from a generation."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.features import FEATURE_NAMES
from index.generations import GenerationStore
from index.live import LiveIndex
from service.database import Database
from service.errors import Unavailable
from service.indexing import run_rebuild

Settle = Callable[[], None]

CALM = {
    "tempo": 70,
    "energy": 0.1,
    "danceability": 0.2,
    "valence": 0.2,
    "acousticness": 0.9,
    "instrumentalness": 0.8,
    "loudness": -20,
    "speechiness": 0.03,
}
WILD = {
    "tempo": 170,
    "energy": 0.95,
    "danceability": 0.7,
    "valence": 0.8,
    "acousticness": 0.01,
    "instrumentalness": 0.0,
    "loudness": -4,
    "speechiness": 0.3,
}
BOWED = {"valence", "danceability", "speechiness"}


@pytest.fixture(params=["delta", "generation"])
def settle(
    request: pytest.FixtureRequest, app: FastAPI, client: TestClient, database: Database
) -> Settle:
    """Leave what was written to the delta, or have it built into a generation."""

    def build() -> None:
        settings = app.state.settings
        run_rebuild(database, GenerationStore(settings.generations_dir), settings)
        app.state.reader.refresh()

    return build if request.param == "generation" else lambda: None


def blend(share: float) -> dict[str, float]:
    """Return features on the way from calm (0) to wild (1), along an arc.

    Half of the features rise all the way, the others rise and fall again: a cosine compares
    directions, and on a straight way there are only two.
    """
    bow = 1 - abs(2 * share - 1)
    along = {name: bow if name in BOWED else share for name in FEATURE_NAMES}
    return {name: CALM[name] + along[name] * (WILD[name] - CALM[name]) for name in FEATURE_NAMES}


def add_tracks(client: TestClient, *tracks: dict[str, Any]) -> list[int]:
    reply = client.post("/tracks/", json=list(tracks))
    assert reply.status_code == 201, reply.text
    return [item["id"] for item in reply.json()["items"]]


def scale(client: TestClient, count: int = 11, **more: Any) -> list[int]:
    """Add tracks from calm to wild, each by an artist of its own."""
    return add_tracks(
        client,
        *(
            {"title": f"Step {i}", "artist": f"Artist {i}", **blend(i / (count - 1)), **more}
            for i in range(count)
        ),
    )


def add_user(client: TestClient, name: str = "ann") -> int:
    reply = client.post("/users/", json={"email": f"{name}@example.org", "username": name})
    assert reply.status_code == 201, reply.text
    user_id: int = reply.json()["id"]
    return user_id


def act(client: TestClient, user: int, track: int, action: str, **more: Any) -> None:
    event = {"user_id": user, "track_id": track, "action": action, **more}
    reply = client.post("/interactions/", json=event)
    assert reply.status_code == 201, reply.text


def get(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def ids(answer: dict[str, Any]) -> list[int]:
    return [item["id"] for item in answer["items"]]


SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
TRENDING = "/recommendations/trending/"


def test_neighbours_on_the_scale_come_first(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    settle()

    answer = get(client, SIMILAR, track_id=steps[0], limit=3)

    assert ids(answer) == steps[1:4]
    assert answer["fallback"] is None


def test_the_seed_is_never_recommended(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    settle()

    for step in steps:
        assert step not in ids(get(client, SIMILAR, track_id=step, limit=100))


def test_equal_scores_come_in_order_of_id(client: TestClient, settle: Settle) -> None:
    twins = add_tracks(client, *({"title": "Same", "artist": f"A{i}", **CALM} for i in range(8)))
    scale(client)
    settle()

    assert ids(get(client, SIMILAR, track_id=twins[3], limit=7)) == twins[:3] + twins[4:]


def test_reasons_sum_to_the_score(client: TestClient, settle: Settle) -> None:
    steps = scale(client, genre="folk")
    listener = add_user(client)
    act(client, listener, steps[2], "like")
    settle()

    for answer in (
        get(client, SIMILAR, track_id=steps[4]),
        get(client, PERSONAL, user_id=listener),
        get(client, TRENDING),
    ):
        assert answer["items"]
        for item in answer["items"]:
            total = sum(reason["value"] for reason in item["reasons"])
            assert total == pytest.approx(item["score"], abs=1e-6)


def test_items_are_the_track_itself_plus_why(client: TestClient, settle: Settle) -> None:
    steps = scale(client, genre="folk", album="Ladder", popularity=40, release_date="2020-05")
    settle()

    for item in get(client, SIMILAR, track_id=steps[0])["items"]:
        track = get(client, f"/tracks/{item['id']}")
        assert {**track, **item} == item
        assert item.keys() - track.keys() == {"score", "reasons", "imputed"}


def test_the_bonus_lifts_the_seeds_genre_and_no_other(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    seed, far = add_tracks(
        client,
        {"title": "Seed", "artist": "S", "genre": "Dub ", **blend(0)},
        {"title": "Far", "artist": "F", "genre": "dub", **blend(0.3)},
    )
    settle()

    assert ids(get(client, SIMILAR, track_id=seed, genre_bonus=1))[0] == steps[0]
    assert ids(get(client, SIMILAR, track_id=seed, genre_bonus=10))[0] == far


def test_tracks_without_genre_earn_no_bonus(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    settle()

    for item in get(client, SIMILAR, track_id=steps[0], genre_bonus=5)["items"]:
        assert "genre" not in {reason["name"] for reason in item["reasons"]}
        assert item["score"] <= 1 + 1e-9


def test_missing_features_are_filled_and_named(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    partial = {name: value for name, value in CALM.items() if name not in {"tempo", "valence"}}
    (gap,) = add_tracks(client, {"title": "Gap", "artist": "G", **partial})
    settle()

    items = {i["id"]: i for i in get(client, SIMILAR, track_id=steps[0], limit=20)["items"]}

    assert items[gap]["imputed"] == ["tempo", "valence"]
    assert items[gap]["tempo"] is None
    assert items[steps[5]]["imputed"] == []


def test_a_deleted_track_is_never_served(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    listener = add_user(client)
    act(client, listener, steps[1], "like")
    settle()

    assert client.delete(f"/tracks/{steps[2]}").status_code == 204

    assert steps[2] not in ids(get(client, SIMILAR, track_id=steps[1], limit=100))
    assert steps[2] not in ids(get(client, PERSONAL, user_id=listener, limit=100))
    assert client.get(SIMILAR, params={"track_id": steps[2]}).status_code == 404


def test_a_changed_track_moves_at_once(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    settle()

    client.patch(f"/tracks/{steps[10]}", json={**CALM, "title": "Moved"}).raise_for_status()
    first = get(client, SIMILAR, track_id=steps[0])["items"][0]

    assert (first["id"], first["title"]) == (steps[10], "Moved")


def test_parameters_of_a_post_come_by_query_or_body(client: TestClient) -> None:
    steps = scale(client)
    expected = get(client, SIMILAR, track_id=steps[3], limit=4)

    by_query = client.post(SIMILAR, params={"track_id": steps[3], "limit": 4})
    by_body = client.post(SIMILAR, json={"track_id": steps[3], "limit": 4})
    by_both = client.post(SIMILAR, params={"track_id": steps[3]}, json={"limit": 4})

    assert by_query.json() == by_body.json() == by_both.json() == expected


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({}, None),
        ({}, {}),
        ({"track_id": 1}, {"track_id": 2}),
        ({"track_id": 1}, {"limit": "4"}),
        ({"track_id": 1}, {"limit": 0}),
        ({"track_id": 1}, {"genre_bonus": 0.9}),
        ({"track_id": 1, "genre_bonus": "nan"}, None),
        ({"track_id": 1, "limt": 5}, None),
        ({"track_id": 2**63}, None),
    ],
)
def test_bad_parameters_are_named(
    client: TestClient, query: dict[str, Any], body: dict[str, Any] | None
) -> None:
    reply = client.post(SIMILAR, params=query, json=body)

    assert reply.status_code == 422, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_seeds_and_listeners_are_not_found(client: TestClient, method: str) -> None:
    ask = getattr(client, method)

    assert ask(SIMILAR, params={"track_id": 999}).status_code == 404
    assert ask(PERSONAL, params={"user_id": 999}).status_code == 404


def test_likes_bring_more_of_the_same(client: TestClient, settle: Settle) -> None:
    steps = scale(client, 21)
    calm, wild = add_user(client, "calm"), add_user(client, "wild")
    act(client, calm, steps[0], "like")
    act(client, wild, steps[20], "like")
    settle()

    assert ids(get(client, PERSONAL, user_id=calm, limit=3, diversity=0)) == steps[1:4]
    wildest = ids(get(client, PERSONAL, user_id=wild, limit=3, diversity=0))
    assert wildest == steps[19:16:-1]


def test_skips_push_away(client: TestClient, settle: Settle) -> None:
    steps = scale(client, 21)
    listener = add_user(client)
    act(client, listener, steps[10], "like")
    before = ids(get(client, PERSONAL, user_id=listener, limit=19, diversity=0))
    act(client, listener, steps[20], "skip")
    settle()

    after = ids(get(client, PERSONAL, user_id=listener, limit=19, diversity=0))

    assert after.index(steps[18]) > before.index(steps[18])


@pytest.mark.parametrize("action", ["play", "like", "skip", "playlist_add"])
def test_heard_tracks_come_back_only_on_request(
    client: TestClient, settle: Settle, action: str
) -> None:
    steps = scale(client)
    listener = add_user(client)
    act(client, listener, steps[0], "like")
    act(client, listener, steps[1], action)
    settle()

    assert steps[1] not in ids(get(client, PERSONAL, user_id=listener, limit=100))
    everything = get(client, PERSONAL, user_id=listener, limit=100, exclude_heard=False)
    assert steps[1] in ids(everything)


def test_disliked_tracks_never_come_back(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    listener = add_user(client)
    act(client, listener, steps[0], "like")
    act(client, listener, steps[1], "dislike")
    settle()

    answer = get(client, PERSONAL, user_id=listener, limit=100, exclude_heard=False)

    assert steps[0] in ids(answer)
    assert steps[1] not in ids(answer)


def test_a_newcomer_gets_what_is_trending(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    for number in range(3):
        act(client, add_user(client, f"fan{number}"), steps[5], "like")
    newcomer = add_user(client, "newcomer")
    settle()

    answer = get(client, PERSONAL, user_id=newcomer)

    assert answer["fallback"] == "trending"
    assert ids(answer)[0] == steps[5]


def test_without_any_listening_a_newcomer_gets_what_is_popular(
    client: TestClient, settle: Settle
) -> None:
    known, hit = add_tracks(
        client,
        {"title": "Known", "artist": "A", "popularity": 20, **CALM},
        {"title": "Hit", "artist": "B", "popularity": 90, **WILD},
    )
    newcomer = add_user(client)
    settle()

    answer = get(client, PERSONAL, user_id=newcomer)

    assert answer["fallback"] == "popular"
    assert ids(answer) == [hit, known]


def test_a_deleted_listener_is_not_found(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    listener = add_user(client)
    act(client, listener, steps[0], "like")
    settle()

    assert client.delete(f"/users/{listener}").status_code == 204

    assert client.get(PERSONAL, params={"user_id": listener}).status_code == 404
    assert get(client, TRENDING)["fallback"] == "popular"


def test_at_most_four_tracks_of_an_artist_in_ten_places(client: TestClient, settle: Settle) -> None:
    same = add_tracks(
        client, *({"title": f"S{i}", "artist": "One;Guest", **blend(0)} for i in range(10))
    )
    scale(client, 20)
    listener = add_user(client)
    act(client, listener, same[0], "like")
    settle()

    items = get(client, PERSONAL, user_id=listener, limit=20)["items"]

    first_names = [item["artist"].split(";")[0] for item in items]
    windows = [first_names[start : start + 10] for start in range(len(first_names))]
    assert max(window.count("One") for window in windows) == 4


def test_more_and_stronger_actions_trend_higher(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    fans = [add_user(client, f"fan{number}") for number in range(4)]
    for fan in fans:
        act(client, fan, steps[3], "like")
    for fan in fans[:2]:
        act(client, fan, steps[7], "play")
    act(client, fans[0], steps[9], "skip")
    settle()

    assert ids(get(client, TRENDING, window="all")) == [steps[3], steps[7]]


def test_a_too_empty_window_widens_and_says_so(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    fan = add_user(client)
    for step in steps[:5]:
        act(client, fan, step, "play", created_at="2020-01-01T12:00:00Z")
    act(client, fan, steps[6], "play")
    settle()

    narrow = get(client, TRENDING, window="day", limit=1)
    wide = get(client, TRENDING, window="day", limit=5)

    assert (ids(narrow), narrow["window"]) == ([steps[6]], "day")
    assert (wide["window"], wide["requested_window"]) == ("all", "day")
    assert ids(wide)[0] == steps[6]


def test_trending_can_be_asked_for_one_genre(client: TestClient, settle: Settle) -> None:
    dub, folk = add_tracks(
        client,
        {"title": "D", "artist": "A", "genre": "Dub", **CALM},
        {"title": "F", "artist": "B", "genre": "folk", **WILD},
    )
    fan = add_user(client)
    act(client, fan, dub, "play")
    act(client, fan, folk, "play")
    settle()

    assert ids(get(client, TRENDING, genre="DUB")) == [dub]
    assert ids(get(client, TRENDING, genre="no such")) == []


def test_search_ignores_case_and_accents_and_takes_beginnings(
    client: TestClient, settle: Settle
) -> None:
    halo, _ = add_tracks(
        client,
        {"title": "Halo", "artist": "Beyoncé", "genre": "r&b"},
        {"title": "Other", "artist": "Somebody"},
    )
    settle()

    for words in ("beyonc", "BEYONCE", "beyoncé halo", "hal", "R&B"):
        assert ids(get(client, "/tracks/search/", q=words)) == [halo], words


def test_search_finds_the_new_name_and_forgets_the_old(client: TestClient, settle: Settle) -> None:
    (track,) = add_tracks(client, {"title": "Before", "artist": "A"})
    settle()

    client.patch(f"/tracks/{track}", json={"title": "After"}).raise_for_status()

    assert get(client, "/tracks/search/", q="before")["total"] == 0
    assert ids(get(client, "/tracks/search/", q="after")) == [track]


@pytest.mark.parametrize("q", ['"', "* OR", "title:", "NEAR(", "'); --", "-", "😀", "%_\\", "\t"])
def test_any_search_text_is_safe(client: TestClient, q: str) -> None:
    assert get(client, "/tracks/search/", q=q)["items"] == []


def test_genres_are_counted_without_case(client: TestClient, settle: Settle) -> None:
    add_tracks(
        client,
        *({"title": "T", "artist": "A", "genre": genre} for genre in ("Dub", "dub ", "Folk")),
        {"title": "T", "artist": "A"},
    )
    settle()

    answer = get(client, "/genres/")

    assert [(item["name"].lower(), item["count"]) for item in answer["items"]] == [
        ("dub", 2),
        ("folk", 1),
    ]
    assert answer["total"] == 2


def test_an_empty_catalogue_answers_with_empty_lists(client: TestClient) -> None:
    newcomer = add_user(client)

    assert get(client, TRENDING)["items"] == []
    assert get(client, PERSONAL, user_id=newcomer)["items"] == []
    assert get(client, "/genres/")["items"] == []
    assert get(client, "/tracks/search/", q="anything")["total"] == 0


def test_the_version_counts_changes(client: TestClient) -> None:
    before = get(client, TRENDING)["index_version"]
    scale(client)
    after = get(client, TRENDING)["index_version"]

    assert before.split(".")[0] == after.split(".")[0]
    assert int(after.split(".")[1]) > int(before.split(".")[1])


def test_a_known_reply_is_not_sent_again(client: TestClient) -> None:
    steps = scale(client)
    query = {"track_id": steps[0], "limit": 3}
    first = client.get(SIMILAR, params=query)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"

    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(SIMILAR, params=query, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = client.get(SIMILAR, params={**query, "limit": 4}, headers={"If-None-Match": tag})
    assert other.status_code == 200

    add_tracks(client, {"title": "New", "artist": "N", **CALM})
    changed = client.get(SIMILAR, params=query, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_a_known_reply_is_not_worked_out_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"track_id": scale(client)[0]}
    tag = client.get(SIMILAR, params=query).headers["etag"]
    searches: list[int] = []

    def searched(live: LiveIndex, *_: Any, **__: Any) -> NoReturn:
        searches.append(live.track_count)
        raise Unavailable("Nothing is searched for.")

    monkeypatch.setattr("index.ranking.recommend.similar_tracks", searched)

    assert client.get(SIMILAR, params=query, headers={"If-None-Match": tag}).status_code == 304
    assert not searches
    assert client.get(SIMILAR, params=query).status_code == 503
    assert searches


def test_parameters_that_mean_the_same_have_the_same_tag(client: TestClient) -> None:
    steps = scale(client)
    tags = [
        client.get(f"{SIMILAR}?{query}").headers["etag"]
        for query in (
            f"track_id={steps[0]}&limit=3",
            f"limit=3&track_id={steps[0]}&genre_bonus=1.20&diversity=0",
            f"track_id={steps[0]}&limit=4",
        )
    ]
    assert tags[0] == tags[1] != tags[2]


def test_a_batch_holds_the_list_of_each_seed(client: TestClient, settle: Settle) -> None:
    steps = scale(client)
    settle()
    seeds = [steps[5], steps[0], steps[5]]
    body = {"track_ids": [*seeds, 999], "limit": 3, "genre_bonus": 1.5}

    reply = client.post(f"{SIMILAR}batch", json=body)

    assert reply.status_code == 200, reply.text
    results = reply.json()["results"]
    single = [get(client, SIMILAR, track_id=seed, limit=3, genre_bonus=1.5) for seed in seeds]
    assert len({each.pop("recommendation_id") for each in results[:-1]}) == len(seeds)
    assert results[:-1] == [
        {"track_id": seed, "items": alone["items"], "ordered_by": alone["ordered_by"]}
        for seed, alone in zip(seeds, single, strict=True)
    ]
    assert reply.json()["index_version"] == single[0]["index_version"]
    assert results[-1]["track_id"] == 999
    assert results[-1]["error"]["status"] == 404


@pytest.mark.parametrize("seeds", [[], [0], ["1"], [1.5], [None], [1] * 101, "1", None])
def test_a_batch_with_bad_seeds_is_refused_whole(client: TestClient, seeds: Any) -> None:
    assert client.post(f"{SIMILAR}batch", json={"track_ids": seeds}).status_code == 422
