"""Rebuilds: asked for, joined, taken, failed, given up; and numbers that nobody gets twice."""

from functools import partial

import pytest
from sqlalchemy import select, update

from index.generations import GenerationStore, build_generation
from index.generations.store import StaleGeneration
from service.database import Database
from service.indexing import read_condition, rebuild_requested, request_rebuild, run_rebuild
from service.indexing.identity import next_generation
from service.indexing.rebuild import GivenUp, LeadershipLost, no_progress
from service.indexing.rebuild_queue import finish_requests, take_requests
from service.models import Rebuild
from service.settings import Settings


@pytest.fixture
def store(settings: Settings) -> GenerationStore:
    return GenerationStore(settings.generations_dir)


def ask(database: Database) -> int:
    with database.writing() as session:
        return request_rebuild(session, "test").id


def only_row(database: Database) -> Rebuild:
    with database.reading() as session:
        return session.scalars(select(Rebuild)).one()


def test_what_takes_long_to_learn_from_is_published_first_and_again_when_it_has_learned(
    database: Database,
    store: GenerationStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "service.indexing.rebuild.build_generation", partial(build_generation, learned_at_once=-1)
    )
    ask(database)
    rebuild_requested(database, store, settings, no_progress, leads=lambda: True)

    row = only_row(database)
    assert (row.state, row.generation) == ("done", 2)
    assert [manifest.generation for manifest in store.manifests()] == [2, 1]


def test_a_request_joins_the_queued_one(database: Database) -> None:
    assert ask(database) == ask(database)
    assert only_row(database).state == "queued"


def test_a_request_does_not_join_a_running_one(database: Database) -> None:
    running = ask(database)
    take_requests(database)
    assert ask(database) != running


def test_all_that_wait_are_taken_at_once(database: Database) -> None:
    first = ask(database)
    assert take_requests(database) == [first]
    second = ask(database)
    assert take_requests(database) == [first, second]
    finish_requests(database, [first, second], generation=5)
    assert take_requests(database) == []


def test_a_rebuild_of_a_dead_indexer_is_taken_again(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    ask(database)
    take_requests(database)  # and then the indexer died

    rebuild_requested(database, store, settings, no_progress, leads=lambda: True)

    row = only_row(database)
    assert (row.state, row.generation, row.error) == ("done", 1, None)
    assert row.finished_at is not None


def test_nothing_is_built_unless_asked_for(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    rebuild_requested(database, store, settings, no_progress, leads=lambda: True)
    assert store.current() is None


def test_a_failed_build_leaves_the_old_generation_and_says_why(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    run_rebuild(database, store, settings)
    before = store.current()

    def fail(doing: str, _share: float) -> None:
        if doing == "Built":
            raise ZeroDivisionError("as a test wants it")

    ask(database)
    rebuild_requested(database, store, settings, fail, leads=lambda: True)

    assert store.current() == before
    row = only_row(database)
    assert (row.state, row.error) == ("failed", "ZeroDivisionError: as a test wants it")
    with database.engine.connect() as connection:
        condition = read_condition(connection, settings.data_dir)
    assert (condition.failed, condition.last_error) == (1, row.error)


def test_a_rebuild_that_is_given_up_waits_for_the_next_leader(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    def give_up(_doing: str, _share: float) -> None:
        raise GivenUp

    asked = ask(database)
    with pytest.raises(GivenUp):
        rebuild_requested(database, store, settings, give_up, leads=lambda: True)

    assert only_row(database).state == "running"
    assert take_requests(database) == [asked]


def test_who_no_longer_leads_publishes_nothing(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    with pytest.raises(LeadershipLost):
        run_rebuild(database, store, settings, leads=lambda: False)
    assert store.current() is None


def test_a_leader_that_slept_through_its_successor_publishes_nothing(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    def sleep(doing: str, _share: float) -> None:
        if doing == "Built":
            run_rebuild(database, store, settings)

    with pytest.raises(StaleGeneration):
        run_rebuild(database, store, settings, sleep)

    current = store.current()
    assert current is not None
    assert current.name == "gen-000002"


def test_generation_numbers_rise(database: Database) -> None:
    assert [next_generation(database, above=0) for _ in range(3)] == [1, 2, 3]


def test_numbers_rise_above_those_of_another_database(database: Database) -> None:
    assert next_generation(database, above=41) == 42
    assert next_generation(database, above=0) == 43


def test_old_generations_are_pruned(
    database: Database, store: GenerationStore, settings: Settings
) -> None:
    for _ in range(settings.keep_generations + 2):
        run_rebuild(database, store, settings)
    assert [each.generation for each in store.manifests()] == [5, 4, 3]


def test_the_newest_outcome_is_the_one_that_counts(database: Database, settings: Settings) -> None:
    failed, done = ask(database), 0
    finish_requests(database, [failed], generation=None, error="broken")
    done = ask(database)
    finish_requests(database, [done], generation=2)

    with database.engine.connect() as connection:
        condition = read_condition(connection, settings.data_dir)

    assert (condition.done, condition.failed, condition.last_error) == (1, 1, None)


def test_errors_longer_than_their_column_are_cut(database: Database) -> None:
    asked = ask(database)
    finish_requests(database, [asked], generation=None, error="x" * 100_000)
    row = only_row(database)
    assert row.error is not None
    assert set(row.error) == {"x"}


def test_a_request_shows_its_reason(database: Database) -> None:
    ask(database)
    with database.writing() as session:
        session.execute(update(Rebuild).values(state="done"))
    assert only_row(database).reason == "test"
