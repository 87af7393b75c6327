"""A smooth way from one track to another.

The points of a way lie evenly on the great circle between the two sounds. A way visits one track
for each point, and what it maximises is the sum of the scores of its tracks:

    score = STAY * (1 + cos(track, its point)) / 2  +  STEP * (1 + cos(track, the one before)) / 2

No track and no song comes twice, and no artist more often than needed: ways that keep every artist
to one track are tried first, then those with two, and so on. Of the ways through the `CANDIDATES`
nearest tracks of each point the best is found by best-first search, with the best sum that is left
without those rules as its bound (so it is exact); after `MOST_TRIES` tries a greedy way is taken.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, pairwise

import numpy as np
from numpy.typing import NDArray

from index.features import FEATURE_NAMES
from index.live import LiveIndex, TrackTable
from index.ranking.recommend import Ranked
from index.retrieval import NO_FILTERS, Filters, Query, choose_plan, resolve

POSITION_WEIGHT, STEP_WEIGHT = 0.5, 0.5
CANDIDATES = 16
"""At least so many different artists, and 2 more than there are steps, are looked at a point."""
TRACKS_OF_ARTIST = 3
"""At a point; the others lie further off."""
MOST_SEEN = 2_048
"""Tracks that are looked at to find different artists."""
MOST_TRIES = 4_000
WAY_PARTS = ("base", *FEATURE_NAMES, "the track before")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Name = tuple[bool, int]


@dataclass(frozen=True, slots=True)
class Smoothness:
    """Distances along a way: 0 for equal sounds, 1 for opposite ones (angles as shares of 180)."""

    direct: float
    """From the first to the last track at once."""
    ideal_step: float
    """Each step, if there were a track at every point."""
    largest_step: float
    mean_step: float


@dataclass(frozen=True, slots=True)
class TrackPath:
    """A way from one track to another, both of which it holds."""

    ranked: Ranked
    smoothness: Smoothness
    is_best: bool
    """Whether no other way through the candidates scores higher."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layers:
    """The candidates of each point, and how good every step between them is."""

    rows: list[Ints]
    edges: list[Floats]
    """``edges[i][a, b]``: score of candidate b of layer i after candidate a of the one before."""
    hopes: list[Floats]
    """The same and the best sum that can follow, to the end of the way."""
    orders: list[list[list[int]]]
    """``orders[i][a]``: candidates of layer i after a of the one before, the best hope first."""


def find_path(
    live: LiveIndex, first: int, last: int, steps: int, filters: Filters = NO_FILTERS
) -> TrackPath:
    """Return the way from row ``first`` to row ``last`` with ``steps`` tracks between.

    There are fewer between where so many do not pass the filters, and none from a track to itself.
    """
    if first == last:
        vectors = live.take(np.array([first], dtype=np.int64)).vectors
        parts = _parts(vectors, vectors)
        alone = np.array([first], dtype=np.int64)
        ranked = Ranked(alone, parts.sum(axis=1), parts, WAY_PARTS, "path")
        return TrackPath(ranked, Smoothness(0.0, 0.0, 0.0, 0.0), is_best=True)
    ends = live.take(np.array([first, last], dtype=np.int64))
    points = _arc(ends.vectors, steps)
    pools = _pools(live, first, last, points, filters)
    left = min((len(pool) for pool in pools), default=0)
    if left < steps:
        points = _arc(ends.vectors, left)
        pools = _pools(live, first, last, points, filters)
    between, is_best = _best_way(live, ends, points, pools)
    rows = np.array([first, *between, last], dtype=np.int64)

    whole = np.concatenate((ends.vectors[:1], points, ends.vectors[1:]))
    tracks = live.take(rows)
    parts = _parts(tracks.vectors, whole)
    ranked = Ranked(rows, parts.sum(axis=1), parts, WAY_PARTS, "path")
    return TrackPath(ranked, _smoothness(tracks.vectors), is_best)


