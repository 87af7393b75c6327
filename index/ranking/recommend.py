"""The three recommendation lists, each with the parts that its scores are the sum of.

Higher is better, best first, equal scores by ascending track id. "Top k" is the top k of the whole
score over every live track, exclusions and boosts included; list policies then choose the order
(see `index.ranking.diversity`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.features import DIMENSIONS, FEATURE_NAMES
from index.learning import REACH_PARTS
from index.listener import NO_SONGS, NOTHING, PersonalCandidates, TasteProfile
from index.live import LiveIndex, TrackTable
from index.ranking.diversity import (
    DEFAULT_DIVERSITY,
    DEFAULT_MAX_PER_ARTIST,
    ListPolicy,
    select_by_policy,
)
from index.retrieval import (
    NO_FILTERS,
    Candidates,
    Filters,
    Limits,
    Query,
    best_of,
    boosts_of,
    plan_of,
    resolve,
    search,
    searchable_for,
    top_counts,
)
from index.row_sets import distinct, union
from index.signals import PERSONAL_GENRE_BONUS
from index.snapshot import POPULAR, reweighted, weight_ratios
from index.trending import DEFAULT_WINDOW, WINDOW_NAMES

SIMILAR_GENRE_BONUS = 1.2
SOUND_PARTS = ("base", *FEATURE_NAMES, "genre")
SIGNAL_PARTS = ("popularity", "freshness")
TREND_PARTS = ("trend",)
IN_ORDER = ListPolicy()
_NO_PARTS = np.empty((0, 0))


class Ranked(NamedTuple):
    """A list of recommendations, best first."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    parts: NDArray[np.float64]
    """(k, parts) what each score is made of; a row sums to its score within 1e-9. (0, 0) if it is
    not asked for."""
    part_names: tuple[str, ...]
    plan: str
    """How the list was found: see `index.retrieval.search_plan`."""
    query: Query | None = None
    """What was searched for; None for a list of counts."""
    reach: PersonalCandidates = NOTHING
    """What a listener's history led to; see `index.listener.candidates.contributing_tracks`."""


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
    max_per_album: int | None = None,
    collapse_versions: bool = False,
    filters: Filters | Limits = NO_FILTERS,
    weights: NDArray[np.float64] | None = None,
    explained: bool = True,
) -> Ranked:
    """Return the ``k`` tracks that sound most like the one at ``row``, without itself.

    score = boost * (1 + cos) / 2,  boost = genre_bonus in the seed's genre, else 1

    Where versions collapse, the seed's other versions don't come either.
    ``weights`` (8,), at least 0 and not all 0, replace those of the features for this one list.
    Who asks for many lists of one index resolves the filters once; who does not want to know what
    scores are made of, as ``explained`` says, gets no parts.
    """
    _check_bonus(genre_bonus)
    (vector, genre), ratios = live.sound_of(row), None
    if weights is not None:
        ratios = weight_ratios(weights)
        vector = reweighted(vector.reshape(1, -1), ratios)[0]
    limits = resolve(live, filters)
    itself = np.array([row], dtype=np.int64)
    query = Query(
        vector=vector,
        weights=live.snapshot.sound.weights,
        excluded=union(limits.excluded, itself),
        boosted=(genre,) if genre and genre_bonus > 1.0 else (),
        bonus=genre_bonus,
        limits=limits,
        ratios=ratios,
    )
    policy = IN_ORDER
    limited = max_per_artist is not None or max_per_album is not None
    if collapse_versions or diversity != 0.0 or limited:
        policy = ListPolicy(
            diversity=diversity,
            max_per_artist=max_per_artist,
            max_per_album=max_per_album,
            collapse_versions=collapse_versions,
            songs_left_out=live.keys_of("song_keys", itself) if collapse_versions else NO_SONGS,
        )
    return _ranked(live, query, k, policy, SOUND_PARTS if explained else ())


def personalized(
    live: LiveIndex,
    profile: TasteProfile,
    *,
    k: int,
    genre_bonus: float = PERSONAL_GENRE_BONUS,
    exclude_heard: bool = True,
    diversity: float = DEFAULT_DIVERSITY,
    max_per_artist: int | None = DEFAULT_MAX_PER_ARTIST,
    max_per_album: int | None = None,
    collapse_versions: bool = False,
    filters: Filters = NO_FILTERS,
) -> Ranked:
    """Return ``k`` tracks for a listener. Disliked tracks never come, heard ones on request.

    Where versions collapse, the same goes for other versions of those.

        score = w_audio * boost * (1 + cos) / 2 + prior + w_freshness * freshness
              + co-listening + artist + related artists

    *boost* is ``genre_bonus`` in a favourite genre, else 1. The other parts, and the weights that
    were learned for them, are those of `index.hybrid`; until there is something to learn from,
    they are 0, the prior is ``w_popularity * popularity``, and the weights are
    `index.signals.PERSONAL_WEIGHTS`.
    """
    _check_bonus(genre_bonus)
    limits = resolve(live, filters)
    known = profile.known if exclude_heard else profile.disliked
    query = Query(
        vector=profile.vector,
        weights=live.snapshot.taste.weights,
        signal="prior",
        excluded=union(limits.excluded, known),
        boosted=profile.favourite_genres if genre_bonus > 1.0 else (),
        bonus=genre_bonus,
        limits=limits,
    )
    songs = profile.known_songs if exclude_heard else live.songs_of(profile.disliked)
    policy = ListPolicy(
        diversity=diversity,
        max_per_artist=max_per_artist,
        max_per_album=max_per_album,
        collapse_versions=collapse_versions,
        songs_left_out=songs,
    )
    if not len(profile.reach.rows):
        return _ranked(live, query, k, policy, SOUND_PARTS + SIGNAL_PARTS)

    plan = plan_of(live, query, k)
    found = select_by_policy(live, best_of(live, query, profile.reach, plan), k, policy)
    dense = _parts(live, query, found, SOUND_PARTS + SIGNAL_PARTS)
    parts = np.concatenate((dense, profile.reach.parts_at(found.rows)), axis=1)
    names = SOUND_PARTS + SIGNAL_PARTS + REACH_PARTS
    return Ranked(found.rows, found.scores, parts, names, plan, query, profile.reach)


