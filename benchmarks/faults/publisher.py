"""The processes that publish a generation, report their steps, and die before one of them."""

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.catalogue.generator import generate
from index.catalogue import Catalogue
from index.generations import CURRENT, GenerationStore, build_generation

SEED = 1
TRACKS = 100
STEPS = frozenset(
    {"open", "os.fsync", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod"}
    | {"fcntl.flock", "shutil.rmtree", "sqlite3.connect", "tempfile.mkdtemp"}
)
"""Audit events that count as a step; ``os.rename`` is ``os.replace`` too."""


class Step(NamedTuple):
    """A step by its name, and by its number among those of that name.

    Its place among all steps differs from run to run, for threads work at some of them.
    """

    name: str
    number: int


@dataclass(frozen=True)
class Outcome:
    """State that the next start found."""

    where: str
    generation: int | None
    """Generation that was served; None where there was none."""
    left_over: tuple[str, ...]
    """Names in the folder that a sweep should have cleared away."""
    published_again: bool

    @property
    def sound(self) -> bool:
        """Whether the old or the new one was served, and the next rebuild worked."""
        return self.generation in (1, 2) and not self.left_over and self.published_again


def source() -> Catalogue:
    """Return the catalogue that is published."""
    return generate(TRACKS, users=10, interactions=200, seed=SEED)


def publish(folder: Path, number: int, catalogue: Catalogue) -> None:
    """Publish a generation and clear away the one before, as a rebuild does."""
    store = GenerationStore(folder)

    def write(aside: Path) -> None:
        build_generation(catalogue, aside, generation=number, now=1_800_000_000.0 + number)

    store.publish(write, generation=number)
    store.prune(1)


def steps_of(folder: Path, report: Callable[[Step], None]) -> None:
    """Call ``report`` with each step in ``folder``, before it is taken."""
    sync: Any = os.fsync
    taken: Counter[str] = Counter()

    def audited_sync(descriptor: Any) -> None:
        sys.audit("os.fsync", os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in STEPS:
            at = _path(event, arguments)
            if at.startswith(str(folder)):
                name = f"{event} {_shown(at, folder)}"
                taken[name] += 1
                report(Step(name, taken[name]))

    os.fsync = audited_sync  # type: ignore[assignment]
    sys.addaudithook(hook)


def _path(event: str, arguments: tuple[Any, ...]) -> str:
    subject = arguments[1] if event == "os.rename" else arguments[0]
    if event == "fcntl.flock" and isinstance(subject, int):
        return os.readlink(f"/proc/self/fd/{subject}")
    if event in {"os.remove", "os.rmdir"} and arguments[1] >= 0:  # below an open folder
        return os.path.join(os.readlink(f"/proc/self/fd/{arguments[1]}"), subject)
    return str(subject)


def _shown(path: str, folder: Path) -> str:
    """Return a path without what differs from run to run."""
    parts = Path(path).relative_to(folder).parts
    return "/".join("aside" if part.startswith(".tmp-gen-") else part for part in parts) or "."


def list_steps(folder: Path, steps: "multiprocessing.Queue[list[Step]]") -> None:
    """Publish undisturbed and return the steps of that."""
    found: list[Step] = []
    catalogue = source()
    steps_of(folder, found.append)
    publish(folder, 2, catalogue)
    steps.put(found)


def die_at(folder: Path, last: Step) -> None:
    """Publish, and be killed before a step."""
    catalogue = source()

    def report(step: Step) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    steps_of(folder, report)
    publish(folder, 2, catalogue)


def wait_and_publish(folder: Path, ready: Any) -> None:
    """Publish as soon as ``ready`` is set; the other process kills this one at some time."""
    catalogue = source()
    ready.set()
    publish(folder, 2, catalogue)


def next_start(folder: Path, where: str, answer: "multiprocessing.Queue[Outcome]") -> None:
    """Do what a start does, and then a rebuild."""
    store, catalogue = GenerationStore(folder), source()
    store.sweep()
    snapshot = store.open_latest(catalogue.database, set_aside=True)
    allowed = (CURRENT, ".lock", "gen-000001", "gen-000002")
    left_over = tuple(path.name for path in folder.iterdir() if path.name not in allowed)

    publish(folder, store.highest() + 1, catalogue)
    again = store.open_latest(catalogue.database)
    published = again is not None and again.generation == store.highest()
    answer.put(Outcome(where, snapshot.generation if snapshot else None, left_over, published))
