"""The rows of generated tracks as the service shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue.texts import Albums, Artists, Genres, Titles, Written
from index.features import FEATURE_NAMES
from service.tracks import CARD_COLUMNS, moment_text

CREATED = datetime(2025, 6, 1)
_KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SOUNDS = CARD_COLUMNS[CARD_COLUMNS.index("key") + 1 : CARD_COLUMNS.index("popularity")]
_CARD_ORDER = [FEATURE_NAMES.index(name) for name in ("tempo", *_SOUNDS)]
_MOMENT = moment_text(CREATED)
_TEMPLATE = (
    '{"id":%d,"external_id":"generated-%08d","title":"%s","artist":"%s","album":%s,"genre":%s,'
    '"genres":[%s],"duration":%d,"tempo":%s,"key":"%s",'
    + ",".join(f'"{name}":%s' for name in _SOUNDS)
    + ',"popularity":%s,"release_date":"%s","mode":null,"time_signature":null,"liveness":null'
    + f',"explicit":null,"duration_ms":null,"created_at":"{_MOMENT}","updated_at":"{_MOMENT}"}}'
)
"""What `service.tracks.track_json` writes, made without an object per track."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of generated tracks, one position per track."""

    ids: NDArray[np.int64]
    features: NDArray[np.float64]
    titles: Titles
    artists: Artists
    albums: Albums
    genres: Genres
    popularity: NDArray[np.float64]
    days: NDArray[np.int32]
    """Release day, counted from 1970."""


class Cards(Written):
    """Tracks as JSON objects, encoded on demand."""

    def __init__(self, columns: Columns) -> None:
        super().__init__(len(columns.ids))
        self._columns = columns

    def take(self, positions: NDArray[np.integer[Any]]) -> list[bytes]:
        """Return the cards at ``positions``."""
        return [(_TEMPLATE % cells).encode() for cells in self._cells(positions)]

    def _cells(self, positions: NDArray[np.integer[Any]]) -> Iterator[tuple[Any, ...]]:
        """Yield what stands in the template, as JSON; no word holds what JSON would escape."""
        columns = self._columns
        features = columns.features[positions].astype(object)
        features[features != features] = "null"  # NaN
        popularity = columns.popularity[positions].astype(object)
        popularity[popularity != popularity] = "null"
        rows = zip(
            columns.ids[positions].tolist(),
            columns.titles.take(positions),
            columns.artists.take(positions),
            columns.albums.take(positions),
            columns.genres.take(positions),
            columns.days[positions].astype("datetime64[D]").astype(str).tolist(),
            popularity.tolist(),
            features[:, _CARD_ORDER].tolist(),
            strict=True,
        )
        for id_, title, artist, album, genre, released, fame, (tempo, *sounds) in rows:
            yield (
                id_,
                id_,
                title,
                artist,
                f'"{album}"' if album else "null",
                f'"{genre}"' if genre else "null",
                f'"{genre}"' if genre else "",
                90 + id_ * 7919 % 300,
                tempo,
                _KEYS[id_ % 12],
                *sounds,
                fame,
                released,
            )
