"""Share of the most similar tracks of the seed's genre and artists, and lists that repeat a song.

It reads ``../shared/data/spotify_tracks_114k.csv.gz``: its distinct ids, each with the genre and
the artists of its first row. Lists have ten tracks, no genre bonus and no list policy. FAISS
searches other scalings of the features, on all genres and on two halves of them: the scaling and
the weights in use were chosen on one of the halves.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchmarks.exactness import DATASET, absent, build_live
from benchmarks.harness.oracle import RawTracks, read_tracks
from benchmarks.harness.sections import Measured, Run
from index.features import FEATURE_NAMES, FEATURES
from index.live import LiveIndex
from index.ranking import similar_tracks
from index.snapshot import Scaler

K = 10
FIRST_WEIGHTS = {
    "energy": 0.20,
    "tempo": 0.15,
    "danceability": 0.15,
    "valence": 0.15,
    "acousticness": 0.10,
    "instrumentalness": 0.10,
    "speechiness": 0.10,
    "loudness": 0.05,
}
"""The first weights: every feature was then spread by rank alone."""
LIFT = 0.8
"""A ninth coordinate that is the same for all: the angle is then nearly a distance."""

Matrix = NDArray[np.float64]
Neighbours = NDArray[np.int64]


def neighbours(run: Run) -> Measured:
    """Compare the served lists with nearest neighbours under other scalings."""
    if not DATASET.exists():
        return absent(DATASET)
    tracks = read_tracks(DATASET)
    labels = _labels(tracks)
    seeds = _seeds(run, len(tracks.rows))
    chosen = np.isin(labels[0][seeds], _half(labels[0], run.seed))
    with tempfile.TemporaryDirectory(prefix="segue-content-") as folder:
        live = build_live(tracks, Path(folder))
        run.progress(f"{len(seeds)} lists", 0.2)
        rows = [_shares("served", labels, seeds, chosen, _served(live, seeds))]
    for name, vectors in _others(_filled(tracks)).items():
        run.progress(name, 0.5)
        rows.append(_shares(name, labels, seeds, chosen, _nearest(vectors, seeds)))
    return Measured(DATASET.name, rows, {"tracks": len(tracks.rows), "seeds": len(seeds), "k": K})


def versions(run: Run) -> Measured:
    """Count lists with several versions of a song, and time their removal."""
    if not DATASET.exists():
        return absent(DATASET)
    tracks = read_tracks(DATASET)
    seeds = _seeds(run, len(tracks.rows))[: run.options["lists"]]
    with tempfile.TemporaryDirectory(prefix="segue-content-") as folder:
        return Measured(DATASET.name, [_versions(build_live(tracks, Path(folder)), seeds)])


def _seeds(run: Run, tracks: int) -> Neighbours:
    seeds, most = np.arange(tracks), run.options["seeds"]
    if most >= tracks:
        return seeds
    return np.asarray(np.random.default_rng(run.seed).choice(seeds, most, replace=False))


def _labels(tracks: RawTracks) -> tuple[Neighbours, Neighbours]:
    """Return a code of the genre and of the artists of each track."""
    artists = np.array([row["artists"] for row in tracks.rows])
    genres, names = (np.unique(each, return_inverse=True)[1] for each in (tracks.genres, artists))
    return genres, names


def _half(genres: Neighbours, seed: int) -> Neighbours:
    shuffled = np.random.default_rng(seed).permutation(np.unique(genres))
    return shuffled[: len(shuffled) // 2]


def _served(live: LiveIndex, seeds: Neighbours) -> Neighbours:
    """Return the positions of what the engine finds."""
    found = np.empty((len(seeds), K), dtype=np.int64)
    for i, row in enumerate(live.rows_of(seeds + 1).tolist()):
        best = similar_tracks(live, row, k=K, genre_bonus=1.0)
        found[i] = live.ids_of(best.rows) - 1
    return found


def _shares(
    name: str,
    labels: tuple[Neighbours, Neighbours],
    seeds: Neighbours,
    chosen: NDArray[np.bool_],
    found: Neighbours,
) -> dict[str, Any]:
    """Return how many of the found are of the seed's genre and of its artists."""
    row: dict[str, Any] = {"features": name}
    for label, codes in zip(("genre", "artist"), labels, strict=True):
        same = (codes[found] == codes[seeds][:, None]).mean(axis=1)
        row[f"same_{label}"] = round(float(same.mean()), 4)
        row[f"same_{label}_halves"] = [
            round(float(same[half].mean()), 4) for half in (chosen, ~chosen)
        ]
    return row


