"""The oracle: similar tracks by brute force and list policies by their definitions.

It normalises, scores and selects without a line of the engine's code; the weights are typed in
again. Two independent implementations that agree are hardly wrong in the same way.
"""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

WEIGHTS = {
    "energy": 0.23,
    "instrumentalness": 0.15,
    "tempo": 0.14,
    "danceability": 0.12,
    "loudness": 0.11,
    "valence": 0.09,
    "acousticness": 0.09,
    "speechiness": 0.07,
}
BY_VALUE = {
    "tempo": 1.0,
    "energy": 0.5,
    "instrumentalness": 0.5,
    "loudness": 0.5,
    "speechiness": 0.5,
}
"""Share of the spread by value; the rest is spread by rank."""
WINDOW, LOOKAHEAD, SPACING = 10, 50, 2


@dataclass(frozen=True, slots=True)
class RawTracks:
    """Distinct tracks in the order of their first rows; track i has id ``i + 1``."""

    rows: list[dict[str, str]]
    features: dict[str, NDArray[np.float64]]
    """Raw features by name, NaN where unknown."""
    genres: NDArray[np.str_]


def read_tracks(path: Path) -> RawTracks:
    """Read a CSV.gz of tracks. The first row of each id counts; tempo 0 means unknown."""
    rows: dict[str, dict[str, str]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["track_id"], row)

    first_rows = list(rows.values())
    features = {name: np.array([float(row[name]) for row in first_rows]) for name in WEIGHTS}
    features["tempo"][features["tempo"] == 0] = np.nan
    return RawTracks(
        first_rows, features, np.array([row["track_genre"].strip().lower() for row in first_rows])
    )


class BruteForce:
    """Weighted cosines of every track with every track."""

    def __init__(self, tracks: RawTracks) -> None:
        self.genres = tracks.genres
        normal = {
            name: _scores(column, _filled(column, tracks.genres), BY_VALUE.get(name, 0.0))
            for name, column in tracks.features.items()
        }
        self._columns = [normal[name] for name in WEIGHTS]
        self._norms = np.sqrt(
            sum(w * z * z for w, z in zip(WEIGHTS.values(), self._columns, strict=True))
        )

    def similar(
        self, seed: int, *, genre_bonus: float, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Return the positions of the ``k`` best tracks for the one at position ``seed``.

        Equal scores by ascending position. Of ``allowed`` (n,) tracks only, fewer if there are no
        more.
        """
        scores = self.scores(seed, genre_bonus)
        if allowed is not None:
            scores[~allowed] = -np.inf
        best = np.flatnonzero((scores >= np.partition(scores, -k)[-k]) & (scores > -np.inf))
        return best[np.lexsort((best, -scores[best]))][:k]

    def scores(self, seed: int, genre_bonus: float) -> NDArray[np.float64]:
        """Return the score of every track for the one at position ``seed``, -inf for itself.

        ``score = boost * (1 + cos) / 2``, boost = ``genre_bonus`` in the seed's genre, else 1.
        """
        # Sums by column keep the scores of identical tracks identical; a matrix product may not.
        dots = np.zeros(len(self.genres))
        for weight, z in zip(WEIGHTS.values(), self._columns, strict=True):
            dots += weight * z * z[seed]
        norms = self._norms * self._norms[seed]
        cosines = np.divide(dots, norms, out=np.zeros_like(dots), where=norms > 0)

        same = (self.genres == self.genres[seed]) & (self.genres != "")
        scores = np.where(same, genre_bonus, 1.0) * (1 + cosines) / 2
        scores[seed] = -np.inf
        return np.asarray(scores)

    def unit_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weighted features of some tracks, (k, 8), each of length 1 or 0."""
        columns = [
            np.sqrt(weight) * z[positions]
            for weight, z in zip(WEIGHTS.values(), self._columns, strict=True)
        ]
        norms = np.where(self._norms > 0, self._norms, 1.0)[positions]
        return np.stack(columns, axis=1) / norms[:, np.newaxis]


def _filled(column: NDArray[np.float64], genres: NDArray[np.str_]) -> NDArray[np.float64]:
    filled = column.copy()
    for genre in np.unique(genres[np.isnan(column)]):
        own = genres == genre
        known = column[own & ~np.isnan(column)] if genre else column[:0]
        everywhere = column[~np.isnan(column)]
        filled[own & np.isnan(column)] = np.median(known if len(known) else everywhere)
    return filled


def _scores(
    column: NDArray[np.float64], filled: NDArray[np.float64], by_value: float
) -> NDArray[np.float64]:
    """Return normal scores of mid-ranks and standard scores of values, mixed.

    Mid-ranks are among the known values, clipped at .001 and .999; values are clipped there, too.
    """
    known = np.sort(column[~np.isnan(column)])
    values = np.unique(known)
    less = np.searchsorted(known, values, side="left")
    less_or_equal = np.searchsorted(known, values, side="right")
    shares = (less + less_or_equal) / 2 / len(known)
    within = values[(shares >= 0.001) & (shares <= 0.999)]
    each = np.clip(known, within[0], within[-1])
    standard = (np.clip(values, within[0], within[-1]) - each.mean()) / each.std()
    scores = (1 - by_value) * norm.ppf(np.clip(shares, 0.001, 0.999)) + by_value * standard

    # A median of two middle values may lie between known ones: then between their scores.
    return np.asarray(np.interp(filled, values, scores), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ExactOrder:
    """The best tracks in exact order, as many as the policies may need."""

    scores: NDArray[np.float64]
    """(n,)"""
    vectors: NDArray[np.float64]
    """(n, 8) of length 1 or 0."""
    artists: Sequence[str]
    """The first artist of each, in lower case."""
    albums: Sequence[str]
    """In lower case, empty where unknown."""


def select_by_policy(
    order: ExactOrder, k: int, *, diversity: float, max_per_artist: int, max_per_album: int
) -> list[int]:
    """Return the positions in the order that make up a list of ``k``, selected greedily."""
    placed: list[int] = []
    near = (1 + order.vectors @ order.vectors.T) / 2
    while len(placed) < k:
        before = placed[1 - WINDOW :]
        candidates: list[int] = []
        for place in range(len(order.scores)):
            by_artist = [order.artists[each] for each in before].count(order.artists[place])
            album = order.albums[place]
            by_album = [order.albums[each] for each in before].count(album) if album else 0
            if place not in placed and by_artist < max_per_artist and by_album < max_per_album:
                candidates.append(place)
            if len(candidates) == LOOKAHEAD:
                break
        recent = {order.artists[each] for each in placed[-SPACING:]}
        apart = [each for each in candidates if order.artists[each] not in recent]
        values = [
            (1 - diversity) * order.scores[each]
            - diversity * (near[each, placed].max() if placed else 0.0)
            for each in apart or candidates
        ]
        if not values:
            break
        placed.append((apart or candidates)[int(np.argmax(values))])
    return placed
