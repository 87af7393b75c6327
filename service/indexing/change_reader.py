"""Entries of the change feed -> the changes that a delta applies, as their rows stand now."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from index.catalogue import InteractionColumns
from index.live import Changes
from service.database import Entries, portions
from service.indexing.row_columns import (
    Ids,
    interaction_columns,
    interaction_selection,
    lengths,
    track_columns,
    track_selection,
    whole_numbers,
)
from service.indexing.taste_reader import read_tastes
from service.models import Interaction, Taste, Track, User


def read_delta_batch(connection: Connection, entries: Entries) -> Changes:
    """Read the named rows; what is named and isn't there any more was deleted."""
    tracks = track_columns(list(_track_rows(connection, entries.tracks)))
    users = [
        user_id
        for ids in portions(sorted(entries.users))
        for user_id in connection.scalars(select(User.id).where(User.id.in_(ids)))
    ]
    return Changes(
        tracks=tracks,
        removed_tracks=_ids(entries.tracks.difference(tracks.ids.tolist())),
        users=_ids(users),
        removed_users=_ids(entries.users.difference(users)),
        interactions=_interactions(connection, entries.interactions),
        count=entries.count,
        tastes=_tastes(connection, entries.tastes),
    )


def _track_rows(connection: Connection, wanted: frozenset[int]) -> Iterator[Sequence[Any]]:
    for ids in portions(sorted(wanted)):
        query = select(*track_selection()).where(Track.id.in_(ids))
        yield from connection.execute(query).all()


def _interactions(connection: Connection, wanted: frozenset[int]) -> InteractionColumns:
    selection = interaction_selection(connection.dialect.name)
    rows = [
        row
        for ids in portions(sorted(wanted))
        for row in connection.execute(select(*selection).where(Interaction.id.in_(ids)))
    ]
    pairs = [
        pair
        for ids in portions(sorted({row.track_id for row in rows}))
        for pair in connection.execute(select(Track.id, Track.duration).where(Track.id.in_(ids)))
    ]
    track_ids = whole_numbers([pair.id for pair in pairs])
    return interaction_columns(rows, lengths(track_ids, [pair.duration for pair in pairs]))


def _tastes(connection: Connection, wanted: frozenset[int]) -> dict[int, bytes]:
    found = dict.fromkeys(wanted, b"")
    for ids in portions(sorted(wanted)):
        found.update(read_tastes(connection, Taste.user_id.in_(ids)))
    return found


def _ids(ids: frozenset[int] | list[int]) -> Ids:
    return np.array(sorted(ids), np.int64)
