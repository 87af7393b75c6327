"""What training leaves behind, for a generation to keep."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.learning.factors import Factors
from index.learning.groups import Groups
from index.learning.item_item import Method, Neighbours
from index.learning.weights import UNTRAINED, HybridWeights


@dataclass(frozen=True, slots=True, eq=False)
class ListenerCounts:
    """How many like each track and its artist, (n,) logarithms as shares of the greatest."""

    listeners: NDArray[np.float64]
    audience: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What the lists of a catalogue's listeners teach."""

    near: Neighbours
    related: Neighbours
    factors: Factors
    fame: ListenerCounts
    weights: HybridWeights
    method: Method

    def prior(self, popularity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what speaks for each track whoever listens, (n,)."""
        weights, fame = self.weights, self.fame
        return np.asarray(
            weights.popularity * popularity
            + weights.listeners * fame.listeners
            + weights.audience * fame.audience
        )


def untrained_model(songs: Groups, artists: Groups) -> Trained:
    """Return what is known where too few have listened to enough."""
    zeros = np.zeros(len(songs.codes))
    near, related = Neighbours.nobody(len(songs.keys)), Neighbours.nobody(len(artists.keys))
    factors = Factors.none(len(songs.keys))
    return Trained(near, related, factors, ListenerCounts(zeros, zeros), UNTRAINED, "none")
