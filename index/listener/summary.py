"""A taste profile as its listener may see it: what it says, and what it was drawn from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from index.actions import ACTION_NAMES
from index.catalogue import key_of_artist
from index.features import FEATURES
from index.listener.profile import event_weights, taste_profile
from index.listener.taste_edits import EditedHistory, TasteEdits, edited
from index.live import History, LiveIndex, sample_of
from index.storage import artist_of
from index.text import key

MOST_GENRES, MOST_ARTISTS, MOST_TRACKS = 20, 20, 20
HOURS, HOUR = 24, 3600.0
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TasteSummary:
    """What is told of a taste; each list has the weightiest first."""

    has_evidence: bool
    events: dict[str, Any]
    features: list[dict[str, Any]]
    genres: list[dict[str, Any]]
    artists: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    hours: list[int]
    """Events by hour of the day, in UTC."""


def taste_summary(live: LiveIndex, history: History, edits: TasteEdits) -> TasteSummary:
    """Return the taste of a listener; the rows of ``history`` are those of ``live``.

    Shares are of the weight of all events that pull, pins included.
    """
    counted = edited(live, history, edits)
    weights = event_weights(counted.history) * counted.factors
    profile = taste_profile(live, history, edits)
    own = weights[: counted.real]
    return TasteSummary(
        has_evidence=profile.has_evidence,
        events=_events(history, counted, own),
        features=_features(live, counted.history.rows, weights, profile.vector, edits),
        genres=_genres(live, counted.history.rows, weights, profile.favourite_genres, edits),
        artists=_artists(live, counted.history.rows, weights, edits),
        tracks=_tracks(live, history, own),
        hours=np.bincount(
            ((history.at // HOUR) % HOURS).astype(np.int64), minlength=HOURS
        ).tolist(),
    )


def _events(history: History, counted: EditedHistory, weights: Floats) -> dict[str, Any]:
    actions = np.bincount(history.actions, minlength=len(ACTION_NAMES)).tolist()
    muted = (counted.factors[: counted.real] == 0.0) & ~counted.forgotten
    return {
        "total": counted.real,
        "forgotten": int(counted.forgotten.sum()),
        "without_weight": int(muted.sum()),
        "pull": float(weights[weights > 0].sum()),
        "push": float(-weights[weights < 0].sum()),
        "by_action": {name: n for name, n in zip(ACTION_NAMES, actions, strict=True) if n},
        "first_at": float(history.at.min()) if counted.real else None,
        "last_at": float(history.at.max()) if counted.real else None,
    }


def _features(
    live: LiveIndex, rows: Ints, weights: Floats, vector: Floats, edits: TasteEdits
) -> list[dict[str, Any]]:
    pulling = weights > 0
    values, pull = live.features_of(rows[pulling]), weights[pulling]
    told = []
    for j, feature in enumerate(FEATURES):
        known = ~np.isnan(values[:, j])
        value = float(np.average(values[known, j], weights=pull[known])) if known.any() else None
        told.append(
            {
                "name": feature.name,
                "unit": feature.unit,
                "value": value,
                "percentile": None if value is None else _percentile(live, j, value),
                "direction": float(vector[j]),
                "weight": edits.feature_weights.get(feature.name, 1.0),
                "pinned": edits.pinned_features.get(feature.name),
            }
        )
    return told


def _percentile(live: LiveIndex, feature: int, value: float) -> float:
    """Return the share of the catalogue that lies below a value; of equal values, half."""
    sample = sample_of(live, feature)
    return float(np.searchsorted(sample, value) + np.searchsorted(sample, value, "right")) / (
        2 * len(sample)
    )


def _genres(
    live: LiveIndex, rows: Ints, weights: Floats, favourites: tuple[int, ...], edits: TasteEdits
) -> list[dict[str, Any]]:
    names = (*live.snapshot.genres.names, *live.delta.new_genres)
    shares = dict(_shares(live.take(rows).genre_codes.astype(np.int64), weights, MOST_GENRES))
    favourite = {key(names[code]) for code in favourites}
    told = {key(names[code]): (names[code], share) for code, share in shares.items() if code}
    for name in (*edits.genre_weights, *edits.pinned_genres, *edits.muted_genres):
        told.setdefault(key(name), (name, 0.0))
    said = {key(name): weight for name, weight in edits.genre_weights.items()}
    pinned, muted = set(map(key, edits.pinned_genres)), set(map(key, edits.muted_genres))
    return [
        {
            "name": name,
            "share": share,
            "favourite": folded in favourite,
            "weight": said.get(folded, 1.0),
            "pinned": folded in pinned,
            "muted": folded in muted,
        }
        for folded, (name, share) in told.items()
    ]


def _artists(
    live: LiveIndex, rows: Ints, weights: Floats, edits: TasteEdits
) -> list[dict[str, Any]]:
    keys = live.take(rows).artist_keys
    told: dict[int, tuple[str, float]] = {}
    for each, share in _shares(keys, weights, MOST_ARTISTS):
        if each:
            row = int(rows[np.flatnonzero(keys == each)[0]])
            told[each] = artist_of(live.card(row)), share
    for name in (*edits.artist_weights, *edits.pinned_artists, *edits.muted_artists):
        told.setdefault(key_of_artist(name), (name, 0.0))
    said = {key_of_artist(name): weight for name, weight in edits.artist_weights.items()}
    pinned, muted = (
        set(map(key_of_artist, names)) for names in (edits.pinned_artists, edits.muted_artists)
    )
    return [
        {
            "name": name,
            "share": share,
            "weight": said.get(each, 1.0),
            "pinned": each in pinned,
            "muted": each in muted,
        }
        for each, (name, share) in told.items()
    ]


def _tracks(live: LiveIndex, history: History, weights: Floats) -> list[dict[str, Any]]:
    rows, positions = np.unique(history.rows, return_inverse=True)
    sums, counts = np.bincount(positions, weights), np.bincount(positions)
    order = np.lexsort((rows, -np.abs(sums)))[:MOST_TRACKS]
    told = []
    for at in order.tolist():
        if sums[at] != 0.0:
            card = orjson.loads(live.card(int(rows[at])))
            shown = {name: card.get(name) for name in ("id", "title", "artist", "genre")}
            told.append({**shown, "weight": float(sums[at]), "events": int(counts[at])})
    return told


def _shares(codes: Ints, weights: Floats, most: int) -> list[tuple[int, float]]:
    """Return the codes with the greatest shares of the pulling weight, and these shares."""
    pulling = weights > 0
    found, positions = np.unique(codes[pulling], return_inverse=True)
    sums = np.bincount(positions, weights[pulling], minlength=len(found))
    order = np.lexsort((found, -sums))[: most + 1]
    total = float(sums.sum())
    return [(int(found[at]), float(sums[at]) / total) for at in order]