def trending(
    live: LiveIndex,
    *,
    k: int,
    now: float,
    window: str = DEFAULT_WINDOW,
    genre: str | None = None,
    exclude_rows: Sequence[int] | NDArray[np.int64] = (),
    policy: ListPolicy = IN_ORDER,
) -> TrendingList:
    """Return the ``k`` tracks with the greatest decayed counts; the score is that count.

    A window with fewer than ``k`` tracks widens to the next. A genre that nobody knows is empty.
    """
    code = None if genre is None else live.genre_code(genre)
    if genre is not None and code is None:
        return TrendingList(_counted(Candidates(np.empty(0, np.int64), np.empty(0))), window)

    excluded = distinct(np.asarray(exclude_rows, dtype=np.int64))
    for index in range(WINDOW_NAMES.index(window), len(WINDOW_NAMES)):
        found = select_by_policy(live, _most_counted(live, index, now, code, excluded), k, policy)
        if len(found) >= k:
            break
    return TrendingList(_counted(found), WINDOW_NAMES[index])


def _most_counted(
    live: LiveIndex, window: int, now: float, genre: int | None, excluded: NDArray[np.int64]
) -> Callable[[int], Candidates]:
    return lambda size: top_counts(live, window, now, k=size, genre=genre, excluded=excluded)


def popular(
    live: LiveIndex,
    *,
    k: int,
    exclude_rows: Sequence[int] | NDArray[np.int64] = (),
    filters: Filters = NO_FILTERS,
    policy: ListPolicy = IN_ORDER,
) -> Ranked:
    """Return the ``k`` best tracks by popularity and freshness alone.

    The last resort where nobody has listened to anything yet: it is empty for an empty catalogue
    only. Weights: `index.signals.POPULAR_WEIGHTS`.
    """
    limits = resolve(live, filters)
    query = Query(
        vector=np.zeros(DIMENSIONS),
        weights=POPULAR,
        excluded=union(limits.excluded, distinct(np.asarray(exclude_rows, dtype=np.int64))),
        limits=limits,
    )
    return _ranked(live, query, k, policy, SIGNAL_PARTS)


def _check_bonus(genre_bonus: float) -> None:
    # Below 1 an unboosted score is no longer bounded by the boosted ones: not what a bonus is.
    if not genre_bonus >= 1.0:
        raise ValueError("genre_bonus must be at least 1")


def _counted(found: Candidates) -> Ranked:
    parts = found.scores.reshape(-1, 1)
    return Ranked(found.rows, found.scores, parts, TREND_PARTS, "counts")


def _ranked(
    live: LiveIndex, query: Query, k: int, policy: ListPolicy, names: tuple[str, ...]
) -> Ranked:
    """Search, order by the policy, and take each score apart into parts of these ``names``."""
    plan = plan_of(live, query, k)
    found = select_by_policy(live, lambda size: search(live, query, size, plan), k, policy)
    parts = _parts(live, query, found, names) if names else _NO_PARTS
    return Ranked(found.rows, found.scores, parts, names, plan, query)


def _parts(
    live: LiveIndex, query: Query, found: Candidates, names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return `SOUND_PARTS`, `SIGNAL_PARTS` or both of each score, as ``names`` says."""
    searchable = searchable_for(live, query)
    if searchable is not None and query.ratios is None:
        return kernels.parts_of(
            searchable.arrays.table,
            live.late_by(query.signal).arrays.table,
            found.rows,
            query.vector,
            query.weights,
            np.array(query.boosted, dtype=np.int64),
            query.bonus,
            names[-1] == SIGNAL_PARTS[-1],
        )

    # Few lists are asked for with weights of their own.
    tracks = live.take(found.rows)
    blocks = []
    if names[0] == SOUND_PARTS[0]:
        blocks.append(_sound_parts(live, query, tracks))
    if names[-1] == SIGNAL_PARTS[-1]:
        signals = np.stack((getattr(tracks, query.signal), tracks.freshness), axis=1)
        blocks.append(signals * query.weights[1:])

    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)


def _sound_parts(live: LiveIndex, query: Query, tracks: TrackTable) -> NDArray[np.float64]:
    """Return base, features and genre of each track.

    base = w_audio / 2; a feature w_audio * w_j a_j b_j / 2 (vectors hold the roots of w_j, so
    their product has w_j in it); genre = w_audio * (boost - 1) * (1 + cos) / 2.
    """
    half = query.weights[0] / 2
    parts = np.empty((len(tracks.vectors), len(SOUND_PARTS)), dtype=np.float64)
    vectors = tracks.vectors
    if query.ratios is not None:
        vectors = reweighted(vectors, query.ratios)
    products = vectors * query.vector

    parts[:, 0] = half
    parts[:, 1:-1] = half * products
    parts[:, -1] = (
        half * (boosts_of(live, query)[tracks.genre_codes] - 1) * (1 + products.sum(axis=1))
    )
    return parts
