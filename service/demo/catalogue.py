"""The demo's artists, albums and tracks, drawn from the table of genres."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

from index.features import DIMENSIONS, FEATURE_NAMES
from service.demo.genres import NEIGHBOURS, Genre, correlation_matrix, read_table
from service.demo.names import Names
from service.importing import KEYS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# How much of the variety within a genre lies between artists, between their albums, within albums.
ARTIST_SHARE, ALBUM_SHARE, TRACK_SHARE = 0.45, 0.15, 0.40
TRACKS_PER_ARTIST = 11
SINGLES_SHARE = 0.35
FEATURING_SHARE = 0.06
SECOND_GENRE_SHARE = 0.3
GAPS_SHARE, UNANALYSED_SHARE = 0.03, 0.004
POPULARITY_TAIL = 3.2
"""Popularity is 100 u^tail for a uniform u: few are known to all, half is below 11."""

_LIMITS = {"tempo": (45.0, 215.0), "loudness": (-48.0, 0.5)}


@dataclass(frozen=True, slots=True)
class DemoCatalogue:
    """Tracks as rows to insert, and what the listeners go by; arrays have the rows' order."""

    rows: list[dict[str, object]]
    genres: list[Genre]
    genre: Ints
    artist: Ints
    features: Floats
    """(n, 8) true features, including those that the rows leave out."""
    popularity: Floats
    seconds: Ints
    age_days: Floats


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which artist and album each track belongs to; one position per track."""

    genre: Ints
    artist: Ints
    album: Ints


def generate_catalogue(*, tracks: int, seed: int, now: datetime) -> DemoCatalogue:
    """Invent ``tracks`` tracks; the same seed gives the same ones, but for dates before ``now``."""
    rng = np.random.default_rng(seed)
    genres = read_table()
    plan = _plan(rng, genres, tracks)
    features = _features(rng, genres, plan)
    popularity = _popularity(rng, plan)
    age_days = _album_ages(rng, genres, plan)
    seconds = _seconds(rng, genres, plan)
    pitch = rng.integers(0, len(KEYS), tracks)

    names = Names(random.Random(seed), genres)  # noqa: S311 - invents names, guards nothing
    rows = names.rows(plan.genre, plan.artist, plan.album, pitch)
    _fill_in(rows, rng, genres, plan, now=now, age_days=age_days)
    shown = _with_gaps(rng, features)
    for position, row in enumerate(rows):
        row |= zip(FEATURE_NAMES, shown[position], strict=True)
        row["duration"] = int(seconds[position])
        row["popularity"] = float(popularity[position])
    return DemoCatalogue(
        rows, genres, plan.genre, plan.artist, features, popularity, seconds, age_days
    )


def _plan(rng: np.random.Generator, genres: list[Genre], tracks: int) -> _Plan:
    """Give every genre its share, and within it artists and albums of various sizes."""
    shares = np.array([genre.share for genre in genres])
    ends = np.round(np.cumsum(shares) / shares.sum() * tracks).astype(np.int64)
    genre = np.repeat(np.arange(len(genres)), np.diff(ends, prepend=0))

    artist, album = np.empty(tracks, np.int64), np.empty(tracks, np.int64)
    position = artists = albums = 0
    for end in ends:
        while position < end:
            career = min(1 + int(rng.exponential(TRACKS_PER_ARTIST)), int(end) - position)
            last = position + career
            artist[position:last] = artists
            artists += 1
            while position < last:
                single = rng.random() < SINGLES_SHARE
                size = min(1 if single else int(rng.integers(4, 15)), last - position)
                album[position : position + size] = albums
                albums += 1
                position += size
    return _Plan(genre, artist, album)


def _features(rng: np.random.Generator, genres: list[Genre], plan: _Plan) -> Floats:
    """Draw features by a Gaussian copula: the table's means and spreads, tied by correlations."""
    root = np.linalg.cholesky(correlation_matrix())

    def correlated(count: int) -> Floats:
        return rng.standard_normal((count, DIMENSIONS)) @ root.T

    latent = (
        np.sqrt(ARTIST_SHARE) * correlated(plan.artist.max() + 1)[plan.artist]
        + np.sqrt(ALBUM_SHARE) * correlated(plan.album.max() + 1)[plan.album]
        + np.sqrt(TRACK_SHARE) * correlated(len(plan.genre))
    )
    means = np.array([genre.means for genre in genres])[plan.genre]
    spreads = np.array([genre.spreads for genre in genres])[plan.genre]
    columns = [
        _column(name, latent[:, at], means[:, at], spreads[:, at])
        for at, name in enumerate(FEATURE_NAMES)
    ]
    return np.stack(columns, axis=1)


