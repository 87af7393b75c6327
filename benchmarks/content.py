"""Do sounds tell genres and artists apart, and do lists hold a song once?

``python -m benchmarks.content`` reads ``../shared/data/spotify_tracks_114k.csv.gz``: its distinct
ids, each with the genre and the artists of its first row. It asks the engine for the ten most
similar tracks of each (no genre bonus, no list policy) and counts those of the seed's genre and of
its artists. Other ways to scale features are searched by FAISS beside it, on all genres, and on two
halves of the genres: the scaling and the weights in use were chosen on one of them.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchmarks.bruteforce import Tracks, read_tracks
from benchmarks.exactness import DATASET, build_live
from benchmarks.provenance import provenance
from benchmarks.report import as_table
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
"""Those of the time when every feature was spread by rank alone."""
LIFT = 0.8
"""A ninth coordinate that is the same for all: the angle is then nearly a distance."""

Matrix = NDArray[np.float64]
Neighbours = NDArray[np.int64]


def main() -> int:
    """Measure, print and write; 2 if there is no catalogue."""
    options = _options()
    if not options.dataset.exists():
        print(f"There is no {options.dataset}: nothing is measured.", file=sys.stderr)
        return 2

    tracks = read_tracks(options.dataset)
    labels = _labels(tracks)
    seeds = np.arange(len(tracks.rows))
    if options.seeds < len(seeds):
        seeds = np.random.default_rng(options.seed).choice(seeds, options.seeds, replace=False)
    chosen = np.isin(labels[0][seeds], _half(labels[0], options.seed))

    with tempfile.TemporaryDirectory(prefix="segue-content-") as folder:
        live = build_live(tracks, Path(folder))
        print(f"Asking for {len(seeds)} lists ...", flush=True)
        rows = [_shares("served", labels, seeds, chosen, _served(live, seeds))]
        print(rows[-1], flush=True)
        for name, vectors in _others(_filled(tracks)).items():
            rows.append(_shares(name, labels, seeds, chosen, _nearest(vectors, seeds)))
            print(rows[-1], flush=True)
        versions = _versions(live, seeds[: options.lists])

    result = {
        "provenance": provenance(dataset=options.dataset.name, seed=options.seed),
        "tracks": len(tracks.rows),
        "seeds": len(seeds),
        "k": K,
        "shares_of_the_nearest": rows,
        "versions": versions,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\n{as_table(rows)}\n\n{as_table([versions])}\n\nWritten to {options.output}")
    return 0


def _labels(tracks: Tracks) -> tuple[Neighbours, Neighbours]:
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


def _filled(tracks: Tracks) -> Matrix:
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
    _, places, counts = np.unique(column, return_inverse=True, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(column)
    return np.asarray(norm.ppf(np.clip(shares, 0.001, 0.999))[places])


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
    """Return how many lists hold a song twice, or the seed's own, and what it costs to mend."""
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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--seeds", type=int, default=1_000_000, help="so many at the most")
    parser.add_argument("--lists", type=int, default=2000, help="to count versions in")
    parser.add_argument("--seed", type=int, default=3, help="of the choices")
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent / "results" / "content.json"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
