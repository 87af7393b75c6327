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

from index.features import COORDINATES
from index.listener import NO_SONGS, NOTHING, PersonalCandidates, TasteProfile
from index.live import LiveIndex
from index.ranking.diversity import (
    PERSONAL_POLICY,
    ListPolicy,
    select_by_policy,
)
from index.retrieval import (
    NO_FILTERS,
    Candidates,
    Filters,
    Limits,
    Plan,
    Query,
    choose_plan,
    resolve,
    top_counts,
)
from index.row_sets import distinct, union
from index.signals import PERSONAL_GENRE_BONUS, SIMILAR_GENRE_BONUS
from index.snapshot import reweighted, weight_ratios
from index.trending import DEFAULT_WINDOW, WINDOW_NAMES

TREND_PARTS = ("trend",)
IN_ORDER = ListPolicy()


class Ranked(NamedTuple):
    """A list of recommendations, best first."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    parts: NDArray[np.float64]
    """(k, parts) what each score is made of; a row sums to its score within 1e-9."""
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
) -> Ranked:
    """Return the ``k`` tracks that sound most like the one at ``row``, without itself.

    score = boost * (1 + cos) / 2,  boost = genre_bonus in the seed's genre, else 1

    Where versions collapse, the seed's other versions don't come either.
    ``weights`` (8,), at least 0 and not all 0, replace those of the features for this one list.
    Who asks for many lists of one index resolves the filters once.
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
    return ranked(live, choose_plan(live, query, k), k, policy)


def personalized(
    live: LiveIndex,
    profile: TasteProfile,
    *,
    k: int,
    genre_bonus: float = PERSONAL_GENRE_BONUS,
    exclude_heard: bool = True,
    diversity: float = PERSONAL_POLICY.diversity,
    max_per_artist: int | None = PERSONAL_POLICY.max_per_artist,
    max_per_album: int | None = None,
    collapse_versions: bool = False,
    filters: Filters = NO_FILTERS,
) -> Ranked:
    """Return ``k`` tracks for a listener. Disliked tracks never come, heard ones on request.

    Where versions collapse, the same goes for other versions of those.

        score = w_audio * boost * (1 + cos) / 2 + prior + w_freshness * freshness
              + co-listening + artist + related artists

    *boost* is ``genre_bonus`` in a favourite genre, else 1. The other parts, and the weights that
    were learned for them, are those of `index.learning`; until there is something to learn from,
    they are 0, the prior is ``w_popularity * popularity``, and the weights are those of
    `index.signals.SIGNALS`.
    """
    _check_bonus(genre_bonus)
    limits = resolve(live, filters)
    known = profile.known if exclude_heard else profile.disliked
    query = Query(
        vector=profile.vector,
        excluded=union(limits.excluded, known),
        kind="personal",
        boosted=profile.favourite_genres if genre_bonus > 1.0 else (),
        bonus=genre_bonus,
        limits=limits,
        candidates=profile.reach,
    )
    songs = profile.known_songs if exclude_heard else live.songs_of(profile.disliked)
    policy = ListPolicy(
        diversity=diversity,
        max_per_artist=max_per_artist,
        max_per_album=max_per_album,
        collapse_versions=collapse_versions,
        songs_left_out=songs,
    )
    return ranked(live, choose_plan(live, query, k), k, policy)


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
    only. Weights: `index.signals.SIGNALS`.
    """
    limits = resolve(live, filters)
    query = Query(
        vector=np.zeros(COORDINATES),
        kind="popular",
        excluded=union(limits.excluded, distinct(np.asarray(exclude_rows, dtype=np.int64))),
        limits=limits,
    )
    return ranked(live, choose_plan(live, query, k), k, policy)


def _check_bonus(genre_bonus: float) -> None:
    # Below 1 an unboosted score is no longer bounded by the boosted ones: not what a bonus is.
    if not genre_bonus >= 1.0:
        raise ValueError("genre_bonus must be at least 1")


def _counted(found: Candidates) -> Ranked:
    parts = found.scores.reshape(-1, 1)
    return Ranked(found.rows, found.scores, parts, TREND_PARTS, "counts")


def ranked(live: LiveIndex, plan: Plan, k: int, policy: ListPolicy) -> Ranked:
    """Search by a plan, order by the policy, and take each score apart."""
    found = select_by_policy(live, plan.best, k, policy)
    parts, query = plan.parts(found.rows), plan.query
    return Ranked(
        found.rows, found.scores, parts, plan.part_names, plan.name, query, query.candidates
    )