def _arc(ends: Floats, steps: int) -> Floats:
    """Return points (steps, 8) evenly on the great circle between two sounds, ends left out."""
    a, b = ends
    shares = np.arange(1, steps + 1)[:, None] / (steps + 1)
    angle = float(np.arccos(np.clip(a @ b, -1.0, 1.0)))
    if not a.any() or not b.any() or angle < 1e-9:
        points = (1 - shares) * a + shares * b
    else:
        side = b - (a @ b) * a
        if (norm := float(np.linalg.norm(side))) < 1e-9:
            # Opposite sounds lie on many great circles: one through the axis that a is farthest of.
            axis = np.eye(len(a))[int(np.argmin(np.abs(a)))]
            side = axis - (axis @ a) * a
            norm = float(np.linalg.norm(side))
        points = np.cos(shares * angle) * a + np.sin(shares * angle) * side / norm
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(norms > 0, norms, 1.0))


def _pools(live: LiveIndex, first: int, last: int, points: Floats, filters: Filters) -> list[Ints]:
    """Return rows near each point, the nearest first, of as many artists as a way needs."""
    limits = resolve(live, filters)
    excluded = np.union1d(limits.excluded, np.array([first, last], dtype=np.int64))
    wanted = max(CANDIDATES, len(points) + 2)
    ends = set(live.take(np.array([first, last], dtype=np.int64)).artist_keys.tolist())
    queries = (Query(point, excluded, limits=limits) for point in points)
    return [_pool(live, query, wanted, ends) for query in queries]


def _pool(live: LiveIndex, query: Query, wanted: int, ends: set[int]) -> Ints:
    size = 2 * wanted
    while True:
        rows = choose_plan(live, query, size).best(size).rows
        artists = live.take(rows).artist_keys
        exhausted = len(rows) < size
        if exhausted or size >= MOST_SEEN or _different(artists, ends) >= wanted:
            break
        size *= 4
    return rows[_kept(artists, ends, wanted)]


def _kept(artists: Ints, ends: set[int], wanted: int) -> list[int]:
    """Return the places of enough tracks of each of the ``wanted`` nearest artists."""
    # Where there are few artists, each must have its share of the way, with some to choose from.
    enough = TRACKS_OF_ARTIST + wanted // max(_different(artists, ends), 1)
    kept, counts, others = [], dict.fromkeys(artists.tolist(), 0), 0
    for position, artist in enumerate(artists.tolist()):
        if others == wanted:
            break
        others += artist not in ends and (artist == 0 or counts[artist] == 0)
        counts[artist] += 1
        if artist == 0 or counts[artist] <= enough:
            kept.append(position)
    return kept


def _different(artists: Ints, ends: set[int]) -> int:
    known = set(artists.tolist()) - ends - {0}
    return len(known) + int(np.count_nonzero(artists == 0))


def _best_way(
    live: LiveIndex, ends: TrackTable, points: Floats, pools: list[Ints]
) -> tuple[list[int], bool]:
    """Return the rows between the ends, and whether no others are better."""
    if not pools:
        return [], True
    tables = [live.take(pool) for pool in pools]
    layers = _layers(tables, pools, ends, points)
    steps = len(pools)
    for most, songs in [*((most, True) for most in range(1, steps + 3)), (steps + 2, False)]:
        rule = _Rule(
            most,
            artists=[table.artist_keys.tolist() for table in tables],
            names=[_names(table, one_of_a_song=songs) for table in tables],
            end_artists=ends.artist_keys.tolist(),
            end_names=_names(ends, one_of_a_song=songs),
        )
        if (found := _search(layers, rule)) is not None:
            positions, is_best = found
            return [int(pools[i][position]) for i, position in enumerate(positions)], is_best
    return [], True


def _layers(
    tables: list[TrackTable], pools: list[Ints], ends: TrackTable, points: Floats
) -> _Layers:
    edges, before = [], ends.vectors[:1]
    for table, point in zip(tables, points, strict=True):
        stay = POSITION_WEIGHT * (1 + table.vectors @ point) / 2
        edges.append(stay[None, :] + STEP_WEIGHT * (1 + before @ table.vectors.T) / 2)
        before = table.vectors
    left = STEP_WEIGHT * (1 + before @ ends.vectors[1]) / 2
    hopes = []
    for edge in reversed(edges):
        hopes.append(edge + left)
        left = hopes[-1].max(axis=1)
    hopes.reverse()
    orders = [np.argsort(-hope, axis=1, kind="stable").tolist() for hope in hopes]
    return _Layers(pools, edges, hopes, orders)


