"""What listeners do with lists is counted once, however it comes in."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from index.experiments.interleaving import encoded
from service.database import Database, Writer
from service.http import utc_now
from service.models import Showing
from service.outcomes import (
    OutcomeCounter,
    OutcomeRecorder,
    Report,
    Scenario,
    counting,
    forget_showings,
)
from service.outcomes.counter import SETTLE_SECONDS
from service.outcomes.counting import count_outcomes, newest_interaction
from service.outcomes.report import Contest, Record, read_report

SIMILAR = "/recommendations/similar-tracks/"
LIST, OTHER = "p-1.0-ab", "p-1.0-ac"


class World:
    """Two listeners, eight tracks of 100 seconds, and the counts of what they do."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client, self.database = client, database
        tracks = [{"title": f"t{i}", "artist": f"a{i}", "duration": 100} for i in range(8)]
        users = [{"external_id": name} for name in ("ann", "bob")]
        self.tracks = [each["id"] for each in self._added("/tracks/", tracks)]
        self.users = [self._added("/users/", each)["id"] for each in users]

    def act(self, track: int, action: str, name: str | None = LIST, **more: Any) -> None:
        user = self.users[more.pop("user", 0)]
        event = {"user_id": user, "track_id": self.tracks[track], "action": action, **more}
        reply = self.client.post("/interactions/", json={**event, "recommendation_id": name})
        assert reply.status_code == 201, reply.text

    def counted(self) -> Report:
        count_outcomes(self.database, newest_interaction(self.database))
        return self.report()

    def report(self) -> Report:
        with self.database.reading() as session:
            return read_report(session, utc_now().date())

    def record(self, scenario: Scenario = Scenario.PERSONALIZED) -> Record:
        return self.counted().records.get(scenario, Record())

    def _added(self, path: str, body: Any) -> Any:
        reply = self.client.post(path, json=body).json()
        return reply.get("items", reply)


@pytest.fixture
def world(client: TestClient, database: Database) -> World:
    return World(client, database)


@pytest.fixture
def recorder(app: FastAPI, client: TestClient) -> OutcomeRecorder:
    """The keeper of a started application, whose own thread has ended."""
    kept: OutcomeRecorder = app.state.outcomes
    kept._stopping.set()
    kept._thread.join()
    return kept


def done(record: Record) -> tuple[int, ...]:
    counts = (record.acted, record.accepted, record.skipped, record.timed)
    return (*counts, record.completed, record.repeated)


def test_what_is_done_with_a_track_counts_once(world: World) -> None:
    world.act(0, "play", listen_duration=90)
    world.act(0, "like")
    world.act(1, "play", listen_duration=10)
    world.act(1, "skip")
    world.act(2, "dislike")
    world.act(3, "playlist_add")

    assert done(world.record()) == (4, 3, 2, 2, 1, 0)
    assert done(world.record()) == (4, 3, 2, 2, 1, 0)


def test_a_later_play_from_anywhere_is_a_repeat(world: World) -> None:
    world.act(0, "play")
    world.act(1, "play")
    world.act(2, "like")
    assert world.record().repeated == 0

    world.act(0, "play", name=None)
    world.act(1, "play", name="t-2.0-cd")
    world.act(2, "play", name=None)
    world.act(0, "play", name=None, user=1)

    assert world.record().repeated == 2
    assert world.record(Scenario.TRENDING).accepted == 1


def test_a_play_before_the_list_is_no_repeat(world: World) -> None:
    world.act(0, "play", name=None)
    world.act(0, "play")

    assert world.record().repeated == 0


def test_what_names_no_list_is_not_counted(world: World) -> None:
    world.act(0, "play", name=None)

    assert world.counted().records == {}


def test_portions_do_not_matter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(5)
    names = [LIST, OTHER, "s-1.0-aa", None, None]
    for _ in range(60):
        listened = random.choice([None, 5, 85, 100])
        action = random.choice(["play", "play", "like", "skip", "dislike", "playlist_add"])
        user = random.randrange(2)
        world.act(
            random.randrange(3), action, random.choice(names), listen_duration=listened, user=user
        )
    newest = newest_interaction(world.database)
    monkeypatch.setattr(counting, "PORTION", 7)
    for upto in [*range(3, newest, 11), newest]:
        count_outcomes(world.database, upto)
    in_portions = {name: done(record) for name, record in world.report().records.items()}

    assert in_portions == expected(world)


