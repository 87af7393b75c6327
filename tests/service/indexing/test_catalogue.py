"""The export: one consistent moment, and nothing that plain SQL wrote can break it."""

import math
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
import pytest
from sqlalchemy import insert, text

from index.actions import ACTION_CODES
from index.catalogue import Catalogue, Watermark
from index.features import FEATURE_NAMES
from index.generations import build_generation
from service.database import Database, record_change
from service.indexing.catalogue import read_catalogue
from service.indexing.rebuild import no_progress
from service.indexing.row_columns import released_at
from service.models import Interaction, Track, User

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000)


def catalogue(database: Database) -> Catalogue:
    return read_catalogue(database, no_progress)


def add_track(database: Database, **columns: object) -> int:
    with database.writing() as session:
        track = Track(**{"title": "Song", "artist": "Singer", **columns})
        session.add(track)
        session.flush()
        return track.id


def add_user(database: Database) -> int:
    with database.writing() as session:
        user = User(username="u")
        session.add(user)
        session.flush()
        return user.id


def add_event(database: Database, user_id: int, track_id: int, **columns: object) -> None:
    with database.writing() as session:
        row = {"user_id": user_id, "track_id": track_id, "action": "play", **columns}
        session.execute(insert(Interaction).values(row))


def test_an_empty_database_is_an_empty_catalogue(database: Database) -> None:
    found = catalogue(database)

    assert len(found.tracks.ids) == len(found.user_ids) == len(found.interactions.at) == 0
    assert found.tracks.features.shape == (0, len(FEATURE_NAMES))
    assert found.watermark == Watermark(0)
    assert len(found.database) == 36


def test_a_track_comes_with_all_its_columns(database: Database) -> None:
    values = dict(zip(FEATURE_NAMES, [120.5, 0.1, 0.2, 0.3, 0.4, 0.5, -6.5, 0.7], strict=True))
    track_id = add_track(
        database,
        title="Café",
        artist="A;B",
        album="Album",
        genre="Pop",
        popularity=44.0,
        release_date="1970-01-03",
        created_at=NOON,
        external_id="x-1",
        **values,
    )

    tracks = catalogue(database).tracks

    assert tracks.ids.tolist() == [track_id]
    assert tracks.features.tolist() == [list(values.values())]
    assert (list(tracks.titles), list(tracks.artists)) == (["Café"], ["A;B"])
    assert (list(tracks.albums), list(tracks.genres)) == (["Album"], ["Pop"])
    assert (tracks.popularity.tolist(), tracks.released.tolist()) == ([44.0], [172_800.0])
    card = orjson.loads(tracks.cards[0])
    assert (card["id"], card["external_id"], card["title"]) == (track_id, "x-1", "Café")
    assert card["created_at"].startswith("2026-05-04T12:00:00")


def test_unknown_features_stay_unknown(database: Database) -> None:
    add_track(database, energy=0.5)

    features = catalogue(database).tracks.features[0]

    assert features[FEATURE_NAMES.index("energy")] == 0.5
    assert np.isnan(features).sum() == len(FEATURE_NAMES) - 1


def test_features_outside_their_range_are_moved_to_its_end(database: Database) -> None:
    add_track(database, energy=7.0, loudness=-300.0, tempo=9000.0, valence=-1.0)

    features = dict(zip(FEATURE_NAMES, catalogue(database).tracks.features[0], strict=True))

    assert (features["energy"], features["loudness"], features["tempo"]) == (1.0, -80.0, 400.0)
    assert features["valence"] == 0.0


def test_a_tempo_of_zero_is_unknown(database: Database) -> None:
    add_track(database, tempo=0.0)
    assert math.isnan(catalogue(database).tracks.features[0, FEATURE_NAMES.index("tempo")])


def test_an_interaction_comes_with_all_its_columns(database: Database) -> None:
    user_id, track_id = add_user(database), add_track(database, duration=200)
    add_event(
        database,
        user_id,
        track_id,
        action="like",
        rating=4,
        listen_duration=50,
        created_at=NOON,
    )

    events = catalogue(database).interactions

    assert (events.user_ids.tolist(), events.track_ids.tolist()) == ([user_id], [track_id])
    assert events.actions.tolist() == [ACTION_CODES["like"]]
    assert (events.ratings.tolist(), events.listened.tolist()) == ([4], [0.25])
    assert events.at[0] == pytest.approx(NOON.replace(tzinfo=UTC).timestamp(), abs=1e-3)