def _names(tracks: TrackTable, *, one_of_a_song: bool) -> list[Name]:
    """Return what must not come twice: songs, or at least tracks."""
    is_song = (tracks.song_keys != 0) & one_of_a_song
    keys = np.where(is_song, tracks.song_keys, tracks.track_ids)
    return list(zip(is_song.tolist(), keys.tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """Which tracks may come after others."""

    most: int
    """Tracks of an artist, ends included."""
    artists: list[list[int]]
    names: list[list[Name]]
    end_artists: list[int]
    end_names: list[Name]

    def allows(self, positions: list[int], position: int) -> bool:
        """Tell whether a candidate may come after candidates of the layers before."""
        depth = len(positions)
        name, artist = self.names[depth][position], self.artists[depth][position]
        if name in self.end_names or any(self.names[i][p] == name for i, p in enumerate(positions)):
            return False
        if artist == 0:
            return True
        times = sum(self.artists[i][p] == artist for i, p in enumerate(positions))
        return times + self.end_artists.count(artist) < self.most


def _search(layers: _Layers, rule: _Rule) -> tuple[list[int], bool] | None:
    """Return the best allowed places, and whether they are surely the best; None if there are none.

    What waits is a way so far and which of its next candidates is to be tried: of all siblings
    only the best that is left.
    """
    serial, waiting = count(), list[tuple[float, int, float, list[int], int]]()

    def wait(total: float, positions: list[int], sibling: int) -> None:
        depth, last = len(positions), positions[-1] if positions else 0
        order = layers.orders[depth][last]
        for at in range(sibling, len(order)):
            if rule.allows(positions, order[at]):
                best = total + float(layers.hopes[depth][last, order[at]])
                heappush(waiting, (-best, next(serial), total, positions, at))
                return

    wait(0.0, [], 0)
    for _ in range(MOST_TRIES):
        if not waiting:
            return None
        _, _, total, positions, sibling = heappop(waiting)
        depth, last = len(positions), positions[-1] if positions else 0
        position = layers.orders[depth][last][sibling]
        reached = [*positions, position]
        if len(reached) == len(layers.rows):
            return reached, True
        wait(total, positions, sibling + 1)
        wait(total + float(layers.edges[depth][last, position]), reached, 0)
    return _greedy(layers, rule)


def _greedy(layers: _Layers, rule: _Rule) -> tuple[list[int], bool] | None:
    positions: list[int] = []
    for order in layers.orders:
        left = (
            each
            for each in order[positions[-1] if positions else 0]
            if rule.allows(positions, each)
        )
        position = next(left, None)
        if position is None:
            return None
        positions.append(position)
    return positions, False


def _parts(vectors: Floats, points: Floats) -> Floats:
    """Return `WAY_PARTS` of each track of a way; the first counts as the one before itself."""
    before = np.concatenate((vectors[:1], vectors[:-1]))
    parts = np.empty((len(vectors), len(WAY_PARTS)))
    parts[:, 0] = POSITION_WEIGHT / 2
    parts[:, 1:-1] = POSITION_WEIGHT / 2 * vectors * points
    parts[:, -1] = STEP_WEIGHT * (1 + (vectors * before).sum(axis=1)) / 2
    return parts


def _smoothness(vectors: Floats) -> Smoothness:
    def distance(a: Floats, b: Floats) -> float:
        return float(np.arccos(np.clip(a @ b, -1.0, 1.0)) / np.pi)

    steps = [distance(a, b) for a, b in pairwise(vectors)]
    direct = distance(vectors[0], vectors[-1])
    return Smoothness(direct, direct / len(steps), max(steps), sum(steps) / len(steps))
