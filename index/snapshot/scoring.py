"""What tracks of a snapshot, or of a delta, score in one kind of list."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.kernels.arguments import Tracks, Trees


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """The columns and trees that a kind of list is searched in, as kernels take them."""

    audio_weight: float
    tracks: Tracks
    """With the static scores of that kind."""
    trees: Trees | None = None
    """None for a kind that is only scanned."""


def static_array(kind: str) -> str:
    """Return the name of the array of static scores of a kind of list."""
    return f"static_{kind}"


def no_static() -> NDArray[np.float64]:
    """Return the static scores of tracks that have none."""
    return np.empty(0, dtype=np.float64)
