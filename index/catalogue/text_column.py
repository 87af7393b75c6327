"""A column of texts as bytes: a tenth of the memory that as many Python strings take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.kernels.gathering import gather
from index.kernels.text_column import distinct

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Texts(Sequence[str | None]):
    """Texts in UTF-8: text i is ``content[starts[i]:starts[i] + lengths[i]]``."""

    content: NDArray[np.uint8]
    starts: NDArray[np.integer[Any]]
    """32 bits wide where that is enough."""
    lengths: NDArray[np.int32]
    """-1 where there is no text."""

    @classmethod
    def packed(cls, content: bytes | NDArray[np.uint8], lengths: NDArray[np.int32]) -> "Texts":
        """Return texts that stand one right after the other."""
        known = np.maximum(lengths, 0)
        kind: Any = np.uint32 if len(content) < 1 << 32 else np.uint64
        starts = np.cumsum(known, dtype=kind) - known.astype(kind)
        return cls(np.frombuffer(content, np.uint8), starts, lengths)

    @classmethod
    def of(cls, values: Sequence[str | None]) -> "Texts":
        """Return strings as a column; what can't be encoded becomes a question mark."""
        if isinstance(values, cls):
            return values
        encoded = [None if value is None else value.encode(errors="replace") for value in values]
        lengths = [-1 if text is None else len(text) for text in encoded]
        return cls.packed(b"".join(filter(None, encoded)), np.array(lengths, dtype=np.int32))

    @classmethod
    def joined(cls, parts: Iterable["Texts"]) -> "Texts":
        """Return all texts of several columns, each of which is packed."""
        found = list(parts)
        return cls.packed(
            np.concatenate([np.empty(0, np.uint8), *(part.content for part in found)]),
            np.concatenate([np.empty(0, np.int32), *(part.lengths for part in found)]),
        )

    def at(self, positions: NDArray[np.integer[Any]]) -> "Texts":
        """Return the texts at ``positions``, and nothing else."""
        starts, lengths = self.starts[positions].astype(np.int64), self.lengths[positions]
        return Texts.packed(gather(self.content, starts, lengths), lengths)

    def take(self, positions: NDArray[np.integer[Any]]) -> list[str | None]:
        """Return the texts at ``positions`` as strings."""
        found = self.at(positions)
        content = found.content.tobytes()
        ends = np.cumsum(np.maximum(found.lengths, 0)).tolist()
        places = zip([0, *ends], ends, found.lengths.tolist(), strict=False)
        if content.isascii():
            text = content.decode()
            return [text[start:end] if length >= 0 else None for start, end, length in places]
        return [
            content[start:end].decode(errors="replace") if length >= 0 else None
            for start, end, length in places
        ]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, position: Any) -> Any:
        chosen = np.arange(len(self))[position]
        return self.take(chosen) if isinstance(position, slice) else self.take(chosen[None])[0]

    def __iter__(self) -> Iterator[str | None]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self.take(np.arange(start, min(start + _AT_ONCE, len(self))))


_AT_ONCE = 50_000


def coded(column: Sequence[T]) -> tuple[list[T], NDArray[np.int32]]:
    """Return the different values of a column of texts, and by position which of them it is."""
    if isinstance(column, Texts):
        codes, firsts = distinct(column.content, column.starts.astype(np.int64), column.lengths)
        values: Any = column.take(firsts)
        return values, codes
    known: dict[T, int] = {}
    listed = [known.setdefault(value, len(known)) for value in column]
    return list(known), np.array(listed, dtype=np.int32)


def sliced(column: Sequence[T], start: int, stop: int) -> Sequence[T]:
    """Return a part of a column, of the same kind."""
    if isinstance(column, Texts):
        part: Any = column.at(np.arange(start, min(stop, len(column))))
        return part  # type: ignore[no-any-return]
    return column[start:stop]


def texts_at(column: Sequence[str | None], positions: NDArray[np.integer[Any]]) -> Texts:
    """Return the texts of a column at ``positions``."""
    if isinstance(column, Texts):
        return column.at(positions)
    return Texts.of(values_at(column, positions))


def values_at(column: Sequence[T], positions: NDArray[np.integer[Any]]) -> list[T]:
    """Return the values of a column at ``positions``."""
    take = getattr(column, "take", None)
    if take is not None:
        found: list[T] = take(positions)
        return found
    return [column[at] for at in positions.tolist()]
