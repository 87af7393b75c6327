"""Are the served similar tracks the right ones? Compared with a sum over the whole catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.catalogue import get_json
from index.snapshot import Snapshot

GENRE_BONUSES = (1.0, 1.02, 1.05, 1.2)


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of the true list is served, for one ``genre_bonus``."""

    genre_bonus: float
    seeds: int
    limit: int
    recall: float
    """Share of the true top tracks that are in the served list."""
    same_position: float
    """Share of places that hold exactly the true track."""
    same_genre: float
    """Share of the served tracks that have the seed's genre."""


def measure_recall(
    host: str, snapshot: Snapshot, seeds: Iterable[int], *, genre_bonus: float, limit: int
) -> Recall:
    """Ask the API for the tracks similar to each seed and compare with `true_list`."""
    found = placed = same_genre = total = 0
    seeds = list(seeds)
    genre_of = dict(zip(snapshot.track_ids.tolist(), snapshot.genre_codes.tolist(), strict=True))
    for seed in seeds:
        reply = get_json(
            host,
            "/recommendations/similar-tracks/",
            track_id=seed,
            limit=limit,
            genre_bonus=genre_bonus,
        )
        served = [int(item["id"]) for item in reply["items"]]
        true = true_list(snapshot, seed, genre_bonus=genre_bonus, limit=limit)
        found += len(set(served) & set(true))
        placed += sum(a == b for a, b in zip(served, true, strict=False))
        same_genre += sum(genre_of[track] == genre_of[seed] for track in served)
        total += len(true)
    shares = (round(count / max(total, 1), 5) for count in (found, placed, same_genre))
    return Recall(genre_bonus, len(seeds), limit, *shares)


def true_list(snapshot: Snapshot, seed: int, *, genre_bonus: float, limit: int) -> list[int]:
    """Return the ids of the best tracks by the whole score, computed for every track.

    ``score = boost * (1 + cos) / 2``, where boost is ``genre_bonus`` for tracks of the seed's
    genre; equal scores are ordered by ascending id.
    """
    row = int(np.flatnonzero(snapshot.track_ids == seed)[0])
    cosines = np.asarray(snapshot.vectors) @ np.asarray(snapshot.vectors[row])
    genre = snapshot.genre_codes[row]
    same = (snapshot.genre_codes == genre) & (genre != 0)
    scores = np.where(same, genre_bonus, 1.0) * (1.0 + cosines) / 2.0
    scores[row] = -np.inf
    best = np.lexsort((snapshot.track_ids, -scores))[:limit]
    return [int(track) for track in snapshot.track_ids[best]]
