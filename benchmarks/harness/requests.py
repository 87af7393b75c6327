"""Requests for lists, as the bytes that go over the wire."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.harness.http_client import request_bytes
from benchmarks.harness.servers import World

SIMILAR = "/recommendations/similar-tracks/"
PERSONAL = "/recommendations/personalized/"
TRENDING = "/recommendations/trending/"
BATCH = 100
REGULARS, BONUSES = 200, 997

Requests = Callable[[], Iterator[bytes]]
"""Goes on where the last run has ended."""


def get(path: str) -> bytes:
    """Return a GET request."""
    return request_bytes("GET", path)


class ListRequests:
    """Endless requests for lists: seeds and listeners in an order drawn once."""

    def __init__(self, world: World, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._tracks = itertools.cycle((rng.permutation(world.tracks) + 1).tolist())
        listeners = (rng.permutation(world.listeners) + 1).tolist()
        self._listeners = itertools.cycle(listeners)
        self._regulars = itertools.cycle(listeners[:REGULARS])
        self._bonuses = itertools.cycle(np.linspace(1.25, 1.35, BONUSES).tolist())

    def similar(self, limit: int = 10) -> Iterator[bytes]:
        """Request similar tracks."""
        return (get(f"{SIMILAR}?track_id={track}&limit={limit}") for track in self._tracks)

    def batch(self) -> Iterator[bytes]:
        """Request similar tracks of many seeds at once."""
        while True:
            seeds = list(itertools.islice(self._tracks, BATCH))
            yield request_bytes("POST", f"{SIMILAR}batch", {"track_ids": seeds, "limit": 10})

    def personalized(self) -> Iterator[bytes]:
        """Request personal lists, of each listener equally often.

        There are more listeners than cached profiles, so each profile is new.
        """
        return (get(f"{PERSONAL}?user_id={user}&limit=10") for user in self._listeners)

    def personalized_again(self) -> Iterator[bytes]:
        """Request personal lists of few listeners, whose profiles stay cached.

        Each has another genre bonus, so no list that is cached with a profile fits.
        """
        pairs = zip(self._regulars, self._bonuses, strict=False)
        return (
            get(f"{PERSONAL}?user_id={user}&limit=10&genre_bonus={bonus:.4f}")
            for user, bonus in pairs
        )

    def personalized_repeatedly(self) -> Iterator[bytes]:
        """Request the same lists again and again: they are cached with their profiles."""
        return (get(f"{PERSONAL}?user_id={user}&limit=10") for user in self._regulars)

    def trending(self) -> Iterator[bytes]:
        """Request trending tracks."""
        return itertools.repeat(get(f"{TRENDING}?limit=10"))
