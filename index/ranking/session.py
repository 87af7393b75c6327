"""An endless session: what comes next, given what came and how it was taken.

A session begins from seeds, from a listener's history, from both or from nothing. What is done
with its tracks counts at once and more than what was before: the latest event in full, one
`EVENT_HALF_LIFE` events back half, and all before the session together no more than
`HISTORY_LIKES` likes do.
What is skipped or disliked pushes the sound away (Rocchio, see `_direction`), and its artist and
whoever has the same listeners by their parts of the score; an artist who is refused more often
than accepted, by `REFUSED`, does not come again. No track and no song comes twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.actions import ACTION_CODES, ACTIONS
from index.learning import favourites
from index.listener import (
    TasteEdits,
    TasteProfile,
    apply_feature_edits,
    best_known,
    edited,
    event_weights,
    personal_candidates,
    taste_profile,
)
from index.live import History, LiveIndex, rows_of_artist, rows_of_artist_key, rows_of_genre
from index.ranking.diversity import WINDOW
from index.ranking.recommend import Ranked
from index.ranking.seeds import Seeds, resolve_seeds

EVENT_HALF_LIFE = 8.0
HISTORY_LIKES = 1.5
REFUSED = 2
"""A dislike refuses twice."""
LOOKAHEAD = 30
"""Tracks beyond those asked for, among which the next of other artists are found."""
_LIKE, _SKIP, _DISLIKE = (ACTION_CODES[name] for name in ("like", "skip", "dislike"))
_LIKES = ACTIONS[_LIKE].taste
_NOTHING = History(
    np.empty(0, np.int64),
    np.empty(0, np.uint8),
    np.empty(0, np.uint8),
    np.empty(0, np.float32),
    np.empty(0, np.float64),
)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """What a listener did with a track of a session."""

    track_id: int
    action: str
    listened: float | None = None
    """Share of the track, 0..1."""


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that a session has come to."""

    seeds: Seeds
    session_events: tuple[SessionEvent, ...] = ()
    """Oldest first."""
    served: tuple[int, ...] = ()
    """Track ids, in the order in which they were given out."""


def session_profile(
    live: LiveIndex, session: Session, history: History | None, edits: TasteEdits
) -> TasteProfile:
    """Return the taste that a session follows; ``history`` is that of its listener, if any.

    What was done in the session, or given out by it, counts as heard.
    """
    session = replace(session, seeds=_left(live, session.seeds))
    own = _NOTHING if history is None else history
    previous = taste_profile(live, own, edits)
    counted = edited(live, own, edits)
    seeds, of_seeds = _liked_seeds(live, session.seeds)
    rows, session_events = _deeds(live, session.session_events)
    before = np.concatenate((event_weights(counted.history) * counted.factors, of_seeds))
    lately = _weights(session_events)
    louder = max(1.0, float(np.abs(before).sum()) / (HISTORY_LIKES * _LIKES))
    weights = np.concatenate((before, louder * lately))
    pulling = np.concatenate((counted.history.rows, seeds, rows))

    tracks = live.take(pulling)
    vector = apply_feature_edits(live, _direction(tracks.vectors, weights), edits)
    by_genre = np.zeros(int(tracks.genre_codes.max(initial=0)) + 1)
    np.add.at(by_genre, tracks.genre_codes, np.maximum(weights, 0.0))
    served = live.rows_of(np.array(session.served, dtype=np.int64))
    tried = np.concatenate((served[served >= 0], rows, resolve_seeds(live, session.seeds).tracks))
    return replace(
        previous,
        vector=vector,
        favourite_genres=tuple(dict.fromkeys((*counted.favourites, *favourites(by_genre)))),
        heard=np.union1d(previous.heard, tried),
        disliked=np.unique(
            np.concatenate((previous.disliked, tried, _refused(live, rows, session_events)))
        ),
        has_evidence=bool(by_genre.sum() > 0),
        reach=personal_candidates(live, pulling, weights, vector),
    )


