"""The three recommendation lists, each with the parts that its scores are the sum of.

Higher is better, best first, equal scores by ascending track id. "Top k" is the top k of the whole
score over every live track, exclusions and boosts included; list policies then choose the order
(see `index.diversity`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.diversity import DEFAULT_DIVERSITY, DEFAULT_MAX_PER_ARTIST, ListPolicy, arranged
from index.features import DIMENSIONS, FEATURE_NAMES
from index.live import LiveIndex, TrackTable
from index.retrieval import Candidates, Query, genre_boosts, scan, search, top_counts
from index.signals import PERSONAL_WEIGHTS, POPULAR_WEIGHTS, SIMILAR_WEIGHTS
from index.taste import TasteProfile
from index.trending import DEFAULT_WINDOW, WINDOW_NAMES

SIMILAR_GENRE_BONUS = 1.2
PERSONAL_GENRE_BONUS = 1.3
SOUND_PARTS = ("base", *FEATURE_NAMES, "genre")
SIGNAL_PARTS = ("popularity", "freshness")
TREND_PARTS = ("trend",)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A list of recommendations, best first."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    parts: NDArray[np.float64]
    """(k, parts) what each score is made of; a row sums to its score within 1e-9."""
    part_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendingList:
    """What is trending, and the window that was really used."""

    ranked: Ranked
    window: str


def similar_tracks(
    live: LiveIndex,
    row: int,
    *,
    k: int,
    genre_bonus: float = SIMILAR_GENRE_BONUS,
    diversity: float = 0.0,
    max_per_artist: int | None = None,
) -> Ranked:
    """Return the ``k`` tracks that sound most like the one at ``row``, without itself.

    score = boost * (1 + cos) / 2,  boost = genre_bonus in the seed's genre, else 1
    """
    _check_bonus(genre_bonus)
    seed = live.take(np.array([row], dtype=np.int64))
    genre = int(seed.genre_codes[0]) if genre_bonus > 1.0 else 0
    query = Query(
        vector=seed.vectors[0],
        boosts=genre_boosts(live, [genre], genre_bonus),
        weights=SIMILAR_WEIGHTS.as_array(),
        excluded=np.array([row], dtype=np.int64),
    )

    found = arranged(
        live,
        lambda size: search(live, query, genre, size),
        k,
        ListPolicy(diversity, max_per_artist),
    )
    return _explained(live, query, found, SOUND_PARTS)


def personalized(
    live: LiveIndex,
    profile: TasteProfile,
    *,
    k: int,
    genre_bonus: float = PERSONAL_GENRE_BONUS,
    exclude_heard: bool = True,
    diversity: float = DEFAULT_DIVERSITY,
    max_per_artist: int | None = DEFAULT_MAX_PER_ARTIST,
) -> Ranked:
    """Return ``k`` tracks for a listener. Disliked tracks never come, heard ones on request.

        score = w_audio * boost * (1 + cos) / 2 + w_popularity * popularity
              + w_freshness * freshness,  boost = genre_bonus in a favourite genre, else 1

    with the weights of `index.signals.PERSONAL_WEIGHTS`.
    """
    _check_bonus(genre_bonus)
    excluded = np.union1d(profile.heard, profile.disliked) if exclude_heard else profile.disliked
    query = Query(
        vector=profile.vector,
        boosts=genre_boosts(live, profile.favourite_genres, genre_bonus),
        weights=PERSONAL_WEIGHTS.as_array(),
        excluded=excluded,
    )

    found = arranged(
        live, lambda size: scan(live, query, size), k, ListPolicy(diversity, max_per_artist)
    )
    return _explained(live, query, found, SOUND_PARTS + SIGNAL_PARTS)


def trending(
    live: LiveIndex,
    *,
    k: int,
    now: float,
    window: str = DEFAULT_WINDOW,
    genre: str | None = None,
    exclude_rows: Iterable[int] = (),
) -> TrendingList:
    """Return the ``k`` tracks with the greatest decayed counts; the score is that count.

    A window with fewer than ``k`` tracks widens to the next. A genre that nobody knows is empty.
    """
    code = None if genre is None else live.genre_code(genre)
    if genre is not None and code is None:
        return TrendingList(_counted(Candidates(np.empty(0, np.int64), np.empty(0))), window)

    excluded = np.unique(np.fromiter(exclude_rows, dtype=np.int64))
    for index in range(WINDOW_NAMES.index(window), len(WINDOW_NAMES)):
        counts = live.trending_counts(index, now)
        found = top_counts(live, counts, k=k, genre=code, excluded=excluded)
        if len(found) >= k:
            break
    return TrendingList(_counted(found), WINDOW_NAMES[index])


def popular(live: LiveIndex, *, k: int, exclude_rows: Iterable[int] = ()) -> Ranked:
    """Return the ``k`` best tracks by popularity and freshness alone.

    The last resort where nobody has listened to anything yet: it is empty for an empty catalogue
    only. Weights: `index.signals.POPULAR_WEIGHTS`.
    """
    query = Query(
        vector=np.zeros(DIMENSIONS),
        boosts=genre_boosts(live, [], 1.0),
        weights=POPULAR_WEIGHTS.as_array(),
        excluded=np.unique(np.fromiter(exclude_rows, dtype=np.int64)),
    )

    return _explained(live, query, scan(live, query, k), SIGNAL_PARTS)


def _check_bonus(genre_bonus: float) -> None:
    # Below 1 an unboosted score is no longer bounded by the boosted ones: not what a bonus is.
    if not genre_bonus >= 1.0:
        raise ValueError("genre_bonus must be at least 1")


def _counted(found: Candidates) -> Ranked:
    return Ranked(found.rows, found.scores, found.scores.reshape(-1, 1), TREND_PARTS)


def _explained(live: LiveIndex, query: Query, found: Candidates, names: tuple[str, ...]) -> Ranked:
    """Take each score apart into `SOUND_PARTS`, `SIGNAL_PARTS` or both, as ``names`` says."""
    tracks = live.take(found.rows)
    blocks = []
    if names[0] == SOUND_PARTS[0]:
        blocks.append(_sound_parts(query, tracks))
    if names[-1] == SIGNAL_PARTS[-1]:
        signals = np.stack((tracks.popularity, tracks.freshness), axis=1)
        blocks.append(signals * query.weights[1:])

    parts = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
    return Ranked(found.rows, found.scores, parts, names)


def _sound_parts(query: Query, tracks: TrackTable) -> NDArray[np.float64]:
    """Return base, features and genre of each track.

    base = w_audio / 2; a feature w_audio * w_j a_j b_j / 2 (vectors hold the roots of w_j, so
    their product has w_j in it); genre = w_audio * (boost - 1) * (1 + cos) / 2.
    """
    half = query.weights[0] / 2
    parts = np.empty((len(tracks.vectors), len(SOUND_PARTS)), dtype=np.float64)
    products = tracks.vectors * query.vector

    parts[:, 0] = half
    parts[:, 1:-1] = half * products
    parts[:, -1] = half * (query.boosts[tracks.genre_codes] - 1) * (1 + products.sum(axis=1))
    return parts