def expected(world: World) -> dict[Scenario, tuple[int, ...]]:
    """Count by the definition, showing by showing."""
    rows = []
    for user in world.users:
        path = f"/interactions/user/{user}?limit=100"
        rows += world.client.get(path).json()["items"]
    rows.sort(key=lambda row: int(row["id"]))
    sums: dict[Scenario, list[int]] = {}
    keys = {(r["recommendation_id"], r["user_id"], r["track_id"]) for r in rows}
    for name, user, track in keys:
        if name is None:
            continue
        mine = [r for r in rows if (r["user_id"], r["track_id"]) == (user, track)]
        named = [r for r in mine if r["recommendation_id"] == name]
        plays = [r for r in mine if r["action"] == "play" and r["id"] >= named[0]["id"]]
        heard = [r["listen_duration"] for r in named if r["action"] == "play"]
        accepted = any(r["action"] in ("play", "like", "playlist_add") for r in named)
        row = (
            1,
            accepted,
            any(r["action"] in ("skip", "dislike") for r in named),
            any(h is not None for h in heard),
            any(h is not None and h >= 80 for h in heard),
            accepted and len(plays) > 1,
        )
        scenario = Scenario.SIMILAR if name[0] == "s" else Scenario.PERSONALIZED
        total = sums.setdefault(scenario, [0] * 6)
        sums[scenario] = [a + b for a, b in zip(total, row, strict=True)]
    return {scenario: tuple(total) for scenario, total in sums.items()}


def test_the_ranker_chosen_from_more_wins_the_list(world: World) -> None:
    teams = {track: place % 2 for place, track in enumerate(world.tracks)}
    lists = [f"p-1.0-{number:x}-ha{encoded(teams)}" for number in range(3)]
    world.act(0, "play", lists[0])
    world.act(2, "like", lists[0])
    world.act(1, "like", lists[0])
    world.act(1, "play", lists[1])
    world.act(0, "skip", lists[1])
    world.act(0, "skip", lists[2])
    assert world.counted().contests == (Contest("ha", 1, 1, 0),)

    world.act(4, "playlist_add", lists[1])
    assert world.counted().contests == (Contest("ha", 1, 0, 1),)
    world.act(4, "like", lists[1], user=1)
    assert world.counted().contests == (Contest("ha", 2, 0, 1),)


def test_the_showings_of_who_is_deleted_go_along(world: World) -> None:
    world.act(0, "play")
    world.act(1, "play")
    world.act(0, "play", user=1)
    world.counted()

    assert world.client.delete(f"/users/{world.users[0]}").status_code == 204
    assert world.client.delete(f"/tracks/{world.tracks[0]}").status_code == 204

    with world.database.reading() as session:
        assert session.scalars(select(Showing)).all() == []
    assert world.report().records[Scenario.PERSONALIZED].accepted == 3


def test_old_showings_are_forgotten_and_their_counts_kept(world: World) -> None:
    world.act(0, "play", created_at="2020-01-01T00:00:00Z")
    world.act(1, "play")
    world.counted()

    with world.database.writing() as session:
        forget_showings(session)

    with world.database.reading() as session:
        assert [each.track_id for each in session.scalars(select(Showing))] == [world.tracks[1]]


def test_what_may_not_be_committed_yet_is_not_passed_over(world: World) -> None:
    moments = iter([0.0, 1.0, SETTLE_SECONDS, SETTLE_SECONDS + 1])
    counter = OutcomeCounter(world.database, clock=lambda: next(moments))
    world.act(0, "play")
    counter.count()
    world.act(1, "play")
    counter.count()
    assert world.report().records == {}

    counter.count()
    assert world.report().records[Scenario.PERSONALIZED].acted == 1
    counter.count()
    assert world.report().records[Scenario.PERSONALIZED].acted == 2


def shown(recorder: OutcomeRecorder, scenario: Scenario) -> Record:
    recorder.count()
    recorder.store()
    recorder.look()
    return recorder.report.records.get(scenario, Record())


