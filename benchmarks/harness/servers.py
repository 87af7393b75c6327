"""Servers for measurements: ``segue serve`` on a generated catalogue, databases, references."""

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import psutil

from benchmarks.catalogue.generator import MOMENT, generate
from benchmarks.harness.oracle import WEIGHTS, RawTracks
from benchmarks.harness.provenance import ROOT
from benchmarks.harness.sections import Run
from index.catalogue import Catalogue
from index.features import FEATURE_NAMES
from index.generations import GenerationStore, build_generation
from index.kernels import warm_up
from index.live import Delta, LiveIndex
from tests.support.processes import background, free_port, wait_until
from tests.support.servers import (
    SegueServer,
    is_answering,
    segue_command,
    segue_environment,
    segue_server,
)

SERVER_CORE = 0
LISTENERS, QUICK_LISTENERS, EVENTS_OF_EACH = 2_000, 50, 200
WITHOUT_INDEXER = {"SEGUE_EMBEDDED_INDEXER": "false"}


@dataclass(frozen=True, slots=True)
class World:
    """A generated catalogue, and the data folder in which a generation of it is published."""

    folder: Path
    tracks: int
    listeners: int
    seed: int

    def catalogue(self) -> Catalogue:
        """Generate the catalogue again."""
        events = self.listeners * EVENTS_OF_EACH
        return generate(self.tracks, users=self.listeners, interactions=events, seed=self.seed)

    def raw_tracks(self) -> RawTracks:
        """Return the tracks as the oracle takes them."""
        tracks = self.catalogue().tracks
        features = {name: tracks.features[:, FEATURE_NAMES.index(name)] for name in WEIGHTS}
        genres = [(genre or "").strip().lower() for genre in tracks.genres]
        return RawTracks([], features, np.array(genres))

    def live_index(self) -> LiveIndex:
        """Open the published generation in this process."""
        store = GenerationStore(self.folder / "generations")
        return open_generation(store, store.manifests()[0].database)

    @property
    def description(self) -> str:
        """Size and origin."""
        return (
            f"generated: {self.tracks:,} tracks, {self.listeners:,} listeners of "
            f"{EVENTS_OF_EACH} interactions"
        )


def open_generation(store: GenerationStore, database: str) -> LiveIndex:
    """Open the newest generation of a store, without changes, and warm the kernels up."""
    snapshot = store.open_latest(database)
    if snapshot is None:
        raise SystemExit("There is no generation that can be verified.")
    warm_up()
    return LiveIndex(snapshot, Delta.empty(snapshot))


def publish(store: GenerationStore, catalogue: Catalogue, now: float = MOMENT) -> None:
    """Build and publish a further generation of a catalogue."""
    number = store.highest() + 1
    store.publish(
        lambda path: build_generation(catalogue, path, generation=number, now=now),
        generation=number,
    )


def world_of(run: Run) -> World:
    """Return the world of a run by its option ``tracks``; a large one is kept in ``data/``."""
    tracks = run.options["tracks"]
    if run.quick:
        return published(_temporary() / str(tracks), tracks=tracks, listeners=QUICK_LISTENERS)
    return published(ROOT / "data" / f"serving-{tracks}", tracks=tracks)


@cache
def _temporary() -> Path:
    folder = tempfile.mkdtemp(prefix="segue-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def published(folder: Path, *, tracks: int, listeners: int = LISTENERS, seed: int = 1) -> World:
    """Return a world whose catalogue is published in ``folder``, unless it is there already."""
    world = World(folder, tracks, listeners, seed)
    database = database_in(folder)
    store = GenerationStore(folder / "generations")
    if store.open_latest(database) is None:
        publish(store, replace(world.catalogue(), database=database))
    return world


def database_in(folder: Path) -> str:
    """Make the embedded database of a data folder, and return its UUID."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([segue_command(), "db", "upgrade"], env=segue_environment(folder), check=True)
    with closing(sqlite3.connect(folder / "segue.db")) as connection:
        query = "SELECT value FROM segue_meta WHERE name = 'database_uuid'"
        [database] = connection.execute(query).fetchone()
    return str(database)


@contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """Start programs in this block on these cores; on one core there is nothing to choose."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before & set(cores) or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def serving(
    folder: Path,
    *,
    database_url: str = "",
    cores: Sequence[int] = (SERVER_CORE,),
    settings: Mapping[str, str] | None = None,
) -> Iterator[SegueServer]:
    """Run ``segue serve`` on some cores."""
    with ExitStack() as stack:
        with on_cores(*cores):
            server = segue_server(
                folder, database_url=database_url, settings=settings, seconds=1_800
            )
            running = stack.enter_context(server)
        yield running


@contextmanager
def serving_world(world: World) -> Iterator[int]:
    """Run ``segue serve`` without an indexer on a core of its own; yield its port."""
    with serving(world.folder, settings=WITHOUT_INDEXER) as server:
        yield port_of(server)


def port_of(server: SegueServer) -> int:
    """Return the port of a server."""
    return int(server.url.rpartition(":")[2])


@contextmanager
def serving_by(parser: str, world: World) -> Iterator[int]:
    """Run Segue's application by another HTTP parser of uvicorn; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "--http", parser, "--no-access-log"]
    command += ["--port", str(port), "--log-level", "warning", "--no-server-header"]
    command.append("service.commands.supervisor:worker_app")
    environment = segue_environment(world.folder, settings=WITHOUT_INDEXER)
    with _on_server_core(command, world.folder / f"{parser}.log", environment, port):
        yield port


@contextmanager
def reference(folder: Path, kind: str, *, size: int, parser: str = "httptools") -> Iterator[int]:
    """Run a reference application on the core of the server; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.harness.reference_app", "--kind", kind]
    command += ["--port", str(port), "--size", str(size), "--http", parser]
    environment = {**segue_environment(folder), "PYTHONPATH": str(ROOT)}
    with _on_server_core(command, folder / f"{kind}-{parser}.log", environment, port):
        yield port


@contextmanager
def _on_server_core(
    command: list[str], log: Path, environment: dict[str, str], port: int
) -> Iterator[None]:
    with ExitStack() as stack:
        with on_cores(SERVER_CORE):
            process = stack.enter_context(background(command, log=log, environment=environment))
        url = f"http://127.0.0.1:{port}/livez"
        wait_until(lambda: is_answering(url), process, log, seconds=120)
        yield


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, all of its threads together."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def peak_gb() -> float:
    """Return the peak of resident memory of this process (VmHWM), mapped files included."""
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) * 1024 / 1e9
