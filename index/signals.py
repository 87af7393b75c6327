"""Per-track signals in [0, 1], and the weights with which they enter a score.

    score = audio * boost * (1 + cos) / 2 + popularity * P + freshness * F

Similar tracks are judged by sound alone. Personal recommendations let what others listen to and
what is new tip the scale between tracks that sound equally right: in a list of near neighbours
``(1 + cos) / 2`` spans a few hundredths, and so does a difference of .3 in popularity.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY = 86_400.0
FRESHNESS_HALF_LIFE_DAYS = 365.0
"""A track released this long ago is half as fresh as one of today."""


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """Weights of the parts of a score; they sum to 1, so that an unboosted score is at most 1."""

    audio: float
    popularity: float
    freshness: float

    def as_array(self) -> NDArray[np.float64]:
        """Return (audio, popularity, freshness), as the kernels take them."""
        return np.array([self.audio, self.popularity, self.freshness], dtype=np.float64)


SIMILAR_WEIGHTS = SignalWeights(audio=1.0, popularity=0.0, freshness=0.0)
PERSONAL_WEIGHTS = SignalWeights(audio=0.80, popularity=0.15, freshness=0.05)
PERSONAL_GENRE_BONUS = 1.3
"""On the audio signal, in a listener's favourite genres."""
POPULAR_WEIGHTS = SignalWeights(audio=0.0, popularity=0.75, freshness=0.25)
"""For a list that knows neither a seed nor a listener: the other two, in the same proportion."""


def popularity_signal(
    popularity: NDArray[np.float64], listeners: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return popularity in [0, 1], (n,).

    Parameters
    ----------
    popularity : (n,) the catalogue's own figure, 0..100, NaN where unknown: taken as a share
    listeners : (n,) distinct listeners who played, liked or collected the track. Where the
        catalogue has no figure they count by ``log(1 + listeners) / log(1 + most listeners)``:
        audiences spread over orders of magnitude, and the log keeps the long tail apart.

    """
    most = int(listeners.max(initial=0))
    heard = np.log1p(listeners) / np.log1p(max(most, 1))

    return np.where(np.isnan(popularity), heard, np.clip(popularity, 0, 100) / 100)


def freshness_signal(released: NDArray[np.float64], now: float) -> NDArray[np.float64]:
    """Return ``2 ** (-age / half-life)``, (n,): 1 for a release of today or later, 0 if unknown.

    ``released`` and ``now`` are in seconds since 1970.
    """
    ages = np.maximum(now - released, 0.0)
    fresh = 2.0 ** (-ages / (FRESHNESS_HALF_LIFE_DAYS * DAY))

    return np.where(np.isnan(released), 0.0, fresh)
