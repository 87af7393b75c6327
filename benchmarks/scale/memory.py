"""Memory of each further worker: mapped files are shared, and the rest is small.

Two servers of several workers, one on a large catalogue and one on an empty one, get the same
requests. A worker of the empty one has imported the same modules and loaded nothing.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from benchmarks.faults.corruption import served_folder
from benchmarks.harness.load import closed_loop
from benchmarks.harness.requests import ListRequests, get
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import WITHOUT_INDEXER, World, port_of, published
from tests.support.processes import descendants
from tests.support.servers import SegueServer, segue_server
from tests.support.workers import WORKER

WORKERS = 3
BAR = Bar("<=", 60)
SECONDS = 5.0
KINDS = ("Pss", "Private_Dirty", "Private_Clean", "Rss")


def of_process(pid: int) -> dict[str, float]:
    """Return megabytes of a process by kind, page tables among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    found = {name.rstrip(":"): float(size) for name, size, *_ in (line.split() for line in lines)}
    status = Path(f"/proc/{pid}/status").read_text().split()
    found["PageTables"] = float(status[status.index("VmPTE:") + 1])
    return {kind: round(found[kind] / 1024, 1) for kind in (*KINDS, "PageTables")}


def worker_memory(world: World, server: SegueServer, seconds: float) -> list[dict[str, float]]:
    """Send requests of every kind that fills a cache; return the memory of each worker."""
    requests, port = ListRequests(world, world.seed), port_of(server)
    searches = cycle([get(f"/tracks/search/?q={word}") for word in ("love", "the", "night")])
    lists = (requests.similar(), requests.personalized(), requests.trending(), searches)
    mixed = chain.from_iterable(zip(*lists, strict=False))
    # Many connections, so that each worker gets some.
    closed_loop(port, mixed, seconds=seconds, connections=16 * WORKERS)
    pids = sorted(descendants(server.process.pid, WORKER))
    if len(pids) != WORKERS:
        raise AssertionError(f"{len(pids)} workers")
    return [of_process(pid) for pid in pids]


@contextmanager
def _serving(data_dir: Path) -> Iterator[SegueServer]:
    with segue_server(
        data_dir, settings=WITHOUT_INDEXER | {"SEGUE_WORKERS": str(WORKERS)}
    ) as server:
        yield server


def compare(folder: Path, *, tracks: int, seconds: float) -> dict[str, list[dict[str, float]]]:
    """Return the memory of each worker, on the large catalogue and on the empty one."""
    world = published(folder / f"world-{tracks}", tracks=tracks)
    nothing = folder / "nothing"
    if not nothing.exists():
        served_folder(nothing)
    measured = {}
    for name, data_dir in (("loaded", world.folder), ("empty", nothing)):
        with _serving(data_dir) as server:
            measured[name] = worker_memory(world, server, seconds)
    return measured


def as_rows(measured: Mapping[str, list[dict[str, float]]], tracks: int) -> list[dict[str, Any]]:
    """Return the unshared memory above that of an empty worker, and its parts."""
    means = {
        name: {kind: float(np.mean([each[kind] for each in workers])) for kind in workers[0]}
        for name, workers in measured.items()
    }
    loaded, empty = means["loaded"], means["empty"]

    def unshared(of: Mapping[str, float]) -> float:
        return of["Private_Dirty"] + of["Private_Clean"]

    added = round(unshared(loaded) - unshared(empty))
    rows = [row(f"unshared memory of each further worker, {tracks:,} tracks, MB", added, BAR)]
    for kind in (*KINDS, "PageTables"):
        figure = f"{loaded[kind]:.0f}, {empty[kind]:.0f} with nothing loaded"
        rows.append(row(f"{kind} of a worker, MB (mean of {WORKERS})", figure))
    return rows


def memory(run: Run) -> Measured:
    """Compare workers on a large and on an empty catalogue."""
    tracks, seconds = (2_000, 0.5) if run.quick else (1_000_000, SECONDS)
    with tempfile.TemporaryDirectory(prefix="segue-memory-") as folder:
        run.progress("building and serving", 0.1)
        measured = compare(Path(folder), tracks=tracks, seconds=seconds)

    def draw(axes: Axes) -> None:
        kinds = ("Pss", "Private_Dirty", "Private_Clean", "PageTables")
        for shift, (name, workers) in zip((-0.2, 0.2), measured.items(), strict=True):
            heights = [float(np.mean([worker[kind] for worker in workers])) for kind in kinds]
            axes.bar(np.arange(len(kinds)) + shift, heights, width=0.4, label=name)
        axes.set_xticks(range(len(kinds)), kinds)
        axes.set_ylabel("MB per worker")
        axes.legend()

    return Measured(
        dataset=f"generated: {tracks:,} tracks, 2,000 listeners of 200 interactions",
        rows=as_rows(measured, tracks),
        details={"workers": measured},
        draw=draw,
    )
