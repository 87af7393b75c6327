"""A catalogue of any size in the shape of real music: the same one for the same numbers.

Sounds keep the means, covariances and marginals of 114 genres of real music; the sizes of genres,
the careers of artists, fame and activity are skewed. Nothing in it is a real track, artist or
listener.
"""

import uuid

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue.careers import Careers, draw_careers
from benchmarks.catalogue.features import draw_features
from benchmarks.catalogue.genres import genre_sizes, genre_table
from benchmarks.catalogue.listeners import draw_interactions
from benchmarks.catalogue.texts import Albums, Artists, Genres, Titles, draw_phrases
from benchmarks.catalogue.track_json import Cards, Columns
from index.catalogue import Catalogue, InteractionColumns, TrackColumns, Watermark

MOMENT = 1_767_225_600.0
"""The catalogue is as of 2026-01-01: nothing in it is later."""
DAY = 86_400

_TITLE_LENGTHS = (0.2, 0.3, 0.25, 0.14, 0.07, 0.04)
_ARTIST_LENGTHS = (0.35, 0.5, 0.15)
_ALBUM_LENGTHS = (0.25, 0.35, 0.25, 0.15)


def generate(tracks: int, *, users: int = 0, interactions: int = 0, seed: int = 1) -> Catalogue:
    """Return a catalogue whose texts and cards are written out as they are read.

    Tracks have the ids ``1..tracks``, in an order that says nothing of genres; users ``1..users``.
    """
    rng = np.random.default_rng(seed)
    sizes = genre_sizes(tracks)
    sizes = np.append(sizes, tracks - sizes.sum())
    careers = draw_careers(rng, sizes, int(MOMENT) // DAY)
    features = draw_features(rng, sizes, careers.artists)
    place = rng.permutation(tracks)  # which track of the careers stands at each position
    columns = _columns(rng, careers, features, sizes, place)

    return Catalogue(
        database=str(uuid.UUID(int=seed)),
        watermark=Watermark(0),
        tracks=TrackColumns(
            ids=columns.ids,
            features=columns.features,
            titles=columns.titles,
            artists=columns.artists,
            albums=columns.albums,
            genres=columns.genres,
            popularity=columns.popularity,
            released=columns.days.astype(np.float64) * DAY,
            cards=Cards(columns),
        ),
        user_ids=np.arange(1, users + 1),
        interactions=_interactions(rng, columns, sizes, place, users, interactions),
    )


def _columns(
    rng: np.random.Generator,
    careers: Careers,
    features: NDArray[np.float64],
    sizes: NDArray[np.int64],
    place: NDArray[np.int64],
) -> Columns:
    names = genre_table().names
    codes = np.repeat(np.arange(len(sizes), dtype=np.uint8), sizes)
    artists = draw_phrases(rng, _count(careers.artists), _ARTIST_LENGTHS, skew=0.5)
    albums = draw_phrases(rng, _count(careers.albums), _ALBUM_LENGTHS)
    originals = careers.originals[place]
    return Columns(
        ids=np.arange(1, len(place) + 1),
        features=features[originals],
        titles=Titles(draw_phrases(rng, len(place), _TITLE_LENGTHS), originals.astype(np.int32)),
        artists=Artists(artists, careers.artists[place], careers.guests[place]),
        albums=Albums(albums, careers.albums[place]),
        genres=Genres(names, codes[place]),
        popularity=careers.popularity[place],
        days=careers.days[place],
    )


def _interactions(
    rng: np.random.Generator,
    columns: Columns,
    sizes: NDArray[np.int64],
    place: NDArray[np.int64],
    users: int,
    count: int,
) -> InteractionColumns:
    order = np.argsort(place)  # careers are neighbours in taste
    if not (users and count and len(order)):
        users, count, order = 1, 0, np.zeros(1, dtype=np.int64)
        sizes = np.ones(1, dtype=np.int64)
    return draw_interactions(
        rng,
        count,
        users,
        order=order,
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        fame=columns.popularity if count else np.zeros(1),
        now=MOMENT,
    )


def _count(codes: NDArray[np.int32]) -> int:
    return int(codes.max(initial=-1)) + 1
