"""Tables read in bulk -> the columns of a build, as `service.indexing.row_columns` makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from index.actions import ACTION_NAMES
from index.catalogue import (
    InteractionColumns,
    Texts,
    TrackColumns,
    coded,
    json_moments,
    json_objects,
    json_reals,
    json_texts,
    json_wholes,
)
from index.features import FEATURE_NAMES
from index.kernels.binary_rows import NO_NUMBER
from service.database import Part, Selection
from service.indexing.row_columns import (
    MICROSECOND,
    Floats,
    Ids,
    cleaned_features,
    cleaned_interactions,
    released_at,
)
from service.tracks import CARD_COLUMNS, MS_PER_SECOND, all_genres

_TEXTS = ("title", "artist", "album", "genre", "genres", "key", "release_date", "external_id")
_REALS = (*FEATURE_NAMES, "liveness", "popularity")
_WHOLE = ("id", "duration", "mode", "time_signature", "explicit", "duration_ms")

TRACKS = Selection(
    "tracks",
    whole=_WHOLE,
    moments=("created_at", "updated_at"),
    real=_REALS,
    texts=tuple(f"`{name}`" for name in _TEXTS),
    summed=True,
)
USER_IDS = Selection("users", whole=("id",))
INTERACTIONS = Selection(
    "interactions",
    whole=(
        "user_id",
        "track_id",
        f"FIELD(CAST(action AS BINARY), {', '.join(f'{name!r}' for name in ACTION_NAMES)})",
        "rating",
        "listen_duration",
    ),
    moments=("created_at",),
)


@dataclass(frozen=True, slots=True, eq=False)
class TrackTable:
    """The table of tracks as it is, column by column."""

    whole: NDArray[np.int64]
    """(n, 8) `_WHOLE`, and the moments in microseconds since 1970."""
    real: Floats
    """(n, 10) `_REALS`: features, liveness and popularity."""
    texts: tuple[Texts, ...]
    """Texts by `_TEXTS`."""
    sums: NDArray[np.uint64]
    """(n,) checksums of all that was read of a row: of 10^12 changes, one in ten million has the
    sum of the row before."""

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "TrackTable":
        """Return all rows of several parts."""
        whole = [np.empty((0, len(TRACKS.whole) + len(TRACKS.moments)), np.int64)]
        real, sums = [np.empty((0, len(_REALS)))], [np.empty(0, np.uint64)]
        texts: list[list[Texts]] = [[] for _ in _TEXTS]
        for part in parts:
            whole.append(part.whole)
            real.append(part.real)
            sums.append(part.sums)
            for column, found in zip(texts, part.texts, strict=True):
                column.append(found)
        # Column by column: what is joined gives its parts back.
        joined_texts = tuple(_joined_texts(each) for each in texts)
        return cls(_joined(whole), _joined(real), joined_texts, _joined(sums))

    @property
    def ids(self) -> Ids:
        """Ids of the tracks."""
        return self.whole[:, 0]

    @property
    def durations(self) -> Floats:
        """Lengths in seconds, NaN where unknown."""
        return np.where(self.whole[:, 1] == NO_NUMBER, np.nan, self.whole[:, 1])

    def _features(self) -> Floats:
        stored = self.real[:, : len(FEATURE_NAMES)]
        cleaned = cleaned_features(dict(zip(FEATURE_NAMES, stored.T, strict=True)))
        # Mostly nothing had to be cleaned: then the table itself will do.
        return stored if np.array_equal(stored, cleaned, equal_nan=True) else cleaned

    def at(self, positions: Ids) -> "TrackTable":
        """Return the rows at ``positions``."""
        return TrackTable(
            self.whole[positions],
            self.real[positions],
            tuple(texts.at(positions) for texts in self.texts),
            self.sums[positions],
        )

    def columns(self) -> TrackColumns:
        """Return the tracks as a build reads them."""
        texts = dict(zip(_TEXTS, self.texts, strict=True))
        return TrackColumns(
            ids=np.ascontiguousarray(self.ids),
            features=self._features(),
            titles=_said(texts["title"]),
            artists=_said(texts["artist"]),
            albums=texts["album"],
            genres=texts["genre"],
            popularity=np.clip(self.real[:, -1], 0, 100),
            released=_released(texts["release_date"]),
            cards=TableCards(self),
        )


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    joined = np.concatenate(parts)
    parts.clear()
    return joined


def _joined_texts(parts: list[Texts]) -> Texts:
    joined = Texts.joined(parts)
    parts.clear()
    return joined


def _said(texts: Texts) -> Sequence[str]:
    """Return texts that are never missing."""
    return Texts(texts.content, texts.starts, np.maximum(texts.lengths, 0))  # type: ignore[return-value]


def _released(days: Texts) -> Floats:
    known, codes = coded(days)
    return np.array([released_at(day) for day in known], np.float64)[codes]


class TableCards(Sequence[bytes]):
    """The tracks of a table as JSON objects, encoded when they are asked for."""

    def __init__(self, table: TrackTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table.whole)

    def __getitem__(self, position: Any) -> Any:
        chosen = np.arange(len(self))[position]
        return self.take(chosen) if isinstance(position, slice) else self.take(chosen[None])[0]

    def take(self, positions: NDArray[np.integer[Any]]) -> list[bytes]:
        """Return the cards at ``positions``."""
        joined, lengths = self.joined_at(positions)
        content, ends = joined.tobytes(), np.cumsum(lengths)
        starts = ends - lengths
        return [content[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]

    def joined_at(
        self, positions: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the cards at ``positions``, joined, and the length of each."""
        rows = self._table.at(np.asarray(positions, np.int64))
        texts = dict(zip(_TEXTS, rows.texts, strict=True))
        whole = [np.ascontiguousarray(column) for column in rows.whole.T]
        created, updated = whole[-2], np.where(whole[-1] == NO_NUMBER, whole[-2], whole[-1])
        columns = {name: json_texts(column) for name, column in texts.items()}
        columns |= zip(_REALS, map(json_reals, rows.real.T), strict=True)
        columns |= {
            name: json_wholes(column, NO_NUMBER)
            for name, column in zip(_WHOLE, whole, strict=False)
        }
        columns |= {
            "explicit": _truths(whole[_WHOLE.index("explicit")]),
            "duration_ms": json_wholes(_exact_lengths(rows), NO_NUMBER),
            "genres": _genre_lists(texts["genre"], texts["genres"]),
            "created_at": json_moments(created, NO_NUMBER),
            "updated_at": json_moments(updated, NO_NUMBER),
        }
        return json_objects({name: columns[name] for name in CARD_COLUMNS})


