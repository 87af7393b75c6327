"""Tracks that are what they were at the last build, told by the checksums of their rows.

All rows are read, whoever wrote them. Names, words and JSON of unchanged rows are reused from the
previous generation, which stores their checksums (`index.generations.reuse`).
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

from index.catalogue import IdLookup, Texts
from index.generations import CHANGED, PreviousBuild, PreviousRows, open_kept
from index.kernels.binary_rows import NO_NUMBER
from index.storage import UnusableGeneration
from service.database import read_bulk
from service.indexing.bulk_columns import TRACKS, TableCards, TrackTable
from service.indexing.row_columns import Ids

log = logging.getLogger(__name__)


def read_tracks(
    connection: Connection, database: str, previous: Path | None
) -> tuple[TrackTable, PreviousBuild | None]:
    """Read all tracks, and find those that have not changed since the last build.

    Parameters
    ----------
    database
        Its UUID.
    previous
        Folder of the generation that was built last, if there is one.

    Returns
    -------
    The table in the order of ids, and where its tracks stand in the previous generation.

    """
    with ThreadPoolExecutor(1) as thread:  # verifies files while rows come
        opening = thread.submit(_opened, previous, database) if previous else None
        table = TrackTable.of(read_bulk(connection, TRACKS))
        kept = opening.result() if opening else None
    if kept is None:
        return table, None

    rows = np.full(len(table.ids), CHANGED, dtype=np.int64)
    same = _unchanged(kept, table)
    rows[same] = _rows(kept, table.ids[same])
    changed = len(rows) - int(np.count_nonzero(same))
    log.info("%d of %d tracks changed since %s", changed, len(rows), previous)
    return table, PreviousBuild(kept, rows)


def kept_arrays(table: TrackTable) -> Mapping[str, NDArray[Any]]:
    """Return what the next build wants to find of ``table``."""
    maker = np.frombuffer(_maker(), np.uint8)
    return {"maker": maker, "ids": np.ascontiguousarray(table.ids), "sums": table.sums}


def _opened(previous: Path, database: str) -> PreviousRows | None:
    try:
        return open_kept(previous, database=database)
    except (UnusableGeneration, FileNotFoundError) as reason:
        log.warning("Everything is read again: %s", reason)
        return None


def _unchanged(kept: PreviousRows, table: TrackTable) -> NDArray[np.bool_]:
    """Tell which tracks are what they were; none, where another version of this program read."""
    arrays = kept.arrays
    if "maker" not in arrays or arrays["maker"].tobytes() != _maker():
        return np.zeros(len(table.ids), np.bool_)
    places = IdLookup(arrays["ids"]).of(table.ids)
    same = places >= 0
    same[same] = arrays["sums"][places[same]] == table.sums[same]
    return same


def _maker() -> bytes:
    """Return what changes with the statement that reads tracks, or with the look of cards."""
    texts = tuple(Texts.packed(b"text", np.array([4], np.int32)) for _ in TRACKS.texts)
    whole = np.array([[1, *[NO_NUMBER] * (len(TRACKS.whole) - 1), 10**15, NO_NUMBER]])
    reals = np.full((1, len(TRACKS.real)), 0.1)
    sample = TrackTable(whole, reals, texts, np.zeros(1, np.uint64))
    return hashlib.sha256(repr(TRACKS).encode() + TableCards(sample)[0]).digest()


def _rows(kept: PreviousRows, ids: Ids) -> NDArray[np.int64]:
    """Return the rows of tracks in the previous generation, which has all of them."""
    order = np.argsort(kept.track_ids)
    return order[np.searchsorted(kept.track_ids[order], ids)]
