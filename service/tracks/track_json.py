"""The one place that shapes a track for the outside."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from service.tracks.lengths import exact_length

CARD_COLUMNS = (
    "id",
    "external_id",
    "title",
    "artist",
    "album",
    "genre",
    "genres",
    "duration",
    "tempo",
    "key",
    "energy",
    "danceability",
    "valence",
    "acousticness",
    "instrumentalness",
    "loudness",
    "speechiness",
    "popularity",
    "release_date",
    "mode",
    "time_signature",
    "liveness",
    "explicit",
    "duration_ms",
    "created_at",
    "updated_at",
)
"""Columns of the track table that a card is made of, in its order."""


def track_json(track: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of a track, given its columns by name."""
    card = {name: track[name] for name in CARD_COLUMNS}
    card["genres"] = all_genres(track["genre"], track["genres"])
    card["explicit"] = None if track["explicit"] is None else bool(track["explicit"])
    card["duration_ms"] = exact_length(track["duration"], track["duration_ms"])
    card["created_at"] = moment_text(track["created_at"])
    card["updated_at"] = moment_text(track["updated_at"] or track["created_at"])
    return card


def encode_card(track: Mapping[str, Any]) -> bytes:
    """Return the JSON object of a track as bytes."""
    return orjson.dumps(track_json(track))


def all_genres(genre: str | None, genres: str | None) -> list[str]:
    """Return every genre of a track, the primary one first.

    The ``genres`` column counts only while it begins with the primary genre: a program that
    knows revision 1 changes ``genre`` alone.
    """
    if genre is None:
        return []
    listed = genres.split(";") if genres else []
    return listed if listed and listed[0] == genre else [genre]


def moment_text(moment: datetime | None) -> str | None:
    """Return a moment in ISO 8601, in UTC, ending in Z."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat() + "Z"