def test_what_is_shown_is_counted_by_scenario(world: World, recorder: OutcomeRecorder) -> None:
    before = shown(recorder, Scenario.SIMILAR)
    assert before.lists == 0  # those that warmed the server up were shown to nobody
    seed = world.tracks[0]
    replies = [world.client.get(SIMILAR, params={"track_id": seed, "limit": 3}) for _ in range(2)]

    record = shown(recorder, Scenario.SIMILAR)
    assert (record.lists, record.items, record.different_tracks) == (2, 6, 3)

    known = {"If-None-Match": replies[0].headers["ETag"]}
    again = world.client.get(SIMILAR, params={"track_id": seed, "limit": 3}, headers=known)
    assert again.status_code == 304
    world.client.post(f"{SIMILAR}batch", json={"track_ids": world.tracks[:4], "limit": 2})
    record = shown(recorder, Scenario.SIMILAR)
    assert (record.lists, record.items) == (7, 17)


def test_what_workers_counted_adds_up(
    world: World, app: FastAPI, recorder: OutcomeRecorder
) -> None:
    other = OutcomeRecorder(app.state.shown_log, world.database, app.state.writer)
    for one, seed in ((recorder, 0), (other, 7)):
        world.client.get(SIMILAR, params={"track_id": world.tracks[seed], "limit": 7})
        one.count()
    other.store()

    record = shown(recorder, Scenario.SIMILAR)

    assert (record.lists, record.items, record.different_tracks) == (2, 14, 8)


def test_what_is_shown_while_the_database_is_away_is_stored_later(
    world: World, app: FastAPI, recorder: OutcomeRecorder, tmp_path: Path
) -> None:
    away = Database(f"sqlite:///{tmp_path / 'nowhere' / 'segue.db'}")
    waiting = OutcomeRecorder(app.state.shown_log, away, Writer(away, None))
    world.client.get(SIMILAR, params={"track_id": world.tracks[0], "limit": 5})
    assert shown(waiting, Scenario.SIMILAR).lists == 0

    waiting._writer = app.state.writer  # it is back
    waiting.store()

    assert shown(recorder, Scenario.SIMILAR).items == 5


def test_statistics_and_metrics_tell_rates(world: World, recorder: OutcomeRecorder) -> None:
    for track in range(2):
        world.client.get(SIMILAR, params={"track_id": world.tracks[track], "limit": 5})
    world.act(3, "play", "s-1.0-ab")
    world.act(4, "skip", "s-1.0-ab")
    world.counted()
    shown(recorder, Scenario.SIMILAR)

    told = world.client.get("/stats/").json()["recommendations"]
    daily = world.client.get("/stats/lists/").json()
    metrics = world.client.get("/metrics").text

    [similar] = told["scenarios"]
    assert (similar["scenario"], similar["lists"], similar["items"]) == ("similar", 2, 10)
    assert similar["acceptance"]["value"] == 0.1
    assert similar["acceptance"]["low"] < 0.1 < similar["acceptance"]["high"]
    assert similar["skips"]["value"] == 0.5
    assert similar["completion"] == {"value": None, "low": 0, "high": 1, "of": 0}
    assert similar["coverage"]["value"] > 0.5
    assert [day["scenarios"] for day in daily["by_day"]] == [[similar]]
    assert 'segue_list_rate{rate="acceptance",scenario="similar"} 0.1' in metrics
    assert 'segue_list_rate_bound{bound="high",rate="skips",scenario="similar"} 0.9' in metrics
    assert 'segue_lists_total{scenario="similar"}' in metrics


def test_a_contest_is_told_with_its_interval(world: World, recorder: OutcomeRecorder) -> None:
    code = encoded(dict.fromkeys(world.tracks, 0))
    for number in range(5):
        world.act(0, "play", f"p-1.0-{number:x}-ha{code}")
    world.counted()
    recorder.look()

    [contest] = world.client.get("/stats/").json()["recommendations"]["contests"]

    assert (contest["first"], contest["second"]) == ("hybrid", "audio")
    assert (contest["first_wins"], contest["second_wins"], contest["ties"]) == (5, 0, 0)
    assert contest["share"]["low"] == pytest.approx(0.5407, abs=1e-4)
    assert contest["chance"] > 0.98
