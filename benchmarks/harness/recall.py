"""Whole lists of similar tracks against the oracle, which shares no code with the engine.

Seeds are of the largest, a median and a tiny genre; some lists have filters and policies.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.oracle import BruteForce, ExactOrder, RawTracks, select_by_policy
from benchmarks.harness.sections import Bar, row
from index.catalogue import TrackColumns
from index.live import LiveIndex
from index.ranking import similar_tracks
from index.retrieval import Filters, resolve

K = 20
GENRE_BONUSES = (1.0, 1.02, 1.05, 1.2)
REQUIRED = Bar(">=", 0.999)
EXCLUDED = 5_000
POLICIES: dict[str, Any] = {"diversity": 0.1, "max_per_artist": 2, "max_per_album": 2}
POOL = 500
"""Tracks of the exact order that the policies choose from."""
Ids = NDArray[np.int64]


@dataclass(slots=True)
class Agreement:
    """How well lists agree with the true ones."""

    found: int = 0
    same_position: int = 0
    expected: int = 0

    def add(self, ids: Iterable[int], true: Iterable[int]) -> None:
        """Compare one list with the true one."""
        listed, wanted = list(ids), list(true)
        self.found += len(set(listed) & set(wanted))
        self.same_position += sum(a == b for a, b in zip(listed, wanted, strict=False))
        self.expected += len(wanted)

    @property
    def recall(self) -> float:
        """Share of the true tracks that are listed."""
        return round(self.found / max(self.expected, 1), 5)

    @property
    def equal(self) -> float:
        """Share of the positions that hold exactly the true track."""
        return round(self.same_position / max(self.expected, 1), 5)


@dataclass(frozen=True, slots=True)
class FilterCase:
    """Filters, and the tracks that they allow."""

    name: str
    filters: Filters
    allowed: NDArray[np.bool_] | None


def filter_cases(tracks: RawTracks, best: Ids, seed: int) -> list[FilterCase]:
    """Return no filter, a long list of exclusions, and a filter by genres and features.

    The excluded tracks are the ``best``, which would be listed otherwise, and many others.
    """
    generator = np.random.default_rng(seed)
    n = len(tracks.genres)
    excluded = np.union1d(best, generator.choice(n, min(EXCLUDED, n // 10), replace=False))
    left = np.ones(n, dtype=np.bool_)
    left[excluded] = False
    names, sizes = np.unique(tracks.genres[tracks.genres != ""], return_counts=True)
    genres = tuple(names[np.argsort(-sizes)[: len(names) // 3]].tolist())
    energy = tracks.features["energy"]
    low, high = (float(np.nanquantile(energy, share)) for share in (0.3, 0.9))
    inside = np.isin(tracks.genres, genres) & (energy >= low) & (energy <= high)
    return [
        FilterCase("", Filters(), None),
        FilterCase(
            f", {len(excluded):,} exclusions", Filters(excluded_track_ids=excluded + 1), left
        ),
        FilterCase(
            ", a third of the genres and a range of energy",
            Filters(genres, {"energy": low}, {"energy": high}),
            inside,
        ),
    ]


def list_rows(
    live: LiveIndex, raw: RawTracks, columns: TrackColumns, *, lists: int, seed: int
) -> list[dict[str, Any]]:
    """Compare lists with the oracle, for every genre bonus, with and without filters."""
    oracle = BruteForce(raw)
    rows = seed_rows(live, lists, seed)
    positions = (live.snapshot.track_ids[rows] - 1).tolist()
    best = [
        oracle.similar(at, genre_bonus=bonus, k=K // 2)
        for at in positions
        for bonus in GENRE_BONUSES
    ]
    cases = filter_cases(raw, np.unique(np.concatenate(best)), seed)
    return [
        *(each for case in cases for each in _recall_rows(live, oracle, rows, case)),
        *_policy_rows(live, oracle, columns, rows),
    ]


def seed_rows(live: LiveIndex, count: int, seed: int) -> Ids:
    """Return seeds: a third each from the largest, a median and a tiny genre, in random order."""
    generator = np.random.default_rng(seed)
    offsets = live.snapshot.genres.offsets
    sizes = np.diff(offsets)
    order = [code for code in np.argsort(-sizes) if code and sizes[code] > K]
    rows = []
    for code in (order[0], order[len(order) // 2], order[-1]):
        rows.append(generator.integers(offsets[code], offsets[code + 1], count // 3 + 1))
    return generator.permutation(np.concatenate(rows))[:count]


def _recall_rows(
    live: LiveIndex, oracle: BruteForce, rows: Ids, case: FilterCase
) -> Iterator[dict[str, Any]]:
    limits = resolve(live, case.filters)
    for bonus in GENRE_BONUSES:
        agreement = Agreement()
        for seed in rows.tolist():
            listed = similar_tracks(live, seed, k=K, genre_bonus=bonus, filters=limits).rows
            at = int(live.snapshot.track_ids[seed]) - 1
            true = oracle.similar(at, genre_bonus=bonus, k=K, allowed=case.allowed)
            agreement.add((live.snapshot.track_ids[listed] - 1).tolist(), true.tolist())
        what = f"recall@{K} of the whole score, genre_bonus {bonus}{case.name}"
        yield row(what, agreement.recall, REQUIRED)
        yield row("... the same track in the same position", agreement.equal)


def _policy_rows(
    live: LiveIndex, oracle: BruteForce, columns: TrackColumns, rows: Ids
) -> Iterator[dict[str, Any]]:
    for bonus in GENRE_BONUSES:
        equal = [_follows_policies(live, oracle, columns, each, bonus) for each in rows.tolist()]
        what = f"share of lists that follow the greedy policies exactly, genre_bonus {bonus}"
        yield row(what, sum(equal) / len(rows), Bar("=", 1))


def _follows_policies(
    live: LiveIndex, oracle: BruteForce, tracks: TrackColumns, seed: int, bonus: float
) -> bool:
    """Return whether a list under policies is the one that their definitions select."""
    listed = similar_tracks(live, seed, k=K, genre_bonus=bonus, **POLICIES).rows
    at = int(live.snapshot.track_ids[seed]) - 1
    best = oracle.similar(at, genre_bonus=bonus, k=POOL)
    order = ExactOrder(
        oracle.scores(at, bonus)[best],
        oracle.unit_vectors(best),
        [tracks.artists[each].split(";")[0].lower() for each in best.tolist()],
        [(tracks.albums[each] or "").lower() for each in best.tolist()],
    )
    true = best[select_by_policy(order, K, **POLICIES)]
    return bool(np.array_equal(live.snapshot.track_ids[listed] - 1, true))
