"""What the scores of a list are made of: named parts, each row of which sums to its score."""

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.features import FEATURE_NAMES
from index.kernels import Prepared, Search, Tracks
from index.live import LiveIndex
from index.signals import AUDIO_WEIGHTS, SIGNAL_NAMES, Kind, default_weights
from index.snapshot import reweighted

SOUND_PARTS = ("base", *FEATURE_NAMES, "genre")


def _signal_names(kind: Kind) -> tuple[str, ...]:
    weights = default_weights(kind)
    return tuple(name for name in SIGNAL_NAMES if weights[name] != 0.0)


PART_NAMES = {
    kind: (*(SOUND_PARTS if weight else ()), *_signal_names(kind))
    for kind, weight in AUDIO_WEIGHTS.items()
}
"""The parts of a score by kind of list."""


def sound_parts(
    live: LiveIndex,
    search: Search,
    rows: NDArray[np.int64],
    ratios: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return `SOUND_PARTS` (k, parts) of each row; see `kernels.sound_parts`."""
    added = live.added_for("similar").prepared
    if ratios is None:
        return kernels.sound_parts(live.snapshot.scorings["similar"].prepared, added, search, rows)
    return kernels.sound_parts(_reweighted(live, rows, ratios), added, search, np.arange(len(rows)))


def _reweighted(live: LiveIndex, rows: NDArray[np.int64], ratios: NDArray[np.float64]) -> Prepared:
    """Return some tracks as they sound under weights of the user's own."""
    tracks, features = live.take(rows), live.features_of(rows)
    vectors = reweighted(tracks.vectors, ratios)
    columns = Tracks(vectors, tracks.track_ids, tracks.genre_codes, np.empty(0), features)
    return kernels.prepare(columns, kernels.no_trees())


def signal_parts(live: LiveIndex, kind: Kind, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weighted signals (k, signals) of each row."""
    weights = default_weights(kind)
    columns = []
    for name in _signal_names(kind):
        if kind == "personal" and name == "popularity":
            columns.append(live.signal("prior", rows))
        elif kind == "personal":
            weight = getattr(live.snapshot.hybrid.weights, name)
            columns.append(weight * live.signal(name, rows))
        else:
            columns.append(weights[name] * live.signal(name, rows))
    return np.column_stack(columns) if columns else np.empty((len(rows), 0))


def parts_of(
    live: LiveIndex,
    kind: Kind,
    search: Search,
    rows: NDArray[np.int64],
    ratios: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the parts `PART_NAMES` of each row."""
    blocks = []
    if AUDIO_WEIGHTS[kind]:
        blocks.append(sound_parts(live, search, rows, ratios))
    if _signal_names(kind):
        blocks.append(signal_parts(live, kind, rows))
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
