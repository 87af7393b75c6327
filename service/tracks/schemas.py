"""What the track endpoints take and give."""

import re
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema, model_validator

from index.features import FEATURES
from index.text import key as folded
from service.http import (
    MAX_ID,
    MAX_INT,
    MAX_LIST,
    Body,
    Canonical,
    Paging,
    Parameters,
    SortBy,
    Text,
)
from service.tracks.lengths import MS_PER_SECOND, agree

_FEATURES = {feature.name: feature for feature in FEATURES}

Title = Annotated[str, Text(1, 600, examples=("Blue in Green",))]
Artist = Annotated[str, Text(1, 600, examples=("Miles Davis",))]
Album = Annotated[str, Text(0, 600, examples=("Kind of Blue",))]
Genre = Annotated[str, Text(1, 100, trim=True, examples=("jazz",))]
Key = Annotated[str, Text(0, 10, examples=("D minor",))]
ExternalId = Annotated[str, Text(1, 255, examples=("4LXAc4CQtXNA2zAZDlBMSj",))]


def _feature(name: str) -> Any:
    feature = _FEATURES[name]
    open_below = feature.exclusive_minimum
    unit = f", in {feature.unit}" if feature.unit else ""
    return Field(
        None,
        gt=feature.minimum if open_below else None,
        ge=None if open_below else feature.minimum,
        le=feature.maximum,
        description=f"{feature.description}{unit}; null where unknown",
    )


def _bound(what: str, side: str) -> Any:
    return Field(None, description=f"Only tracks whose {what} is known and at {side} this")


def _release_date(value: str) -> str:
    parts = value.split("-")
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", value, re.ASCII):
        raise ValueError("Input should be YYYY, YYYY-MM or YYYY-MM-DD")
    try:
        date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        raise ValueError("There is no such day") from None
    return value


ReleaseDate = Annotated[
    str,
    AfterValidator(_release_date),
    WithJsonSchema(
        {
            "type": "string",
            "description": "As precise as it is known: YYYY, YYYY-MM or YYYY-MM-DD",
            "examples": ["1959-08-17"],
        }
    ),
]


def _further_genre(value: str) -> str:
    if ";" in value:
        raise ValueError("A genre in a list must not hold a semicolon")
    return value


Genres = Annotated[
    list[Annotated[Genre, AfterValidator(_further_genre)]],
    Field(max_length=50, description="All genres, the primary one first"),
]


class _Optional(Body):
    """The fields of a track that may be unknown."""

    external_id: ExternalId | None = Field(
        None, description="Your own id of the track: unique, compared byte by byte"
    )
    album: Album | None = None
    genre: Genre | None = Field(
        None, description="The primary genre: trimmed, compared without case, earns the bonus"
    )
    genres: Genres | None = None
    duration: int | None = Field(None, ge=0, le=MAX_INT, description="Seconds")
    tempo: float | None = _feature("tempo")
    key: Key | None = None
    energy: float | None = _feature("energy")
    danceability: float | None = _feature("danceability")
    valence: float | None = _feature("valence")
    acousticness: float | None = _feature("acousticness")
    instrumentalness: float | None = _feature("instrumentalness")
    loudness: float | None = _feature("loudness")
    speechiness: float | None = _feature("speechiness")
    popularity: float | None = Field(None, ge=0, le=100, description="0..100, as you know it")
    release_date: ReleaseDate | None = None
    mode: int | None = Field(None, ge=0, le=1, description="1 for major, 0 for minor")
    time_signature: int | None = Field(None, ge=1, le=32, description="Beats in a bar")
    liveness: float | None = Field(
        None, ge=0, le=1, description="How much it sounds like an audience is there"
    )
    explicit: bool | None = Field(None, description="Whether the lyrics are explicit")
    duration_ms: int | None = Field(
        None, ge=0, le=MAX_INT * MS_PER_SECOND, description="The exact length in milliseconds"
    )

    @model_validator(mode="after")
    def _genres_agree(self) -> Self:
        if self.genre and self.genres and folded(self.genres[0]) != folded(self.genre):
            raise ValueError("The first of genres should be genre")
        if self.genres and sum(len(genre.encode()) + 1 for genre in self.genres) > 60_000:
            raise ValueError("The genres are too long")
        return self

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if self.duration is None or self.duration_ms is None:
            return self
        if not agree(self.duration, self.duration_ms):
            raise ValueError("duration_ms should be the same length as duration")
        return self


