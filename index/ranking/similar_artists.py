"""Artists who sound like one, and whose genres are alike.

    score = SOUND * (1 + cos) / 2  +  GENRES * likeness  +  COMPANY * sqrt(together)

*cos* compares the directions of the artists' mean vectors, *likeness* is the sum over genres of
the smaller of both artists' shares of tracks: 1 for equal mixtures, 0 without a genre in common.
*together* in [0, 1] tells how much both have the same listeners, where that was learned (see
`index.learning`). Higher is better, equal scores by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.catalogue import NO_ARTIST
from index.features import DIMENSIONS, FEATURE_NAMES
from index.learning import NO_GROUP
from index.live import LiveIndex, rows_of_artist_key
from index.storage import artist_of

SOUND, GENRES, COMPANY = 0.7, 0.3, 0.5
AKIN_PARTS = ("base", *FEATURE_NAMES, "genre")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Artists:
    """All artists of a live index, one position per artist."""

    keys: Ints
    """(a,) ascending."""
    counts: Ints
    """(a,) tracks."""
    directions: Floats
    """(a, 8) of their mean vectors: unit length, or zero."""
    genre_codes: NDArray[np.int32]
    """Genre by genre, ascending: one position per artist and genre."""
    of_artist: NDArray[np.int32]
    """Whose the position is."""
    shares: Floats
    """Share of that artist's tracks that are of that genre."""

    def place_of(self, key: int) -> int | None:
        """Return the position of an artist; None for an unknown one."""
        at = int(np.searchsorted(self.keys, key))
        return at if at < len(self.keys) and self.keys[at] == key else None

    def likeness(self, position: int) -> Floats:
        """Return how alike the genres of each artist are to those of one, (a,)."""
        mine = np.flatnonzero(self.of_artist == position)
        found = np.zeros(len(self.keys))
        for at in mine.tolist():
            code, share = self.genre_codes[at], self.shares[at]
            start, stop = np.searchsorted(self.genre_codes, (code, code + 1))
            common = np.minimum(self.shares[start:stop], share)
            found[self.of_artist[start:stop]] += common  # each artist once in a genre
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A further part of the score of every artist."""

    name: str
    values: Floats
    """(a,) by position in `Artists`."""


@dataclass(frozen=True, slots=True)
class Akin:
    """One artist of a list."""

    name: str
    key: int
    score: float
    parts: dict[str, float]
    """They sum to the score."""
    tracks: int
    genres: tuple[str, ...]
    """Of most of the tracks first."""
    best_known: Ints
    """Rows of the best known tracks."""


class ArtistTables:
    """The artists of the index that was asked for last; any thread may ask."""

    def __init__(self) -> None:
        self._kept: tuple[LiveIndex, Artists] | None = None

    def of(self, live: LiveIndex) -> Artists:
        """Return the artists of ``live``, worked out where its tracks are others than before."""
        if self._kept is not None and _same_tracks(self._kept[0], live):
            return self._kept[1]
        found = artists_of(live)
        self._kept = live, found
        return found


def _same_tracks(one: LiveIndex, other: LiveIndex) -> bool:
    """Tell whether nothing but interactions and users has changed in between."""
    names = ("tracks", "alive", "removed")
    return one.snapshot is other.snapshot and all(
        getattr(one.delta, name) is getattr(other.delta, name) for name in names
    )


def artists_of(live: LiveIndex) -> Artists:
    """Return the artists of a live index."""
    snapshot, table = live.snapshot, live.snapshot.artists
    late = np.flatnonzero(~live.added_hidden)
    gone = np.empty(0, dtype=np.int64) if live.removed is None else np.flatnonzero(live.removed)
    keys = np.union1d(table.keys, live.added.artist_keys[late])
    keys = keys[keys != NO_ARTIST]
    sums, counts = np.zeros((len(keys), DIMENSIONS)), np.zeros(len(keys), dtype=np.int64)
    at = np.searchsorted(keys, table.keys)
    sums[at], counts[at] = table.sums(snapshot.vectors), table.counts()

    gone = gone[snapshot.artist_keys[gone] != NO_ARTIST]
    late = late[live.added.artist_keys[late] != NO_ARTIST]
    _add(keys, sums, counts, snapshot.artist_keys[gone], snapshot.vectors[gone], -1)
    _add(keys, sums, counts, live.added.artist_keys[late], live.added.vectors[late], 1)
    codes, owners, shares = _mixtures(live, keys, counts, late)
    return Artists(keys, counts, _directions(sums, counts), codes, owners, shares)


def rank_similar_artists(
    live: LiveIndex,
    artists: Artists,
    key: int,
    *,
    k: int,
    tracks: int,
    further: Sequence[Part] = (),
) -> list[Akin]:
    """Return the ``k`` artists most like the one with this hash, without itself.

    Parameters
    ----------
    tracks
        How many of the best known tracks of each come along.
    further
        Parts beside sound and genres.

    """
    position = artists.place_of(key)
    if position is None:
        return []
    likeness = GENRES * artists.likeness(position)
    scores = SOUND / 2 * (1 + artists.directions @ artists.directions[position]) + likeness
    for part in further:
        scores = scores + part.values
    scores[position] = -np.inf
    scores[artists.counts == 0] = -np.inf
    best = np.argpartition(-scores, min(k, len(scores) - 1))[: k + 1]
    floor = np.sort(scores[best])[::-1][:k][-1]
    ties = np.flatnonzero((scores >= floor) & (scores > -np.inf))

    named = [(-scores[at], _name(live, int(artists.keys[at])), at) for at in ties.tolist()]
    found = []
    for _, name, at in sorted(named)[:k]:
        features = SOUND / 2 * artists.directions[at] * artists.directions[position]
        parts = dict(zip(FEATURE_NAMES, features.tolist(), strict=True))
        parts = {"base": SOUND / 2, **parts, "genre": float(likeness[at])}
        parts |= {part.name: float(part.values[at]) for part in further}
        found.append(_described(live, artists, at, name, parts, tracks))
    return found


def co_listening_part(live: LiveIndex, artists: Artists, key: int) -> list[Part]:
    """Return what having the same listeners as one artist is worth; nothing where it is unknown."""
    hybrid = live.snapshot.hybrid
    groups, related = hybrid.tables.artists, hybrid.tables.related
    code = int(groups.codes_of(np.array([key], dtype=np.int64))[0])
    if not hybrid.is_trained or code == NO_GROUP or not len(artists.keys):
        return []
    span = slice(int(related.offsets[code]), int(related.offsets[code + 1]))
    keys = groups.keys[related.items[span]]
    positions = np.minimum(np.searchsorted(artists.keys, keys), len(artists.keys) - 1)
    there = artists.keys[positions] == keys
    together = np.clip(related.weights[span][there].astype(np.float64), 0.0, 1.0)
    values = np.zeros(len(artists.keys))
    values[positions[there]] = COMPANY * np.sqrt(together)
    return [Part("co-listening", values)]


def _described(
    live: LiveIndex,
    artists: Artists,
    position: int,
    name: str,
    parts: dict[str, float],
    tracks: int,
) -> Akin:
    key = int(artists.keys[position])
    rows = rows_of_artist_key(live, key)
    table = live.take(rows)
    order = np.lexsort((table.track_ids, -table.freshness, -table.popularity))[:tracks]
    codes, counts = np.unique(table.genre_codes, return_counts=True)
    names = (*live.snapshot.genres.names, *live.delta.new_genres)
    return Akin(
        name=name,
        key=key,
        score=sum(parts.values()),
        parts=parts,
        tracks=len(rows),
        genres=tuple(names[codes[at]] for at in np.argsort(-counts, kind="stable") if codes[at]),
        best_known=rows[order],
    )


def _name(live: LiveIndex, key: int) -> str:
    return artist_of(live.card(int(rows_of_artist_key(live, key)[0])))


def _add(keys: Ints, sums: Floats, counts: Ints, whose: Ints, vectors: Floats, sign: int) -> None:
    positions = np.searchsorted(keys, whose)
    np.add.at(sums, positions, sign * vectors)
    np.add.at(counts, positions, sign)


def _directions(sums: Floats, counts: Ints) -> Floats:
    norms = np.linalg.norm(sums, axis=1)
    # What is left of sums that were taken away again is no direction.
    real = (norms > 1e-9) & (counts > 0)
    return np.asarray(np.where(real[:, None], sums, 0.0) / np.where(real, norms, 1.0)[:, None])


def _mixtures(
    live: LiveIndex, keys: Ints, counts: Ints, late: Ints
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Return genre codes, artists and shares, genre by genre; late are slots of the delta."""
    snapshot = live.snapshot
    alive = snapshot.artist_keys != NO_ARTIST
    if live.removed is not None:
        alive &= ~live.removed
    whose = np.concatenate((snapshot.artist_keys[alive], live.added.artist_keys[late]))
    codes = np.concatenate((snapshot.genre_codes[alive], live.added.genre_codes[late]))
    owners = np.searchsorted(keys, whose)[codes > 0]
    pairs = codes[codes > 0].astype(np.int64) * max(len(keys), 1) + owners
    pairs, tracks = np.unique(pairs, return_counts=True)
    genre_codes, of_artist = np.divmod(pairs, max(len(keys), 1))
    shares = tracks / counts[of_artist]
    return genre_codes.astype(np.int32), of_artist.astype(np.int32), shares
