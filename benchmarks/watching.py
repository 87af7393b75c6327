"""Progress of a section that goes through many cases."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def watched(
    cases: Sequence[T],
    progress: Callable[[str, float], None],
    doing: str,
    *,
    start: float = 0.0,
    end: float = 1.0,
) -> Iterator[T]:
    """Yield each case, and tell ``progress`` how far that is between ``start`` and ``end``."""
    for done, case in enumerate(cases):
        progress(f"{doing}, {done} of {len(cases)}", start + (end - start) * done / len(cases))
        yield case
    progress(doing, end)


def unwatched(_doing: str, _share: float) -> None:
    """Tell nobody."""
