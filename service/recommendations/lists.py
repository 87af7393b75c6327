"""The three lists, each a pure function of one live index and its parameters."""

from dataclasses import dataclass

import numpy as np

from index import ranking
from index.diversity import ListPolicy
from index.drafting import Caps, drafted
from index.filters import Limits
from index.live import LiveIndex
from index.profiles import Profiles
from index.ranking import Ranked
from index.taste import TasteProfile
from service.errors import NotFound
from service.recommendations.parameters import (
    PersonalizedParameters,
    SimilarOptions,
    TrendingParameters,
)
from service.recommendations.rankers import RANKERS, Pair, coins
from service.recommendations.selection import weights_of


@dataclass(frozen=True, slots=True)
class Personal:
    """A listener's list, and the name of the list that stood in for it, if one did."""

    ranked: Ranked
    fallback: str | None
    teams: str = ""
    """Who placed which track, where two rankers share the list: letters and a code."""


@dataclass(frozen=True, slots=True)
class Trending:
    """A trending list, the window it was counted in, and what stood in for it, if anything did."""

    ranked: Ranked
    window: str
    fallback: str | None


def similar(
    live: LiveIndex, track_id: int, wanted: SimilarOptions, limits: Limits | None = None
) -> Ranked:
    """Return the tracks most like a seed. Raises NotFound for an unknown one.

    ``limits`` are the filters of ``wanted`` where they have been resolved before.
    """
    row = live.row_of(track_id)
    if row is None:
        raise NotFound("There is no track with this id.", field="query.track_id")
    return ranking.similar_tracks(
        live,
        row,
        k=wanted.limit,
        genre_bonus=wanted.genre_bonus,
        diversity=wanted.diversity,
        max_per_artist=wanted.max_per_artist,
        max_per_album=wanted.max_per_album,
        collapse_versions=wanted.collapse_versions,
        filters=wanted.filters() if limits is None else limits,
        weights=weights_of(wanted.weights),
    )


def personalized(
    live: LiveIndex,
    profiles: Profiles,
    wanted: PersonalizedParameters,
    now: float,
    pair: Pair | None = None,
) -> Personal:
    """Return what the listener would like, or what is trending while nothing is known of them.

    A ``pair`` of rankers share the list, unless one is asked for. Raises NotFound for an unknown
    listener.
    """
    profile = profiles.of(live, wanted.user_id, now)
    if profile is None:
        raise NotFound("There is no user with this id.", field="query.user_id")
    if not profile.has_evidence:
        return _stand_in(live, wanted, profile, now)

    if pair is not None and wanted.ranker is None:
        return _shared(live, profile, wanted, pair)
    return Personal(_ranked(live, profile, wanted, wanted.ranker or "hybrid", wanted.limit), None)


def _shared(
    live: LiveIndex, profile: TasteProfile, wanted: PersonalizedParameters, pair: Pair
) -> Personal:
    # Twice as long: what one places the other passes over, and what the caps refuse waits.
    first, second = (
        _ranked(live, profile, wanted, name, 2 * wanted.limit) for name in (pair.first, pair.second)
    )
    caps = Caps(wanted.max_per_artist, wanted.max_per_album, wanted.collapse_versions)
    shared = drafted(live, first, second, k=wanted.limit, coins=coins(), caps=caps)
    return Personal(shared.ranked, None, pair.letters + shared.code)


def _ranked(
    live: LiveIndex, profile: TasteProfile, wanted: PersonalizedParameters, ranker: str, k: int
) -> Ranked:
    return ranking.personalized(
        live,
        RANKERS[ranker](profile),
        k=k,
        genre_bonus=wanted.genre_bonus,
        exclude_heard=wanted.exclude_heard,
        diversity=wanted.diversity,
        max_per_artist=wanted.max_per_artist,
        max_per_album=wanted.max_per_album,
        collapse_versions=wanted.collapse_versions,
        filters=wanted.filters(),
    )


def trending(live: LiveIndex, wanted: TrendingParameters, now: float) -> Trending:
    """Return what is listened to most, or what is popular in a catalogue without listeners."""
    found = ranking.trending(
        live, k=wanted.limit, window=wanted.window, genre=wanted.genre, now=now
    )
    if len(found.ranked.rows) or wanted.genre:
        return Trending(found.ranked, found.window, None)
    return Trending(ranking.popular(live, k=wanted.limit), found.window, "popular")


def _stand_in(
    live: LiveIndex, wanted: PersonalizedParameters, profile: TasteProfile, now: float
) -> Personal:
    excluded = profile.disliked
    if wanted.exclude_heard:
        excluded = np.union1d(excluded, profile.heard)

    policy = ListPolicy(
        collapse_versions=wanted.collapse_versions, songs_left_out=live.songs_of(excluded)
    )

    filters = wanted.filters()
    if not filters:  # what is trending is counted without conditions
        found = ranking.trending(
            live, k=wanted.limit, now=now, exclude_rows=excluded, policy=policy
        )
        if len(found.ranked.rows):
            return Personal(found.ranked, "trending")

    popular = ranking.popular(
        live, k=wanted.limit, exclude_rows=excluded, filters=filters, policy=policy
    )
    return Personal(popular, "popular")
