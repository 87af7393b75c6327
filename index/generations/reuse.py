"""What a build can take over from the generation before, once it has been verified."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import text
from index.catalogue import keys, songs
from index.search import Words
from index.search import vocabulary as words_module
from index.storage import (
    Cards,
    ForeignGeneration,
    OutdatedGeneration,
    array_file,
    map_array,
    open_cards,
    read_manifest,
    unpack,
    verify_sources,
)

KEPT = "kept.bin"
NAMES = ("artist_keys", "album_keys", "song_keys")
"""Which tracks share an artist, an album or a song."""
CHANGED = -1
_MAKER = "derived by"
_CARDS, _SEARCH = "cards.bin", "search.bin"
_CARD_OFFSETS, _TRACK_IDS = "card_offsets", "track_ids"
_MAKERS = (keys, songs, text, words_module)
"""Modules that make of a track's texts what is taken over."""


@dataclass(frozen=True, slots=True, eq=False)
class PreviousRows:
    """The arrays that a reader of catalogues left with a generation, and what it made of them."""

    arrays: Mapping[str, NDArray[Any]]
    cards: Cards
    track_ids: NDArray[np.int64]
    """By row, as all others are."""
    names: Mapping[str, NDArray[np.int64]]
    """By `NAMES`."""
    words: Words


@dataclass(frozen=True, slots=True, eq=False)
class PreviousBuild:
    """The generation before, and where a catalogue's tracks stand in it."""

    kept: PreviousRows
    rows: NDArray[np.int64]
    """(n,) by position in the catalogue; `CHANGED` where a track is new or another."""


def derivation_digest() -> dict[str, NDArray[Any]]:
    """Return what a build adds to the arrays that it keeps: by what they were derived."""
    return {_MAKER: np.frombuffer(_digest(), np.uint8)}


def open_kept(folder: Path, *, database: str) -> PreviousRows:
    """Verify and map what the generation in ``folder`` holds for the next build.

    Raises
    ------
    UnusableGeneration
        It is damaged, outdated, or of another database.

    """
    manifest = read_manifest(folder)
    if manifest.database != database:
        raise ForeignGeneration(f"{folder.name} belongs to database {manifest.database}")
    arrays = map(array_file, (_CARD_OFFSETS, _TRACK_IDS, *NAMES))
    verify_sources(manifest, folder, {KEPT, _CARDS, _SEARCH, *arrays})

    kept = unpack(folder / KEPT)
    if _MAKER not in kept or kept[_MAKER].tobytes() != _digest():
        raise OutdatedGeneration(f"{folder.name} was derived by another version of this program")
    return PreviousRows(
        arrays=kept,
        cards=open_cards(folder / _CARDS, map_array(folder, _CARD_OFFSETS)),
        track_ids=map_array(folder, _TRACK_IDS),
        names={name: map_array(folder, name) for name in NAMES},
        words=_words(unpack(folder / _SEARCH)),
    )


def contiguous_runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield ``row, count``: so many rows count up from there, or are all `CHANGED`."""
    if not len(rows):
        return
    before, after = rows[:-1], rows[1:]
    goes_on = np.where(before == CHANGED, after == CHANGED, after == before + 1)
    starts = np.concatenate(([0], np.flatnonzero(~goes_on) + 1))
    counts = np.diff(starts, append=len(rows))
    yield from zip(rows[starts].tolist(), counts.tolist(), strict=True)


def _words(arrays: Mapping[str, NDArray[Any]]) -> Words:
    content, offsets = arrays["text"].tobytes(), arrays["text_offsets"].tolist()
    vocabulary = [
        content[start:stop].decode("utf-8", "surrogatepass") for start, stop in pairwise(offsets)
    ]
    return Words(vocabulary, arrays["entries"], arrays["entry_offsets"])


@lru_cache(maxsize=1)
def _digest() -> bytes:
    sources = [Path(str(module.__file__)).read_bytes() for module in _MAKERS]
    return hashlib.sha256(b"".join(sources)).digest()
