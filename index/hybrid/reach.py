"""A listener's history -> the tracks that it reaches by songs and by artists, and how far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.hybrid.groups import NO_GROUP, Groups
from index.hybrid.lists import recents_of
from index.hybrid.neighbours import Neighbours

SIGNALS = ("co_listening", "co_listening_lately", "artist", "artist_lately", "related")
REACH_PARTS = ("co-listening", "artist", "related artists")
VERSIONS = 5
"""A song reaches a list by so many of its versions, the best known ones."""
TRACKS_OF_ARTIST = 200
RELATED_ARTISTS, TRACKS_OF_RELATED = 100, 30
SMOOTHING = 2.0
"""Added to the strength of a history: one song alone does not make its artist the whole taste."""
_FULL = np.log(6.0)


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What training and grouping have made of a catalogue."""

    songs: Groups
    artists: Groups
    near: Neighbours
    """Songs by songs."""
    related: Neighbours
    """Artists by artists."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A listener's songs, oldest first, each once."""

    songs: NDArray[np.int32]
    """(h,) codes, -1 for songs that are new since training."""
    artists: NDArray[np.int32]
    """(h,) codes, -1 for none."""
    strengths: NDArray[np.float64]
    """(h,) in (-1, 1); see `index.hybrid.lists`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Values by code, ascending."""

    codes: NDArray[np.int32]
    values: NDArray[np.float64]
    """(codes, columns)"""

    @classmethod
    def of(cls, codes: NDArray[np.int32], values: NDArray[np.float64]) -> "_Sums":
        order = np.argsort(codes)
        return cls(codes[order], values[order])

    def at(self, wanted: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the values of each wanted code, 0 where there are none."""
        if not len(self.codes):
            return np.zeros((len(wanted), self.values.shape[1]))
        places = np.minimum(np.searchsorted(self.codes, wanted), len(self.codes) - 1)
        return np.where((self.codes[places] == wanted)[:, None], self.values[places], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """How a past bears on songs and artists, before any track is looked at."""

    songs: _Sums
    artists: _Sums
    related: _Sums

    @classmethod
    def of(cls, tables: Tables, past: Past) -> "Influence":
        """Work out what a past leads to."""
        recents = recents_of(past.strengths)
        near, related = tables.near, tables.related
        songs = kernels.spread(
            past.songs, past.strengths, recents, near.offsets, near.items, near.weights
        )
        whole = np.maximum(past.strengths, 0).sum() + SMOOTHING
        lately = np.maximum(recents, 0).sum() + SMOOTHING
        codes, places = np.unique(past.artists, return_inverse=True)
        own = np.zeros((len(codes), 2))
        np.add.at(own, places, np.stack((past.strengths, recents), axis=1))
        own, codes = own[codes != NO_GROUP], codes[codes != NO_GROUP]

        loves = np.log1p(np.maximum(own[:, 0], 0))
        others, sums = kernels.spread(
            codes, loves, loves, related.offsets, related.items, related.weights
        )
        chosen = np.lexsort((others, -sums[:, 0]))[:RELATED_ARTISTS]
        return cls(
            songs=_Sums.of(songs[0], _root(songs[1])),
            artists=_Sums(codes, _root(own / np.array([whole, lately]))),
            related=_Sums.of(others[chosen], np.log1p(5 * sums[chosen, :1]) / _FULL),
        )

    def rows(self, tables: Tables) -> NDArray[np.int64]:
        """Return the rows that are reached, ascending."""
        return np.unique(
            np.concatenate(
                (
                    tables.songs.first_rows(self.songs.codes, VERSIONS),
                    tables.artists.first_rows(self.artists.codes, TRACKS_OF_ARTIST),
                    tables.artists.first_rows(self.related.codes, TRACKS_OF_RELATED),
                )
            )
        )

    def signals(self, songs: NDArray[np.int32], artists: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the `SIGNALS` of tracks with these codes, (m, 5)."""
        return np.concatenate(
            (self.songs.at(songs), self.artists.at(artists), self.related.at(artists)), axis=1
        )


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sign(values) * np.sqrt(np.minimum(np.abs(values), 1.0)))


def parts_of_signals(
    signals: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the `REACH_PARTS` (m, 3) of signals (m, 5) under the weights (5,) of `SIGNALS`."""
    weighted = signals * weights
    return np.stack(
        (weighted[:, 0] + weighted[:, 1], weighted[:, 2] + weighted[:, 3], weighted[:, 4]), axis=1
    )