def _truths(values: NDArray[np.int64]) -> Texts:
    """Return ``true`` and ``false`` as JSON, ``null`` where there is neither."""
    words = Texts.of(["null", "false", "true"])
    codes = np.where(values == NO_NUMBER, 0, np.where(values == 0, 1, 2))
    return Texts(words.content, words.starts[codes], words.lengths[codes])


def _exact_lengths(rows: TrackTable) -> NDArray[np.int64]:
    """Return `exact_length` of each track."""
    seconds, ms = (rows.whole[:, _WHOLE.index(name)] for name in ("duration", "duration_ms"))
    known = (seconds != NO_NUMBER) & (ms != NO_NUMBER)
    differ = np.abs(ms - MS_PER_SECOND * np.where(known, seconds, 0)) >= MS_PER_SECOND
    return np.where(known & differ, NO_NUMBER, ms)


def _genre_lists(genre: Texts, genres: Texts) -> Texts:
    """Return `all_genres` of each track, encoded: there are few different ones."""
    (primary, one), (listed, other) = coded(genre), coded(genres)
    pairs, codes = np.unique(one * np.int64(len(listed)) + other, return_inverse=True)
    firsts, seconds = np.divmod(pairs, max(len(listed), 1))
    known = zip(firsts.tolist(), seconds.tolist(), strict=True)
    encoded = [orjson.dumps(all_genres(primary[a], listed[b])).decode() for a, b in known]
    values = Texts.of(encoded)
    return Texts(values.content, values.starts[codes], values.lengths[codes])


def interaction_part(part: Part) -> InteractionColumns:
    """Turn a part of `INTERACTIONS` into columns, in seconds that `in_shares` turns into shares."""
    users, tracks, actions, ratings, seconds, at = part.whole.T
    return cleaned_interactions(
        users,
        tracks,
        (actions - 1).astype(np.uint8),  # 0, which is no action, becomes 255
        ratings,
        seconds,
        np.where(at == NO_NUMBER, 0, at) * MICROSECOND,
    )
