"""Write catalogues into the tables of a database by plain INSERTs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import orjson
from sqlalchemy import insert, text

from index.actions import ACTION_NAMES
from index.catalogue import Catalogue, InteractionColumns, TrackColumns
from service.database import Database
from service.models import Base, Track, User
from service.tracks import CARD_COLUMNS

Written = Callable[[int], object]
"""Gets the number of rows of each INSERT."""

ROWS_PER_INSERT = 5_000
_QUOTED = str.maketrans({"'": "''", "\\": "\\\\"})


def insert_catalogue(database: Database, catalogue: Catalogue, written: Written) -> None:
    """Write users, tracks and interactions into the empty tables of a MySQL or MariaDB server."""
    _insert(database, "users (id, email, email_key)", _users(catalogue), written)
    _insert(database, f"tracks (`{'`, `'.join(CARD_COLUMNS)}`)", _tracks(catalogue.tracks), written)
    columns = "interactions (user_id, track_id, action, rating, listen_duration, created_at)"
    _insert(database, columns, _interactions(catalogue.interactions), written)


def _insert(database: Database, into: str, rows: Iterator[str], written: Written) -> None:
    """Write rows in one transaction: with checks off, MariaDB then sorts each index only once."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET unique_checks = 0, foreign_key_checks = 0")
        while part := list(islice(rows, ROWS_PER_INSERT)):
            # Straight to the driver: nothing in the values is to be taken for a parameter.
            statement = f"INSERT INTO {into} VALUES {','.join(part)}"
            connection.exec_driver_sql(statement.replace("%", "%%"))
            written(len(part))
        connection.commit()
        connection.exec_driver_sql("SET unique_checks = 1, foreign_key_checks = 1")
        connection.execute(text(f"ANALYZE TABLE {into.split()[0]}"))


def _users(catalogue: Catalogue) -> Iterator[str]:
    for id_ in catalogue.user_ids.tolist():
        yield f"({id_},'listener{id_}@example.org','listener{id_}@example.org')"


def _tracks(tracks: TrackColumns) -> Iterator[str]:
    for card in tracks.cards:
        track = orjson.loads(card)
        genres = track["genres"]
        track["genres"] = ";".join(genres) if len(genres) > 1 else None
        for moment in ("created_at", "updated_at"):
            track[moment] = track[moment].removesuffix("Z")
        yield f"({','.join([_literal(track[name]) for name in CARD_COLUMNS])})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return f"'{value.translate(_QUOTED)}'" if isinstance(value, str) else repr(value)


def _interactions(events: InteractionColumns) -> Iterator[str]:
    listened = np.where(np.isnan(events.listened), -1, np.nan_to_num(events.listened) * 200)
    columns = zip(
        events.user_ids.tolist(),
        events.track_ids.tolist(),
        events.actions.tolist(),
        events.ratings.tolist(),
        listened.astype(np.int64).tolist(),
        events.at.tolist(),
        strict=True,
    )
    for user_id, track_id, action, rating, seconds, at in columns:
        moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
        yield (
            f"({user_id},{track_id},'{ACTION_NAMES[action]}',{rating or 'NULL'},"
            f"{seconds if seconds >= 0 else 'NULL'},'{moment}')"
        )


def fill_small(url: str, *, tracks: int, users: int) -> None:
    """Write a few plain tracks and listeners with the ids 1, 2, ..."""
    genres = ["jazz", "rock", "pop", "folk", "soul"]
    database = Database(url, batch=True)
    with database.writing() as session:
        connection = session.connection()
        for first in range(0, tracks, ROWS_PER_INSERT):
            numbers = range(first, min(first + ROWS_PER_INSERT, tracks))
            rows = [_plain_track(i, genres[i % 5]) for i in numbers]
            connection.execute(insert(Base.metadata.tables[Track.__tablename__]), rows)
        people = [{"external_id": f"u{i}"} for i in range(users)]
        connection.execute(insert(Base.metadata.tables[User.__tablename__]), people)
    database.dispose()


def _plain_track(i: int, genre: str) -> dict[str, object]:
    return {
        "title": f"Song {i}",
        "artist": f"Artist {i % 997}",
        "genre": genre,
        "duration": 200,
        "tempo": 60 + i % 120,
        "energy": i % 101 / 100,
        "danceability": i % 89 / 88,
        "valence": i % 83 / 82,
        "acousticness": i % 79 / 78,
        "instrumentalness": i % 73 / 72,
        "loudness": -(i % 60),
        "speechiness": i % 71 / 70,
    }
