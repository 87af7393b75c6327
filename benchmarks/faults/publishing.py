"""kill -9 while a generation is published: does the next start serve the old or the new one?

A process publishes generation 2 of a store that holds generation 1, then clears generation 1 away.
It is killed before each step that it takes in the file system (Python tells of them by audit
events, so that nothing is added to the code that publishes), and at random instants. Each time a
fresh process sweeps, opens the store, and publishes again.
"""

import multiprocessing
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.faults.publisher import (
    SEED,
    TRACKS,
    Outcome,
    Step,
    die_at,
    list_steps,
    next_start,
    publish,
    source,
    wait_and_publish,
)
from benchmarks.harness.sections import (
    NONE,
    Measured,
    Progress,
    Run,
    no_progress,
    row,
    with_progress,
)

UNSOUND = "... nothing served, files left over, or no next rebuild"

fresh = multiprocessing.get_context("forkserver")
fresh.set_forkserver_preload(["benchmarks.faults.publisher"])


class KilledPublisher:
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
    folder: Path, *, every: int, instants: int, progress: Progress = no_progress
) -> tuple[list[Outcome], list[Outcome]]:
    """Return what came of kills before each ``every``-th step, and at random instants."""
    publisher = KilledPublisher(folder)
    steps = publisher.steps()[::every]
    at_steps = [
        publisher.kill_before(step)
        for step in with_progress(steps, progress, "kills at each step", end=0.5)
    ]
    drawn, longest = random.Random(SEED), publisher.seconds()
    moments = [drawn.uniform(0, longest) for _ in range(instants)]
    return at_steps, [
        publisher.kill_after(moment)
        for moment in with_progress(moments, progress, "kills at random instants", start=0.5)
    ]


def as_rows(at_steps: list[Outcome], at_instants: list[Outcome]) -> list[dict[str, Any]]:
    """Return a row for each kind of kill."""
    rows = []
    for what, outcomes in (("before each step", at_steps), ("at random instants", at_instants)):
        served = Counter(outcome.generation for outcome in outcomes)
        rows += [
            row(f"kills {what} of publishing", len(outcomes)),
            row("... old and new generations served", [served[1], served[2]]),
            row(UNSOUND, sum(not outcome.sound for outcome in outcomes), NONE),
        ]
    return rows


def publishing(run: Run) -> Measured:
    """Kill publishers before every step and at random instants."""
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
