"""Interactions: skewed in activity and in what is popular, clustered by taste."""

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTION_CODES
from index.catalogue import InteractionColumns

Ints = NDArray[np.int64]

SECONDS = 400 * 86_400
"""Interactions lie in so many seconds before the moment of the catalogue."""
_ACTIONS = {"play": 0.68, "skip": 0.14, "like": 0.11, "playlist_add": 0.05, "dislike": 0.02}
_FAVOURITES = 3
_FAVOURITE_SHARES = (0.55, 0.25, 0.12)
"""How much of a listener's time the favourite genres take; the rest goes anywhere."""
_HIT_SHARE = 0.4
"""Of a genre's tracks, so much is chosen for its fame, the rest near a listener's own taste."""
_TASTE_SPREAD = 0.03
_RATED_SHARE = 0.08


def draw_interactions(
    rng: np.random.Generator,
    count: int,
    users: int,
    *,
    order: Ints,
    offsets: Ints,
    fame: NDArray[np.float64],
    now: float,
) -> InteractionColumns:
    """Draw interactions of users ``1..users``.

    Parameters
    ----------
    order : (n,) positions of tracks, genre by genre, neighbours in taste next to each other
    offsets : (genres + 1,) where each genre begins in ``order``
    fame : (n,) by position

    Returns
    -------
    Columns whose track ids are positions in the catalogue, counted from 1.

    """
    activity = rng.lognormal(0.0, 1.2, users)
    user = np.sort(rng.choice(users, count, p=activity / activity.sum()))
    place = _places(rng, user, users, offsets)
    genre = np.searchsorted(offsets, place, side="right") - 1
    hits = rng.random(count) < _HIT_SHARE
    ranked = _by_fame(order, offsets, fame)
    sizes = (offsets[genre + 1] - offsets[genre])[hits]
    ranks = (rng.random(len(sizes)) ** 4 * sizes).astype(np.int64)

    tracks = order[place]
    tracks[hits] = ranked[offsets[genre[hits]] + ranks]
    names = list(_ACTIONS)
    codes = np.array([ACTION_CODES[name] for name in names], dtype=np.uint8)
    actions = codes[rng.choice(len(names), count, p=list(_ACTIONS.values()))]
    rated = rng.random(count) < _RATED_SHARE
    listened = rng.beta(2.0, 0.7, count).astype(np.float32)
    listened[(actions != ACTION_CODES["play"]) & (actions != ACTION_CODES["skip"])] = np.nan
    return InteractionColumns(
        user_ids=user + 1,
        track_ids=tracks + 1,
        actions=actions,
        ratings=np.where(rated, rng.integers(1, 6, count), 0).astype(np.uint8),
        listened=listened,
        at=np.floor(now - SECONDS * rng.random(count) ** 2),
    )


def _places(rng: np.random.Generator, user: Ints, users: int, offsets: Ints) -> Ints:
    """Return a place in the order of tastes for each event: near one of its listener's centres."""
    n, count = int(offsets[-1]), len(user)
    centres = rng.integers(0, n, (users, _FAVOURITES))
    which = np.searchsorted(np.cumsum(_FAVOURITE_SHARES), rng.random(count))
    anywhere = which == _FAVOURITES
    centre = centres[user, np.minimum(which, _FAVOURITES - 1)]
    genre = np.searchsorted(offsets, centre, side="right") - 1
    low, high = offsets[genre], offsets[genre + 1]
    near = centre + rng.laplace(0, _TASTE_SPREAD, count) * (high - low)
    near = np.clip(near, low, high - 1).astype(np.int64)
    near[anywhere] = rng.integers(0, n, int(anywhere.sum()))
    return near


def _by_fame(order: Ints, offsets: Ints, fame: NDArray[np.float64]) -> Ints:
    """Return ``order`` with the best known tracks of each genre first."""
    genre = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return order[np.lexsort((-np.nan_to_num(fame[order]), genre))]
