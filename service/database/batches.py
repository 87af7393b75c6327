"""Long lists of values, as many at a time as one statement should name."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

PORTION = 1_000


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield ``values`` in lists that fit into one ``IN (...)``, in their order."""
    remaining = iter(values)
    while some := list(islice(remaining, PORTION)):
        yield some