def _column(name: str, latent: Floats, mean: Floats, spread: Floats) -> Floats:
    """Turn standard normal values into ones of this mean and spread: Beta where 0..1 bounds it."""
    if name in _LIMITS:
        bounded = np.clip(mean + spread * latent, *_LIMITS[name])
        return np.asarray(np.round(bounded, 3), np.float64)
    size = mean * (1 - mean) / spread**2 - 1
    shares = betaincinv(mean * size, (1 - mean) * size, ndtr(latent))
    return np.asarray(np.round(np.clip(shares, 0, 1), 4), np.float64)


def _popularity(rng: np.random.Generator, plan: _Plan) -> Floats:
    fame = rng.standard_normal(plan.artist.max() + 1)[plan.artist]
    score = fame + 0.7 * rng.standard_normal(len(plan.genre))
    place = (np.argsort(np.argsort(score)) + 0.5) / len(score)
    return np.asarray(np.round(100 * place**POPULARITY_TAIL), np.float64)


def _album_ages(rng: np.random.Generator, genres: list[Genre], plan: _Plan) -> Floats:
    """Return the age in days of each track's album: ``oldest u^p``, p chosen for the median."""
    medians = np.array([genre.median_age_years for genre in genres])[plan.genre]
    oldest = 1.2 * medians + 10
    draws = rng.random(plan.album.max() + 1)[plan.album]
    powers = np.log(medians / oldest) / np.log(0.5)
    return np.asarray(365.25 * oldest * draws**powers, np.float64)


def _seconds(rng: np.random.Generator, genres: list[Genre], plan: _Plan) -> Ints:
    minutes = np.array([genre.minutes for genre in genres])[plan.genre]
    drawn = minutes[:, 0] + minutes[:, 1] * rng.standard_normal(len(plan.genre))
    return np.round(60 * np.maximum(drawn, 0.9)).astype(np.int64)


def _fill_in(
    rows: list[dict[str, object]],
    rng: np.random.Generator,
    genres: list[Genre],
    plan: _Plan,
    *,
    now: datetime,
    age_days: Floats,
) -> None:
    """Add the ids, genres, guests and release dates."""
    artists = [str(row["artist"]) for row in rows]
    guests = rng.integers(0, len(rows), len(rows))
    has_guest = rng.random(len(rows)) < FEATURING_SHARE
    second = rng.random(len(rows))
    for position, row in enumerate(rows):
        name = genres[plan.genre[position]].name
        row["external_id"] = f"demo-track-{position + 1:06d}"
        row["genre"] = name
        row["genres"] = None
        if second[position] < SECOND_GENRE_SHARE:
            near = NEIGHBOURS[name]
            row["genres"] = f"{name};{near[int(second[position] / SECOND_GENRE_SHARE * len(near))]}"
        guest = guests[position]
        if (
            has_guest[position]
            and plan.genre[guest] == plan.genre[position]
            and plan.artist[guest] != plan.artist[position]
        ):
            row["artist"] = f"{artists[position]};{artists[guest]}"
        released = now - timedelta(days=float(age_days[position]))
        row["release_date"] = released.date().isoformat()


def _with_gaps(rng: np.random.Generator, features: Floats) -> list[list[float | None]]:
    """Return the features as they are known: some tracks lack a few of them, a few all."""
    draws = rng.random(len(features))
    gaps = (draws < GAPS_SHARE)[:, None] & (rng.random(features.shape) < 0.35)
    gaps[draws > 1 - UNANALYSED_SHARE] = True
    return [
        [None if gap else value for value, gap in zip(row, holes, strict=True)]
        for row, holes in zip(features.tolist(), gaps.tolist(), strict=True)
    ]
