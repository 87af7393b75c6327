"""A generated catalogue behind ``segue serve``, beside the applications it is measured against."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.bruteforce import WEIGHTS, Tracks
from benchmarks.database import on_cores
from benchmarks.generator import MOMENT, generate
from benchmarks.provenance import ROOT
from index.catalogue import Catalogue
from index.features import FEATURE_NAMES
from index.generations import GenerationStore, build_generation
from tests.support.processes import background, free_port, wait_until
from tests.support.servers import is_answering, segue_command, segue_environment, segue_server

SERVER_CORE = 0
LISTENERS, EVENTS_OF_EACH = 2_000, 200
APART = {"SEGUE_EMBEDDED_INDEXER": "false"}


@dataclass(frozen=True, slots=True)
class World:
    """A catalogue that is published, and where."""

    folder: Path
    tracks: int
    listeners: int
    seed: int

    def catalogue(self) -> Catalogue:
        """Generate the catalogue again."""
        events = self.listeners * EVENTS_OF_EACH
        return generate(self.tracks, users=self.listeners, interactions=events, seed=self.seed)

    def raw_tracks(self) -> Tracks:
        """Return the tracks as the brute force takes them."""
        tracks = self.catalogue().tracks
        features = {name: tracks.features[:, FEATURE_NAMES.index(name)] for name in WEIGHTS}
        genres = [(genre or "").strip().lower() for genre in tracks.genres]
        return Tracks([], features, np.array(genres))


def prepared(folder: Path, *, tracks: int, listeners: int = LISTENERS, seed: int = 1) -> World:
    """Return a published catalogue in ``folder``; one that is there already is taken."""
    world = World(folder, tracks, listeners, seed)
    database = database_in(folder)
    store = GenerationStore(folder / "generations")
    if store.open_latest(database) is None:
        catalogue = replace(world.catalogue(), database=database)
        generation = store.highest() + 1
        store.publish(
            lambda path: build_generation(catalogue, path, generation=generation, now=MOMENT),
            generation=generation,
        )
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
def serving(world: World, **settings: str) -> Iterator[int]:
    """Run ``segue serve`` on a core of its own; yield its port."""
    with ExitStack() as stack:
        with on_cores(SERVER_CORE):
            server = stack.enter_context(segue_server(world.folder, settings=APART | settings))
        yield int(server.url.rsplit(":", 1)[1])


@contextmanager
def serving_by(parser: str, world: World) -> Iterator[int]:
    """Run Segue's application by another HTTP parser of uvicorn; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "--http", parser, "--no-access-log"]
    command += ["--port", str(port), "--log-level", "warning", "--no-server-header"]
    command.append("service.commands.supervisor:worker_app")
    environment = segue_environment(world.folder, settings=APART)
    with _on_server_core(command, world.folder / f"{parser}.log", environment, port):
        yield port


@contextmanager
def reference(folder: Path, kind: str, *, size: int, parser: str = "httptools") -> Iterator[int]:
    """Run a reference application on the core of the server; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.reference_app", "--kind", kind]
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
