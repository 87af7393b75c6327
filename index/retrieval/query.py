"""What a list is searched for, and what is found."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.kernels import Search
from index.listener import NOTHING, PersonalCandidates
from index.live import LiveIndex
from index.retrieval.filters import NO_LIMITS, Limits
from index.signals import Kind

NO_ROWS = np.empty(0, dtype=np.int64)
NONE_DELETED = np.empty(0, dtype=np.bool_)
_ALL_GENRES = np.empty(0, dtype=np.int64)
_NO_SCORES = np.empty(0, dtype=np.float64)


class Query(NamedTuple):
    """What a track is scored against; see `index.kernels.arguments.Search` for the formula."""

    vector: NDArray[np.float64]
    """(d,) unit vector, or zero; of the re-weighted features where ``ratios`` is given."""
    excluded: NDArray[np.int64]
    """Rows that are left out, ascending, each once."""
    kind: Kind = "similar"
    """Its weights apply: see `index.signals`."""
    boosted: tuple[int, ...] = ()
    """Codes of genres whose boost is ``bonus``, each once; that of the others is 1."""
    bonus: float = 1.0
    limits: Limits = NO_LIMITS
    candidates: PersonalCandidates = NOTHING
    """Tracks that score more than their sound and static score."""
    floor_scores: NDArray[np.float64] = _NO_SCORES
    """Scores already found elsewhere, descending. A track that would not reach the top k together
    with them may be omitted."""
    ratios: NDArray[np.float64] | None = None
    """(d,) factors on the coordinates of all vectors, for weights of the user's own."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows and their scores, best first, ties by ascending track id."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def first(self, k: int) -> "Candidates":
        """Return the ``k`` best of them."""
        return self if len(self) <= k else Candidates(self.rows[:k], self.scores[:k])


NONE = Candidates(NO_ROWS, _NO_SCORES)


def search_of(live: LiveIndex, query: Query, audio_weight: float | None = None) -> Search:
    """Return a query over the snapshot as kernels take it."""
    if audio_weight is None:
        audio_weight = live.snapshot.scorings[query.kind].audio_weight
    codes = query.limits.codes
    return Search(
        query.vector,
        audio_weight,
        np.array(query.boosted, dtype=np.int64),
        query.bonus,
        _ALL_GENRES if codes is None else np.array(codes, dtype=np.int64),
        query.limits.ranges,
        query.excluded,
        NONE_DELETED if live.removed is None else live.removed,
    )


def merge(live: LiveIndex, one: Candidates, other: Candidates, k: int) -> Candidates:
    """Return the ``k`` best of two lists, best first, without a row in common."""
    if not len(one) or not len(other):
        return (one if len(one) else other).first(k)
    ids = live.snapshot.track_ids, live.added.track_ids
    return Candidates(*kernels.merged(one.rows, one.scores, other.rows, other.scores, *ids, k))
