"""The frozen bundle that answers reads: one generation, memory-mapped, shared by all workers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from index.catalogue import Watermark
from index.kernels.arguments import Tracks
from index.learning import LEARNED_MODEL, LearnedModel, open_model
from index.search import SearchIndex
from index.signals import AUDIO_WEIGHTS, SIGNAL_NAMES, Kind
from index.snapshot.ann import VectorIndex, read_index
from index.snapshot.artists import ArtistTable
from index.snapshot.forest import ARRAYS, FORESTS, Forest
from index.snapshot.normalization import SCALER_ARRAYS, Scaler
from index.snapshot.orders import Leaders, by_count, by_value
from index.snapshot.scoring import Scoring, no_static, static_array
from index.storage import Cards, Manifest, map_array, open_cards

NO_ROW = -1
CARDS = "cards.bin"
GENRES = "genres.json"
SEARCH = "search.bin"
TASTES = "tastes.bin"
VECTORS = "vectors.faiss"

_TRACK_ARRAYS = (
    "track_ids",
    "id_order",
    "features",
    "vectors",
    "genre_codes",
    "artist_keys",
    "album_keys",
    "song_keys",
    "imputed",
    "trending",
)
_HISTORY_ARRAYS = ("user_ids", "offsets", "rows", "actions", "ratings", "listened", "at")


@dataclass(frozen=True, slots=True, eq=False)
class Genres:
    """The genres of a snapshot. Code 0 always means "no genre" and never earns a bonus."""

    names: tuple[str, ...]
    """Spelling shown to people, by code; ``names[0]`` is empty."""
    keys: tuple[str, ...]
    """Form that is compared (`index.text.key`), by code; ``keys[0]`` is empty."""
    medians: NDArray[np.float64]
    """(codes, 8) raw feature medians; row 0 holds the medians of the whole catalogue."""
    offsets: NDArray[np.int64]
    """(codes + 1,) rows ``offsets[c]:offsets[c + 1]`` are the tracks of genre ``c``."""
    codes: dict[str, int] = field(init=False, compare=False)
    """Code by key."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", {key: code for code, key in enumerate(self.keys)})


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Interactions of every listener as compressed rows, oldest first within a listener."""

    user_ids: NDArray[np.int64]
    """(u,) every user of the catalogue, ascending, those without interactions too."""
    offsets: NDArray[np.int64]
    """(u + 1,) events ``offsets[i]:offsets[i + 1]`` belong to ``user_ids[i]``."""
    rows: NDArray[np.int32]
    actions: NDArray[np.uint8]
    ratings: NDArray[np.uint8]
    listened: NDArray[np.float32]
    at: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tastes:
    """What listeners say of their own taste, as `index.listener.taste_edits` writes it."""

    user_ids: NDArray[np.int64]
    """(t,) those who say anything, ascending."""
    contents: Cards

    def of(self, user_id: int) -> bytes:
        """Return what a listener says; empty for nothing."""
        position = _place(self.user_ids, user_id, None)
        return b"" if position is None else self.contents[position]


NO_TASTES = Tastes(np.empty(0, dtype=np.int64), Cards(b"", np.zeros(1, dtype=np.int64)))


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One verified generation. ``row`` is a position in these arrays, never a ``track_id``.

    Rows are sorted by (genre code, track_id), so a genre is one contiguous slice.
    """

    generation: int
    database: str
    watermark: Watermark
    built_at: float
    """Seconds since 1970."""
    size_bytes: int
    track_ids: NDArray[np.int64]
    id_order: NDArray[np.int64]
    """Rows in ascending order of track_id, for look-ups by bisection."""
    features: NDArray[np.float64]
    """(n, 8) raw, each in its own unit; NaN where unknown."""
    vectors: NDArray[np.float64]
    """(n, 8) normalised features times sqrt(weight), unit length; zeros where the norm is 0."""
    genre_codes: NDArray[np.int32]
    artist_keys: NDArray[np.int64]
    """Hash of the first artist's folded name; 0 where there is none."""
    album_keys: NDArray[np.int64]
    """Hash of the album's folded name; 0 where there is none."""
    song_keys: NDArray[np.int64]
    """Hash of the song that a track is a version of (`index.catalogue.songs`); 0 if unknown."""
    imputed: NDArray[np.uint8]
    """Bit j is set where feature j was filled in."""
    signals: Mapping[str, NDArray[np.float64]]
    """(n,) in [0, 1], by name in `index.signals.SIGNALS`."""
    static: Mapping[str, NDArray[np.float64]]
    """(n,) static scores of personal and popular lists; see `index.signals`."""
    trending: NDArray[np.float64]
    """(windows, n) decayed counts as of ``built_at``, by window of `index.trending.WINDOWS`."""
    genres: Genres
    histories: Histories
    scaler: Scaler
    ann: VectorIndex
    cards: Cards
    search: SearchIndex
    hybrid: LearnedModel
    forests: dict[str, Forest]
    """By kind of list, for those in `index.snapshot.forest.FORESTS`."""
    tastes: Tastes = NO_TASTES
    scorings: Mapping[Kind, Scoring] = field(init=False)
    """By kind of list."""
    trends: tuple[Leaders, ...] = field(init=False)
    """What is trending, by window."""
    popular: Leaders = field(init=False)
    """The order of a popular list."""

    def __post_init__(self) -> None:
        scorings = {kind: self._scoring(kind) for kind in AUDIO_WEIGHTS}
        object.__setattr__(self, "scorings", scorings)
        trends = tuple(by_count(counts, self.track_ids) for counts in self.trending)
        object.__setattr__(self, "trends", trends)
        popular = by_value(scorings["popular"].tracks.static, self.track_ids)
        object.__setattr__(self, "popular", popular)

    def _scoring(self, kind: Kind) -> Scoring:
        static = self.static.get(kind, no_static())
        columns = (self.vectors, self.track_ids, self.genre_codes, static, self.features)
        return Scoring.of(
            self.hybrid.weights.audio if kind == "personal" else AUDIO_WEIGHTS[kind],
            Tracks(*columns),
            self.forests[kind].flat() if kind in self.forests else None,
        )

    @property
    def artists(self) -> ArtistTable:
        """Which rows are whose."""
        groups = self.hybrid.tables.artists
        return ArtistTable(groups.keys, groups.offsets, groups.rows)

    @property
    def popularity(self) -> NDArray[np.float64]:
        """(n,) the signal of that name."""
        return self.signals["popularity"]

    @property
    def freshness(self) -> NDArray[np.float64]:
        """(n,) the signal of that name."""
        return self.signals["freshness"]

    @property
    def prior(self) -> NDArray[np.float64]:
        """(n,) the popularity part of a personal score; see `index.learning.model`."""
        return self.hybrid.prior

    def row_of(self, track_id: int) -> int | None:
        """Return the row of ``track_id``, by bisection."""
        return _place(self.track_ids, track_id, self.id_order)

    def rows_of(self, track_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each track, `NO_ROW` where there is none."""
        n = len(self.track_ids)
        if not n:
            return np.full(len(track_ids), NO_ROW, dtype=np.int64)
        at = np.searchsorted(self.track_ids, track_ids, sorter=self.id_order)
        rows = self.id_order[np.minimum(at, n - 1)]
        return np.where(self.track_ids[rows] == track_ids, rows, NO_ROW)

    def user_position(self, user_id: int) -> int | None:
        """Return the position of ``user_id`` in the histories, by bisection."""
        return _place(self.histories.user_ids, user_id, None)


def _place(ids: NDArray[np.int64], wanted: int, order: NDArray[np.int64] | None) -> int | None:
    if not -(2**63) <= wanted < 2**63:
        return None
    at = int(np.searchsorted(ids, wanted, sorter=order))
    if at == len(ids):
        return None
    position = at if order is None else int(order[at])
    return position if ids[position] == wanted else None


def forest_array(forest: str, name: str) -> str:
    """Return the name of an array of a forest."""
    return f"{forest}_{name}"


def open_snapshot(folder: Path, manifest: Manifest) -> Snapshot:
    """Map the files of ``folder``, which must have been verified against ``manifest``."""
    table = orjson.loads((folder / GENRES).read_bytes())

    return Snapshot(
        generation=manifest.generation,
        database=manifest.database,
        watermark=manifest.watermark,
        built_at=manifest.built_at,
        size_bytes=manifest.size_bytes,
        **{name: map_array(folder, name) for name in _TRACK_ARRAYS},
        signals={name: map_array(folder, name) for name in SIGNAL_NAMES},
        static={kind: map_array(folder, static_array(kind)) for kind in ("personal", "popular")},
        genres=Genres(
            names=tuple(table["names"]),
            keys=tuple(table["keys"]),
            medians=map_array(folder, "genre_medians"),
            offsets=map_array(folder, "genre_offsets"),
        ),
        histories=Histories(
            **{name: map_array(folder, f"history_{name}") for name in _HISTORY_ARRAYS}
        ),
        scaler=Scaler.from_arrays({name: map_array(folder, name) for name in SCALER_ARRAYS}),
        ann=read_index(folder / VECTORS),
        cards=open_cards(folder / CARDS, map_array(folder, "card_offsets")),
        search=SearchIndex(folder / SEARCH, map_array(folder, "search_order")),
        hybrid=open_model(folder / LEARNED_MODEL),
        forests={
            forest: Forest(
                **{name: map_array(folder, forest_array(forest, name)) for name in ARRAYS}
            )
            for forest in FORESTS
        },
        tastes=Tastes(
            map_array(folder, "taste_user_ids"),
            open_cards(folder / TASTES, map_array(folder, "taste_offsets")),
        ),
    )