def next_tracks(
    live: LiveIndex,
    session: Session,
    best: Callable[[int], Ranked],
    k: int,
    max_per_artist: int | None,
) -> Ranked:
    """Return the first ``k`` of a list that may follow what a session has given out.

    ``best(size)`` returns the ``size`` best. Of one artist no more than ``max_per_artist`` come in
    any `WINDOW` consecutive places, those of earlier requests included, and no song that
    was there before.
    """
    found = best(k + LOOKAHEAD)
    served = live.rows_of(np.array(session.served, dtype=np.int64))
    before = live.take(served[served >= 0])
    tracks = live.take(found.rows)
    songs = set(before.song_keys.tolist()) - {0}
    recent = before.artist_keys.tolist()[1 - WINDOW :]
    positions: list[int] = []
    left = list(range(len(found.rows)))
    while len(positions) < k:
        position = next(
            (
                each
                for each in left
                if tracks.song_keys[each] not in songs
                and _may_come(int(tracks.artist_keys[each]), recent, max_per_artist)
            ),
            None,
        )
        if position is None:
            break
        left.remove(position)
        positions.append(position)
        songs |= {int(tracks.song_keys[position])} - {0}
        recent = [*recent, int(tracks.artist_keys[position])][1 - WINDOW :]
    return found._replace(
        rows=found.rows[positions], scores=found.scores[positions], parts=found.parts[positions]
    )


def _direction(vectors: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where signed evidence points, (8,) unit or zero.

        vector ~ sum(w+ v) / P  -  sum(|w-| v) / max(P, N),   P = sum(w+), N = sum(|w-|)

    So a skip pushes by what it weighs beside what was liked, and many skips no more than likes
    pull; in a whole history, where they are many, `index.listener.profile` lets them push less.
    """
    pull, push = np.maximum(weights, 0.0), np.maximum(-weights, 0.0)
    towards, away = pull @ vectors, push @ vectors
    vector = towards / max(pull.sum(), 1e-12) - away / max(pull.sum(), push.sum(), 1e-12)
    norm = float(np.sqrt(vector @ vector))
    return np.asarray(vector / norm if norm > 1e-12 else np.zeros(len(vector)))


def _may_come(artist: int, recent: Sequence[int], most: int | None) -> bool:
    return most is None or artist == 0 or recent.count(artist) < most


def _left(live: LiveIndex, seeds: Seeds) -> Seeds:
    """Return the seeds that are still there: a session may outlive some."""
    return Seeds(
        tuple(each for each in seeds.tracks if live.row_of(each) is not None),
        tuple(each for each in seeds.artists if len(rows_of_artist(live, each))),
        tuple(each for each in seeds.genres if live.genre_code(each)),
    )


def _liked_seeds(live: LiveIndex, seeds: Seeds) -> tuple[Ints, NDArray[np.float64]]:
    """Return rows that stand for seeds, and what each weighs: a like for each seed."""
    found = resolve_seeds(live, seeds)
    groups = [
        *(np.array([row]) for row in found.tracks.tolist()),
        *(best_known(live, rows_of_artist_key(live, key)) for key in found.artists),
        *(best_known(live, rows_of_genre(live, code)) for code in found.codes),
    ]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *groups])
    weights = [np.full(len(group), _LIKES / len(group)) for group in groups if len(group)]
    return rows, np.concatenate([np.empty(0), *weights])


def _deeds(
    live: LiveIndex, session_events: Iterable[SessionEvent]
) -> tuple[Ints, list[SessionEvent]]:
    """Return rows and deeds, oldest first, of tracks that are still there."""
    known = [(live.row_of(deed.track_id), deed) for deed in session_events]
    rows = [row for row, _ in known if row is not None]
    return np.array(rows, dtype=np.int64), [deed for row, deed in known if row is not None]


def _weights(session_events: Sequence[SessionEvent]) -> NDArray[np.float64]:
    """Return what each deed weighs, oldest first: as in a history, but fading by the deed."""
    n = len(session_events)
    told = History(
        rows=np.zeros(n, dtype=np.int64),
        actions=np.array([ACTION_CODES[deed.action] for deed in session_events], dtype=np.uint8),
        ratings=np.zeros(n, dtype=np.uint8),
        listened=np.array(
            [np.nan if deed.listened is None else deed.listened for deed in session_events],
            dtype=np.float32,
        ),
        at=np.zeros(n),
    )
    later = np.arange(n)[::-1]
    return np.asarray(event_weights(told) * 2.0 ** (-later / EVENT_HALF_LIFE))


def _refused(live: LiveIndex, rows: Ints, session_events: Sequence[SessionEvent]) -> Ints:
    """Return the rows of artists whom the listener has had enough of."""
    balance: dict[int, int] = {}
    artists = live.take(rows).artist_keys.tolist()
    for artist, deed in zip(artists, session_events, strict=True):
        code = ACTION_CODES[deed.action]
        step = REFUSED if code == _DISLIKE else 1 if code == _SKIP else -1
        balance[artist] = balance.get(artist, 0) + step
    tired = [artist for artist, total in balance.items() if artist and total >= REFUSED]
    found = (rows_of_artist_key(live, artist) for artist in tired)
    return np.concatenate([np.empty(0, dtype=np.int64), *found])
