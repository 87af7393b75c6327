"""A generated catalogue -> the tables of a database, as fast as plain INSERTs go."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import orjson
from sqlalchemy import text

from index.actions import ACTION_NAMES
from index.catalogue import Catalogue, InteractionColumns, TrackColumns
from service.database import Database
from service.tracks import CARD_COLUMNS

Told = Callable[[int], object]
"""Told how many rows more have been written."""

ROWS_PER_INSERT = 5_000
_QUOTED = str.maketrans({"'": "''", "\\": "\\\\"})


def load(database: Database, catalogue: Catalogue, told: Told) -> None:
    """Write users, tracks and interactions into the empty tables of a MySQL or MariaDB server."""
    _insert(database, "users (id, email, email_key)", _users(catalogue), told)
    _insert(database, f"tracks (`{'`, `'.join(CARD_COLUMNS)}`)", _tracks(catalogue.tracks), told)
    columns = "interactions (user_id, track_id, action, rating, listen_duration, created_at)"
    _insert(database, columns, _interactions(catalogue.interactions), told)


def _insert(database: Database, into: str, rows: Iterator[str], told: Told) -> None:
    """Write rows in one transaction: with checks off, MariaDB then sorts each index only once."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET unique_checks = 0, foreign_key_checks = 0")
        while part := list(islice(rows, ROWS_PER_INSERT)):
            # Straight to the driver: nothing in the values is to be taken for a parameter.
            statement = f"INSERT INTO {into} VALUES {','.join(part)}"
            connection.exec_driver_sql(statement.replace("%", "%%"))
            told(len(part))
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
