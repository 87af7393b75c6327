"""Interactions -> taste profile: a vector, favourite genres, and what is not to come again.

An event weighs

    (ACTIONS[a].taste * attention + rating) * 2 ** (-age / half-life)

where *age* counts back from the listener's own latest event, so that a history says the same
however long ago it ended, *attention* follows the share that was listened to, and *rating* shifts
the weight by `RATING_STEP` per star away from the neutral three. Events with a positive weight pull
the vector towards their tracks, those with a negative one push it away (Rocchio; see
`kernels.taste`).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.actions import ACTIONS
from index.learning import DISLIKE, NEGATIVE_PULL, evidence_of, favourites
from index.listener.candidates import NOTHING, PersonalCandidates, personal_candidates
from index.listener.taste_edits import NO_EDITS, TasteEdits, apply_feature_edits, edited
from index.live import History, LiveIndex
from index.row_sets import distinct, union

DAY = 86_400.0
TASTE_HALF_LIFE_DAYS = 90.0
"""An event this much older than the listener's latest one counts half as much."""
_HEARD = np.array([action.heard for action in ACTIONS])


NO_SONGS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class TasteProfile:
    """What a listener's history says. Rows are of the `LiveIndex` that it was made from."""

    vector: NDArray[np.float64]
    """(8,) unit vector, or zero."""
    favourite_genres: tuple[int, ...]
    """Genre codes, the greatest share first; never 0."""
    heard: NDArray[np.int64]
    """Rows played, liked, skipped or put on a playlist, ascending."""
    disliked: NDArray[np.int64]
    """Rows disliked at least once, or of what is muted, ascending."""
    has_evidence: bool
    """Whether anything pulls at all; without it there is nothing to recommend from."""
    reach: PersonalCandidates = NOTHING
    """What the history leads to beside sound."""
    known_songs: NDArray[np.int64] = field(default_factory=lambda: NO_SONGS)
    """Keys of the songs that those are versions of, ascending, each once."""
    known: NDArray[np.int64] = field(init=False)
    """Rows heard or disliked, ascending, each once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", union(self.heard, self.disliked))


def event_weights(history: History) -> NDArray[np.float64]:
    """Return the weight of each event, by the formula at the top of this module."""
    ages = history.latest - history.at
    weights = evidence_of(history.actions, history.ratings, history.listened)
    return np.asarray(weights * 2.0 ** (-ages / (TASTE_HALF_LIFE_DAYS * DAY)))


def taste_profile(live: LiveIndex, history: History, edits: TasteEdits = NO_EDITS) -> TasteProfile:
    """Return the profile of a listener under their own edits."""
    counted = edited(live, history, edits)
    weights = event_weights(counted.history) * counted.factors
    rows = counted.history.rows
    genre_codes = live.genre_codes_of(rows)
    n_codes = int(genre_codes.max(initial=0)) + 1
    vector, genre_weights = kernels.taste(
        live.vectors_of(rows), genre_codes, weights, n_codes, NEGATIVE_PULL
    )

    heard = distinct(history.rows[_HEARD[history.actions]])
    refused = (history.actions == DISLIKE) & ~counted.forgotten
    disliked = union(distinct(history.rows[refused]), counted.muted_rows)
    vector = apply_feature_edits(live, vector, edits)
    return TasteProfile(
        vector=vector,
        favourite_genres=_with_pinned(counted.favourites, favourites(genre_weights)),
        heard=heard,
        disliked=disliked,
        has_evidence=bool(genre_weights.sum() > 0),
        reach=personal_candidates(live, rows, weights, vector),
        known_songs=live.songs_of(union(heard, disliked)),
    )


def _with_pinned(pinned: tuple[int, ...], found: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*pinned, *found)))
