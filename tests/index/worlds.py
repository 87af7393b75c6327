"""Small live indexes whose every column a test chooses.

`lattice` vectors have four entries of plus or minus one half: unit length, and every inner product
a multiple of 1/4. Sums are exact in any order, so ties are real ties and twins agree bit by bit.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from index.catalogue import Watermark
from index.kernels import Search, Tracks
from index.learning import LearnedModel, grouped, model_of, songs_of, untrained_model
from index.learning.weights import UNTRAINED
from index.live import Delta, LiveIndex
from index.live.column_log import ColumnLog
from index.live.delta import TRACK_SCHEMA, static_columns
from index.signals import SIGNAL_NAMES, default_weights, static_scores
from index.snapshot import FORESTS, Scaler, Snapshot, build_forest, build_index
from index.snapshot.bundle import Genres, Histories
from index.trending import WINDOWS

Columns = dict[str, NDArray[Any]]


def lattice(generator: np.random.Generator, n: int, *, zeros: float = 0.1) -> NDArray[np.float64]:
    vectors = np.zeros((n, 8))
    for vector in vectors:
        if generator.random() >= zeros:
            vector[generator.choice(8, 4, replace=False)] = generator.choice([-0.5, 0.5], 4)
    return vectors


def sphere(generator: np.random.Generator, n: int) -> NDArray[np.float64]:
    vectors = generator.normal(size=(n, 8))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])


def columns(
    generator: np.random.Generator, vectors: NDArray[np.float64], *, genres: int, first_id: int = 1
) -> Columns:
    """Return columns of random tracks around ``vectors``; ids are shuffled, code 0 occurs too."""
    n = len(vectors)
    return {
        "track_ids": generator.permutation(np.arange(first_id, first_id + n, dtype=np.int64)),
        "features": np.round(generator.random((n, 8)), 2),
        "vectors": vectors,
        "genre_codes": generator.integers(0, genres + 1, n).astype(np.int32),
        "artist_keys": generator.integers(0, max(2, n // 3), n),
        "popularity": generator.integers(0, 5, n) / 4,
        "freshness": generator.integers(0, 3, n) / 2,
        "album_keys": generator.integers(0, max(2, n // 2), n),
        "song_keys": generator.integers(0, max(2, n), n),
    }


def scored(tracks: Columns) -> Tracks:
    """Return columns as kernels take them, with popularity as their static score."""
    return Tracks(
        tracks["vectors"],
        tracks["track_ids"],
        tracks["genre_codes"],
        tracks["popularity"],
        tracks["features"],
    )


def search(
    vector: NDArray[np.float64],
    *,
    audio_weight: float = 1.0,
    boosted: Sequence[int] | NDArray[np.int64] = (),
    bonus: float = 1.0,
    allowed: Sequence[int] = (),
    ranges: NDArray[np.float64] | None = None,
    excluded: Sequence[int] | NDArray[np.int64] = (),
    deleted: Sequence[bool] | NDArray[np.bool_] = (),
) -> Search:
    return Search(
        vector,
        audio_weight,
        np.array(boosted, dtype=np.int64),
        bonus,
        np.array(allowed, dtype=np.int64),
        np.empty((0, 8)) if ranges is None else ranges,
        np.array(excluded, dtype=np.int64),
        np.array(deleted, dtype=np.bool_),
    )


def snapshot(
    tracks: Columns, *, genres: int, trending: NDArray[np.float64] | None = None
) -> Snapshot:
    order = np.lexsort((tracks["track_ids"], tracks["genre_codes"]))
    tracks = {name: np.ascontiguousarray(column[order]) for name, column in tracks.items()}
    signals = {name: tracks.pop(name) for name in SIGNAL_NAMES}
    hybrid, n = hybrid_without_listeners(tracks, signals["popularity"]), len(order)
    static = {
        "personal": hybrid.static(signals),
        "popular": static_scores(signals, default_weights("popular")),
    }
    names = tuple("" if code == 0 else f"genre {code}" for code in range(genres + 1))
    sizes = np.bincount(tracks["genre_codes"], minlength=genres + 1)
    empty = np.empty(0, dtype=np.int64)

    return Snapshot(
        generation=1,
        database="a database",
        watermark=Watermark(0),
        built_at=0.0,
        size_bytes=0,
        id_order=np.argsort(tracks["track_ids"]),
        imputed=np.zeros(n, dtype=np.uint8),
        trending=np.zeros((len(WINDOWS), n)) if trending is None else trending,
        genres=Genres(
            names, names, np.zeros((genres + 1, 8)), np.concatenate(([0], np.cumsum(sizes)))
        ),
        histories=Histories(
            empty,
            np.zeros(1, dtype=np.int64),
            empty.astype(np.int32),
            empty.astype(np.uint8),
            empty.astype(np.uint8),
            empty.astype(np.float32),
            empty.astype(np.float64),
        ),
        scaler=Scaler.fit(np.empty((0, 8))),
        ann=build_index(tracks["vectors"]),
        forests={
            name: build_forest(
                tracks["vectors"],
                np.concatenate(([0], np.cumsum(sizes))),
                static.get(name, np.empty(0)),
            )
            for name in FORESTS
        },
        hybrid=hybrid,
        signals=signals,
        static=static,
        cards=cast(Any, [b"{}"] * n),
        search=cast(Any, None),
        **cast(dict[str, Any], tracks),
    )


def hybrid_without_listeners(tracks: Columns, popularity: NDArray[np.float64]) -> LearnedModel:
    songs = grouped(songs_of(tracks["song_keys"], tracks["track_ids"]), popularity)
    artists = grouped(tracks["artist_keys"], popularity)
    return model_of(songs, artists, untrained_model(songs, artists), popularity)


def with_delta(
    snap: Snapshot,
    *,
    removed: Sequence[int] = (),
    added: Columns | None = None,
    dead_slots: Sequence[int] = (),
    new_genres: int = 0,
) -> LiveIndex:
    """Return ``snap`` without the rows ``removed`` and with ``added``, some of them dead again."""
    delta = Delta.empty(snap)
    if len(removed):
        gone = np.zeros(len(snap.track_ids), dtype=np.bool_)
        gone[list(removed)] = True
        delta = replace(delta, removed=gone)
    if added is not None:
        m = len(added["track_ids"])
        alive = np.ones(m, dtype=np.bool_)
        alive[list(dead_slots)] = False
        prior = UNTRAINED.popularity * added["popularity"]
        imputed = np.zeros(m, dtype=np.uint8)
        static = static_columns(snap, {name: added[name] for name in SIGNAL_NAMES}, prior)
        log = ColumnLog.empty(TRACK_SCHEMA).append(
            m, **added, **static, prior=prior, imputed=imputed
        )
        slots = Map((int(added["track_ids"][slot]), int(slot)) for slot in np.flatnonzero(alive))
        delta = replace(delta, tracks=log, alive=alive, slots=slots)
    names = tuple(f"new genre {code}" for code in range(new_genres))
    first = len(snap.genres.names)
    codes = Map((name, first + code) for code, name in enumerate(names))
    return LiveIndex(snap, replace(delta, new_genres=names, new_codes=codes))


def random_live(
    seed: int,
    *,
    n: int,
    m: int,
    exact: bool,
    genres: int = 3,
    trending: NDArray[np.float64] | None = None,
) -> LiveIndex:
    """Return ``n`` snapshot rows (a fifth dead) and ``m`` added ones (a fifth dead)."""
    generator = np.random.default_rng(seed)
    vectors = (lattice if exact else sphere)(generator, n + m)
    tracks = columns(generator, vectors[:n], genres=genres)
    snap = snapshot(tracks, genres=genres, trending=trending)
    added = columns(generator, vectors[n:], genres=genres + 1, first_id=n + 1)
    return with_delta(
        snap,
        removed=np.flatnonzero(generator.random(n) < 0.2).tolist(),
        added=added if m else None,
        dead_slots=np.flatnonzero(generator.random(m) < 0.2).tolist(),
        new_genres=1,
    )
