"""Histories -> the tables and the weights of the hybrid score.

The weights are learned as the served lists are made: a share of what some listeners turned to last
is hidden, tables are trained on the rest, and the weights are those under which what was hidden
ranks best. Then the tables are trained on everything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.learning.candidates import SIGNALS, Expansion, Past, Tables
from index.learning.evidence import NEGATIVE_PULL, favourites
from index.learning.factors import song_factors
from index.learning.groups import NO_GROUP, Groups
from index.learning.item_item import Method, artist_neighbours, song_neighbours
from index.learning.listwise import Example, learn
from index.learning.preferences import Preferences
from index.learning.trained import ListenerCounts, Trained, untrained_model
from index.learning.weights import WEIGHT_NAMES, HybridWeights
from index.parallel import background_executor
from index.signals import PERSONAL_GENRE_BONUS
from index.storage import offsets_of

LEAST_SONGS = 10
"""A listener with so many liked songs can be learned from."""
LEAST_LISTENERS = 50
"""With fewer of them nothing is trained."""
MOST_EXAMPLES = 1_000
HIDDEN_SHARE = 0.2
RELATED = 50
"""Artists kept as related to an artist."""
FAMOUS, CANDIDATES = 1_000, 400
"""An example holds so many songs of those that are reached, or among the best liked ones, beside
those that were hidden."""
SEED = 7


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """What training needs to know of every track; (n,) columns by row."""

    vectors: NDArray[np.float64]
    """(n, 8)"""
    genre_codes: NDArray[np.int32]
    signals: Mapping[str, NDArray[np.float64]]
    """By name in `index.signals.SIGNALS`."""
    songs: Groups
    artists: Groups


def train(tracks: Tracks, lists: Preferences) -> Trained:
    """Return tables and weights; `UNTRAINED` where too few have listened to enough."""
    lengths = np.diff(lists.liked().offsets)
    able = np.flatnonzero(lengths >= LEAST_SONGS)
    if len(able) < LEAST_LISTENERS:
        return untrained_model(tracks.songs, tracks.artists)
    chosen = able[np.linspace(0, len(able) - 1, min(len(able), MOST_EXAMPLES)).astype(np.int64)]
    # Not above: what serves has no use for it.
    from threadpoolctl import threadpool_limits

    # One thread for each half: as many as there happen to be would decide the last bits of sums.
    with threadpool_limits(1, "blas"), background_executor() as background:
        whole = background.submit(_tables, tracks, lists)
        weights = _weights(tracks, lists, chosen)
        if weights is None:
            return untrained_model(tracks.songs, tracks.artists)
        tables, fame, method = whole.result()
    return Trained(tables.near, tables.related, tables.factors, fame, weights, method)


def _weights(tracks: Tracks, lists: Preferences, chosen: NDArray[np.int64]) -> HybridWeights | None:
    """Return what ranks highest what the ``chosen`` listeners turned to last; None for nothing."""
    kept, hidden = _split(lists, chosen)
    tables, fame, _ = _tables(tracks, kept)
    examples = list(_examples(tracks, tables, fame, kept, hidden, chosen))
    return learn(examples) if examples else None


def _tables(tracks: Tracks, lists: Preferences) -> tuple[Tables, ListenerCounts, Method]:
    liked = lists.liked()
    near, method = song_neighbours(liked, len(tracks.songs.keys))
    by_artist = artists_of(tracks, liked)
    related = artist_neighbours(by_artist, len(tracks.artists.keys), RELATED)
    factors = song_factors(liked, len(tracks.songs.keys))
    tables = Tables(tracks.songs, tracks.artists, near, related, factors)
    return tables, listener_counts(tracks, liked, by_artist), method


def listener_counts(tracks: Tracks, liked: Preferences, by_artist: Preferences) -> ListenerCounts:
    """Count who likes each track and its artist."""
    audience = _logarithms(by_artist.items, len(tracks.artists.keys))[tracks.artists.codes]
    return ListenerCounts(
        listeners=_logarithms(liked.items, len(tracks.songs.keys))[tracks.songs.codes],
        audience=np.where(tracks.artists.codes == NO_GROUP, 0.0, audience),
    )


def _logarithms(items: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    counts = np.log1p(np.bincount(items, minlength=max(n, 1)))
    return np.asarray(counts / max(float(counts.max()), 1.0))


def artists_of(tracks: Tracks, lists: Preferences) -> Preferences:
    """Return lists of artists, valued by how many songs of theirs are liked."""
    artists = _artist_of_song(tracks)[lists.items]
    known = artists >= 0
    n = max(len(tracks.artists.keys), 1)
    pairs, counts = np.unique(lists.owners[known] * n + artists[known], return_counts=True)
    sizes = np.bincount(pairs // n, minlength=len(lists))
    return Preferences(offsets_of(sizes), (pairs % n).astype(np.int32), np.log1p(counts))


def _artist_of_song(tracks: Tracks) -> NDArray[np.int32]:
    return np.asarray(tracks.artists.codes[tracks.songs.rows[tracks.songs.offsets[:-1]]])


def _split(
    lists: Preferences, chosen: NDArray[np.int64]
) -> tuple[Preferences, dict[int, NDArray[np.int32]]]:
    """Return the lists without, and by listener, what the ``chosen`` ones liked last."""
    kept = np.ones(len(lists.items), dtype=np.bool_)
    hidden = {}
    for listener in chosen.tolist():
        start, stop = lists.offsets[listener], lists.offsets[listener + 1]
        liked = start + np.flatnonzero(lists.strengths[start:stop] > 0)
        last = liked[-max(1, round(HIDDEN_SHARE * len(liked))) :]
        hidden[listener] = lists.items[last]
        kept[last[0] : stop] = False
    return lists.only(kept), hidden


def _examples(
    tracks: Tracks,
    tables: Tables,
    fame: ListenerCounts,
    kept: Preferences,
    hidden: dict[int, NDArray[np.int32]],
    chosen: NDArray[np.int64],
) -> Iterator[Example]:
    rng = np.random.default_rng(SEED)
    representative_rows = tracks.songs.rows[tracks.songs.offsets[:-1]].astype(np.int64)
    artists = tracks.artists.codes[representative_rows]
    famous = np.argsort(-fame.listeners[representative_rows], kind="stable")[:FAMOUS]
    for listener in chosen.tolist():
        span = slice(kept.offsets[listener], kept.offsets[listener + 1])
        songs = kept.items[span]
        past = Past(songs, artists[songs], kept.strengths[span])
        influence = Expansion.of(tables, past)
        reached = np.unique(tracks.songs.codes[influence.rows(tables)])
        # What nothing leads to ranks low under any weights: it could only blur them.
        pool = np.setdiff1d(np.union1d(reached, famous), songs)
        wanted = np.intersect1d(hidden[listener], pool)
        if not len(wanted):
            continue
        candidates = np.union1d(wanted, _some(rng, pool, CANDIDATES)).astype(np.int32)
        rows = representative_rows[candidates]
        reached_signals = influence.signals(candidates, artists[candidates])
        columns = {
            "audio": _audio(tracks, representative_rows[songs], past.strengths, rows),
            **{name: signal[rows] for name, signal in tracks.signals.items()},
            "listeners": fame.listeners[rows],
            "audience": fame.audience[rows],
            **dict(zip(SIGNALS, reached_signals.T, strict=True)),
        }
        yield Example(
            np.column_stack([columns[name] for name in WEIGHT_NAMES]),
            np.isin(candidates, wanted),
        )


def _some(rng: np.random.Generator, songs: NDArray[np.integer], most: int) -> NDArray[np.integer]:
    return songs if len(songs) <= most else rng.choice(songs, most, replace=False)


def _audio(
    tracks: Tracks,
    history: NDArray[np.int64],
    strengths: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the audio signal as lists have it by default, with the bonus of favourite genres."""
    n_codes = int(tracks.genre_codes.max()) + 1
    vector, genres = kernels.taste(
        tracks.vectors[history], tracks.genre_codes[history], strengths, n_codes, NEGATIVE_PULL
    )
    boosts = np.where(
        np.isin(tracks.genre_codes[rows], favourites(genres)), PERSONAL_GENRE_BONUS, 1.0
    )
    return np.asarray(boosts * (1 + tracks.vectors[rows] @ vector) / 2)
