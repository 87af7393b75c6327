"""Similar tracks against plain nearest neighbours: `python -m benchmarks.ann [--quick]`.

Others search for the vectors nearest to a track's; Segue for the best of the whole score, with the
bonus for the track's genre. All on the same vectors, by one thread, one query at a time, in turns.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.lists import BONUSES, REQUIRED, K, quality
from benchmarks.provenance import ROOT, provenance
from benchmarks.report import as_table
from benchmarks.results_files import save_section
from benchmarks.sections import row
from benchmarks.served import World, prepared
from index.generations import GenerationStore
from index.kernels import warm_up
from index.live import Delta, LiveIndex
from index.ranking import similar_tracks

TRACKS, QUICK_TRACKS, QUICK_LISTENERS = 1_000_000, 5_000, 20
MOST = 1.2
"""Bar of the ratio between Segue with the bonus and the fastest other."""
ROUNDS, SEEDS = 7, 300

if TYPE_CHECKING:
    from benchmarks.neighbours import Rival

Search = Callable[[int], object]


def open_live(world: World) -> LiveIndex:
    """Open the published generation of a world."""
    store = GenerationStore(world.folder / "generations")
    [manifest, *_] = store.manifests()
    snapshot = store.load(
        store.folder / f"gen-{manifest.generation:06d}", database=manifest.database
    )
    warm_up()
    return LiveIndex(snapshot, Delta.empty(snapshot))


def latency(
    live: LiveIndex, options: argparse.Namespace, tell: Callable[[str], None]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Time Segue and the others in turns; return rows and the frontier."""
    from benchmarks.neighbours import RIVALS  # needs what `make bench-ann` installs

    vectors = live.snapshot.vectors.astype(np.float32)
    generator = np.random.default_rng(options.seed)
    seeds = generator.choice(len(vectors), options.seeds, replace=False)
    worst = _worst_of_best(vectors, seeds)

    frontier: list[dict[str, Any]] = []
    searches: dict[str, Search] = {}
    for rival in RIVALS:
        tell(f"building {rival.name}")
        points, best = _tuned(rival, vectors, seeds, worst)
        frontier += points
        searches |= best
    for bonus in BONUSES:
        searches[f"Segue, genre_bonus {bonus}"] = partial(_similar, live, bonus)

    tell("timing in turns")
    rounds = in_turns(searches, seeds, options.rounds)
    medians = {name: float(np.median(values)) for name, values in rounds.items()}
    others = {name: value for name, value in medians.items() if not name.startswith("Segue")}
    fastest = min(others, key=lambda name: others[name])
    rows = [row(f"fastest other: {fastest}, us", round(others[fastest], 1), "", reached=True)]
    for bonus in BONUSES:
        name = f"Segue, genre_bonus {bonus}"
        median = medians[name]
        ratio = round(float(np.median(rounds[name] / rounds[fastest])), 2)
        rows.append(row(f"{name}, us", round(median, 1), "", reached=True))
        bar = f"<= {MOST}" if bonus > 1 else ""
        rows.append(row("... to the fastest other", ratio, bar, reached=not bar or ratio <= MOST))
    return rows, {"frontier": frontier, "in_turns_us": medians}


def _similar(live: LiveIndex, bonus: float, seed: int) -> object:
    return similar_tracks(live, seed, k=K, genre_bonus=bonus)


