"""The tracks as people see them: one JSON object per row, memory-mapped."""

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from index.catalogue import values_at

Lengths: TypeAlias = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cards:
    """JSON objects by row: row r is ``content[offsets[r]:offsets[r + 1]]``."""

    content: mmap.mmap | bytes
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        """Return the card of ``row``, which must be 0 or more."""
        if row < 0:
            raise IndexError(f"row {row}")
        return self.content[self.offsets[row] : self.offsets[row + 1]]

    def run(self, first: int, last: int) -> tuple[bytes, NDArray[np.int64]]:
        """Return the cards of rows ``first..last-1``, joined, and the length of each."""
        offsets = self.offsets[first : last + 1]
        return self.content[offsets[0] : offsets[-1]], np.diff(offsets)

    def release_pages(self) -> None:
        """Give back the memory of what was read; it is mapped again when it is asked for."""
        if isinstance(self.content, mmap.mmap):
            self.content.madvise(mmap.MADV_DONTNEED)


def write_cards(cards: Iterable[bytes], path: Path) -> NDArray[np.int64]:
    """Write ``cards`` one after the other to ``path``; return their offsets (n + 1,)."""
    return write_runs(((card, [len(card)]) for card in cards), path)


def write_runs(
    contiguous_runs: Iterable[tuple[bytes | memoryview, Lengths]], path: Path
) -> NDArray[np.int64]:
    """Do as `write_cards` does, with many cards at a time: joined, and the length of each."""
    lengths: list[Lengths] = [[0]]
    with path.open("wb") as file:
        for content, listed in contiguous_runs:
            file.write(content)
            lengths.append(listed)
    return np.cumsum(np.concatenate(lengths), dtype=np.int64)


def joined_at(
    cards: Sequence[bytes], positions: NDArray[np.int64]
) -> tuple[bytes | memoryview, NDArray[np.int64]]:
    """Return the cards at ``positions``, joined, and the length of each."""
    joined = getattr(cards, "joined_at", None)
    if joined is not None:
        content, lengths = joined(positions)
        return memoryview(content), lengths
    found = values_at(cards, positions)
    return b"".join(found), np.array([len(card) for card in found], dtype=np.int64)


def open_cards(path: Path, offsets: NDArray[np.int64]) -> Cards:
    """Map the cards that `write_cards` wrote."""
    with path.open("rb") as file:
        if offsets[-1] == 0:
            return Cards(b"", offsets)
        return Cards(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), offsets)


def artist_of(card: bytes) -> str:
    """Return the name of a track's first artist, from its card."""
    names: str = orjson.loads(card).get("artist") or ""
    return names.split(";", 1)[0].strip()
