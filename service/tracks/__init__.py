"""The catalogue: tracks, their JSON, filters and text search."""

from service.tracks.schemas import Artist, FeatureBounds, Genre, Seconds, TrackRead
from service.tracks.track_json import CARD_COLUMNS, all_genres, encode_card, moment_text

__all__ = [
    "CARD_COLUMNS",
    "Artist",
    "FeatureBounds",
    "Genre",
    "Seconds",
    "TrackRead",
    "all_genres",
    "encode_card",
    "moment_text",
]
