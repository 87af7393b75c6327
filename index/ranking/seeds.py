"""Seeds by name and id -> what they sound like together.

Rocchio: the mean of the seeds, less `PUSH` times the mean of the negative ones. An artist or a
genre is the mean of its tracks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.catalogue import key_of_artist
from index.live import LiveIndex, TrackTable, rows_of_artist, rows_of_genre

PUSH = 0.5
"""How far negative seeds push, against 1 for the pull of the others."""
FAVOURITE_SHARE = 0.15
"""A genre earns the bonus if at least this share of the seeds is of it."""
MAX_FAVOURITES = 3


class UnknownSeeds(LookupError):
    """Seeds that nothing is known of, as they were named."""

    def __init__(self, kind: str, names: list[str | int]) -> None:
        super().__init__(f"{kind}: {', '.join(map(str, names))}")
        self.kind = kind
        self.names = names


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a list starts from, by name and id."""

    tracks: tuple[int, ...] = ()
    artists: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.tracks or self.artists or self.genres)


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedSeeds:
    """Seeds as a search takes them, one position per seed."""

    vectors: NDArray[np.float64]
    genre_codes: NDArray[np.int32]
    rows: NDArray[np.int64]
    """All tracks that the seeds name: those of a seed artist too, not those of a genre."""
    tracks: NDArray[np.int64]
    """Rows of the seeds that are tracks."""
    artists: tuple[int, ...]
    """Hashes of the seeds that are artists."""
    codes: tuple[int, ...]
    """Codes of the seeds that are genres."""


def resolve_seeds(live: LiveIndex, seeds: Seeds) -> ResolvedSeeds:
    """Look seeds up. Raises `UnknownSeeds`."""
    tracks = live.rows_of(np.array(seeds.tracks, dtype=np.int64))
    _require("tracks", seeds.tracks, (tracks >= 0).tolist())
    artists = [rows_of_artist(live, name) for name in seeds.artists]
    _require("artists", seeds.artists, [len(rows) > 0 for rows in artists])
    codes = [live.genre_code(name) or 0 for name in seeds.genres]
    _require("genres", seeds.genres, [code > 0 for code in codes])

    own = live.take(tracks)
    described = [_described(live.take(rows)) for rows in artists]
    described += [(_mean(live.take(rows_of_genre(live, code)).vectors), code) for code in codes]
    return ResolvedSeeds(
        vectors=np.concatenate([own.vectors, *(vector[None] for vector, _ in described)]),
        genre_codes=np.array([*own.genre_codes, *(code for _, code in described)], dtype=np.int32),
        rows=np.concatenate([tracks, *artists]),
        tracks=tracks,
        artists=tuple(dict.fromkeys(key_of_artist(name) for name in seeds.artists)),
        codes=tuple(dict.fromkeys(codes)),
    )


def seed_vector(
    pulling: ResolvedSeeds, pushing: ResolvedSeeds
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """Return the blend (8,) of seeds, unit or zero, and the genres that earn the bonus."""
    vectors = np.ascontiguousarray(np.concatenate((pulling.vectors, pushing.vectors)))
    codes = np.concatenate((pulling.genre_codes, pushing.genre_codes))
    weights = np.concatenate((np.ones(len(pulling.vectors)), -np.ones(len(pushing.vectors))))
    vector, by_genre = kernels.taste(vectors, codes, weights, int(codes.max(initial=0)) + 1, PUSH)
    return vector, favourites(by_genre, pushing.codes)


def favourites(weights: NDArray[np.float64], never: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return the codes with a large enough share of the ``weights`` by code, the largest first."""
    total = weights.sum()
    order = np.argsort(-weights[1:], kind="stable")[:MAX_FAVOURITES] + 1
    return tuple(
        code
        for code in order.tolist()
        if total > 0 and weights[code] >= FAVOURITE_SHARE * total and code not in never
    )


def _described(tracks: TrackTable) -> tuple[NDArray[np.float64], int]:
    """Return the mean sound of an artist's tracks, and the genre of most of them."""
    counts = np.bincount(tracks.genre_codes)
    return _mean(tracks.vectors), int(counts.argmax())


def _mean(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction of the mean, at unit length, or zero."""
    mean = vectors.sum(axis=0)
    norm = float(np.sqrt(mean @ mean))
    return np.asarray(mean / norm if norm > 0 else mean)


def _require(kind: str, names: Sequence[str | int], found: Sequence[bool]) -> None:
    unknown = [name for name, there in zip(names, found, strict=True) if not there]
    if unknown:
        raise UnknownSeeds(kind, unknown)
