"""What every method is asked: a catalogue of songs, what the lists show of it, what they hide."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.evaluation import NOTHING, Cuts, Problem, Songs, hidden_songs, incidence
from service.evaluation.reading import Histories
from service.evaluation.replay import Replay

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A replayed history, and the lists that are tested."""

    replay: Replay
    problem: Problem
    songs_of: Numbers
    """(tracks,) the song of each row."""
    tested: Numbers
    """(lists,) which lists of the history."""
    names: list[str]
    """Of the tested lists."""
    histories: Any
    """(lists, songs) what the tested lists show."""
    hidden: list[Numbers]
    """What is to be found of each."""

    def songs_at(self, rows: NDArray[np.int64], k: int) -> Numbers:
        """Return the songs (k,) at ``rows``, `NOTHING` after the last."""
        found = np.full(k, NOTHING, dtype=np.int64)
        found[: len(rows)] = self.songs_of[rows]
        return found


def trial_of(
    replay: Replay,
    songs: dict[str, str],
    histories: Histories,
    where: Cuts,
    *,
    most: int,
    seed: int,
) -> Trial:
    """Return the trial of a replayed history; of more than ``most`` lists some are drawn.

    Parameters
    ----------
    songs : external id -> song
    where : the cuts of the lists
    """
    songs_of, by_track = _numbered(replay, songs)
    lists = [
        np.array([by_track[track] for track in own.tracks()], dtype=np.int64)
        for own in histories.lists
    ]
    hidden = hidden_songs(lists, where)
    shown = [own[:cut] for own, cut in zip(lists, where.shown.tolist(), strict=True)]
    visible = incidence(shown, int(songs_of.max(initial=-1)) + 1)
    tested = np.flatnonzero([len(own) for own in hidden])
    if len(tested) > most:
        drawn = np.random.default_rng(seed).choice(tested, most, replace=False)
        tested = np.sort(drawn)
    return Trial(
        replay=replay,
        problem=Problem(_songs(replay, songs_of), visible),
        songs_of=songs_of,
        tested=tested,
        names=[histories.lists[at].name for at in tested],
        histories=visible[tested],
        hidden=[hidden[at] for at in tested],
    )


def _numbered(replay: Replay, songs: dict[str, str]) -> tuple[Numbers, dict[str, int]]:
    """Return the song number of each row, and of each external id."""
    numbers: dict[str, int] = {}
    songs_of = np.empty(len(replay.external_ids), dtype=np.int64)
    by_track: dict[str, int] = {}
    for row in replay.live.snapshot.id_order.tolist():  # by track id: as the file has them
        track = replay.external_ids[row]
        # A track without an external id is a song that no list can hold.
        name = songs.get(track, "") or f"row {row}"
        by_track[track] = songs_of[row] = numbers.setdefault(name, len(numbers))
    return songs_of, by_track


def _songs(replay: Replay, songs_of: Numbers) -> Songs:
    """Return what the snapshot knows of each song: of the track that the file has first."""
    snapshot = replay.live.snapshot
    order = snapshot.id_order
    _numbers, first = np.unique(songs_of[order], return_index=True)
    rows = order[first]
    keys = snapshot.artist_keys[rows]
    known, codes = np.unique(keys, return_inverse=True)
    return Songs(
        vectors=np.array(snapshot.vectors[rows]),
        artists=np.where(known[codes] == 0, -1, codes).astype(np.int64),
        popularity=np.array(snapshot.popularity[rows]),
    )
