"""Tracks that are what they were at the last build: told by their checksums and not read again.

The server sums up every row, whoever wrote it; rows with another sum are read. What the last build
read lies beside its generation (`index.kept`), which also holds what was made of it.
"""

import hashlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from index.kept import CHANGED, Former, Kept, open_kept
from index.manifest import UnusableGeneration
from index.texts import Texts
from service.indexing.columns import Ids
from service.indexing.packed import NO_NUMBER, Part, read_packed, read_packed_rows
from service.indexing.tables import (
    TRACK_SUMS,
    TRACK_TEXTS,
    TRACKS,
    TableCards,
    TrackTable,
    packed_sums,
)

log = logging.getLogger(__name__)

ROWS_PER_PART = 10_000
SUMS_PER_PART = 50_000
MOST_CHANGED = 0.3
"""Share of changed tracks above which reading all of them is quicker."""


def read_tracks(
    connection: Connection, database: str, former: Path | None
) -> tuple[TrackTable, Former | None]:
    """Read all tracks, those that changed since ``former`` from the database.

    Parameters
    ----------
    database
        Its UUID.
    former
        Folder of the generation that was built last, if there is one.

    Returns
    -------
    The table in the order of ids, and where its tracks stand in the former generation.

    """
    if former is None:
        return _all(connection), None
    with ThreadPoolExecutor(1) as thread:  # verifies files while the server sums up rows
        opening = thread.submit(_opened, former, database)
        ids, sums = _sums(connection)
        kept = opening.result()
    before = _kept_table(kept) if kept else None
    if kept is None or before is None:
        return _all(connection), None

    places = _places(before.ids, ids)
    same = places >= 0
    same[same] = before.sums[places[same]] == sums[same]
    changed = ids[~same]
    if len(changed) > MOST_CHANGED * len(ids):
        return _all(connection), None

    read = TrackTable.of(read_packed_rows(connection, TRACKS, changed, ROWS_PER_PART))
    order = np.empty(len(ids), dtype=np.int64)
    order[same] = places[same]
    order[~same] = len(before.ids) + np.arange(len(changed))
    rows = np.full(len(ids), CHANGED, dtype=np.int64)
    rows[same] = _rows(kept, ids[same])
    log.info("%d of %d tracks changed since %s", len(changed), len(ids), former)
    return joined([before, read]).at(order), Former(kept, rows)


def kept_arrays(table: TrackTable) -> Mapping[str, NDArray[Any]]:
    """Return what the next build wants to find of ``table``."""
    arrays: dict[str, NDArray[Any]] = {
        "maker": np.frombuffer(_maker(), np.uint8),
        "whole": table.whole,
        "real": table.real,
    }
    for column, texts in enumerate(table.texts):
        arrays |= {f"content{column}": texts.content, f"lengths{column}": texts.lengths}
    return arrays


def joined(tables: list[TrackTable]) -> TrackTable:
    """Return all rows of several tables."""
    return TrackTable.of(Part(table.whole, table.real, list(table.texts)) for table in tables)


def _all(connection: Connection) -> TrackTable:
    return TrackTable.of(read_packed(connection, TRACKS, ROWS_PER_PART))


def _opened(former: Path, database: str) -> Kept | None:
    try:
        return open_kept(former, database=database)
    except (UnusableGeneration, FileNotFoundError) as reason:
        log.warning("Everything is read again: %s", reason)
        return None


def _kept_table(kept: Kept) -> TrackTable | None:
    """Return what was kept; None where another version of this program has kept it."""
    arrays = kept.arrays
    if "maker" not in arrays or arrays["maker"].tobytes() != _maker():
        return None
    return TrackTable(
        arrays["whole"],
        arrays["real"],
        tuple(
            Texts.packed(arrays[f"content{column}"], arrays[f"lengths{column}"])
            for column in range(TRACK_TEXTS)
        ),
    )


def _maker() -> bytes:
    """Return what changes with the statement that reads tracks, or with the look of cards."""
    texts = [Texts.packed(b"text", np.array([4], np.int32)) for _ in range(TRACK_TEXTS)]
    whole = np.array([[1, NO_NUMBER, 10**15, NO_NUMBER]])
    sample = TrackTable(whole, np.full((1, len(TRACKS.real)), 0.1), tuple(texts))
    return hashlib.sha256(repr(TRACKS).encode() + TableCards(sample)[0]).digest()


def _sums(connection: Connection) -> tuple[Ids, NDArray[np.bytes_]]:
    parts = list(read_packed(connection, TRACK_SUMS, SUMS_PER_PART))
    ids = np.concatenate([np.empty(0, np.int64), *(part.whole[:, 0] for part in parts)])
    return ids, packed_sums(Texts.joined(part.texts[0] for part in parts))


def _rows(kept: Kept, ids: Ids) -> NDArray[np.int64]:
    """Return the rows of tracks in the former generation, which has all of them."""
    order = np.argsort(kept.track_ids)
    return order[np.searchsorted(kept.track_ids[order], ids)]


def _places(ascending: Ids, wanted: Ids) -> NDArray[np.int64]:
    """Return the position of each wanted id, -1 where there is none."""
    if not len(ascending):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[places] == wanted, places, -1)
