"""What tracks of a snapshot, or of a delta, score in one kind of list."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.kernels import Prepared, Tracks, Trees, no_trees, prepare


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """The columns and trees that a kind of list is searched in, as kernels take them."""

    audio_weight: float
    tracks: Tracks
    """With the static scores of that kind."""
    prepared: Prepared
    """The same with the trees."""
    has_trees: bool
    """Whether that kind is searched by trees."""

    @classmethod
    def of(cls, audio_weight: float, tracks: Tracks, trees: Trees | None) -> "Scoring":
        """Prepare columns and trees; a kind without trees is only scanned."""
        prepared = prepare(tracks, no_trees() if trees is None else trees)
        return cls(audio_weight, tracks, prepared, trees is not None)


def static_array(kind: str) -> str:
    """Return the name of the array of static scores of a kind of list."""
    return f"static_{kind}"


def no_static() -> NDArray[np.float64]:
    """Return the static scores of tracks that have none."""
    return np.empty(0, dtype=np.float64)
