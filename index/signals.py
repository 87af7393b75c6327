"""Per-track signals in [0, 1], and the weights with which they enter a score: one visible table.

    score = audio * boost * (1 + cos) / 2  +  sum over signals of weight * signal

Similar tracks are judged by sound alone. Personal recommendations let what others listen to and
what is new tip the scale between tracks that sound equally right: in a list of near neighbours
``(1 + cos) / 2`` spans a few hundredths, and so does a difference of .3 in popularity.

All but the first term is the *static score* of a track: it is computed once for each kind of list.

A new signal is a function and a row of `SIGNALS` here, and a field of
`index.learning.weights.HybridWeights` to be learned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY = 86_400.0
FRESHNESS_HALF_LIFE_DAYS = 365.0
"""A track released this long ago is half as fresh as one of today."""
SIMILAR_GENRE_BONUS = 1.2
"""On the audio score, in the genre of a seed."""
PERSONAL_GENRE_BONUS = 1.3
"""On the audio score, in a listener's favourite genres."""

Kind = Literal["similar", "personal", "popular"]
"""Of list. A popular one knows neither a seed nor a listener."""
KINDS: tuple[Kind, ...] = ("similar", "personal", "popular")
AUDIO_WEIGHTS: Mapping[Kind, float] = {"similar": 1.0, "personal": 0.8, "popular": 0.0}


class TrackFacts(NamedTuple):
    """What signals are made of, (n,) each by row."""

    popularity: NDArray[np.float64]
    """The catalogue's own figure, 0..100, NaN where unknown."""
    listeners: NDArray[np.int64]
    """Distinct listeners who played, liked or collected the track."""
    released: NDArray[np.float64]
    """Seconds since 1970, NaN where unknown."""
    now: float
    """Seconds since 1970."""


def popularity_signal(facts: TrackFacts) -> NDArray[np.float64]:
    """Return popularity in [0, 1], (n,): the catalogue's own figure as a share.

    Where it has none, listeners count by ``log(1 + listeners) / log(1 + most listeners)``:
    audiences spread over orders of magnitude, and the log keeps the long tail apart.
    """
    most = int(facts.listeners.max(initial=0))
    heard = np.log1p(facts.listeners) / np.log1p(max(most, 1))

    return np.where(np.isnan(facts.popularity), heard, np.clip(facts.popularity, 0, 100) / 100)


def freshness_signal(facts: TrackFacts) -> NDArray[np.float64]:
    """Return ``2 ** (-age / half-life)``, (n,): 1 for a release of today or later, 0 if unknown."""
    ages = np.maximum(facts.now - facts.released, 0.0)
    fresh = 2.0 ** (-ages / (FRESHNESS_HALF_LIFE_DAYS * DAY))

    return np.where(np.isnan(facts.released), 0.0, fresh)


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal, its default weights by kind of list, and the reason that it stands for.

    ``personal`` is replaced by what is learned from listeners. With the audio weights the weights
    of a kind sum to 1, so that a score without a bonus is at most 1.
    """

    name: str
    function: Callable[[TrackFacts], NDArray[np.float64]]
    similar: float
    personal: float
    popular: float
    label: str
    """In a sentence: "Recommended because it is ..."; see `index.ranking.explanation`."""


SIGNALS: tuple[Signal, ...] = (
    Signal("popularity", popularity_signal, 0.0, 0.15, 0.75, "popular"),
    Signal("freshness", freshness_signal, 0.0, 0.05, 0.25, "new"),
)
SIGNAL_NAMES: tuple[str, ...] = tuple(signal.name for signal in SIGNALS)


def default_weights(kind: Kind) -> dict[str, float]:
    """Return the weight of each signal in a kind of list."""
    return {signal.name: getattr(signal, kind) for signal in SIGNALS}


def static_scores(
    signals: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float]
) -> NDArray[np.float64]:
    """Return the static score (n,) of tracks: the sum of their signals by weight.

    (0,) where no signal has a weight.
    """
    total = np.empty(0, dtype=np.float64)
    for name in SIGNAL_NAMES:
        if weights[name] != 0.0:
            part = weights[name] * signals[name]
            total = total + part if len(total) else part
    return total
