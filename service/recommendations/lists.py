"""The three lists, each a pure function of one live index and its parameters."""

from dataclasses import dataclass

import numpy as np

from index.experiments import Caps, drafted
from index.listener import Profiles, TasteProfile
from index.live import LiveIndex
from index.ranking import ListPolicy, Ranked, recommend
from index.retrieval import Limits
from service.errors import NotFound
from service.recommendations.filter_parameters import weights_of
from service.recommendations.parameters import (
    PersonalizedParameters,
    SimilarOptions,
    TrendingParameters,
)
from service.recommendations.rankers import RANKERS, Pair, coins


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
    live: LiveIndex, track_id: int, params: SimilarOptions, limits: Limits | None = None
) -> Ranked:
    """Return the tracks most like a seed. Raises NotFound for an unknown one.

    ``limits`` are the filters of ``params`` where they have been resolved before.
    """
    row = live.row_of(track_id)
    if row is None:
        raise NotFound("There is no track with this id.", field="query.track_id")
    return recommend.similar_tracks(
        live,
        row,
        k=params.limit,
        genre_bonus=params.genre_bonus,
        diversity=params.diversity,
        max_per_artist=params.max_per_artist,
        max_per_album=params.max_per_album,
        collapse_versions=params.collapse_versions,
        filters=params.filters() if limits is None else limits,
        weights=weights_of(params.weights),
    )


def personalized(
    live: LiveIndex,
    profiles: Profiles,
    params: PersonalizedParameters,
    now: float,
    pair: Pair | None = None,
) -> Personal:
    """Return what the listener would like, or what is trending while nothing is known of them.

    A ``pair`` of rankers share the list, unless one is asked for. Raises NotFound for an unknown
    listener.
    """
    profile = profiles.of(live, params.user_id)
    if profile is None:
        raise NotFound("There is no user with this id.", field="query.user_id")
    if not profile.has_evidence:
        return _stand_in(live, params, profile, now)

    if pair is not None and params.ranker is None:
        return _shared(live, profile, params, pair)
    return Personal(_ranked(live, profile, params, params.ranker or "hybrid", params.limit), None)


def _shared(
    live: LiveIndex, profile: TasteProfile, params: PersonalizedParameters, pair: Pair
) -> Personal:
    # Twice as long: what one places the other passes over, and what the caps refuse waits.
    first, second = (
        _ranked(live, profile, params, name, 2 * params.limit) for name in (pair.first, pair.second)
    )
    caps = Caps(params.max_per_artist, params.max_per_album, params.collapse_versions)
    shared = drafted(live, first, second, k=params.limit, coins=coins(), caps=caps)
    return Personal(shared.ranked, None, pair.letters + shared.code)


def _ranked(
    live: LiveIndex, profile: TasteProfile, params: PersonalizedParameters, ranker: str, k: int
) -> Ranked:
    return recommend.personalized(
        live,
        RANKERS[ranker](profile),
        k=k,
        genre_bonus=params.genre_bonus,
        exclude_heard=params.exclude_heard,
        diversity=params.diversity,
        max_per_artist=params.max_per_artist,
        max_per_album=params.max_per_album,
        collapse_versions=params.collapse_versions,
        filters=params.filters(),
    )


def trending(live: LiveIndex, params: TrendingParameters, now: float) -> Trending:
    """Return what is listened to most, or what is popular in a catalogue without listeners."""
    found = recommend.trending(
        live, k=params.limit, window=params.window, genre=params.genre, now=now
    )
    if len(found.ranked.rows) or params.genre:
        return Trending(found.ranked, found.window, None)
    return Trending(recommend.popular(live, k=params.limit), found.window, "popular")


def _stand_in(
    live: LiveIndex, params: PersonalizedParameters, profile: TasteProfile, now: float
) -> Personal:
    excluded = profile.disliked
    if params.exclude_heard:
        excluded = np.union1d(excluded, profile.heard)

    policy = ListPolicy(
        collapse_versions=params.collapse_versions, songs_left_out=live.songs_of(excluded)
    )

    filters = params.filters()
    if not filters:  # what is trending is counted without conditions
        found = recommend.trending(
            live, k=params.limit, now=now, exclude_rows=excluded, policy=policy
        )
        if len(found.ranked.rows):
            return Personal(found.ranked, "trending")

    popular = recommend.popular(
        live, k=params.limit, exclude_rows=excluded, filters=filters, policy=policy
    )
    return Personal(popular, "popular")
