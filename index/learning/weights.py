"""The weights of the parts of a personal score: few, named, learned from listeners."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from index.signals import AUDIO_WEIGHTS, default_weights


@dataclass(frozen=True, slots=True)
class HybridWeights:
    """How much each signal counts. Signals lie in [0, 1], in [-1, 1] if they can show dislike."""

    audio: float
    """(1 + cos) / 2 to the taste vector, times the bonus of a favourite genre."""
    popularity: float
    """The signal of `index.signals`."""
    listeners: float
    """log(1 + listeners who like the track), as a share of the greatest."""
    audience: float
    """The same of its artist. Below 0 it takes back what fame alone explains."""
    freshness: float
    co_listening: float
    """What listeners of the same songs listen to."""
    co_listening_lately: float
    """The same for what came last."""
    factors: float
    """How near a song is in the space of tastes; see `index.learning.factors`."""
    factors_lately: float
    artist: float
    artist_lately: float
    related: float
    """Artists who have the same listeners as the listener's own."""

    def as_array(self) -> NDArray[np.float64]:
        """Return the weights in the order of the fields."""
        return np.array([getattr(self, name) for name in WEIGHT_NAMES])

    @classmethod
    def from_array(cls, array: NDArray[np.float64]) -> "HybridWeights":
        """Return the weights that `as_array` gave."""
        return cls(*array.tolist())


WEIGHT_NAMES = tuple(field.name for field in fields(HybridWeights))
UNTRAINED = HybridWeights(
    **dict.fromkeys(WEIGHT_NAMES, 0.0)
    | {"audio": AUDIO_WEIGHTS["personal"]}
    | default_weights("personal")
)
"""Until enough has been listened to, sound decides, and what is known of every track."""
