"""Similar tracks against plain nearest neighbours.

The libraries search for the vectors nearest to a track's; Segue for the best of the whole score,
with the bonus for the track's genre. All on the same vectors, by one thread, one query at a time,
in turns.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.harness.recall import GENRE_BONUSES, REQUIRED, K, list_rows
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import world_of
from index.live import LiveIndex
from index.ranking import similar_tracks

MOST = Bar("<=", 1.2)
"""For the ratio between Segue with the bonus and the fastest library."""

if TYPE_CHECKING:
    from benchmarks.ann_libraries import Library

Search = Callable[[int], object]


def quality(run: Run) -> Measured:
    """Compare whole lists with the oracle."""
    world = world_of(run)
    rows = list_rows(
        world.live_index(),
        world.raw_tracks(),
        world.catalogue().tracks,
        lists=run.options["oracle"],
        seed=run.seed,
    )
    return Measured(world.description, rows, variant=str(world.tracks))


def latency(run: Run) -> Measured:
    """Time Segue and the libraries in turns; a library counts at its first good setting."""
    from benchmarks.ann_libraries import LIBRARIES  # needs the packages of `make bench-ann`

    world = world_of(run)
    live = world.live_index()
    vectors = live.snapshot.vectors.astype(np.float32)
    generator = np.random.default_rng(run.seed)
    seeds = generator.choice(len(vectors), run.options["seeds"], replace=False)
    floors = _floor_cosines(vectors, seeds)

    frontier: list[dict[str, Any]] = []
    searches: dict[str, Search] = {}
    for number, library in enumerate(LIBRARIES):
        run.progress(f"building {library.name}", 0.7 * number / len(LIBRARIES))
        points, best = _tuned(library, vectors, seeds, floors)
        frontier += points
        searches |= best
    for bonus in GENRE_BONUSES:
        searches[_segue(bonus)] = partial(_similar, live, bonus)

    run.progress("timing in turns", 0.7)
    rounds = in_turns(searches, seeds, run.options["rounds"])
    medians = {name: float(np.median(values)) for name, values in rounds.items()}
    details = {"frontier": frontier, "in_turns_us": medians}
    rows = _rows(rounds, medians)
    return Measured(world.description, rows, details, _draw(details), variant=str(world.tracks))


def _rows(
    rounds: Mapping[str, NDArray[np.float64]], medians: Mapping[str, float]
) -> list[dict[str, Any]]:
    others = [name for name in medians if not name.startswith("Segue")]
    fastest = min(others, key=lambda name: medians[name])
    rows = [row(f"fastest library: {fastest}, us", round(medians[fastest], 1))]
    for bonus in GENRE_BONUSES:
        name = _segue(bonus)
        ratio = round(float(np.median(rounds[name] / rounds[fastest])), 2)
        rows.append(row(f"{name}, us", round(medians[name], 1)))
        rows.append(row("... to the fastest library", ratio, MOST if bonus > 1 else None))
    return rows


def _segue(bonus: float) -> str:
    return f"Segue, genre_bonus {bonus}"


def _similar(live: LiveIndex, bonus: float, seed: int) -> object:
    return similar_tracks(live, seed, k=K, genre_bonus=bonus)


def _floor_cosines(vectors: NDArray[np.float32], seeds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the cosine of the last of each seed's exact neighbours, itself among them."""
    return np.array([np.partition(vectors @ vectors[seed], -K - 1)[-K - 1] for seed in seeds])


def _tuned(
    library: "Library",
    vectors: NDArray[np.float32],
    seeds: NDArray[np.int64],
    floors: NDArray[np.float32],
) -> tuple[list[dict[str, Any]], dict[str, Search]]:
    """Return recall and time by build and setting, and the quickest that is good enough."""
    points: list[dict[str, Any]] = []
    best: dict[str, Search] = {}
    least = np.inf
    for build in library.builds:
        tried, search = _searched(library, build, vectors, seeds, floors)
        points += tried
        if search is not None and tried[-1]["us"] < least:
            best, least = {tried[-1]["method"]: search}, tried[-1]["us"]
    return points, best


def _searched(
    library: "Library",
    build: str,
    vectors: NDArray[np.float32],
    seeds: NDArray[np.int64],
    floors: NDArray[np.float32],
) -> tuple[list[dict[str, Any]], Search | None]:
    """Return recall and time by setting, up to the first that is good enough, and its search."""
    started = time.monotonic()
    index = library.build(vectors, library.builds[build])
    seconds = time.monotonic() - started
    points = []
    for setting in library.settings:
        search = partial(library.search, index, vectors, K + 1, setting)
        found = [vectors[np.asarray(search(int(seed)))] @ vectors[seed] for seed in seeds]
        good = [(cosines >= low - 1e-6).sum() for cosines, low in zip(found, floors, strict=True)]
        recall = float(np.sum(good)) / ((K + 1) * len(seeds))
        median = float(np.median(in_turns({"": search}, seeds, 2)[""]))
        points.append(
            {
                "method": f"{library.name} ({build}) {library.parameter}={setting}",
                "recall": recall,
                "us": median,
                "build_seconds": round(seconds, 1),
            }
        )
        if recall >= REQUIRED.value:
            return points, search
    return points, None


def in_turns(
    searches: Mapping[str, Search], seeds: NDArray[np.int64], rounds: int
) -> dict[str, NDArray[np.float64]]:
    """Return the medians of each search's time by round, in microseconds.

    In a round every seed is searched for by one, then by the next.
    """
    medians: dict[str, list[float]] = {name: [] for name in searches}
    for _ in range(rounds):
        for name, search in searches.items():
            times = []
            for seed in seeds.tolist():
                started = time.perf_counter_ns()
                search(seed)
                times.append(time.perf_counter_ns() - started)
            medians[name].append(float(np.median(times)) / 1e3)
    return {name: np.array(values) for name, values in medians.items()}


def _draw(details: Mapping[str, Any]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        lines: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for point in details["frontier"]:
            library, graph = point["method"].rsplit(" ", 1)[0].split(" (")
            lines.setdefault((library, graph), []).append((point["recall"], point["us"]))
        colours = {
            library: f"C{at}" for at, library in enumerate(dict.fromkeys(r for r, _ in lines))
        }
        recalls = {point["method"]: point["recall"] for point in details["frontier"]}
        for (library, _), points in lines.items():
            axes.plot(*zip(*points, strict=True), ".-", color=colours[library], alpha=0.3)
        for method, taken in details["in_turns_us"].items():
            if method in recalls:
                library = method.split(" (")[0]
                axes.plot(recalls[method], taken, "o", color=colours[library], label=library)
        for bonus, marker in zip(GENRE_BONUSES, "sD^*", strict=True):
            time_taken = details["in_turns_us"][f"Segue, genre_bonus {bonus}"]
            axes.plot([1.0], [time_taken], marker, color="black", label=f"Segue, bonus {bonus}")
        axes.set_xlim(0.99, 1.0005)
        axes.set_xlabel(f"recall@{K + 1} (lines: each tuned by itself; marks: in turns)")
        axes.set_ylabel("microseconds a query (median, one thread)")
        axes.set_yscale("log")
        axes.legend(fontsize="small")

    return draw
