"""The files that five trips open: those with a function that runs, compiled kernels included."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.structure.sources import reached_kernels
from tests.support.processes import background, free_port, wait_until
from tests.support.servers import READY, segue_environment

HERE = Path(__file__).parent
TRACKS, LISTENERS = 2_000, 120
SECONDS = 300


class Tree:
    """A checkout whose trips are measured, and a folder for what it writes."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root.resolve()
        self._folder = folder
        self._data = folder / "data"
        self._tracer = folder / "tracer"
        for path in (self._data, self._tracer):
            path.mkdir(parents=True)
        shutil.copy(HERE / "tracer.py", self._tracer / "sitecustomize.py")

    def trips(self) -> dict[str, set[str]]:
        """Return the files that each trip opens."""
        self._segue("demo", "--tracks", str(TRACKS), "--listeners", str(LISTENERS))
        self._segue("rebuild")
        requests = self._requests()
        with self._traced("rebuild") as environment:
            self._segue("rebuild", environment=environment)
        with self._traced("start") as environment:
            self._start(environment)
        found = {**requests, "rebuild": self._read("rebuild"), "start": self._read("start")}
        return {trip: self._with_kernels(names) for trip, names in found.items()}

    def _environment(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": os.pathsep.join((str(self._tracer), str(self.root))),
            "SEGUE_EMBEDDED_INDEXER": "false",
            "PORT": str(free_port()),
        }
        return segue_environment(self._data, settings=own)

    @contextmanager
    def _traced(self, trip: str) -> Iterator[dict[str, str]]:
        folder = self._folder / trip
        folder.mkdir()
        yield self._environment() | {"TRACE_ROOT": str(self.root), "TRACE_FOLDER": str(folder)}

    def _segue(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        subprocess.run(
            [sys.executable, "-m", "service.cli", *arguments],
            cwd=self.root,
            env=environment or self._environment(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _requests(self) -> dict[str, set[str]]:
        done = subprocess.run(
            [sys.executable, "-P", str(HERE / "requests_in_process.py")],
            cwd=self.root,
            env=self._environment() | {"TRACE_ROOT": str(self.root)},
            check=True,
            stdout=subprocess.PIPE,
        )
        found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
        return {trip: set(names) for trip, names in found.items()}

    def _start(self, environment: dict[str, str]) -> None:
        """Start a server, and end it once it is ready."""
        log = self._folder / "serve.log"
        command = [sys.executable, "-m", "service.cli", "serve"]
        with background(command, log=log, environment=environment) as process:
            wait_until(lambda: READY in log.read_text(), process, log, seconds=SECONDS)
            for path in list((self._folder / "start").iterdir()):
                shutil.copy(path, path.with_suffix(".ready"))

    def _read(self, trip: str) -> set[str]:
        paths = list((self._folder / trip).iterdir())
        ready = [path for path in paths if path.suffix == ".ready"]
        return {name for path in ready or paths for name in path.read_text().split()}

    def _with_kernels(self, names: set[str]) -> set[str]:
        """Return files: for each kernel its own and those of the helpers that it calls."""
        called = {tuple(name.split(":")) for name in names if ":" in name}
        files = {name for name in names if ":" not in name}
        for file, function in called:
            files |= reached_kernels(self.root, file, function)
        return files
