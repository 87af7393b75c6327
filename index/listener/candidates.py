"""A listener's reach in a live index: rows of snapshot and delta, and what each gains by it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.learning import (
    LATEST_SONGS,
    REACH_PARTS,
    SIGNALS,
    Expansion,
    Past,
    parts_of_signals,
    strengths_of,
)
from index.live import LiveIndex

_PartialScores = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class PersonalCandidates:
    """Tracks whose score holds more than what every track has."""

    rows: NDArray[np.int64]
    """(m,) live rows, ascending."""
    genres: NDArray[np.int32]
    """(m,) the codes of their genres."""
    sounds: NDArray[np.float64]
    """(m,) 1 + cos of each and the listener's taste."""
    static: NDArray[np.float64]
    """(m,) what else each scores: its static score and its `REACH_PARTS`."""
    parts: NDArray[np.float64]
    """(m, 3) their `REACH_PARTS`."""
    songs: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """(h,) the songs of the history that lead here, each once."""
    strengths: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """(h,) how much each counts; below 0 for dislike."""
    heard_as: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """(h,) the live row by which each was heard last."""
    kept: dict[tuple[float, int], Any] = field(default_factory=dict, repr=False)
    """Cache of `index.retrieval.personal` for the life of the profile: a list and its length."""

    def parts_at(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the `REACH_PARTS` (k, 3) of any rows, 0 for those that are not reached."""
        if not len(self.rows):
            return np.zeros((len(rows), len(REACH_PARTS)))
        positions = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        reached = self.rows[positions] == rows
        return np.where(reached[:, np.newaxis], self.parts[positions], 0.0)


NOTHING = PersonalCandidates(
    np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty((0, 3))
)


def personal_candidates(
    live: LiveIndex,
    rows: NDArray[np.int64],
    weights: NDArray[np.float64],
    vector: NDArray[np.float64],
) -> PersonalCandidates:
    """Return what a history reaches; `NOTHING` where nothing was trained.

    Parameters
    ----------
    rows : (h,) live rows of the events, oldest first
    weights : (h,) what each event says, see `index.listener.profile`
    vector : (d,) the listener's taste

    """
    hybrid = live.snapshot.hybrid
    if not hybrid.is_trained or not len(rows):
        return NOTHING
    songs, artists = _codes(live, rows)
    latest, sums = kernels.latest_of(songs, weights)
    latest = latest[-LATEST_SONGS:]
    past = Past(songs[latest], artists[latest], strengths_of(sums[-LATEST_SONGS:]))
    of_signals = hybrid.weights.as_array()[-len(SIGNALS) :]
    influence = Expansion.of(hybrid.tables, past, of_signals)

    found = _alive(live, influence.rows(hybrid.tables))
    signals = influence.signals(*_codes(live, found))
    if len(live.added_hidden):
        late, of_late = _late(live, influence)
        found, signals = np.concatenate((found, late)), np.concatenate((signals, of_late))
    genres, sounds, static = _partial_scores(live, found, vector)
    parts = parts_of_signals(signals, of_signals)
    static += parts.sum(axis=1)
    leading = past.songs, past.strengths, rows[latest]
    return PersonalCandidates(found, genres, sounds, static, parts, *leading)


def contributing_tracks(
    live: LiveIndex, reach: PersonalCandidates, rows: NDArray[np.int64], most: int = 3
) -> NDArray[np.int64]:
    """Return the listener's own tracks that lead to each of ``rows`` by co-listening, (k, most).

    Live rows, the strongest first; -1 where there are no more.
    """
    found = np.full((len(rows), most), -1, dtype=np.int64)
    if not len(reach.songs):
        return found
    near = live.snapshot.hybrid.tables.near
    liked = np.flatnonzero(reach.strengths > 0)
    spans = [slice(near.offsets[song], near.offsets[song + 1]) for song in reach.songs[liked]]
    owners = np.repeat(liked, [span.stop - span.start for span in spans])
    items = np.concatenate([near.items[span] for span in spans] or [near.items[:0]])
    weights = np.concatenate([near.weights[span] for span in spans] or [near.weights[:0]])
    for position, song in enumerate(_codes(live, rows)[0].tolist()):
        led = np.flatnonzero(items == song)
        order = np.argsort(-weights[led] * reach.strengths[owners[led]], kind="stable")[:most]
        found[position, : len(order)] = reach.heard_as[owners[led[order]]]
    return found


def _partial_scores(
    live: LiveIndex, rows: NDArray[np.int64], vector: NDArray[np.float64]
) -> _PartialScores:
    """Return genres, sounds and static scores of rows of which the delta's come last."""
    n = len(live.snapshot.track_ids)
    inside = int(np.searchsorted(rows, n))
    tracks = live.snapshot.scorings["personal"].tracks
    found: _PartialScores = kernels.partial_scores(tracks, rows[:inside], vector)
    if inside == len(rows):
        return found
    tracks = live.added_for("personal").tracks
    added: _PartialScores = kernels.partial_scores(tracks, rows[inside:] - n, vector)
    return (
        np.concatenate((found[0], added[0])),
        np.concatenate((found[1], added[1])),
        np.concatenate((found[2], added[2])),
    )


def _codes(live: LiveIndex, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the codes of songs and artists of live rows."""
    tables, n = live.snapshot.hybrid.tables, len(live.snapshot.track_ids)
    late = rows >= n
    if not late.any():
        return tables.songs.codes[rows], tables.artists.codes[rows]
    songs, artists = np.empty(len(rows), np.int32), np.empty(len(rows), np.int32)
    songs[~late] = tables.songs.codes[rows[~late]]
    artists[~late] = tables.artists.codes[rows[~late]]
    codes, slots = live.added_codes, rows[late] - n
    songs[late], artists[late] = codes.songs[slots], codes.artists[slots]
    return songs, artists


def _alive(live: LiveIndex, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows if live.removed is None else rows[~live.removed[rows]]


def _late(live: LiveIndex, influence: Expansion) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows of the delta whose song or artist is reached, and their signals."""
    codes = live.added_codes
    artists = np.concatenate((influence.artists.codes, influence.related.codes))
    slots = codes.slots_of(influence.songs.codes, artists)
    slots = slots[live.added_alive[slots]]
    signals = influence.signals(codes.songs[slots], codes.artists[slots])
    return slots + len(live.snapshot.track_ids), signals
