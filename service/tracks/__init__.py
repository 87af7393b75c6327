"""The catalogue: tracks, their JSON, filters and text search."""

from service.tracks.lengths import MS_PER_SECOND, agree, exact_length, whole_seconds
from service.tracks.schemas import Artist, FeatureBounds, Genre, Seconds, TrackRead
from service.tracks.track_json import CARD_COLUMNS, all_genres, encode_card, moment_text

__all__ = [
    "CARD_COLUMNS",
    "MS_PER_SECOND",
    "Artist",
    "FeatureBounds",
    "Genre",
    "Seconds",
    "TrackRead",
    "agree",
    "all_genres",
    "encode_card",
    "exact_length",
    "moment_text",
    "whole_seconds",
]