class TrackCreate(_Optional):
    """A new track."""

    title: Title
    artist: Artist = Field(description="Several names are joined by ';', the main one first")


class TrackUpdate(_Optional):
    """The fields to change; null forgets what was known."""

    # Not given is not the same as null here: neither can be forgotten.
    title: Title = Field(default_factory=str)
    artist: Artist = Field(default_factory=str)


class TrackRead(BaseModel):
    """A track as it is stored."""

    id: int = Field(examples=[1])
    external_id: str | None = Field(examples=["4LXAc4CQtXNA2zAZDlBMSj"])
    title: str = Field(examples=["Blue in Green"])
    artist: str = Field(examples=["Miles Davis"])
    album: str | None = Field(examples=["Kind of Blue"])
    genre: str | None = Field(examples=["jazz"])
    genres: list[str] = Field(description="All genres, the primary one first", examples=[["jazz"]])
    duration: int | None = Field(description="Seconds", examples=[337])
    tempo: float | None = Field(description="Beats per minute", examples=[110.3])
    key: str | None = Field(examples=["D minor"])
    energy: float | None = Field(examples=[0.05])
    danceability: float | None = Field(examples=[0.37])
    valence: float | None = Field(examples=[0.16])
    acousticness: float | None = Field(examples=[0.99])
    instrumentalness: float | None = Field(examples=[0.87])
    loudness: float | None = Field(description="dB", examples=[-21.5])
    speechiness: float | None = Field(examples=[0.04])
    popularity: float | None = Field(examples=[64])
    release_date: str | None = Field(examples=["1959-08-17"])
    mode: int | None = Field(description="1 for major, 0 for minor", examples=[0])
    time_signature: int | None = Field(description="Beats in a bar", examples=[4])
    liveness: float | None = Field(examples=[0.11])
    explicit: bool | None = Field(examples=[False])
    duration_ms: int | None = Field(
        description="The exact length in milliseconds, where it is known", examples=[337_733]
    )
    created_at: str | None = Field(examples=["2026-01-31T18:30:00.250000Z"])
    updated_at: str | None = Field(examples=["2026-01-31T18:30:00.250000Z"])


class TrackItems(BaseModel):
    """Tracks in the order in which they were posted."""

    items: list[TrackRead]


class TrackList(TrackItems):
    """One page of tracks."""

    total: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    offset: int = Field(examples=[0])


TrackBatch = Annotated[list[TrackCreate], Field(min_length=1, max_length=MAX_LIST)]

SORT_COLUMNS = (
    "id",
    "title",
    "artist",
    "album",
    "genre",
    "duration",
    *_FEATURES,
    "key",
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

Filter = Annotated[str, Text(1, 600)]
Seconds = Annotated[int, Field(ge=0, le=MAX_ID), Canonical]


class FeatureBounds(Parameters):
    """Ranges of the features, both ends included."""

    min_tempo: float | None = _bound("tempo", "least")
    max_tempo: float | None = _bound("tempo", "most")
    min_energy: float | None = _bound("energy", "least")
    max_energy: float | None = _bound("energy", "most")
    min_danceability: float | None = _bound("danceability", "least")
    max_danceability: float | None = _bound("danceability", "most")
    min_valence: float | None = _bound("valence", "least")
    max_valence: float | None = _bound("valence", "most")
    min_acousticness: float | None = _bound("acousticness", "least")
    max_acousticness: float | None = _bound("acousticness", "most")
    min_instrumentalness: float | None = _bound("instrumentalness", "least")
    max_instrumentalness: float | None = _bound("instrumentalness", "most")
    min_loudness: float | None = _bound("loudness", "least")
    max_loudness: float | None = _bound("loudness", "most")
    min_speechiness: float | None = _bound("speechiness", "least")
    max_speechiness: float | None = _bound("speechiness", "most")


class TrackQuery(FeatureBounds, Paging):
    """Which tracks to list; every condition must hold."""

    genre: Filter | None = Field(None, description="The primary genre, without case")
    artist: Filter | None = Field(None, description="The whole artist, without case")
    album: Filter | None = Field(None, description="The whole album, without case")
    external_id: Filter | None = Field(None, description="Exactly this external id: 0 or 1 track")
    min_duration: Seconds | None = _bound("duration", "least")
    max_duration: Seconds | None = _bound("duration", "most")
    sort: Annotated[str, SortBy(*SORT_COLUMNS)] = "id"
