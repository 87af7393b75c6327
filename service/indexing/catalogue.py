"""SQL -> the columnar catalogue of a build, by consistent reads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, Select, select

from index.catalogue import Catalogue, DeferredInteractions, InteractionColumns, TrackColumns
from service.database import Database, read_bulk, read_watermark
from service.indexing.bulk_columns import INTERACTIONS, USER_IDS, interaction_part
from service.indexing.identity import database_uuid
from service.indexing.memory import trim_heap
from service.indexing.reuse import kept_arrays, read_tracks
from service.indexing.row_columns import (
    Floats,
    Ids,
    Rows,
    in_shares,
    interaction_columns,
    interaction_selection,
    lengths,
    track_columns,
    track_selection,
    whole_numbers,
)
from service.indexing.taste_reader import read_tastes
from service.models import Track, User

ROWS_PER_BATCH = 20_000

Columns = TypeVar("Columns", TrackColumns, InteractionColumns)
Progress = Callable[[str, float], None]
"""Told what is being done and which share of the whole is done; may raise to end it."""


@contextmanager
def consistent_read(database: Database) -> Iterator[Connection]:
    """Yield a connection on which all reads see the database as of one moment.

    On SQLite any transaction does; it begins with the first read.
    """
    with database.engine.connect() as connection:
        if database.kind == "mysql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield connection
        connection.rollback()


def read_catalogue(
    database: Database, progress: Progress, *, previous: Path | None = None
) -> Catalogue:
    """Read all that a build needs: see `catalogue_read`."""
    with catalogue_read(database, progress, previous=previous) as catalogue:
        return catalogue.complete()


@contextmanager
def catalogue_read(
    database: Database, progress: Progress, *, previous: Path | None = None
) -> Iterator[Catalogue]:
    """Read all that a build needs, streamed.

    SQLite is read as of one moment. Of MySQL, interactions are read over a connection of their own,
    by a thread: beside users and tracks, and while the block works on those. Their moment comes
    first and is that of the watermark. So the feed tells each interaction that is not among them;
    what else it tells may be known already, and a track or a user taken once more stays what it is.

    Interactions of tracks or users that are not there are among them: a build leaves them out.

    Parameters
    ----------
    previous
        Folder of the previous generation: on MySQL, tracks that have not changed are reused.
    """
    with ExitStack() as thread:
        # Held by nobody but the block: what it has used up it can give back.
        if database.kind == "mysql":
            yield _in_bulk(database, progress, previous, thread)
        else:
            yield _by_rows(database, progress)


def _by_rows(database: Database, progress: Progress) -> Catalogue:
    with consistent_read(database) as connection:
        uuid = database_uuid(connection)
        watermark = read_watermark(connection)
        progress("Reading users", 0.0)
        user_ids = _read_ids(connection)
        tastes = read_tastes(connection)
        progress("Reading tracks", 0.05)
        tracks, seconds_of = _read_tracks(connection)
        progress("Reading interactions", 0.6)
        interactions = _read_interactions(connection, database.kind, seconds_of)
    progress("Catalogue read", 1.0)
    return Catalogue(
        database=uuid,
        watermark=watermark,
        tracks=tracks,
        user_ids=user_ids,
        interactions=interactions,
        tastes=tastes,
    )


def _in_bulk(
    database: Database, progress: Progress, previous: Path | None, thread: ExitStack
) -> Catalogue:
    """Read all but interactions, which a thread may still read; ``thread`` ends it."""
    executor, given_up = thread.enter_context(ThreadPoolExecutor(1)), Event()
    thread.callback(given_up.set)  # or else the block would end when all has been read
    with ExitStack() as reading:
        connection = reading.enter_context(consistent_read(database))
        uuid = database_uuid(connection)
        watermark = read_watermark(connection)
        read = executor.submit(_bulk_interactions, connection, reading.pop_all(), given_up)

    progress("Reading users", 0.0)
    with consistent_read(database) as connection:
        users = read_bulk(connection, USER_IDS)
        user_ids = np.concatenate([whole_numbers([]), *(part.whole[:, 0] for part in users)])
        tastes = read_tastes(connection)
        progress("Reading tracks", 0.05)
        table, before = read_tracks(connection, uuid, previous)
    trim_heap()
    seconds_of = lengths(table.ids, table.durations)
    progress("Catalogue read", 1.0)
    return Catalogue(
        database=uuid,
        watermark=watermark,
        tracks=table.columns(),
        user_ids=user_ids,
        interactions=interaction_columns([], seconds_of),
        tastes=tastes,
        kept=kept_arrays(table),
        previous=before,
        deferred=DeferredInteractions(
            executor.submit(lambda: in_shares(read.result(), seconds_of))
        ),
    )


def _bulk_interactions(
    connection: Connection, reading: ExitStack, given_up: Event
) -> InteractionColumns:
    """Read to the end, and end the transaction: nobody waits for it to be long."""
    parts = [interaction_columns([], lengths(whole_numbers([]), []))]
    with reading:
        for part in read_bulk(connection, INTERACTIONS):
            if given_up.is_set():
                break
            parts.append(interaction_part(part))
    joined = _joined(InteractionColumns, parts)
    trim_heap()
    return joined


def _read_ids(connection: Connection) -> Ids:
    query = select(User.id).where(User.id > 0)
    parts = [whole_numbers([row[0] for row in rows]) for rows in _batches(connection, query)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *parts]))


def _read_tracks(connection: Connection) -> tuple[TrackColumns, Callable[[Ids], Floats]]:
    place = list(Track.__table__.columns.keys()).index("duration")
    parts: list[TrackColumns] = [track_columns([])]
    durations: list[Any] = []
    query = select(*track_selection()).where(Track.id > 0)
    for rows in _batches(connection, query):
        parts.append(track_columns(rows))
        durations.extend(row[place] for row in rows)
    tracks = _joined(TrackColumns, parts)
    return tracks, lengths(tracks.ids, durations)


def _read_interactions(
    connection: Connection, kind: str, seconds_of: Callable[[Ids], Floats]
) -> InteractionColumns:
    parts = [interaction_columns([], seconds_of)]
    for rows in _batches(connection, select(*interaction_selection(kind))):
        parts.append(interaction_columns(rows, seconds_of))
    return _joined(InteractionColumns, parts)


def _batches(connection: Connection, query: Select[Any]) -> Iterator[Rows]:
    options = {"stream_results": True, "max_row_buffer": ROWS_PER_BATCH}
    with connection.execute(query, execution_options=options) as result:
        yield from result.partitions(ROWS_PER_BATCH)


def _joined(kind: type[Columns], parts: list[Columns]) -> Columns:
    """Return one set of columns that holds all ``parts``, which are used up."""
    columns = {field.name: [getattr(part, field.name) for part in parts] for field in fields(kind)}
    parts.clear()
    joined: dict[str, Any] = {}
    for name in list(columns):
        found = columns.pop(name)
        joined[name] = (
            np.concatenate(found)
            if isinstance(found[0], np.ndarray)
            else list(chain.from_iterable(found))
        )
    return kind(**joined)
