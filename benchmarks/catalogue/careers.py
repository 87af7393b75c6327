"""Which artist and album each track belongs to, and how well known and how old it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

MEAN_CAREER, CAREER_SHAPE, LONGEST_CAREER = 9.0, 1.6, 600
"""Tracks of an artist follow a Lomax distribution: most have a handful, a few have hundreds."""
SINGLES_SHARE, SMALLEST_ALBUM, LARGEST_ALBUM = 0.35, 4, 15
REISSUE_SHARE = 0.04
"""Tracks that stand twice, with the same sound and title."""
GUEST_SHARE = 0.06
POPULARITY_TAIL = 3.2
"""Popularity is 100 u^tail for a uniform u: few are known to all, half is below 11."""


@dataclass(frozen=True, slots=True)
class Careers:
    """One position per track; tracks of a genre, of an artist and of an album are neighbours."""

    artists: Codes
    guests: Codes
    """A second artist, -1 for most."""
    albums: Codes
    originals: Ints
    """The position whose sound and title a track has: its own, or its neighbour's."""
    popularity: NDArray[np.float64]
    days: Codes
    """Release day, counted from 1970."""


def draw_careers(rng: np.random.Generator, sizes: Ints, last_day: int) -> Careers:
    """Draw the careers of ``sizes`` tracks by genre, with nothing released after ``last_day``."""
    n = int(sizes.sum())
    artists = _runs(_career_lengths(rng, n), np.cumsum(sizes), n)
    singles = rng.random(n) < SINGLES_SHARE
    lengths = np.where(singles, 1, rng.integers(SMALLEST_ALBUM, LARGEST_ALBUM, n))
    albums = _runs(lengths, np.flatnonzero(np.diff(artists)) + 1, n)

    originals = np.arange(n)
    again = rng.random(n) < REISSUE_SHARE
    again[:1] = False
    again[1:] &= artists[1:] == artists[:-1]
    originals[again] -= 1

    guests = np.where(rng.random(n) < GUEST_SHARE, rng.permutation(artists), -1).astype(np.int32)
    guests[guests == artists] = -1
    return Careers(
        artists, guests, albums, originals, _popularity(rng, artists), _days(rng, albums, last_day)
    )


def _career_lengths(rng: np.random.Generator, n: int) -> Ints:
    drawn = rng.pareto(CAREER_SHAPE, n) * (MEAN_CAREER - 1) * (CAREER_SHAPE - 1)
    return 1 + np.minimum(drawn, LONGEST_CAREER - 1).astype(np.int64)


def _runs(lengths: Ints, cuts: Ints, n: int) -> Codes:
    """Number runs of the given lengths over ``n`` positions; a run ends at each cut, too."""
    starts = np.zeros(n, dtype=np.bool_)
    ends = np.cumsum(lengths)
    starts[ends[ends < n]] = True
    starts[cuts[cuts < n]] = True
    starts[:1] = False
    return np.cumsum(starts, dtype=np.int32)


def _popularity(rng: np.random.Generator, artists: Codes) -> NDArray[np.float64]:
    n = len(artists)
    fame = rng.standard_normal(int(artists.max(initial=-1)) + 1)
    score = fame[artists] + 0.7 * rng.standard_normal(n)
    places = np.empty(n)
    places[np.argsort(score)] = (np.arange(n) + 0.5) / max(n, 1)
    popularity = np.round(100 * places**POPULARITY_TAIL)
    popularity[rng.random(n) < 0.02] = np.nan
    return popularity


def _days(rng: np.random.Generator, albums: Codes, last_day: int) -> Codes:
    years = rng.exponential(9.0, int(albums.max(initial=-1)) + 1)
    return (last_day - np.minimum(years, 60) * 365.25).astype(np.int32)[albums]
