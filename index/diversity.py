"""List policies: which of the best tracks come next. They change the order, never the score.

Places are filled from the first on. At each place

1. a track is *eligible* if it is not placed yet, and fewer than ``max_per_artist`` of the
   ``ARTIST_WINDOW - 1`` places before hold its artist (so that no ``ARTIST_WINDOW`` consecutive
   places ever hold more; tracks without an artist are always eligible);
2. the *candidates* are the first ``LOOKAHEAD`` eligible tracks in the exact order of score;
3. the place goes to the candidate with the greatest

       (1 - diversity) * score - diversity * max((1 + cos(track, placed)) / 2)

   (maximal marginal relevance; Carbonell and Goldstein, SIGIR 1998), the better ranked one on a
   tie. The maximum runs over all places filled so far, and is 0 at the first.

A list ends early when no track of the catalogue is eligible. A decision depends on the places
before it alone, so a shorter list is always the beginning of a longer one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from index import kernels
from index.live import LiveIndex
from index.retrieval import Candidates

ARTIST_WINDOW = 10
LOOKAHEAD = 50
DEFAULT_DIVERSITY = 0.2
DEFAULT_MAX_PER_ARTIST = 2


@dataclass(frozen=True, slots=True)
class ListPolicy:
    """``diversity`` in 0..1; at most ``max_per_artist`` tracks of one artist in a window."""

    diversity: float = 0.0
    max_per_artist: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.diversity <= 1.0:
            raise ValueError("diversity must be between 0 and 1")
        if self.max_per_artist is not None and self.max_per_artist < 1:
            raise ValueError("max_per_artist must be at least 1")

    @property
    def keeps_order(self) -> bool:
        """Whether lists come out in the order of their scores."""
        return self.diversity == 0.0 and self.max_per_artist is None


def arranged(
    live: LiveIndex, best: Callable[[int], Candidates], k: int, policy: ListPolicy
) -> Candidates:
    """Return up to ``k`` tracks under ``policy``, place by place.

    ``best(size)`` returns the exact ``size`` best tracks, fewer where there are no more. It is
    asked for a larger pool until every place is decided as if the pool were the catalogue.
    """
    if policy.keeps_order:
        return best(k)

    lookahead = LOOKAHEAD if policy.diversity > 0.0 else 1
    size = 2 * k + lookahead
    while True:
        pool = best(size)
        complete = len(pool) < size
        vectors, artist_keys = live.sounds_and_artists(pool.rows)
        places = kernels.arrange(
            vectors,
            pool.scores,
            artist_keys,
            k,
            policy.diversity,
            policy.max_per_artist or 0,
            ARTIST_WINDOW,
            lookahead,
            complete,
        )
        if len(places) or complete:
            return Candidates(pool.rows[places], pool.scores[places])
        size *= 4
