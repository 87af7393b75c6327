"""What the server packs is what its rows hold, however odd, far apart and long they are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, text

from index.catalogue import TrackColumns
from service.db import Database
from service.indexing import packed
from service.indexing.catalogue import consistent_read, read_catalogue
from service.indexing.columns import track_columns, track_selection
from service.indexing.packed import Selection, read_packed
from service.indexing.rebuild import no_progress
from service.indexing.tables import INTERACTIONS, TRACK_SUMS, TRACKS, TrackTable
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


@pytest.mark.parametrize("rows", [1, 3, 10_000])
def test_packed_tracks_are_those_read_row_by_row(filled: Database, rows: int) -> None:
    with filled.engine.connect() as connection:
        table = TrackTable.of(read_packed(connection, TRACKS, rows))

    assert_same(table.columns(), by_rows(filled))


def test_only_actions_written_exactly_are_read(filled: Database) -> None:
    events = read_catalogue(filled, no_progress).interactions
    assert (events.user_ids.tolist(), events.track_ids.tolist()) == ([3, 70_000], [1, 9])


def test_what_the_server_cuts_short_is_read_in_smaller_parts(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_LONGEST", 2_500)  # bytes: less than two of the longest rows

    with filled.engine.connect() as connection:
        table = TrackTable.of(read_packed(connection, TRACKS, 10_000))

    assert_same(table.columns(), by_rows(filled))


@pytest.mark.parametrize("selection", [INTERACTIONS, TRACK_SUMS], ids=lambda each: each.table)
def test_nothing_is_read_that_was_cut_wherever_that_was(
    filled: Database, monkeypatch: pytest.MonkeyPatch, selection: Selection
) -> None:
    def whole() -> list[list[int]]:
        with filled.engine.connect() as connection:
            parts = list(read_packed(connection, selection, 1_000))
        return [row for part in parts for row in part.whole.tolist()]

    with filled.write_engine.begin() as connection:  # far ones take long to part
        connection.execute(text("DELETE FROM interactions WHERE id > 1500000000"))
        connection.execute(text("DELETE FROM tracks WHERE id > 1000"))
    wanted, outcomes = whole(), Counter[str]()
    for longest in range(4, 300, 4):
        monkeypatch.setattr(packed, "_LONGEST", longest)
        try:
            assert whole() == wanted
            outcomes["read"] += 1
        except ValueError:
            outcomes["refused"] += 1

    assert min(outcomes["read"], outcomes["refused"]) > 2


def test_a_row_that_cannot_be_packed_at_all_is_an_error(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_LONGEST", 1_000)

    with filled.engine.connect() as connection, pytest.raises(ValueError, match="tracks 4"):
        list(read_packed(connection, TRACKS, 10_000))


def test_an_empty_table_has_no_rows(mysql_database: Database) -> None:
    with mysql_database.engine.connect() as connection:
        assert list(read_packed(connection, Selection("tracks", ("id",)), 10)) == []
        assert len(TrackTable.of(read_packed(connection, TRACKS, 10)).columns().ids) == 0


def test_texts_of_other_character_sets_are_read_as_unicode(mysql_database: Database) -> None:
    with mysql_database.write_engine.begin() as connection:
        connection.execute(
            text("ALTER TABLE tracks MODIFY title VARCHAR(600) CHARACTER SET latin1")
        )
        connection.execute(insert(Track).values(title="Ça", artist="é"))

    with consistent_read(mysql_database) as connection:
        table = TrackTable.of(read_packed(connection, TRACKS, 10))

    assert list(table.columns().titles) == ["Ça"]
