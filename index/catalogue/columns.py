"""The columnar catalogue that a build reads: plain arrays, wherever they came from."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from index.generations import PreviousBuild


@dataclass(frozen=True, slots=True)
class Watermark:
    """Where in the change feed a catalogue stands.

    It holds every change up to ``high``, except the ids in ``missing``: those were taken by
    transactions that had not committed when the catalogue was read.
    """

    high: int
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackColumns:
    """Tracks, one position per track, in any order; sequences all have the length of ``ids``."""

    ids: NDArray[np.int64]
    features: NDArray[np.float64]
    """(n, 8) raw values in the order of `FEATURES`; NaN where unknown."""
    titles: Sequence[str]
    artists: Sequence[str]
    """All names of a track, joined by ``;``. The first is the artist that list policies count."""
    albums: Sequence[str | None]
    genres: Sequence[str | None]
    """The primary genre as written in the catalogue; compared trimmed and without case."""
    popularity: NDArray[np.float64]
    """0..100; NaN where unknown."""
    released: NDArray[np.float64]
    """Release day in seconds since 1970, NaN where unknown."""
    cards: Sequence[bytes]
    """The track as one JSON object, exactly as ``GET /tracks/{id}`` answers it."""


@dataclass(frozen=True, slots=True)
class InteractionColumns:
    """Interactions, one position per event, in any order."""

    user_ids: NDArray[np.int64]
    track_ids: NDArray[np.int64]
    actions: NDArray[np.uint8]
    """Codes into `index.actions.ACTIONS`."""
    ratings: NDArray[np.uint8]
    """1..5, 0 where none was given."""
    listened: NDArray[np.float32]
    """Share of the track that was listened to, 0..1; NaN where unknown."""
    at: NDArray[np.float64]
    """Seconds since 1970 (UTC)."""


class DeferredInteractions:
    """Interactions that are still being read, to be taken once."""

    def __init__(self, future: Future[InteractionColumns]) -> None:
        self._future: Future[InteractionColumns] | None = future

    def take(self) -> InteractionColumns:
        """Wait for them; whoever has taken them is the only one to hold them."""
        future, self._future = self._future, None
        if future is None:
            raise ValueError("these interactions have been taken")
        return future.result()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything a build needs of one database.

    Interactions are as of the watermark; the rest is, too, or is as of a later moment.
    """

    database: str
    """The UUID kept in the database that this was read from."""
    watermark: Watermark
    tracks: TrackColumns
    user_ids: NDArray[np.int64]
    interactions: InteractionColumns
    tastes: Mapping[int, bytes] = field(default_factory=dict)
    """What listeners say of their own taste, by user: see `index.listener.taste_edits`."""
    kept: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """What whoever read this wants to find beside the generation at the next build."""
    previous: "PreviousBuild | None" = None
    """The generation before, of which a build takes over what belongs to unchanged tracks."""

    deferred: DeferredInteractions | None = None
    """Interactions that are not there yet; ``interactions`` is empty until they have been taken."""

    def complete(self) -> "Catalogue":
        """Return the catalogue with all interactions, once they are there."""
        if self.deferred is None:
            return self
        return replace(self, interactions=self.deferred.take(), deferred=None)

    def without_tracks(self) -> "Catalogue":
        """Return the catalogue without any track, nor what was kept of them."""
        nothing = np.empty(0)
        none = TrackColumns(
            ids=np.empty(0, dtype=np.int64),
            features=np.empty((0, self.tracks.features.shape[1])),
            titles=[],
            artists=[],
            albums=[],
            genres=[],
            popularity=nothing,
            released=nothing,
            cards=[],
        )
        return replace(self, tracks=none, kept={}, previous=None)

    def without_interactions(self) -> "Catalogue":
        """Return the catalogue without any interaction."""
        none = {
            f.name: getattr(self.interactions, f.name)[:0].copy()
            for f in fields(InteractionColumns)
        }
        return replace(self, interactions=InteractionColumns(**none))
