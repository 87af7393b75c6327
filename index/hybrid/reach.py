"""A listener's history -> the tracks that it reaches by songs and by artists, and how far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.hybrid.factors import Factors
from index.hybrid.groups import NO_GROUP, Groups
from index.hybrid.lists import recents_of
from index.hybrid.neighbours import Neighbours

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
VERSIONS = 5
"""A song reaches a list by so many of its versions, the best known ones."""
REACHED_SONGS = 2_000
"""A history leads to so many songs, those to which it leads most clearly."""
TRACKS_OF_ARTIST = 50
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
    factors: Factors


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
    def of(cls, codes: NDArray[np.int32], values: NDArray[np.float64], most: int) -> "_Sums":
        """Keep the ``most`` greatest by size, whichever their sign."""
        if len(codes) > most:
            sizes = np.maximum(np.abs(values[:, 0]), np.abs(values[:, -1]))
            chosen = np.argpartition(-sizes, most)[:most]
            codes, values = codes[chosen], values[chosen]
        order = np.argsort(codes)
        return cls(codes[order], np.ascontiguousarray(values[order]))


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """How a past bears on songs and artists, before any track is looked at."""

    songs: _Sums
    artists: _Sums
    related: _Sums
    factors: Factors
    listener: NDArray[np.float64]
    """(factors,)"""
    lately: NDArray[np.float64]
    """(factors,) of what came last."""

    @classmethod
    def of(cls, tables: Tables, past: Past) -> "Influence":
        """Work out what a past leads to."""
        recents = recents_of(past.strengths)
        near, related = tables.near, tables.related
        songs, reached = kernels.spread(
            past.songs, past.strengths, recents, near.offsets, near.items, near.weights
        )
        codes, own = _by_artist(past, recents)
        loves = np.log1p(np.maximum(own[:, 0], 0))
        others, loved = kernels.spread(
            codes, loves, loves, related.offsets, related.items, related.weights
        )
        whole = np.maximum(past.strengths, 0).sum() + SMOOTHING
        lately = np.maximum(recents, 0).sum() + SMOOTHING
        return cls(
            songs=_Sums.of(songs, _root(reached), REACHED_SONGS),
            artists=_Sums.of(codes, _root(own / np.array([whole, lately])), len(codes)),
            related=_Sums.of(others, np.log1p(5 * loved[:, :1]) / _FULL, RELATED_ARTISTS),
            factors=tables.factors,
            listener=tables.factors.listener(past.songs, past.strengths),
            lately=tables.factors.listener(past.songs, recents),
        )

    def rows(self, tables: Tables) -> NDArray[np.int64]:
        """Return the rows that are reached, ascending."""
        songs, artists = tables.songs, tables.artists
        return np.sort(
            kernels.rows_of_groups(
                self.songs.codes,
                songs.offsets,
                songs.rows,
                VERSIONS,
                self.artists.codes,
                artists.offsets,
                artists.rows,
                TRACKS_OF_ARTIST,
                self.related.codes,
                TRACKS_OF_RELATED,
            )
        )

    def signals(self, songs: NDArray[np.int32], artists: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the `SIGNALS` of tracks with these codes, (m, 7)."""
        found = kernels.reach_signals(
            songs,
            artists,
            self.songs.codes,
            self.songs.values,
            self.artists.codes,
            self.artists.values,
            self.related.codes,
            self.related.values,
        )
        liking = [self.factors.liking(songs, each) for each in (self.listener, self.lately)]
        return np.column_stack((found[:, :2], *liking, found[:, 2:]))


def _by_artist(
    past: Past, recents: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the artists of a past, ascending, and their strengths in all and lately, (a, 2)."""
    known = past.artists != NO_GROUP
    codes, places = np.unique(past.artists[known], return_inverse=True)
    sums = np.zeros((len(codes), 2))
    np.add.at(sums, places, np.stack((past.strengths, recents), axis=1)[known])
    return codes, sums


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sign(values) * np.sqrt(np.minimum(np.abs(values), 1.0)))


def parts_of_signals(
    signals: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the `REACH_PARTS` (m, 3) of signals (m, 7) under the weights (7,) of `SIGNALS`."""
    weighted = signals * weights
    return np.stack(
        (weighted[:, :4].sum(axis=1), weighted[:, 4] + weighted[:, 5], weighted[:, 6]), axis=1
    )
