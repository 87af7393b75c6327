"""SQL -> the columnar catalogue of a build, as of one consistent moment."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from index.catalogue import Catalogue, Coming, InteractionColumns, TrackColumns
from index.kept import Former
from service.db import Database
from service.indexing.changes import read_watermark
from service.indexing.columns import (
    Floats,
    Ids,
    Rows,
    interaction_columns,
    interaction_selection,
    lengths,
    track_columns,
    track_selection,
    whole_numbers,
)
from service.indexing.identity import database_uuid
from service.indexing.memory import give_back
from service.indexing.packed import read_packed
from service.indexing.tables import INTERACTIONS, interaction_part
from service.indexing.tastes import read_tastes
from service.indexing.unchanged import kept_arrays, read_tracks
from service.models import Track, User

ROWS_PER_BATCH = 20_000
INTERACTIONS_PER_PART = 50_000

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
    database: Database, progress: Progress, *, former: Path | None = None
) -> Catalogue:
    """Read all that a build needs: see `catalogue_read`."""
    with catalogue_read(database, progress, former=former) as catalogue:
        return catalogue.complete()


@contextmanager
def catalogue_read(
    database: Database, progress: Progress, *, former: Path | None = None
) -> Iterator[Catalogue]:
    """Read all that a build needs, streamed, in one consistent read.

    Of MySQL, interactions are read by a thread while the block works on the tracks: the server and
    this process each have a core. Rows that plain SQL may have left dangling (SQLite checks no
    foreign key unless told to) are left out.

    Parameters
    ----------
    former
        Folder of the generation before: of MySQL, only what changed since is read of tracks.
    """
    with ExitStack() as thread:
        # Held by nobody but the block: what it has used up it can give back.
        yield _begun(database, progress, former, thread)


def _begun(
    database: Database, progress: Progress, former: Path | None, thread: ExitStack
) -> Catalogue:
    """Read all but interactions, which a thread may still read; ``thread`` ends it."""
    progress("Reading users", 0.0)
    with ExitStack() as reading:
        connection = reading.enter_context(consistent_read(database))
        uuid = database_uuid(connection)
        watermark = read_watermark(connection)
        user_ids = _read_ids(connection)
        tastes = read_tastes(connection)
        progress("Reading tracks", 0.05)
        kept: Mapping[str, NDArray[Any]] = {}
        before, coming = None, None
        if database.kind == "mysql":
            tracks, kept, before, seconds_of = _read_packed_tracks(connection, uuid, former)
            interactions, given_up = interaction_columns([], seconds_of), Event()
            executor = thread.enter_context(ThreadPoolExecutor(1))
            thread.callback(given_up.set)  # or else the block would end when all has been read
            ids, ended = (user_ids, tracks.ids), reading.pop_all()
            future = executor.submit(
                _read_packed_interactions, connection, ended, seconds_of, ids, given_up
            )
            coming = Coming(future)
        else:
            tracks, seconds_of = _read_tracks(connection)
            progress("Reading interactions", 0.6)
            found = _read_interactions(connection, database.kind, seconds_of)
            interactions = _without_dangling(found, user_ids, tracks.ids)
    progress("Catalogue read", 1.0)

    return Catalogue(
        database=uuid,
        watermark=watermark,
        tracks=tracks,
        user_ids=user_ids,
        interactions=interactions,
        tastes=tastes,
        kept=kept,
        former=before,
        coming=coming,
    )


def _read_packed_tracks(
    connection: Connection, uuid: str, folder: Path | None
) -> tuple[TrackColumns, Mapping[str, NDArray[Any]], Former | None, Callable[[Ids], Floats]]:
    table, former = read_tracks(connection, uuid, folder)
    give_back()
    seconds_of = lengths(table.ids, table.durations)
    return table.columns(), kept_arrays(table), former, seconds_of


def _read_packed_interactions(
    connection: Connection,
    reading: ExitStack,
    seconds_of: Callable[[Ids], Floats],
    ids: tuple[Ids, Ids],
    given_up: Event,
) -> InteractionColumns:
    """Read to the end, and end the transaction: nobody waits for it to be long."""
    with reading:
        parts = [interaction_columns([], seconds_of)]
        for part in read_packed(connection, INTERACTIONS, INTERACTIONS_PER_PART):
            if given_up.is_set():
                break
            parts.append(interaction_part(part, seconds_of))
    joined = _joined(InteractionColumns, parts)
    give_back()
    return _without_dangling(joined, *ids)


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


def _without_dangling(
    interactions: InteractionColumns, user_ids: Ids, track_ids: Ids
) -> InteractionColumns:
    whole = np.isin(interactions.user_ids, user_ids) & np.isin(interactions.track_ids, track_ids)
    if whole.all():
        return interactions
    return InteractionColumns(
        **{field.name: getattr(interactions, field.name)[whole] for field in fields(interactions)}
    )
