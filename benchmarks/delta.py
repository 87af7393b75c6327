"""The cost of changes between two rebuilds for the reads.

The same queries go, in alternation, to an index as it was built and to one that has applied 5,000
new tracks and 200,000 new interactions since, as a worker does: write by write.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue.generator import generate
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import open_generation, publish
from index.catalogue import Catalogue, InteractionColumns, TrackColumns
from index.generations import GenerationStore
from index.listener import taste_profile
from index.live import Changes, Delta, LiveIndex, apply
from index.ranking import recommend
from index.snapshot import Snapshot

NEW_TRACKS, NEW_EVENTS = 5_000, 200_000
TRACKS, USERS, EVENTS = 100_000, 2_500, 500_000
TRACKS_PER_WRITE, EVENTS_PER_WRITE = 10, 20
QUERIES, ROUNDS = 300, 5
BAR = Bar("<=", 1.3)
NO_IDS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is, and how much comes."""

    tracks: int = TRACKS
    users: int = USERS
    events: int = EVENTS
    new_tracks: int = NEW_TRACKS
    new_events: int = NEW_EVENTS
    queries: int = QUERIES
    rounds: int = ROUNDS


QUICK = Size(2_000, 100, 4_000, 100, 1_000, 20, 1)


def delta(run: Run) -> Measured:
    """Measure similar tracks and personal lists with and without a delta, and what writes cost."""
    size = QUICK if run.quick else Size()
    run.progress("generating", 0.0)
    whole = generate(
        size.tracks + size.new_tracks,
        users=size.users,
        interactions=size.events + size.new_events,
        seed=run.seed,
    )
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        run.progress("building", 0.1)
        empty = _built(_first(whole, size), Path(folder))
        run.progress("writing", 0.4)
        full, microseconds = _written(empty, whole, size)
        run.progress("querying", 0.7)
        queries = _queries(run, size, empty)
        ratios = {name: _ratio(query, empty, full, size) for name, query in queries.items()}
    return _measured(size, ratios, microseconds)


def _built(catalogue: Catalogue, folder: Path) -> LiveIndex:
    store = GenerationStore(folder)
    publish(store, catalogue)
    return open_generation(store, catalogue.database)


def _first(whole: Catalogue, size: Size) -> Catalogue:
    events = _some_events(whole.interactions, np.arange(size.events))
    known = events.track_ids <= size.tracks
    return replace(
        whole,
        tracks=_some_tracks(whole.tracks, range(size.tracks)),
        interactions=_some_events(events, np.flatnonzero(known)),
    )


def _written(live: LiveIndex, whole: Catalogue, size: Size) -> tuple[LiveIndex, dict[str, float]]:
    """Apply all that is new, write by write; return what one costs, in microseconds of CPU."""
    snapshot, delta = live.snapshot, live.delta
    microseconds = {}
    tracks = [
        _changes(tracks=_some_tracks(whole.tracks, range(first, first + TRACKS_PER_WRITE)))
        for first in range(size.tracks, size.tracks + size.new_tracks, TRACKS_PER_WRITE)
    ]
    first, last = size.events, size.events + size.new_events
    events = [
        _changes(events=_some_events(whole.interactions, np.arange(at, at + EVENTS_PER_WRITE)))
        for at in range(first, last, EVENTS_PER_WRITE)
    ]
    for name, writes in (("track", tracks), ("interaction", events)):
        delta, seconds = _applied(snapshot, delta, writes)
        count = size.new_tracks if name == "track" else size.new_events
        microseconds[name] = round(1e6 * seconds / count, 1)
    return LiveIndex(snapshot, delta), microseconds


def _applied(snapshot: Snapshot, delta: Delta, writes: Sequence[Changes]) -> tuple[Delta, float]:
    started = time.process_time()
    for changes in writes:
        delta = apply(snapshot, delta, changes)
    return delta, time.process_time() - started


def _changes(
    tracks: TrackColumns | None = None, events: InteractionColumns | None = None
) -> Changes:
    none = _some_events(
        InteractionColumns(*(np.empty(0, kind) for kind in ("i8", "i8", "u1", "u1", "f4", "f8"))),
        NO_IDS,
    )
    return Changes(
        tracks=tracks or TrackColumns(NO_IDS, np.empty((0, 8)), [], [], [], [], *_NO_SIGNALS, []),
        removed_tracks=NO_IDS,
        users=NO_IDS,
        removed_users=NO_IDS,
        interactions=events or none,
        count=1,
    )


_NO_SIGNALS = (np.empty(0), np.empty(0))


def _some_tracks(tracks: TrackColumns, places: range) -> TrackColumns:
    def some(column: Any) -> Any:
        if isinstance(column, np.ndarray):
            return column[places.start : places.stop]
        return [column[place] for place in places]

    return TrackColumns(**{name: some(getattr(tracks, name)) for name in TrackColumns.__slots__})


def _some_events(events: InteractionColumns, places: NDArray[np.int64]) -> InteractionColumns:
    return InteractionColumns(
        **{name: getattr(events, name)[places] for name in InteractionColumns.__slots__}
    )


def _queries(
    run: Run, size: Size, empty: LiveIndex
) -> dict[str, Callable[[LiveIndex, int], object]]:
    generator = np.random.default_rng(run.seed)
    seeds = generator.choice(size.tracks, size.queries, replace=False) + 1
    # Listeners with a history: a newcomer's first events are no cost of the delta.
    histories = empty.snapshot.histories
    busiest = np.argsort(-np.diff(histories.offsets))[: size.users // 2]
    listeners = generator.choice(histories.user_ids[busiest], size.queries)

    def similar(live: LiveIndex, number: int) -> object:
        row = live.row_of(int(seeds[number]))
        assert row is not None
        return recommend.similar_tracks(live, row, k=10)

    def personal(live: LiveIndex, number: int) -> object:
        history = live.history(int(listeners[number]))
        assert history is not None
        return recommend.personalized(live, taste_profile(live, history), k=10)

    return {"similar": similar, "personalized": personal}


def _ratio(
    query: Callable[[LiveIndex, int], object], empty: LiveIndex, full: LiveIndex, size: Size
) -> tuple[float, float]:
    """Return the medians with and without a delta, in microseconds, each query asked of both."""
    seconds: dict[str, list[float]] = {"empty": [], "full": []}
    for _ in range(size.rounds):
        for number in range(size.queries):
            for name, live in (("empty", empty), ("full", full)):
                started = time.perf_counter()
                query(live, number)
                seconds[name].append(time.perf_counter() - started)
    return 1e6 * float(np.median(seconds["empty"])), 1e6 * float(np.median(seconds["full"]))


def _measured(
    size: Size, medians: dict[str, tuple[float, float]], microseconds: dict[str, float]
) -> Measured:
    rows = []
    for name, (empty, full) in medians.items():
        ratio = round(full / empty, 2)
        rows.append(row(f"{name}: p50 to that of an empty delta", ratio, BAR))
        rows.append(row("... p50 before and after, microseconds", [round(empty), round(full)]))
    for name, cost in microseconds.items():
        rows.append(row(f"applying one {name}, microseconds of CPU", cost))
    return Measured(
        dataset=f"generated: {size.tracks} tracks, {size.events} interactions of {size.users}"
        f" listeners; {size.new_tracks} tracks and {size.new_events} interactions later",
        rows=rows,
        details={"queries": size.queries, "rounds": size.rounds},
    )
