"""What a build can take over from the generation before, once it has been verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cards import Cards, open_cards
from index.manifest import ForeignGeneration, read_manifest, verify_files
from index.packing import unpack

KEPT = "kept.bin"
_CARDS, _CARD_OFFSETS, _TRACK_IDS = "cards.bin", "card_offsets.npy", "track_ids.npy"


@dataclass(frozen=True, slots=True)
class Kept:
    """The arrays that a reader of catalogues left with a generation, and the generation's cards."""

    arrays: Mapping[str, NDArray[Any]]
    cards: Cards
    track_ids: NDArray[np.int64]
    """By row of the cards."""


def open_kept(folder: Path, *, database: str) -> Kept:
    """Verify and map what the generation in ``folder`` holds for the next build.

    Raises
    ------
    UnusableGeneration
        It is damaged, outdated, or of another database.

    """
    manifest = read_manifest(folder)
    if manifest.database != database:
        raise ForeignGeneration(f"{folder.name} belongs to database {manifest.database}")
    verify_files(manifest, folder, {KEPT, _CARDS, _CARD_OFFSETS, _TRACK_IDS})
    return Kept(
        arrays=unpack(folder / KEPT),
        cards=open_cards(folder / _CARDS, np.load(folder / _CARD_OFFSETS, allow_pickle=False)),
        track_ids=np.load(folder / _TRACK_IDS, allow_pickle=False),
    )
