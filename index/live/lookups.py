"""The live rows of an artist or a genre, and a sample of feature values."""

import numpy as np
from numpy.typing import NDArray

from index.catalogue import key_of_artist
from index.features import FEATURES
from index.live.live_index import LiveIndex

_SAMPLE = 4096


def genre_slice(live: LiveIndex, code: int) -> tuple[int, int]:
    """Return the snapshot rows ``start, stop`` of a genre; none for one that is new since."""
    offsets = live.snapshot.genres.offsets
    if code + 1 >= len(offsets):
        return 0, 0
    return int(offsets[code]), int(offsets[code + 1])


def rows_of_artist(live: LiveIndex, name: str) -> NDArray[np.int64]:
    """Return the live rows of an artist, however the name is written."""
    return rows_of_artist_key(live, key_of_artist(name))


def rows_of_artist_key(live: LiveIndex, key: int) -> NDArray[np.int64]:
    """Return the live rows of the artist with this hash."""
    artists, n = live.snapshot.artists, len(live.snapshot.track_ids)
    position = artists.place_of(key)
    rows = np.empty(0, dtype=np.int64) if position is None else artists.rows_of(position)
    if live.removed is not None:
        rows = rows[~live.removed[rows]]
    late = np.flatnonzero((live.added.artist_keys == key) & ~live.added_hidden) if key else rows[:0]
    return np.concatenate((rows, late + n))


def rows_of_genre(live: LiveIndex, code: int) -> NDArray[np.int64]:
    """Return the live rows of a genre."""
    rows = np.arange(*genre_slice(live, code), dtype=np.int64)
    if live.removed is not None:
        rows = rows[~live.removed[rows]]
    late = np.flatnonzero((live.added.genre_codes == code) & ~live.added_hidden)
    return np.concatenate((rows, late + len(live.snapshot.track_ids)))


def sample_of(live: LiveIndex, feature: int) -> NDArray[np.float64]:
    """Return known values of a feature, ascending: of some thousand tracks all over the catalogue.

    Where nothing is known of it, values spread evenly over where most music lies.
    """
    inside = live.snapshot.features
    step = max(len(inside) // _SAMPLE, 1)
    late = live.delta.tracks["features"][~live.added_hidden, feature]
    values = np.concatenate((inside[::step, feature], late))
    known = values[~np.isnan(values)]
    return np.sort(known) if len(known) else np.linspace(*FEATURES[feature].typical, 101)
