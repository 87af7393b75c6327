"""A build that takes over what did not change is the build that reads everything."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, text

from index.catalogue import Catalogue
from index.generations import CHANGED, build_generation
from index.storage import Manifest, read_manifest
from service.database import Database
from service.indexing import bulk_columns, reuse
from service.indexing.catalogue import read_catalogue
from service.indexing.rebuild import no_progress
from service.models import Interaction, Track, User

NOW = 1_800_000_000.0
EDITS = {
    "nothing": "SELECT 1",
    "a title": "UPDATE tracks SET title = 'Another' WHERE id = 7",
    "one feature": "UPDATE tracks SET energy = energy + 1e-15 WHERE id = 7",
    "a feature that is gone": "UPDATE tracks SET energy = NULL WHERE id = 7",
    "nothing and an empty text": "UPDATE tracks SET album = '' WHERE id = 7",
    "the case of a letter": "UPDATE tracks SET artist = LOWER(artist) WHERE id = 7",
    "a microsecond": "UPDATE tracks SET updated_at = '2020-01-01 00:00:00.000001' WHERE id = 7",
    "a genre": "UPDATE tracks SET genre = 'new' WHERE id BETWEEN 3 AND 9",
    "texts swapped": "UPDATE tracks SET title = artist, artist = 'Song 7' WHERE id = 7",
    "a deleted track": "DELETE FROM tracks WHERE id IN (1, 11, 60)",
    "an added track": "INSERT INTO tracks (id, title, artist) VALUES (12345, 'New', 'New')",
    "an id used again": "REPLACE INTO tracks (id, title, artist, tempo) VALUES (50, 'x', 'y', 99)",
}


@pytest.fixture
def database(migrated_mysql_url: str) -> Iterator[Database]:
    database = Database(migrated_mysql_url, batch=True)
    with database.writing() as session:
        session.execute(insert(User), [{"id": 1}, {"id": 2}])
        session.execute(
            insert(Track),
            [
                {
                    "id": id_,
                    "title": f"Song {id_}",
                    "artist": f"Artist {id_ % 7} Ø",
                    "album": f"Album {id_ % 9}" if id_ % 2 else None,
                    "genre": f"genre {id_ % 4}",
                    "energy": (id_ * 37 % 100) / 100,
                    "tempo": 60.0 + id_,
                    "popularity": float(id_ % 5),
                    "duration": 100 + id_,
                }
                for id_ in range(1, 61)
            ],
        )
        session.execute(
            insert(Interaction),
            [{"user_id": 1 + id_ % 2, "track_id": id_, "action": "play"} for id_ in range(20, 40)],
        )
    yield database
    database.dispose()


def built(source: Catalogue, folder: Path) -> Manifest:
    folder.mkdir()
    build_generation(source, folder, generation=1, now=NOW)
    return read_manifest(folder)


@pytest.mark.parametrize("edit", EDITS)
def test_the_result_is_that_of_a_full_read_byte_by_byte(
    database: Database, edit: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    built(read_catalogue(database, no_progress), tmp_path / "former")
    with database.engine.begin() as connection:
        connection.execute(text(EDITS[edit]))

    caplog.set_level(logging.INFO)
    source = read_catalogue(database, no_progress, previous=tmp_path / "former")

    assert "tracks changed since" in caplog.text
    assert built(source, tmp_path / "changed") == built(
        read_catalogue(database, no_progress), tmp_path / "full"
    )


def test_what_did_not_change_is_told(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    built(read_catalogue(database, no_progress), tmp_path / "former")
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE tracks SET title = 'Another' WHERE id IN (7, 9)"))

    caplog.set_level(logging.INFO)
    source = read_catalogue(database, no_progress, previous=tmp_path / "former")

    assert "2 of 60 tracks changed since" in caplog.text
    assert source.previous is not None
    assert np.flatnonzero(source.previous.rows == CHANGED).tolist() == [6, 8]


def test_generations_follow_on_each_other(database: Database, tmp_path: Path) -> None:
    previous: Path | None = None
    for step in range(4):
        with database.engine.begin() as connection:
            connection.execute(
                text("UPDATE tracks SET title = CONCAT(title, 'x') WHERE id % 11 = :step"),
                {"step": step},
            )
        folder = tmp_path / str(step)
        found = built(read_catalogue(database, no_progress, previous=previous), folder)
        previous = folder

    assert found == built(read_catalogue(database, no_progress), tmp_path / "full")


def test_what_another_version_kept_is_read_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(read_catalogue(database, no_progress), tmp_path / "former")
    monkeypatch.setattr(reuse, "TRACKS", replace(bulk_columns.TRACKS, table="tracks AS t"))

    source = read_catalogue(database, no_progress, previous=tmp_path / "former")

    assert len(source.tracks.ids) == 60


@pytest.mark.parametrize("damage", ["damaged", "missing", "another database"])
def test_without_a_usable_generation_everything_is_read(
    database: Database, tmp_path: Path, damage: str
) -> None:
    source = read_catalogue(database, no_progress)
    previous = tmp_path / "former"
    if damage == "another database":
        source = replace(source, database="0b9f4c1e-0000-4000-8000-000000000009")
    built(source, previous)
    if damage == "damaged":
        content = bytearray((previous / "kept.bin").read_bytes())
        content[len(content) // 2] ^= 1
        (previous / "kept.bin").write_bytes(content)
    if damage == "missing":
        (previous / "kept.bin").unlink()

    assert len(read_catalogue(database, no_progress, previous=previous).tracks.ids) == 60
