"""Whole lists of similar tracks against brute force that shares no code with the engine.

Seeds are of the largest, a median and a tiny genre; lists with limits and policies, too.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bruteforce import BruteForce, Tracks
from benchmarks.greedy import Order, select_by_policy
from benchmarks.sections import row
from benchmarks.served import World
from index.catalogue import TrackColumns
from index.live import LiveIndex
from index.ranking import similar_tracks
from index.retrieval import Filters, resolve

K = 20
BONUSES = (1.0, 1.02, 1.05, 1.2)
REQUIRED = 0.999
EXCLUDED = 5_000
POLICIES: dict[str, Any] = {"diversity": 0.1, "max_per_artist": 2, "max_per_album": 2}
POOL = 500
"""Tracks of the exact order that the policies choose from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters, and how the brute force takes them."""

    name: str
    filters: Filters
    allowed: NDArray[np.bool_] | None


def asked_for(tracks: Tracks, best: NDArray[np.int64], seed: int) -> list[Asked]:
    """Return nothing, a long list of exclusions, and a filter by genres and features.

    Excluded are the ``best``, which would be listed otherwise, and many others.
    """
    generator = np.random.default_rng(seed)
    n = len(tracks.genres)
    gone = np.union1d(best, generator.choice(n, min(EXCLUDED, n // 10), replace=False))
    left = np.ones(n, dtype=np.bool_)
    left[gone] = False
    names, sizes = np.unique(tracks.genres[tracks.genres != ""], return_counts=True)
    genres = tuple(names[np.argsort(-sizes)[: len(names) // 3]].tolist())
    low, high = (float(np.nanquantile(tracks.features["energy"], share)) for share in (0.3, 0.9))
    energy = tracks.features["energy"]
    inside = np.isin(tracks.genres, genres) & (energy >= low) & (energy <= high)
    return [
        Asked("", Filters(), None),
        Asked(f", {len(gone):,} exclusions", Filters(excluded_track_ids=gone + 1), left),
        Asked(
            ", a third of the genres and a range of energy",
            Filters(genres, {"energy": low}, {"energy": high}),
            inside,
        ),
    ]


def quality(live: LiveIndex, world: World, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare whole lists with the brute force, which shares no code with the engine."""
    tracks = world.raw_tracks()
    truth = BruteForce(tracks)
    rows = chosen_rows(live, options.oracle, options.seed)
    ids = (live.snapshot.track_ids[rows] - 1).tolist()
    best = [truth.similar(at, genre_bonus=bonus, k=K // 2) for at in ids for bonus in BONUSES]
    found = []
    for asked in asked_for(tracks, np.unique(np.concatenate(best)), options.seed):
        for bonus in BONUSES:
            hits, same, wanted = _compared(live, truth, rows, asked, bonus)
            what = f"recall@{K} of the whole score, genre_bonus {bonus}{asked.name}"
            recall = hits / wanted
            found.append(row(what, recall, f">= {REQUIRED}", reached=recall >= REQUIRED))
            found.append(
                row("... the same track in the same place", same / wanted, "", reached=True)
            )
    columns = world.catalogue().tracks
    for bonus in BONUSES:
        same = sum(_same_arranged(live, truth, columns, each, bonus) for each in rows.tolist())
        what = f"lists that the greedy policies make of the exact order, genre_bonus {bonus}"
        found.append(row(what, same / len(rows), "1", reached=same == len(rows)))
    return found


def chosen_rows(live: LiveIndex, count: int, seed: int) -> NDArray[np.int64]:
    """Return seeds: a third each from the largest, a median and a tiny genre, in random order."""
    generator = np.random.default_rng(seed)
    offsets = live.snapshot.genres.offsets
    sizes = np.diff(offsets)
    order = [code for code in np.argsort(-sizes) if code and sizes[code] > K]
    rows = []
    for code in (order[0], order[len(order) // 2], order[-1]):
        rows.append(generator.integers(offsets[code], offsets[code + 1], count // 3 + 1))
    return generator.permutation(np.concatenate(rows))[:count]


def _compared(
    live: LiveIndex, truth: BruteForce, rows: NDArray[np.int64], asked: Asked, bonus: float
) -> tuple[int, int, int]:
    """Return how many of the best were found, how many in their places, and how many there are."""
    limits = resolve(live, asked.filters)
    hits = same = wanted = 0
    for seed in rows.tolist():
        ours = similar_tracks(live, seed, k=K, genre_bonus=bonus, filters=limits).rows
        ids = live.snapshot.track_ids[ours] - 1
        at = int(live.snapshot.track_ids[seed]) - 1
        best = truth.similar(at, genre_bonus=bonus, k=K, allowed=asked.allowed)
        hits += len(np.intersect1d(ids, best))
        same += int((ids == best).sum()) if len(ids) == len(best) else 0
        wanted += len(best)
    return hits, same, wanted


def _same_arranged(
    live: LiveIndex, truth: BruteForce, tracks: TrackColumns, seed: int, bonus: float
) -> bool:
    """Tell whether a list under policies is what their definitions make of the exact order."""
    ours = similar_tracks(live, seed, k=K, genre_bonus=bonus, **POLICIES).rows
    at = int(live.snapshot.track_ids[seed]) - 1
    best = truth.similar(at, genre_bonus=bonus, k=POOL)
    order = Order(
        truth.scores(at, bonus)[best],
        truth.unit_vectors(best),
        [tracks.artists[each].split(";")[0].lower() for each in best.tolist()],
        [(tracks.albums[each] or "").lower() for each in best.tolist()],
    )
    wanted = best[select_by_policy(order, K, **POLICIES)]
    return bool(np.array_equal(live.snapshot.track_ids[ours] - 1, wanted))