def _worst_of_best(vectors: NDArray[np.float32], seeds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the cosine of the last of each seed's exact neighbours, itself among them."""
    return np.array([np.partition(vectors @ vectors[seed], -K - 1)[-K - 1] for seed in seeds])


def _tuned(
    rival: "Rival",
    vectors: NDArray[np.float32],
    seeds: NDArray[np.int64],
    worst: NDArray[np.float32],
) -> tuple[list[dict[str, Any]], dict[str, Search]]:
    """Return recall and time by build and setting, and the quickest that is good enough."""
    points: list[dict[str, Any]] = []
    best: dict[str, Search] = {}
    least = np.inf
    for build in rival.builds:
        tried, search = _searched(rival, build, vectors, seeds, worst)
        points += tried
        if search is not None and tried[-1]["us"] < least:
            best, least = {tried[-1]["method"]: search}, tried[-1]["us"]
    return points, best


def _searched(
    rival: "Rival",
    build: str,
    vectors: NDArray[np.float32],
    seeds: NDArray[np.int64],
    worst: NDArray[np.float32],
) -> tuple[list[dict[str, Any]], Search | None]:
    """Return recall and time by setting, up to the first that is good enough, and its search."""
    started = time.monotonic()
    index = rival.build(vectors, rival.builds[build])
    seconds = time.monotonic() - started
    points = []
    for setting in rival.settings:
        search = partial(rival.search, index, vectors, K + 1, setting)
        found = [vectors[np.asarray(search(int(seed)))] @ vectors[seed] for seed in seeds]
        good = [(cosines >= low - 1e-6).sum() for cosines, low in zip(found, worst, strict=True)]
        recall = float(np.sum(good)) / ((K + 1) * len(seeds))
        median = float(np.median(in_turns({"": search}, seeds, 2)[""]))
        points.append(
            {
                "method": f"{rival.name} ({build}) {rival.parameter}={setting}",
                "recall": recall,
                "us": median,
                "build_seconds": round(seconds, 1),
            }
        )
        if recall >= REQUIRED:
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
            rival, graph = point["method"].rsplit(" ", 1)[0].split(" (")
            lines.setdefault((rival, graph), []).append((point["recall"], point["us"]))
        colours = {rival: f"C{at}" for at, rival in enumerate(dict.fromkeys(r for r, _ in lines))}
        recalls = {point["method"]: point["recall"] for point in details["frontier"]}
        for (rival, _), points in lines.items():
            axes.plot(*zip(*points, strict=True), ".-", color=colours[rival], alpha=0.3)
        for method, taken in details["in_turns_us"].items():
            if method in recalls:
                rival = method.split(" (")[0]
                axes.plot(recalls[method], taken, "o", color=colours[rival], label=rival)
        for bonus, marker in zip(BONUSES, "sD^*", strict=True):
            time_taken = details["in_turns_us"][f"Segue, genre_bonus {bonus}"]
            axes.plot([1.0], [time_taken], marker, color="black", label=f"Segue, bonus {bonus}")
        axes.set_xlim(0.99, 1.0005)
        axes.set_xlabel(f"recall@{K + 1} (lines: each tuned by itself; marks: in turns)")
        axes.set_ylabel("microseconds a query (median, one thread)")
        axes.set_yscale("log")
        axes.legend(fontsize="small")

    return draw


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a bar was missed (of quality only, if it has to be quick)."""
    options = _options(arguments)
    with ExitStack() as stack:
        if options.quick:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
            world = prepared(folder, tracks=QUICK_TRACKS, listeners=QUICK_LISTENERS)
        else:
            world = prepared(ROOT / "data" / f"serving-{options.tracks}", tracks=options.tracks)
        live = open_live(world)
        missed = False
        for part in options.only or ("quality", "latency"):
            details: dict[str, Any] = {}
            if part == "quality":
                rows = quality(live, world, options)
            else:
                rows, details = latency(live, options, lambda doing: print(doing, flush=True))
            print(f"\n{part}\n\n{as_table(rows)}\n", flush=True)
            if part == "quality" or not options.quick:
                missed |= not all(each["reached"] for each in rows)
            if not options.quick:
                dataset = f"benchmarks.generator, {world.tracks:,} tracks"
                origin = {"provenance": provenance(dataset=dataset, seed=options.seed)}
                section = f"{part}-{world.tracks}"
                draw = _draw(details) if details else None
                save_section("ann", section, {**origin, **details}, rows, draw)
    return 1 if missed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--only", nargs="+", choices=("quality", "latency"))
    parser.add_argument("--tracks", type=int, default=TRACKS, help="size of the catalogue")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="queries that are timed")
    parser.add_argument("--oracle", type=int, default=150, help="lists compared with brute force")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1, help="seed of every random choice")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seeds, options.oracle, options.rounds = 30, 12, 1
    return options


if __name__ == "__main__":
    sys.exit(main())
