"""How much an interaction says about a taste, and which genres a taste favours."""

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTION_CODES, ACTIONS

NEUTRAL_RATING = 3


RATING_STEP = 1.5
"""Five stars add as much as a like (+3), one star takes as much away."""


PLAY_FLOOR = 0.2
"""A play broken off at once counts this much of a full one; in between, in proportion."""


SKIP_FLOOR = 0.2
"""A skip at the very end counts this much of one at the start; in between, in proportion."""


NEGATIVE_PULL = 0.25
"""How far the mean of the pushing events moves the vector, against 1 for the pulling ones."""


FAVOURITE_SHARE = 0.15
"""A favourite genre has at least this share of a listener's positive weight."""


MAX_FAVOURITES = 3


_TASTES = np.array([action.taste for action in ACTIONS])


_PLAY, _SKIP, DISLIKE = (ACTION_CODES[name] for name in ("play", "skip", "dislike"))


def evidence_of(
    actions: NDArray[np.uint8], ratings: NDArray[np.uint8], listened: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return what each event weighs, whenever it happened."""
    shares = listened.astype(np.float64)
    known = ~np.isnan(shares)
    attention = np.ones(len(shares))
    played, skipped = known & (actions == _PLAY), known & (actions == _SKIP)
    attention[played] = PLAY_FLOOR + (1 - PLAY_FLOOR) * shares[played]
    attention[skipped] = 1 - (1 - SKIP_FLOOR) * shares[skipped]

    stars = ratings.astype(np.float64)
    rating = np.where(stars > 0, RATING_STEP * (stars - NEUTRAL_RATING), 0.0)
    return np.asarray(_TASTES[actions] * attention + rating)


def favourites(weights: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the codes with a large enough share; tracks without a genre count in the whole."""
    total = weights.sum()
    order = np.argsort(-weights[1:], kind="stable")[:MAX_FAVOURITES] + 1

    return tuple(
        int(code) for code in order if total > 0 and weights[code] >= FAVOURITE_SHARE * total
    )
