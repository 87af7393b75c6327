"""What listeners say of their own taste, and how it bears on what is made of their history.

*Weights* of genres and artists multiply what an event weighs, those of features how much these
count in the taste vector. *Pins* are standing likes: a pinned genre is always a favourite, and it
and a pinned artist count as a fresh like, shared among their best known tracks; a pinned feature
stands in the taste vector with the given value. What is *muted* never comes and doesn't count.
*Forgotten* events stay in the history, and what was heard stays heard, but they don't count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from index.actions import ACTION_CODES
from index.catalogue import key_of_artist
from index.features import DIMENSIONS, FEATURE_NAMES, FEATURES
from index.live import History, LiveIndex, rows_of_artist_key, rows_of_genre
from index.text import key

PINNED_TRACKS = 5
"""So many of the best known tracks of what is pinned count as liked, one like together."""
_LIKE = ACTION_CODES["like"]
_NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Events that don't count any more: those up to a moment that are of all that is named."""

    until: float
    """Seconds since 1970."""
    track_id: int | None = None
    artist: str | None = None
    genre: str | None = None


@dataclass(frozen=True, slots=True)
class TasteEdits:
    """What one listener has said. Names as they were written, compared like everywhere else."""

    genre_weights: Mapping[str, float] = field(default_factory=dict)
    artist_weights: Mapping[str, float] = field(default_factory=dict)
    feature_weights: Mapping[str, float] = field(default_factory=dict)
    pinned_genres: tuple[str, ...] = ()
    pinned_artists: tuple[str, ...] = ()
    pinned_features: Mapping[str, float] = field(default_factory=dict)
    """Values in their own units."""
    muted_genres: tuple[str, ...] = ()
    muted_artists: tuple[str, ...] = ()
    forgotten: tuple[Forgotten, ...] = ()


NO_EDITS = TasteEdits()


@dataclass(frozen=True, slots=True, eq=False)
class EditedHistory:
    """A history as its listener wants it to count."""

    history: History
    """The listener's events, and after them those that pins stand for."""
    factors: NDArray[np.float64]
    """On the weight of each event; 0 for what doesn't count."""
    real: int
    """How many events, from the first on, are the listener's own."""
    forgotten: NDArray[np.bool_]
    """(real,) events that don't count since their listener said so."""
    muted_rows: NDArray[np.int64]
    """Rows that never come, ascending."""
    favourites: tuple[int, ...]
    """Codes of genres that are favourites whatever the history says."""


def edits_of(content: bytes) -> TasteEdits:
    """Return the edits that `content_of` wrote; none for what cannot be read."""
    return _parsed(content) if content else NO_EDITS


def content_of(edits: TasteEdits) -> bytes:
    """Return edits as JSON."""
    return orjson.dumps(
        {name: getattr(edits, name) for name in TasteEdits.__dataclass_fields__},
        option=orjson.OPT_SORT_KEYS,
    )


def edited(live: LiveIndex, history: History, edits: TasteEdits) -> EditedHistory:
    """Return a history with what its listener says of it; its rows are those of ``live``."""
    real = len(history.rows)
    if edits == NO_EDITS:
        nothing = np.zeros(real, dtype=np.bool_)
        return EditedHistory(history, np.ones(real), real, nothing, _NO_ROWS, ())

    gone = _forgotten(live, history, edits.forgotten)
    factors = np.where(gone, 0.0, _factors(live, history.rows, edits))
    pinned = [
        *(rows_of_genre(live, code) for code in _codes(live, edits.pinned_genres)),
        *(rows_of_artist_key(live, each) for each in _keys(edits.pinned_artists)),
    ]
    likes = [best_known(live, rows) for rows in pinned if len(rows)]
    return EditedHistory(
        history=_with_likes(history, likes),
        factors=np.concatenate([factors, *(np.full(len(rows), 1 / len(rows)) for rows in likes)]),
        real=real,
        forgotten=gone,
        muted_rows=muted_rows(live, edits),
        favourites=_codes(live, edits.pinned_genres),
    )


def muted_rows(live: LiveIndex, edits: TasteEdits) -> NDArray[np.int64]:
    """Return the rows of all that is muted, ascending."""
    rows = [
        *(rows_of_genre(live, code) for code in _codes(live, edits.muted_genres)),
        *(rows_of_artist_key(live, each) for each in _keys(edits.muted_artists)),
    ]
    return np.unique(np.concatenate([_NO_ROWS, *rows]))


