"""A listener's history -> the tracks that it reaches by songs and by artists, and how far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.kernels.candidates import CodeValues, GroupedRows, TasteFactors
from index.learning.factors import Factors
from index.learning.groups import Groups
from index.learning.item_item import Neighbours
from index.learning.preferences import recents_of

SIGNALS = (
    "co_listening",
    "co_listening_lately",
    "factors",
    "factors_lately",
    "artist",
    "artist_lately",
    "related",
)
REACH_PARTS = ("co-listening", "artist", "related artists")
LATEST_SONGS = 100
"""So many of a listener's songs lead anywhere, the latest."""
VERSIONS = 3
"""A song reaches a list by so many of its versions, the best known ones."""
REACHED_SONGS = 400
"""A history leads to so many songs, those to which it leads most clearly."""
TRACKS_OF_ARTIST = 150
"""Of an artist who is the whole taste so many tracks are reached, of others as their share."""
TRACKS_OF_ARTISTS = 800
"""So many tracks are reached of all the artists of a history together, give or take one of each."""
RELATED_ARTISTS, TRACKS_OF_RELATED = 60, 6
SMOOTHING = 2.0
"""Added to the strength of a history: one song alone does not make its artist the whole taste."""
_FULL = np.log(6.0)
_FACTORS = slice(2, 4)
_EVERY_ONE = np.ones(len(SIGNALS))
_PART_OF_SIGNAL = np.repeat(np.eye(len(REACH_PARTS)), (4, 2, 1), axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What training and grouping have made of a catalogue."""

    songs: Groups
    artists: Groups
    near: Neighbours
    """Songs by songs."""
    related: Neighbours
    """Artists by artists."""
    factors: Factors


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A listener's songs, oldest first, each once."""

    songs: NDArray[np.int32]
    """(h,) codes, -1 for songs that are new since training."""
    artists: NDArray[np.int32]
    """(h,) codes, -1 for none."""
    strengths: NDArray[np.float64]
    """(h,) in (-1, 1); see `index.learning.preferences`."""


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """How a past bears on songs and artists, before any track is looked at."""

    songs: CodeValues
    artists: CodeValues
    related: CodeValues
    factors: Factors
    listeners: NDArray[np.float32]
    """(2, factors) of the whole past, and of what came last."""

    @classmethod
    def of(
        cls, tables: Tables, past: Past, weights: NDArray[np.float64] = _EVERY_ONE
    ) -> "Expansion":
        """Work out what a past leads to; signals whose weight (7,) is 0 may be left at 0."""
        recents = recents_of(past.strengths)
        near, related = tables.near, tables.related
        songs, reached = kernels.spread(
            past.songs,
            past.strengths,
            recents,
            near.offsets,
            near.items,
            near.weights,
            REACHED_SONGS,
        )
        codes, own = kernels.sums_of(past.artists, past.strengths, recents)
        loves = np.log1p(np.maximum(own[:, 0], 0))
        others, loved = kernels.spread(
            codes, loves, loves, related.offsets, related.items, related.weights, RELATED_ARTISTS
        )
        whole = np.maximum(past.strengths, 0).sum() + SMOOTHING
        lately = np.maximum(recents, 0).sum() + SMOOTHING
        counted = weights[_FACTORS] != 0
        return cls(
            songs=CodeValues(songs, _root(reached)),
            artists=CodeValues(codes, _root(own / np.array([whole, lately]))),
            related=CodeValues(others, np.log1p(5 * loved[:, :1]) / _FULL),
            factors=tables.factors,
            listeners=tables.factors.listeners(past.songs, (past.strengths, recents), counted),
        )

    def rows(self, tables: Tables) -> NDArray[np.int64]:
        """Return the rows that are reached, ascending."""
        songs, artists = tables.songs, tables.artists
        own = TRACKS_OF_ARTIST * np.abs(self.artists.values).max(axis=1, initial=0)
        own *= TRACKS_OF_ARTISTS / max(own.sum(), TRACKS_OF_ARTISTS)
        rows = kernels.rows_of_groups(
            self.songs.codes,
            GroupedRows(songs.offsets, songs.rows),
            VERSIONS,
            np.concatenate((self.artists.codes, self.related.codes)),
            GroupedRows(artists.offsets, artists.rows),
            np.concatenate(
                (np.ceil(own).astype(np.int64), np.full(len(self.related.codes), TRACKS_OF_RELATED))
            ),
        )
        return np.sort(rows).astype(np.int64)

    def signals(self, songs: NDArray[np.int32], artists: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the `SIGNALS` of tracks with these codes, (m, 7)."""
        return kernels.reach_signals(
            songs,
            artists,
            self.songs,
            self.artists,
            self.related,
            TasteFactors(self.factors.positions, self.factors.items, self.listeners),
        )


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sign(values) * np.sqrt(np.minimum(np.abs(values), 1.0)))


def parts_of_signals(
    signals: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the `REACH_PARTS` (m, 3) of signals (m, 7) under the weights (7,) of `SIGNALS`."""
    return np.asarray(signals @ (_PART_OF_SIGNAL * weights[:, np.newaxis]))