def _filled(tracks: RawTracks) -> Matrix:
    columns = [tracks.features[name] for name in FEATURE_NAMES]
    return np.stack([np.where(np.isnan(c), np.nanmedian(c), c) for c in columns], axis=1)


def _others(raw: Matrix) -> dict[str, Matrix]:
    """Return unit vectors by other ways to scale features."""
    roots = np.sqrt([FIRST_WEIGHTS[name] for name in FEATURE_NAMES])
    spread = raw.max(axis=0) - raw.min(axis=0)
    by_rank = np.stack([_by_rank(column) for column in raw.T], axis=1)
    served = Scaler.fit(raw).transform(raw) * np.sqrt([feature.weight for feature in FEATURES])
    lift = np.full((len(raw), 1), LIFT)
    return {
        "min-max, first weights": _unit((raw - raw.min(axis=0)) / spread * roots),
        "z-score, first weights": _unit((raw - raw.mean(axis=0)) / raw.std(axis=0) * roots),
        "by rank, first weights": _unit(by_rank * roots),
        "by rank, first weights, lifted": _unit(np.hstack((by_rank * roots, lift))),
        "as served, lifted": _unit(np.hstack((served, lift))),
    }


def _by_rank(column: Matrix) -> Matrix:
    _, positions, counts = np.unique(column, return_inverse=True, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(column)
    return np.asarray(norm.ppf(np.clip(shares, 0.001, 0.999))[positions])


def _unit(rows: Matrix) -> Matrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0))


def _nearest(vectors: Matrix, seeds: Neighbours) -> Neighbours:
    """Return the exact nearest of each seed but itself."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    singles = np.ascontiguousarray(vectors, dtype=np.float32)
    index.add(singles)
    found = np.empty((len(seeds), K), dtype=np.int64)
    for start in range(0, len(seeds), 4096):
        part = seeds[start : start + 4096]
        rows = index.search(singles[part], K + 1)[1]
        for i, (seed, near) in enumerate(zip(part.tolist(), rows, strict=True), start):
            found[i] = near[near != seed][:K]
    return found


def _versions(live: LiveIndex, seeds: Neighbours) -> dict[str, Any]:
    """Return the share of lists that repeat a song, or the seed's, and the CPU time of removal."""
    rows = live.rows_of(seeds + 1).tolist()
    songs = live.snapshot.song_keys
    doubled = 0
    for row in rows:
        listed = songs[np.append(similar_tracks(live, row, k=K).rows, row)]
        listed = listed[listed != 0]
        doubled += len(np.unique(listed)) < len(listed)

    plain = _microseconds(lambda row: similar_tracks(live, row, k=K), rows)
    once = _microseconds(lambda row: similar_tracks(live, row, k=K, collapse_versions=True), rows)
    return {
        "lists": len(rows),
        "lists_with_versions_of_a_song": round(doubled / len(rows), 3),
        "cpu_us_without_collapsing": round(plain, 1),
        "cpu_us_with_collapsing": round(once, 1),
    }


def _microseconds(call: Callable[[int], object], rows: list[int]) -> float:
    """Return CPU time per call: the least of some rounds."""
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for row in rows:
            call(row)
        rounds.append((time.process_time() - started) / len(rows) * 1e6)
    return min(rounds)
