"""What is read in bulk is what the rows hold, however odd, far apart and long they are."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError

from index.catalogue import TrackColumns
from service.database import Database, Selection, bulk_read, is_unavailable, read_bulk
from service.indexing import track_columns
from service.indexing.bulk_columns import INTERACTIONS, TRACKS, USER_IDS, TrackTable
from service.indexing.catalogue import consistent_read, read_catalogue
from service.indexing.rebuild import no_progress
from service.indexing.row_columns import track_selection
from service.models import Interaction, Track, User

ODD: list[dict[str, Any]] = [
    {"id": 1, "title": "Plain", "artist": "A"},
    {"id": 2, "title": "", "artist": ";;", "album": "", "genre": "", "energy": 0.1 + 0.2},
    {"id": 3, "title": "\0\x01,;'\"\\%", "artist": "é東京🎵", "genre": "a", "genres": "a;b;c"},
    {"id": 4, "title": "x" * 600, "artist": "東" * 600, "genre": "a", "genres": "b;a"},
    {"id": 5, "title": "n", "artist": "m", "tempo": 1e-300, "loudness": -1.5e300, "energy": 5e-324},
    {"id": 6, "title": "nan", "artist": "NULL", "duration": -7, "popularity": 100.25},
    {"id": 7, "title": "t", "artist": "t", "created_at": datetime(2001, 2, 3, 4, 5, 6, 789)},
    {"id": 8, "title": "t", "artist": "t", "updated_at": datetime(1960, 1, 1), "key": "C#"},
    {"id": 9, "title": "t", "artist": "t", "created_at": None, "release_date": "1999-12"},
    {"id": 10, "title": "t", "artist": "t", "mode": 1, "explicit": True, "liveness": 0.1},
    {"id": 11, "title": "t", "artist": "t", "explicit": False, "time_signature": 4, "mode": 0},
    {"id": 12, "title": "t", "artist": "t", "duration": 211, "duration_ms": 210_826},
    {"id": 13, "title": "t", "artist": "t", "duration": 99, "duration_ms": 210_826},
    {"id": 14, "title": "t", "artist": "t", "duration_ms": 2**31},
    {"id": 1_000_000, "title": "Far", "artist": "B", "external_id": "x"},
    {"id": 2_000_000_000, "title": "Farther", "artist": "C", "tempo": 123.456789012345},
]


@pytest.fixture
def mysql_database(migrated_mysql_url: str) -> Iterator[Database]:
    database = Database(migrated_mysql_url, batch=True)
    yield database
    database.dispose()


@pytest.fixture
def filled(mysql_database: Database) -> Database:
    with mysql_database.writing() as session:
        for row in ODD:
            session.execute(insert(Track).values(row))
        session.execute(insert(User), [{"id": 3}, {"id": 70_000}])
        session.execute(
            insert(Interaction),
            [
                {"id": 5, "user_id": 3, "track_id": 1, "action": "play"},
                {"id": 1_500_000_000, "user_id": 70_000, "track_id": 9, "action": "PLAY"},
                {"id": 1_500_000_001, "user_id": 70_000, "track_id": 9, "action": "like"},
            ],
        )
    return mysql_database


def by_rows(database: Database) -> TrackColumns:
    with database.engine.connect() as connection:
        return track_columns(connection.execute(select(*track_selection())).all())


def assert_same(one: TrackColumns, other: TrackColumns) -> None:
    for field in fields(TrackColumns):
        found, wanted = getattr(one, field.name), getattr(other, field.name)
        if isinstance(wanted, np.ndarray):
            assert np.array_equal(found, wanted, equal_nan=True), field.name
        else:
            assert list(found) == list(wanted), field.name


@pytest.mark.parametrize("size", [64, 300, 1_000, 4 * 2**20])
def test_tracks_are_those_read_row_by_row(
    filled: Database, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_read, "_BUFFER", size)

    with filled.engine.connect() as connection:
        parts = list(read_bulk(connection, TRACKS))

    assert_same(TrackTable.of(parts).columns(), by_rows(filled))
    assert len(parts) == 1 if size > 4_000 else len(parts) > 1


def test_only_actions_written_exactly_are_read(filled: Database) -> None:
    events = read_catalogue(filled, no_progress).interactions
    assert (events.user_ids.tolist(), events.track_ids.tolist()) == ([3, 70_000], [1, 9])


def test_thousands_of_rows_are_read_in_their_order(mysql_database: Database) -> None:
    with mysql_database.writing() as session:
        session.execute(insert(User), [{"id": 3 * id_} for id_ in range(1, 50_001)])

    with mysql_database.engine.connect() as connection:
        ids = [part.whole[:, 0] for part in read_bulk(connection, USER_IDS)]

    assert np.array_equal(np.concatenate(ids), 3 * np.arange(1, 50_001))


def test_a_row_that_is_too_long_is_an_error(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_read, "_BUFFER", 256)
    monkeypatch.setattr(bulk_read, "_LARGEST_BUFFER", 1_024)

    with filled.engine.connect() as connection, pytest.raises(ValueError, match="tracks: a row"):
        list(read_bulk(connection, TRACKS))


def test_an_empty_table_has_no_rows(mysql_database: Database) -> None:
    with mysql_database.engine.connect() as connection:
        assert list(read_bulk(connection, Selection("tracks", ("id",)))) == []
        assert len(TrackTable.of(read_bulk(connection, TRACKS)).columns().ids) == 0


def test_columns_may_be_of_other_types_than_ours(mysql_database: Database) -> None:
    changes = (
        "title VARCHAR(600) CHARACTER SET latin1",
        "artist CHAR(30)",
        "duration SMALLINT UNSIGNED",
        "popularity TINYINT UNSIGNED",
        "energy FLOAT",
        "valence DECIMAL(6, 3)",
        "created_at TIMESTAMP NULL",
        "updated_at DATE",
    )
    with mysql_database.write_engine.begin() as connection:
        for change in changes:
            connection.execute(text(f"ALTER TABLE tracks MODIFY {change}"))
        connection.execute(
            text(
                "INSERT INTO tracks (title, artist, album, duration, popularity, energy, valence,"
                " created_at, updated_at)"
                " VALUES ('Ça', 'é', 'à', 65000, 90, 0.5, 0.125, '2024-02-29 12:30:01',"
                " '1999-12-31')"
            )
        )

    with consistent_read(mysql_database) as connection:
        table = TrackTable.of(read_bulk(connection, TRACKS))

    columns = table.columns()
    assert (*columns.titles, *columns.artists, *columns.albums) == ("Ça", "é", "à")
    assert table.whole[0, 1] == 65_000
    assert table.whole[0, -2:].tolist() == [1_709_209_801 * 10**6, 946_598_400 * 10**6]
    assert (columns.popularity[0], columns.features[0, 1]) == (90, 0.5)
    assert 0.125 in columns.features[0]


def test_a_column_that_is_no_number_is_an_error(mysql_database: Database) -> None:
    with (
        mysql_database.engine.connect() as connection,
        pytest.raises(ValueError, match="tracks: title is of type"),
    ):
        list(read_bulk(connection, Selection("tracks", ("title",))))


def test_what_the_server_refuses_is_told(filled: Database) -> None:
    with filled.engine.connect() as connection, pytest.raises(OperationalError, match="nothing"):
        list(read_bulk(connection, Selection("tracks", ("nothing",))))
    with filled.engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM tracks")) == len(ODD)


def test_an_error_between_rows_is_told(filled: Database) -> None:
    failing = "IF(id = 5, (SELECT id FROM tracks), id)"  # more than one row, when it is computed

    with filled.engine.connect() as connection, pytest.raises(OperationalError, match="1242"):
        list(read_bulk(connection, Selection("tracks", (failing,))))


def test_a_connection_that_is_lost_is_told(filled: Database) -> None:
    with filled.engine.connect() as connection, filled.engine.connect() as other:
        number = connection.scalar(text("SELECT CONNECTION_ID()"))
        slow = Selection("tracks", ("id", "SLEEP(0.3)"))
        other.execute(text(f"KILL {number}"))
        with pytest.raises(OperationalError) as lost:
            list(read_bulk(connection, slow))

    assert is_unavailable(lost.value)


def test_whoever_reads_no_further_leaves_nothing_behind(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_read, "_BUFFER", 64)
    with consistent_read(filled) as connection:
        reading = read_bulk(connection, INTERACTIONS)
        next(reading)
        reading.close()  # type: ignore[attr-defined]

    for _ in range(3):
        with consistent_read(filled) as connection:
            assert sum(len(part.whole) for part in read_bulk(connection, INTERACTIONS)) == 3
