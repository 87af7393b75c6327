"""List policies: which of the best tracks come next. They change the order, never the score.

Places are filled from the first on. At each place

1. a track is *eligible* if it is not placed yet, no version of its song is
   (`index.catalogue.songs`), its song is not excluded, and fewer than ``max_per_artist`` of the
   ``WINDOW - 1`` places before hold its artist, fewer than ``max_per_album`` its album (so that no
   ``WINDOW`` consecutive places ever hold more; what has no artist, album or title counts as
   different from everything);
2. the *candidates* are the first ``LOOKAHEAD`` eligible tracks in the exact order of score; those
   whose artist holds one of the ``SPACING`` places before are passed over while there are others;
3. the place goes to the candidate with the greatest

       (1 - diversity) * score - diversity * max((1 + cos(track, placed)) / 2)

   (maximal marginal relevance; Carbonell and Goldstein, SIGIR 1998), the better ranked one on a
   tie. The maximum runs over all places filled so far, and is 0 at the first.

A list ends early when no track of the catalogue is eligible. A decision depends on the places
before it alone, so a shorter list is always the beginning of a longer one.

Artists are kept apart (2) where their number is limited: who asks for a list in the order of
scores gets it in that order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.features import COORDINATES
from index.kernels import Policy, Pool
from index.live import LiveIndex
from index.retrieval import Candidates

WINDOW = 10
SPACING = 2
LOOKAHEAD = 50
FEW_VERSIONS = 4
"""So many more tracks than asked for are found at first where only versions are taken out."""

_NO_VECTORS = np.empty((0, COORDINATES), dtype=np.float64)
_NO_KEYS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class ListPolicy:
    """How a list is put in order; without any argument by score alone."""

    diversity: float = 0.0
    """0..1."""
    max_per_artist: int | None = None
    """In any `WINDOW` consecutive places."""
    max_per_album: int | None = None
    collapse_versions: bool = False
    """Whether a song comes once at the most."""
    songs_left_out: NDArray[np.int64] = field(default_factory=lambda: _NO_KEYS)
    """Song keys, ascending, each once; of no effect where versions don't collapse."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.diversity <= 1.0:
            raise ValueError("diversity must be between 0 and 1")
        if self.max_per_artist is not None and self.max_per_artist < 1:
            raise ValueError("max_per_artist must be at least 1")
        if self.max_per_album is not None and self.max_per_album < 1:
            raise ValueError("max_per_album must be at least 1")

    @property
    def keeps_scores(self) -> bool:
        """Whether lists come out in the order of their scores, but for versions left out."""
        return self.diversity == 0.0 and self.max_per_artist is None and self.max_per_album is None

    @property
    def spacing(self) -> int:
        """For how many places after a track its artist is passed over if possible."""
        return 0 if self.max_per_artist is None else SPACING

    @property
    def lookahead(self) -> int:
        """How many eligible tracks are candidates for a place."""
        return LOOKAHEAD if self.diversity > 0.0 or self.spacing else 1

    def numbers(self) -> Policy:
        """Return the policy as kernels take it."""
        most = self.max_per_artist or 0, self.max_per_album or 0
        return Policy(self.diversity, *most, WINDOW, self.spacing, self.lookahead)


SIMILAR_POLICY = ListPolicy(collapse_versions=True)
PERSONAL_POLICY = ListPolicy(
    diversity=0.1, max_per_artist=4, max_per_album=2, collapse_versions=True
)
SEEDS_POLICY = ListPolicy(max_per_artist=2, max_per_album=2, collapse_versions=True)
SESSION_POLICY = ListPolicy(diversity=0.2, max_per_artist=2, collapse_versions=True)
"""The defaults of each kind of list, here and in the API."""


def select_by_policy(
    live: LiveIndex, best: Callable[[int], Candidates], k: int, policy: ListPolicy
) -> Candidates:
    """Return up to ``k`` tracks under ``policy``, place by place.

    ``best(size)`` returns the exact ``size`` best tracks, fewer where there are no more. It is
    asked for a larger pool until every place is decided as if the pool were the catalogue.
    """
    if policy.keeps_scores:
        return _without_versions(live, best, k, policy) if policy.collapse_versions else best(k)

    size = 2 * k + policy.lookahead
    while True:
        pool = best(size)
        positions = _places(live, pool, k, policy, complete=len(pool) < size)
        if len(positions) or len(pool) < size:
            return Candidates(pool.rows[positions], pool.scores[positions])
        size *= 4


def _without_versions(
    live: LiveIndex, best: Callable[[int], Candidates], k: int, policy: ListPolicy
) -> Candidates:
    """Return the ``k`` best of different songs: the policy of most lists, and a quick one."""
    size = k + FEW_VERSIONS
    while True:
        pool = best(size)
        songs = live.keys_of("song_keys", pool.rows)
        positions = kernels.distinct_songs(songs, policy.songs_left_out, k)
        if len(positions) == k or len(pool) < size:
            return Candidates(pool.rows[positions], pool.scores[positions])
        size *= 2


def _places(
    live: LiveIndex, pool: Candidates, k: int, policy: ListPolicy, *, complete: bool
) -> NDArray[np.int64]:
    """Return positions in the pool; none where it is too short to tell and not ``complete``."""
    rows = pool.rows
    columns = Pool(
        live.vectors_of(rows) if policy.diversity else _NO_VECTORS,
        pool.scores,
        live.keys_of("artist_keys", rows) if policy.max_per_artist else _NO_KEYS,
        live.keys_of("album_keys", rows) if policy.max_per_album else _NO_KEYS,
        live.keys_of("song_keys", rows) if policy.collapse_versions else _NO_KEYS,
    )
    return kernels.select_diverse(columns, policy.songs_left_out, policy.numbers(), k, complete)
