"""Skewed popularity: a few tracks and listeners get most of the requests."""

import random
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate

EXPONENT = 0.9
"""Zipf's law: the item of rank r is asked for in proportion to ``r ** -EXPONENT``."""


class Zipf:
    """Draws items by Zipf's law; which item has which rank is shuffled by the seed."""

    def __init__(self, items: Sequence[int], seed: int) -> None:
        self._random = random.Random(seed)
        self._items = list(items)
        self._random.shuffle(self._items)
        ranks = range(1, len(self._items) + 1)
        self._cumulative = list(accumulate(rank**-EXPONENT for rank in ranks))

    def draw(self) -> int:
        """Return one item."""
        point = self._random.random() * self._cumulative[-1]
        return self._items[bisect(self._cumulative, point)]