def apply_feature_edits(
    live: LiveIndex, vector: NDArray[np.float64], edits: TasteEdits
) -> NDArray[np.float64]:
    """Return a taste vector (8,) under the weights and pins of features, unit or zero."""
    if not edits.feature_weights and not edits.pinned_features:
        return vector
    found = vector.copy()
    for name, weight in edits.feature_weights.items():
        found[FEATURE_NAMES.index(name)] *= weight
    if edits.pinned_features:
        found = np.where(np.isnan(pins := _pins(live, edits)), found, pins)
    norm = float(np.sqrt(found @ found))
    return np.asarray(found / norm if norm > 0 else found)


def _pins(live: LiveIndex, edits: TasteEdits) -> NDArray[np.float64]:
    """Return the coordinates (8,) of pinned values, NaN for the others."""
    pins, scaler = np.full(DIMENSIONS, np.nan), live.snapshot.scaler
    for name, value in edits.pinned_features.items():
        j = FEATURE_NAMES.index(name)
        score = np.interp(value, scaler.values[j], scaler.scores[j])
        pins[j] = float(score) * np.sqrt(FEATURES[j].weight)
    return pins


def _factors(live: LiveIndex, rows: NDArray[np.int64], edits: TasteEdits) -> NDArray[np.float64]:
    tracks, factors = live.take(rows), np.ones(len(rows))
    for name, weight in edits.genre_weights.items():
        if (code := live.genre_code(name)) is not None:
            factors[tracks.genre_codes == code] *= weight
    for name, weight in edits.artist_weights.items():
        factors[tracks.artist_keys == key_of_artist(name)] *= weight
    factors[np.isin(tracks.genre_codes, _codes(live, edits.muted_genres))] = 0.0
    factors[np.isin(tracks.artist_keys, _keys(edits.muted_artists))] = 0.0
    return factors


def _forgotten(
    live: LiveIndex, history: History, forgotten: Sequence[Forgotten]
) -> NDArray[np.bool_]:
    tracks, gone = live.take(history.rows), np.zeros(len(history.rows), dtype=np.bool_)
    for each in forgotten:
        meant = history.at <= each.until
        if each.track_id is not None:
            meant &= tracks.track_ids == each.track_id
        if each.artist is not None:
            meant &= tracks.artist_keys == key_of_artist(each.artist)
        if each.genre is not None:
            code = live.genre_code(each.genre)
            meant &= tracks.genre_codes == (-1 if code is None else code)
        gone |= meant
    return gone


def best_known(live: LiveIndex, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the `PINNED_TRACKS` best known of some rows."""
    tracks = live.take(rows)
    order = np.lexsort((tracks.track_ids, -tracks.popularity))[:PINNED_TRACKS]
    return rows[order]


def _with_likes(history: History, likes: list[NDArray[np.int64]]) -> History:
    if not likes:
        return history
    rows = np.concatenate(likes)
    n = len(rows)
    return History(
        rows=np.concatenate((history.rows, rows)),
        actions=np.concatenate((history.actions, np.full(n, _LIKE, dtype=np.uint8))),
        ratings=np.concatenate((history.ratings, np.zeros(n, dtype=np.uint8))),
        listened=np.concatenate((history.listened, np.full(n, np.nan, dtype=np.float32))),
        at=np.concatenate((history.at, np.full(n, history.latest))),
    )


def _codes(live: LiveIndex, names: Iterable[str]) -> tuple[int, ...]:
    found = (live.genre_code(name) for name in names)
    return tuple(dict.fromkeys(code for code in found if code))


def _keys(names: Iterable[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(key_of_artist(name) for name in names if key(name)))


@lru_cache(maxsize=4_096)
def _parsed(content: bytes) -> TasteEdits:
    try:
        return _read(orjson.loads(content))
    except (orjson.JSONDecodeError, TypeError, ValueError, AttributeError):
        return NO_EDITS  # another program wrote it: a taste without edits is better than none


def _read(said: dict[str, Any]) -> TasteEdits:
    def weights(name: str) -> dict[str, float]:
        return {str(each): float(value) for each, value in said.get(name, {}).items()}

    def names(name: str) -> tuple[str, ...]:
        return tuple(str(each) for each in said.get(name, ()))

    def features(name: str) -> dict[str, float]:
        return {each: value for each, value in weights(name).items() if each in FEATURE_NAMES}

    return TasteEdits(
        genre_weights=weights("genre_weights"),
        artist_weights=weights("artist_weights"),
        feature_weights=features("feature_weights"),
        pinned_genres=names("pinned_genres"),
        pinned_artists=names("pinned_artists"),
        pinned_features=features("pinned_features"),
        muted_genres=names("muted_genres"),
        muted_artists=names("muted_artists"),
        forgotten=tuple(Forgotten(**each) for each in said.get("forgotten", ())),
    )
