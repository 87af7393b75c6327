"""Small catalogues for tests, written down so that one sees what is in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import ArrayLike

from index.actions import ACTION_CODES
from index.catalogue import Catalogue, InteractionColumns, TrackColumns, Watermark
from index.features import DIMENSIONS
from index.generations import build_generation
from index.live import Changes, Delta, LiveIndex
from index.snapshot import Snapshot, open_snapshot
from index.storage import read_manifest

DATABASE = "0b9f4c1e-0000-4000-8000-000000000001"
OTHER_DATABASE = "0b9f4c1e-0000-4000-8000-000000000002"
NOW = 1_800_000_000.0
MIDDLE = (120.0, 0.5, 0.5, 0.5, 0.5, 0.5, -10.0, 0.5)


@dataclass(frozen=True)
class T:
    """One track."""

    id: int
    title: str = "Untitled"
    artist: str = "Somebody"
    album: str | None = None
    genre: str | None = None
    features: Sequence[float] = MIDDLE
    popularity: float = float("nan")
    released: float = float("nan")


@dataclass(frozen=True)
class E:
    """One interaction."""

    user: int
    track: int
    action: str = "play"
    at: float = NOW - 3600
    rating: int = 0
    listened: float = field(default=1.0)


def track_columns(tracks: Iterable[T]) -> TrackColumns:
    rows = list(tracks)
    return TrackColumns(
        ids=_ints(t.id for t in rows),
        features=_floats([t.features for t in rows]).reshape(-1, DIMENSIONS),
        titles=[t.title for t in rows],
        artists=[t.artist for t in rows],
        albums=[t.album for t in rows],
        genres=[t.genre for t in rows],
        popularity=_floats([t.popularity for t in rows]),
        released=_floats([t.released for t in rows]),
        cards=[card(t) for t in rows],
    )


def card(t: T) -> bytes:
    """Return what a client sees of a track; shortened, but with all that search looks at."""
    return orjson.dumps(
        {"id": t.id, "title": t.title, "artist": t.artist, "album": t.album, "genre": t.genre}
    )


def interaction_columns(events: Iterable[E]) -> InteractionColumns:
    rows = list(events)
    return InteractionColumns(
        user_ids=_ints(e.user for e in rows),
        track_ids=_ints(e.track for e in rows),
        actions=np.array([ACTION_CODES[e.action] for e in rows], dtype=np.uint8),
        ratings=np.array([e.rating for e in rows], dtype=np.uint8),
        listened=np.array([e.listened for e in rows], dtype=np.float32),
        at=_floats([e.at for e in rows]),
    )


def catalogue(
    tracks: Iterable[T] = (),
    users: Iterable[int] = (),
    events: Iterable[E] = (),
    *,
    database: str = DATABASE,
) -> Catalogue:
    return Catalogue(
        database=database,
        watermark=Watermark(7, (3, 5)),
        tracks=track_columns(tracks),
        user_ids=_ints(users),
        interactions=interaction_columns(events),
    )


def changes(
    *,
    tracks: Iterable[T] = (),
    removed_tracks: Iterable[int] = (),
    users: Iterable[int] = (),
    removed_users: Iterable[int] = (),
    events: Iterable[E] = (),
    count: int = 1,
) -> Changes:
    return Changes(
        tracks=track_columns(tracks),
        removed_tracks=_ints(removed_tracks),
        users=_ints(users),
        removed_users=_ints(removed_users),
        interactions=interaction_columns(events),
        count=count,
    )


def built(folder: Path, source: Catalogue, *, generation: int = 1, now: float = NOW) -> Snapshot:
    """Build ``source`` into ``folder`` and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    build_generation(source, folder, generation=generation, now=now)
    return open_snapshot(folder, read_manifest(folder))


def unchanged(snapshot: Snapshot) -> LiveIndex:
    return LiveIndex(snapshot, Delta.empty(snapshot))


def _ints(values: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(list(values), dtype=np.int64)


def _floats(values: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)
