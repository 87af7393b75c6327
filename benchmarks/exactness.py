"""Similar tracks of a real catalogue against the oracle, position by position.

It reads ``../shared/data/spotify_tracks_114k.csv.gz``, builds an index of it and compares lists
with those of `benchmarks.harness.oracle`. Latencies are ratios to a plain FAISS flat search of the
same vectors, measured in the same run.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.oracle import BruteForce, RawTracks, read_tracks
from benchmarks.harness.provenance import ROOT
from benchmarks.harness.recall import GENRE_BONUSES, REQUIRED, Agreement
from benchmarks.harness.sections import Measured, Run, row
from benchmarks.harness.servers import open_generation, publish
from index.catalogue import Catalogue, InteractionColumns, TrackColumns, Watermark
from index.features import FEATURE_NAMES
from index.generations import GenerationStore
from index.live import LiveIndex
from index.ranking import similar_tracks

DATASET = ROOT.parent / "shared" / "data" / "spotify_tracks_114k.csv.gz"
DATABASE = "exactness"


def measure(run: Run) -> Measured:
    """Compare the lists of many seeds."""
    if not DATASET.exists():
        return absent(DATASET)
    tracks = read_tracks(DATASET)
    seeds, k = run.options["seeds"], run.options["k"]
    with tempfile.TemporaryDirectory(prefix="segue-exactness-") as folder:
        live = build_live(tracks, Path(folder))
        found = compare(live, tracks, seeds=seeds, k=k, seed=run.seed)
    rows = [
        row(
            f"equal positions, genre_bonus {each['genre_bonus']}", each["positions_equal"], REQUIRED
        )
        for each in found
    ]
    details = {"tracks": len(tracks.rows), "k": k, "similar_tracks_against_brute_force": found}
    return Measured(DATASET.name, rows, {"seeds": seeds, **details})


def absent(*paths: Path) -> Measured:
    """Return the result of a section whose data is not on this machine."""
    names = ", ".join(sorted({path.name for path in paths if not path.exists()}))
    return Measured("absent", [row(f"left out: no {names}", "")])


def build_live(tracks: RawTracks, folder: Path) -> LiveIndex:
    """Build a generation of ``tracks`` through the engine's own path, and open it."""
    store = GenerationStore(folder)
    publish(store, as_catalogue(tracks), now=time.time())
    return open_generation(store, DATABASE)


def as_catalogue(tracks: RawTracks) -> Catalogue:
    """Return ``tracks`` as the columns that a build takes, without any interaction."""
    rows, n = tracks.rows, len(tracks.rows)
    nothing = np.empty(0, dtype=np.int64)
    return Catalogue(
        database=DATABASE,
        watermark=Watermark(0),
        tracks=TrackColumns(
            ids=np.arange(1, n + 1, dtype=np.int64),
            features=np.stack([tracks.features[name] for name in FEATURE_NAMES], axis=1),
            titles=[row["track_name"] for row in rows],
            artists=[row["artists"] for row in rows],
            albums=[row["album_name"] or None for row in rows],
            genres=[row["track_genre"] for row in rows],
            popularity=np.array([float(row["popularity"]) for row in rows]),
            released=np.full(n, np.nan),
            cards=[b"{}"] * n,
        ),
        user_ids=nothing,
        interactions=InteractionColumns(
            user_ids=nothing,
            track_ids=nothing,
            actions=nothing.astype(np.uint8),
            ratings=nothing.astype(np.uint8),
            listened=nothing.astype(np.float32),
            at=nothing.astype(np.float64),
        ),
    )


def compare(
    live: LiveIndex, tracks: RawTracks, *, seeds: int, k: int, seed: int
) -> list[dict[str, Any]]:
    """Return equal positions, share of the seed's genre and latency, by genre bonus."""
    oracle = BruteForce(tracks)
    n = len(tracks.rows)
    chosen = np.random.default_rng(seed).choice(n, size=min(seeds, n), replace=False)
    return [_compare_bonus(live, oracle, chosen.tolist(), bonus, k) for bonus in GENRE_BONUSES]


def _compare_bonus(
    live: LiveIndex, oracle: BruteForce, seeds: list[int], bonus: float, k: int
) -> dict[str, Any]:
    agreement, same_genre = Agreement(), 0
    ours, flat = [], []
    for position in seeds:
        row_of_seed = live.row_of(position + 1)
        if row_of_seed is None:
            raise LookupError(f"track {position + 1} is not in the index")
        vector = np.array(live.snapshot.vectors[row_of_seed])
        flat.append(_microseconds(partial(live.snapshot.ann.search, vector, k)))
        search = partial(similar_tracks, live, row_of_seed, k=k, genre_bonus=bonus)
        ours.append(_microseconds(search))

        listed = live.take(search().rows).track_ids - 1
        agreement.add(listed.tolist(), oracle.similar(position, genre_bonus=bonus, k=k).tolist())
        same_genre += int((oracle.genres[listed] == oracle.genres[position]).sum())

    reference = float(np.median(flat))
    p50, p95 = (float(value) for value in np.percentile(ours, (50, 95)))
    return {
        "genre_bonus": bonus,
        "positions_equal": agreement.same_position / agreement.expected,
        "within_genre": round(same_genre / agreement.expected, 4),
        "p50_us": round(p50, 1),
        "p95_us": round(p95, 1),
        "p50_to_flat": round(p50 / reference, 3),
        "p95_to_flat": round(p95 / reference, 3),
        "flat_p50_us": round(reference, 1),
    }


def _microseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1e6 * (time.perf_counter() - started)
