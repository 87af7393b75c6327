"""The change feed: nothing is lost, nothing is read twice, in whatever order commits come."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from index.catalogue import Watermark
from service.database import (
    Cursor,
    Database,
    Entries,
    prune_changes,
    read_changes,
    read_watermark,
    record_change,
)
from service.database.change_feed import GAP_SECONDS
from service.indexing.catalogue import consistent_read
from service.models import Change

START = Cursor(0)


def read(database: Database, cursor: Cursor, *, now: float = 0.0) -> tuple[Entries, Cursor]:
    with consistent_read(database) as connection:
        return read_changes(connection, cursor, now=now)


def write(database: Database, *track_ids: int) -> None:
    with database.writing() as session:
        record_change(session, "track", track_ids)


@contextmanager
def open_transaction(database: Database, *track_ids: int) -> Iterator[Session]:
    """Take an id of the feed in a transaction that commits when the block ends."""
    with database.writing() as session:
        record_change(session, "track", track_ids)
        session.flush()
        yield session


@pytest.fixture
def mysql_database(migrated_mysql_url: str) -> Iterator[Database]:
    database = Database(migrated_mysql_url)
    yield database
    database.dispose()


def test_a_change_that_commits_later_than_a_newer_one_is_not_lost(mysql_database: Database) -> None:
    with open_transaction(mysql_database, 1):
        write(mysql_database, 2)
        entries, cursor = read(mysql_database, START)
        assert entries.tracks == {2}
        assert list(cursor.gaps) == [1]

        entries, cursor = read(mysql_database, cursor)
        assert entries.count == 0

    entries, cursor = read(mysql_database, cursor)
    assert entries.tracks == {1}
    assert not cursor.gaps
    assert read(mysql_database, cursor)[0].count == 0


def test_a_rolled_back_change_is_asked_for_only_so_long(mysql_database: Database) -> None:
    with open_transaction(mysql_database, 1) as session:
        write(mysql_database, 2)
        session.rollback()
    _, cursor = read(mysql_database, START, now=100.0)
    assert list(cursor.gaps) == [1]

    _, cursor = read(mysql_database, cursor, now=100.0 + GAP_SECONDS)
    assert list(cursor.gaps) == [1]
    _, cursor = read(mysql_database, cursor, now=101.0 + GAP_SECONDS)
    assert not cursor.gaps


def test_a_watermark_names_the_changes_that_are_still_open(mysql_database: Database) -> None:
    with open_transaction(mysql_database, 1):
        write(mysql_database, 2)
        with consistent_read(mysql_database) as snapshot:
            snapshot.execute(select(Change.id)).all()
            write(mysql_database, 3)
            watermark = read_watermark(snapshot)
        assert watermark == Watermark(2, (1,))

    entries, _ = read(mysql_database, Cursor.after(watermark, now=0.0))
    assert entries.tracks == {1, 3}


def test_the_watermark_of_an_empty_feed_is_zero(database: Database) -> None:
    with consistent_read(database) as connection:
        assert read_watermark(connection) == Watermark(0)


def test_gaps_of_old_entries_are_settled(database: Database) -> None:
    old = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=2 * GAP_SECONDS)
    with database.writing() as session:
        for number, created_at in [(3, old), (5, old)]:
            session.execute(
                insert(Change).values(id=number, kind="user", ids="[1]", created_at=created_at)
            )
    write(database, 7)
    with database.writing() as session:
        session.execute(update(Change).where(Change.id == 6).values(id=8))

    with consistent_read(database) as connection:
        assert read_watermark(connection) == Watermark(8, (6, 7))


def test_each_kind_is_read_with_its_ids(database: Database) -> None:
    with database.writing() as session:
        record_change(session, "user", [4, 5])
        record_change(session, "interaction", [6])
        record_change(session, "track", [])

    entries, cursor = read(database, START)

    assert entries.users == {4, 5}
    assert entries.interactions == {6}
    assert entries.tracks == frozenset()
    assert entries.count == 2
    assert cursor.high == 2


def test_a_jump_of_the_counter_makes_no_endless_gaps(database: Database) -> None:
    with database.writing() as session:
        session.execute(insert(Change).values(id=2**40, kind="user", ids="[1]"))

    _, cursor = read(database, START)

    assert cursor.high == 2**40
    assert len(cursor.gaps) <= 100_000


def test_pruning_keeps_what_a_kept_generation_needs(database: Database) -> None:
    old = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
    with database.writing() as session:
        for number in range(1, 10):
            session.execute(
                insert(Change).values(id=number, kind="user", ids="[1]", created_at=old)
            )

    with database.write_engine.begin() as connection:
        prune_changes(connection, [Watermark(9), Watermark(7, (5,))])
    with database.reading() as session:
        assert list(session.scalars(select(Change.id))) == [5, 6, 7, 8, 9]

    with database.write_engine.begin() as connection:
        prune_changes(connection, [Watermark(9)])
    with database.reading() as session:
        assert list(session.scalars(select(Change.id))) == [9]


def test_nothing_is_pruned_without_a_generation(database: Database) -> None:
    write(database, 1)
    with database.write_engine.begin() as connection:
        assert prune_changes(connection, []) == 0