def test_the_listened_share_is_at_most_the_whole_track(database: Database) -> None:
    user_id = add_user(database)
    add_event(database, user_id, add_track(database, duration=10), listen_duration=99)
    add_event(database, user_id, add_track(database, duration=0), listen_duration=99)
    add_event(database, user_id, add_track(database), listen_duration=99)

    listened = catalogue(database).interactions.listened

    assert listened[0] == 1.0
    assert np.isnan(listened[1:]).all()


def test_what_plain_sql_may_write_does_not_stop_the_export(database: Database) -> None:
    user_id, track_id = add_user(database), add_track(database)
    add_event(database, user_id, track_id, action="danced")
    add_event(database, user_id, track_id, action="play", rating=77, listen_duration=-5)
    add_event(database, user_id, track_id, created_at=datetime(2990, 1, 1))
    add_event(database, user_id, track_id, created_at=None)

    events = catalogue(database).interactions

    assert events.ratings.tolist() == [0, 0, 0]
    assert events.at.max() <= time.time()
    assert events.at.min() >= 0


def test_whatever_sqlite_stores_does_not_stop_the_export(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    with database.write_engine.begin() as connection:
        connection.execute(text("PRAGMA ignore_check_constraints = 1"))
        connection.execute(
            text(
                "INSERT INTO tracks (id, title, artist, energy, tempo, duration, created_at) "
                "VALUES (1, x'ff41', 'a', 'loud', 9e999, 'long', 'yesterday')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO tracks (id, title, artist, external_id, created_at) "
                "VALUES (2, 't', 'a', x'ff', '0001-01-01T00:00:00+14:00')"
            )
        )
        connection.execute(text("INSERT INTO users (id, created_at) VALUES (1, 'never')"))
        connection.execute(
            text(
                "INSERT INTO interactions (user_id, track_id, action, rating, created_at) "
                "VALUES (1, 1, 'play', 'five', 'soon'), (1, 1, x'00', NULL, 5)"
            )
        )

    found = catalogue(database)
    database.dispose()

    assert np.isnan(found.tracks.features).all()
    assert len(found.interactions.at) == 1
    cards = [orjson.loads(card) for card in found.tracks.cards]
    assert [card["id"] for card in cards] == [1, 2]
    assert cards[1]["external_id"] == "\ufffd"


def test_dangling_interactions_are_left_out_of_a_build(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(migrated_sqlite_url)
    user_id, track_id = add_user(database), add_track(database)
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            insert(Interaction),
            [
                {"user_id": user_id, "track_id": track_id, "action": "play"},
                {"user_id": 99, "track_id": track_id, "action": "play"},
                {"user_id": user_id, "track_id": 99, "action": "play"},
            ],
        )
        connection.commit()
        driver.execute("PRAGMA foreign_keys=ON")

    build_generation(catalogue(database), tmp_path, generation=1, now=0.0)
    database.dispose()

    assert np.load(tmp_path / "history_offsets.npy").tolist() == [0, 1]


def write_late(database: Database, user_id: int) -> None:
    """Add a track, and an interaction with it, as the API does."""
    with database.writing() as session:
        track = Track(title="Late", artist="Late")
        session.add(track)
        session.flush()
        session.add(event := Interaction(user_id=user_id, track_id=track.id, action="play"))
        session.flush()
        record_change(session, "track", [track.id])
        record_change(session, "interaction", [event.id])


def test_the_export_sees_one_moment_and_its_watermark_says_which(database: Database) -> None:
    user_id = add_user(database)
    add_track(database)

    def write_meanwhile(doing: str, _share: float) -> None:
        if doing == "Reading tracks":
            write_late(database, user_id)

    found = read_catalogue(database, write_meanwhile)

    assert list(found.tracks.titles) == ["Song"]
    assert len(found.interactions.at) == 0
    assert found.watermark == Watermark(0)


def test_what_is_written_as_the_export_begins_is_after_its_watermark(database: Database) -> None:
    user_id = add_user(database)
    add_track(database)

    def write_meanwhile(doing: str, _share: float) -> None:
        if doing == "Reading users":  # on MySQL the moment of interactions and the watermark
            write_late(database, user_id)

    found = read_catalogue(database, write_meanwhile)

    assert list(found.tracks.titles) == ["Song", "Late"][: len(found.tracks.ids)]
    assert len(found.interactions.at) == 0
    assert found.watermark == Watermark(0)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("1970", 0.0), ("1970-02", 2_678_400.0), ("1969-12-31", -86_400.0)],
)
def test_a_release_date_counts_from_its_first_moment(written: str, seconds: float) -> None:
    assert released_at(written) == seconds


@pytest.mark.parametrize(
    "written", [None, "", "soon", "2020-13", "0000", "2020-02-31", "3000000000"]
)
def test_what_is_no_release_date_is_unknown(written: str | None) -> None:
    assert math.isnan(released_at(written))
