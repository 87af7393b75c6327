"""kill -9 while a generation is published: does the next start serve the old or the new one?

A process publishes generation 2 of a store that holds generation 1, then clears generation 1 away.
It is killed before each step that it takes in the file system (Python tells of them by audit
events, so that nothing is added to the code that publishes), and at random instants. Each time a
fresh process sweeps, opens the store, and publishes again.
A section of ``python -m benchmarks.faults``.
"""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.generator import generate
from benchmarks.sections import Measured, Run, row
from benchmarks.watching import unwatched, watched
from index.catalogue import Catalogue
from index.generations import CURRENT, GenerationStore, build_generation

SEED = 1
TRACKS = 100
STEPS = frozenset(
    {"open", "os.fsync", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod"}
    | {"fcntl.flock", "shutil.rmtree", "sqlite3.connect", "tempfile.mkdtemp"}
)
"""Audit events that count as a step; ``os.rename`` is ``os.replace`` too."""

fresh = multiprocessing.get_context("forkserver")
fresh.set_forkserver_preload([__name__])


class Step(NamedTuple):
    """A step by its name, and by its number among those of that name.

    Its place among all steps differs from run to run, for threads work at some of them.
    """

    name: str
    number: int


@dataclass(frozen=True)
class Outcome:
    """What the next start found."""

    where: str
    generation: int | None
    """Generation that was served; None where there was none."""
    left_over: tuple[str, ...]
    """Names in the folder that a sweep should have cleared away."""
    published_again: bool

    @property
    def sound(self) -> bool:
        """Whether the old or the new one was served, and everything went on as if nothing was."""
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


def steps_of(folder: Path, tell: Callable[[Step], None]) -> None:
    """Call ``tell`` with each step in ``folder``, before it is taken."""
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
                tell(Step(name, taken[name]))

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
    """Publish undisturbed and say which steps that took."""
    found: list[Step] = []
    catalogue = source()
    steps_of(folder, found.append)
    publish(folder, 2, catalogue)
    steps.put(found)


def die_at(folder: Path, last: Step) -> None:
    """Publish, and be killed before a step."""
    catalogue = source()

    def tell(step: Step) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    steps_of(folder, tell)
    publish(folder, 2, catalogue)


def wait_and_publish(folder: Path, ready: Any) -> None:
    """Publish as soon as everything is there; whoever waits for ``ready`` kills at some time."""
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


class Bench:
    """A store with generation 1, copied for each kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template"
        self._run(partial(publish, self._template, 1, source()))

    def steps(self) -> list[Step]:
        """Return all steps."""
        steps: multiprocessing.Queue[list[Step]] = fresh.Queue()
        process = fresh.Process(target=list_steps, args=[self._copy(), steps])
        process.start()
        found = steps.get(timeout=300)
        process.join()
        return found

    def kill_before(self, step: Step) -> Outcome:
        """Kill before a step; return what the next start finds."""
        folder = self._copy()
        self._run(partial(die_at, folder, step))
        return self._after(folder, step.name)

    def kill_after(self, seconds: float) -> Outcome:
        """Kill so many seconds after the beginning; return what the next start finds."""
        folder, ready = self._copy(), fresh.Event()
        process = fresh.Process(target=wait_and_publish, args=[folder, ready])
        process.start()
        ready.wait(300)
        time.sleep(seconds)
        process.kill()
        process.join()
        return self._after(folder, f"after {1000 * seconds:.1f} ms")

    def seconds(self) -> float:
        """Return how long publishing takes, undisturbed."""
        folder, ready = self._copy(), fresh.Event()
        process = fresh.Process(target=wait_and_publish, args=[folder, ready])
        process.start()
        ready.wait(300)
        started = time.perf_counter()
        process.join()
        return time.perf_counter() - started

    def _after(self, folder: Path, where: str) -> Outcome:
        answer: multiprocessing.Queue[Outcome] = fresh.Queue()
        process = fresh.Process(target=next_start, args=[folder, where, answer])
        process.start()
        process.join()
        if process.exitcode:
            return Outcome(where, None, (f"exit code {process.exitcode}",), False)
        outcome = answer.get(timeout=10)
        shutil.rmtree(folder)
        return outcome

    def _copy(self) -> Path:
        folder = self._folder / "store"
        shutil.rmtree(folder, ignore_errors=True)
        return Path(shutil.copytree(self._template, folder))

    def _run(self, work: Callable[[], None]) -> None:
        process = fresh.Process(target=work)
        process.start()
        process.join()


def kill(
    folder: Path, *, every: int, instants: int, progress: Callable[[str, float], None] = unwatched
) -> tuple[list[Outcome], list[Outcome]]:
    """Return what came of kills before each ``every``-th step, and at random instants."""
    bench = Bench(folder)
    steps = bench.steps()[::every]
    at_steps = [
        bench.kill_before(step) for step in watched(steps, progress, "kills at each step", end=0.5)
    ]
    drawn, longest = random.Random(SEED), bench.seconds()
    moments = [drawn.uniform(0, longest) for _ in range(instants)]
    return at_steps, [
        bench.kill_after(moment)
        for moment in watched(moments, progress, "kills at random instants", start=0.5)
    ]


def as_rows(at_steps: list[Outcome], at_instants: list[Outcome]) -> list[dict[str, Any]]:
    """Return a row for each kind of kill."""
    rows = []
    for what, outcomes in (("before each step", at_steps), ("at random instants", at_instants)):
        served = Counter(outcome.generation for outcome in outcomes)
        left = sum(bool(outcome.left_over) for outcome in outcomes)
        rows.append(
            row(
                f"killed {what} of publishing",
                f"{len(outcomes)} kills: {served[1]} old, {served[2]} new, {served[None]} none "
                f"served, {left} with left-overs",
                "old or new each time, no left-overs, the next rebuild works",
                reached=all(outcome.sound for outcome in outcomes),
            )
        )
    return rows


def publishing(run: Run) -> Measured:
    """Measure the section."""
    every, instants = (40, 5) if run.quick else (1, 300)
    folder = Path(tempfile.mkdtemp(prefix="segue-publishing-"))
    try:
        at_steps, at_instants = kill(folder, every=every, instants=instants, progress=run.progress)
    finally:
        shutil.rmtree(folder)
    unsound = [outcome for outcome in (*at_steps, *at_instants) if not outcome.sound]
    return Measured(
        dataset=f"generated: {TRACKS} tracks",
        rows=as_rows(at_steps, at_instants),
        details={
            "steps": [outcome.where for outcome in at_steps],
            "unsound": [str(outcome) for outcome in unsound],
        },
    )
