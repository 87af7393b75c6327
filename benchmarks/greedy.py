"""List policies by their definitions, place by place, on an exact order: slow, and all on its own.

The rules of `index.ranking.diversity`, implemented again without the engine's code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW, LOOKAHEAD, SPACING = 10, 50, 2


@dataclass(frozen=True, slots=True)
class Order:
    """The best tracks of all in exact order, as many as the policies may need."""

    scores: NDArray[np.float64]
    """(n,)"""
    vectors: NDArray[np.float64]
    """(n, 8) of length 1 or 0."""
    artists: Sequence[str]
    """The first artist of each, in lower case."""
    albums: Sequence[str]
    """In lower case, empty where unknown."""


def select_by_policy(
    order: Order, k: int, *, diversity: float, max_per_artist: int, max_per_album: int
) -> list[int]:
    """Return the places in the order that make up a list of ``k``."""
    placed: list[int] = []
    near = (1 + order.vectors @ order.vectors.T) / 2
    while len(placed) < k:
        before = placed[1 - WINDOW :]
        candidates: list[int] = []
        for place in range(len(order.scores)):
            by_artist = [order.artists[each] for each in before].count(order.artists[place])
            album = order.albums[place]
            by_album = [order.albums[each] for each in before].count(album) if album else 0
            if place not in placed and by_artist < max_per_artist and by_album < max_per_album:
                candidates.append(place)
            if len(candidates) == LOOKAHEAD:
                break
        lately = {order.artists[each] for each in placed[-SPACING:]}
        apart = [each for each in candidates if order.artists[each] not in lately]
        values = [
            (1 - diversity) * order.scores[each]
            - diversity * (near[each, placed].max() if placed else 0.0)
            for each in apart or candidates
        ]
        if not values:
            break
        placed.append((apart or candidates)[int(np.argmax(values))])
    return placed
