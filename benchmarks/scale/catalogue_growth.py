"""Builds of ever larger generated catalogues, and the time of lists from them.

Each is built by a process of its own, whose peak of
memory is measured, the generated catalogue included. Then the smallest that is more than a toy and
the largest are served side by side.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson
from matplotlib.axes import Axes

from benchmarks.ann import in_turns
from benchmarks.harness.load import closed_loop
from benchmarks.harness.provenance import ROOT
from benchmarks.harness.recall import K
from benchmarks.harness.requests import ListRequests
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import World, database_in, peak_gb, serving_world
from index.ranking import similar_tracks

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
SECONDS_OF_BUILD, PEAK_GB, LATENCY_RATIO = Bar("<=", 900), Bar("<=", 8), Bar("<=", 2.0)
ROUNDS, SECONDS, SEEDS = 5, 3.0, 300


def build(run: Run) -> Measured:
    """Build catalogues of four sizes, and compare the times of lists."""
    sizes = (2_000, 5_000, 20_000) if run.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="segue-scale-") as folder:
        worlds = {
            tracks: World(Path(folder) / str(tracks), tracks, 0, run.seed) for tracks in sizes
        }
        built = {}
        for at, world in enumerate(worlds.values()):
            run.progress(f"building {world.tracks:,} tracks", at / (len(sizes) + 1))
            built[world.tracks] = _built(world)
        run.progress("asking", len(sizes) / (len(sizes) + 1))
        small, large = worlds[sizes[1]], worlds[sizes[-1]]
        over_http = _over_http(small, large, 0.2 if run.quick else SECONDS)
        in_process = {tracks: _in_process(world) for tracks, world in worlds.items()}
    largest = built[sizes[-1]]
    ratio = median(b / a for a, b in zip(*over_http.values(), strict=True))

    def draw(axes: Axes) -> None:
        axes.loglog(list(built), [found["build_seconds"] for found in built.values()], "o-")
        axes.set_xlabel("tracks")
        axes.set_ylabel("seconds of a build")

    return Measured(
        dataset=f"generated: {sizes[0]:,} to {sizes[-1]:,} tracks, as many interactions",
        rows=[
            row(f"{sizes[-1]:,} tracks built, s", largest["build_seconds"], SECONDS_OF_BUILD),
            row("peak memory, GB", round(largest["peak_gb"], 2), PEAK_GB),
            row(
                f"similar over HTTP, p50: {large.tracks:,} tracks to {small.tracks:,}",
                round(ratio, 2),
                LATENCY_RATIO,
            ),
            *(
                row(f"... in process, {tracks:,} tracks, us", round(found, 1))
                for tracks, found in in_process.items()
            ),
        ],
        details={
            "builds": {str(tracks): found for tracks, found in built.items()},
            "over_http_ms": {str(tracks): found for tracks, found in over_http.items()},
        },
        draw=draw,
    )


def _over_http(one: World, other: World, seconds: float) -> Mapping[int, list[float]]:
    """Return the p50 of one request at a time, by size, round by round in alternation."""
    found: dict[int, list[float]] = {one.tracks: [], other.tracks: []}
    with ExitStack() as stack:
        targets = [
            (
                world.tracks,
                stack.enter_context(serving_world(world)),
                ListRequests(world, world.seed),
            )
            for world in (one, other)
        ]
        for number in range(ROUNDS + 1):  # the first one warms up
            for tracks, port, requests in targets:
                load = closed_loop(port, requests.similar(), seconds=seconds, connections=1)
                if number:
                    found[tracks].append(load.percentile(50))
    return found


def _in_process(world: World) -> float:
    """Return the median microseconds of a list."""
    live = world.live_index()
    seeds = np.random.default_rng(world.seed).choice(world.tracks, SEEDS, replace=False)
    return float(np.median(in_turns({"": partial(similar_tracks, live, k=K)}, seeds, ROUNDS)[""]))


def _built(world: World) -> dict[str, Any]:
    database = database_in(world.folder)
    arguments = [str(world.folder), str(world.tracks), str(world.seed), database]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale.catalogue_growth", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return found


def main(folder: Path, tracks: int, seed: int, database: str) -> None:
    """Generate, build and publish once, and print what it took."""
    from benchmarks.catalogue.generator import MOMENT, generate
    from index.generations import BuildReport, GenerationStore, build_generation

    started = time.perf_counter()
    generated = generate(tracks, users=tracks // 20, interactions=tracks, seed=seed)
    catalogue = replace(generated, database=database)
    began = time.perf_counter()
    steps: list[tuple[str, float]] = []
    reports: list[BuildReport] = []

    def write(path: Path) -> None:
        report = build_generation(
            catalogue,
            path,
            generation=1,
            now=MOMENT,
            progress=lambda doing, _: steps.append((doing, time.perf_counter() - began)),
        )
        reports.append(report)

    GenerationStore(folder / "generations").publish(write, generation=1)
    result = {
        "generate_seconds": round(began - started, 2),
        "build_seconds": round(time.perf_counter() - began, 2),
        "peak_gb": round(peak_gb(), 3),
        "size_bytes": reports[0].size_bytes,
        "began_at": {doing: round(at, 2) for doing, at in reversed(steps)},
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
