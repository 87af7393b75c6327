"""Are similar tracks exactly the best ones? Compared with brute force on a real catalogue.

``python -m benchmarks.exactness`` reads ``../shared/data/spotify_tracks_114k.csv.gz``, builds an
index of it and asks for the similar tracks of many seeds. `benchmarks.bruteforce`, which shares no
code with the engine, says what should have come. Latencies are shown as a ratio to a plain FAISS
flat search of the same vectors, measured in the same run.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bruteforce import BruteForce, Tracks, read_tracks
from benchmarks.provenance import ROOT, provenance
from benchmarks.report import as_table
from index.catalogue import Catalogue, InteractionColumns, TrackColumns, Watermark
from index.features import FEATURE_NAMES
from index.generations import GenerationStore, build_generation
from index.kernels import warm_up
from index.live import Delta, LiveIndex
from index.ranking import similar_tracks

DATASET = ROOT.parent / "shared" / "data" / "spotify_tracks_114k.csv.gz"
GENRE_BONUSES = (1.0, 1.02, 1.05, 1.2)
REQUIRED = 0.999
DATABASE = "exactness"


def main() -> int:
    """Measure, print and write; 1 if too few positions agree, 2 if there is no catalogue."""
    options = _options()
    if not options.dataset.exists():
        print(f"There is no {options.dataset}: nothing is measured.", file=sys.stderr)
        return 2

    print("Reading and building ...", flush=True)
    tracks = read_tracks(options.dataset)
    with tempfile.TemporaryDirectory(prefix="segue-exactness-") as folder:
        live = build_live(tracks, Path(folder))
        print(f"Comparing {options.seeds} seeds ...", flush=True)
        rows = measure(live, tracks, seeds=options.seeds, k=options.k, seed=options.seed)

    result = {
        "provenance": provenance(dataset=options.dataset.name, seed=options.seed),
        "tracks": live.track_count,
        "seeds": options.seeds,
        "k": options.k,
        "similar_tracks_against_brute_force": rows,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\n{as_table(rows)}\n\nWritten to {options.output}")
    return 0 if all(row["positions_equal"] >= REQUIRED for row in rows) else 1


def build_live(tracks: Tracks, folder: Path) -> LiveIndex:
    """Build a generation of ``tracks`` through the engine's own path, and open it."""
    store = GenerationStore(folder)
    catalogue = as_catalogue(tracks)
    path = store.publish(
        lambda target: build_generation(catalogue, target, generation=1, now=time.time()),
        generation=1,
    )
    snapshot = store.load(path, database=DATABASE)
    warm_up()

    return LiveIndex(snapshot, Delta.empty(snapshot))


def as_catalogue(tracks: Tracks) -> Catalogue:
    """Return ``tracks`` as the columns that a build takes; nobody has listened to any of them."""
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


def measure(
    live: LiveIndex, tracks: Tracks, *, seeds: int, k: int, seed: int
) -> list[dict[str, Any]]:
    """Return one row per genre bonus: positions equal, share of the genre, latency."""
    truth = BruteForce(tracks)
    n = len(tracks.rows)
    chosen = np.random.default_rng(seed).choice(n, size=min(seeds, n), replace=False)

    return [_measure_bonus(live, truth, chosen.tolist(), bonus, k) for bonus in GENRE_BONUSES]


def _measure_bonus(
    live: LiveIndex, truth: BruteForce, seeds: list[int], bonus: float, k: int
) -> dict[str, Any]:
    equal, same_genre, total = 0, 0, 0
    ours, flat = [], []
    for position in seeds:
        row = live.row_of(position + 1)
        if row is None:
            raise LookupError(f"track {position + 1} is not in the index")
        vector = np.array(live.snapshot.vectors[row])
        flat.append(_seconds(partial(live.snapshot.ann.search, vector, k)))
        ours.append(_seconds(partial(similar_tracks, live, row, k=k, genre_bonus=bonus)))

        found = live.take(similar_tracks(live, row, k=k, genre_bonus=bonus).rows).track_ids - 1
        wanted = truth.similar(position, genre_bonus=bonus, k=k)
        equal += int((found == wanted).sum()) if len(found) == len(wanted) else 0
        same_genre += int((truth.genres[found] == truth.genres[position]).sum())
        total += len(wanted)

    reference = float(np.median(flat))
    return {
        "genre_bonus": bonus,
        "positions_equal": equal / total,
        "within_genre": round(same_genre / total, 4),
        "p50_us": round(float(np.median(ours)) * 1e6, 1),
        "p95_us": round(float(np.percentile(ours, 95)) * 1e6, 1),
        "p50_to_flat": round(float(np.median(ours)) / reference, 3),
        "p95_to_flat": round(float(np.percentile(ours, 95)) / reference, 3),
        "flat_p50_us": round(reference * 1e6, 1),
    }


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--seeds", type=int, default=1000, help="tracks to ask for")
    parser.add_argument("--k", type=int, default=20, help="length of each list")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of tracks")
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent / "results" / "exactness.json"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
