"""What a personal list costs in process, beside one by sound alone: new profiles, and kept ones."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeVar

import numpy as np

from benchmarks.faults import Measured, Run, row
from benchmarks.generator import MOMENT
from benchmarks.served import World
from index.delta import Delta
from index.hybrid.personal import NOTHING
from index.kernels import warm_up
from index.live import History, LiveIndex
from index.manifest import read_manifest
from index.ranking import personalized
from index.store import GenerationStore
from index.taste import TasteProfile, taste_profile

T = TypeVar("T")
LISTENERS, QUICK_LISTENERS, ROUNDS = 300, 20, 5
BAR = 1.5


def personal(world: World, run: Run) -> Measured:
    """Microseconds of CPU of one list; ratios are medians of rounds in alternation."""
    live, by_sound = _indexes(world)
    chosen = live.snapshot.histories.user_ids
    rng = np.random.default_rng(run.seed)
    some = rng.choice(chosen, QUICK_LISTENERS if run.quick else LISTENERS, replace=False)
    histories = [found for each in some.tolist() if (found := live.history(each)) is not None]
    timed: dict[str, list[float]] = {name: [] for name in ("new", "new, sound", "kept", "sound")}
    for number in range(ROUNDS):
        run.progress(f"round {number + 1} of {ROUNDS}", number / ROUNDS)
        profiles = [taste_profile(live, each, MOMENT) for each in histories]
        plain = [replace(each, reach=NOTHING) for each in profiles]
        _lists(live, profiles)
        timed["new"].append(_each(_new, live, histories))
        timed["new, sound"].append(_each(_new, by_sound, histories))
        timed["kept"].append(_each(_lists, live, profiles))
        timed["sound"].append(_each(_lists, live, plain))
    rows = [
        row(f"{name}, microseconds", round(median(values)), "", reached=True)
        for name, values in timed.items()
    ]
    for one, other, what in (
        ("new", "new, sound", "a profile made anew and its list, to those by sound alone"),
        ("kept", "sound", "a list from a profile that is kept, to one by sound alone"),
    ):
        pairs = zip(timed[one], timed[other], strict=True)
        ratio = round(median(a / b for a, b in pairs), 2)
        rows.append(row(what, ratio, f"<= {BAR}", reached=ratio <= BAR))
    reached = float(np.mean([len(each.reach.rows) for each in profiles]))
    return Measured(
        f"generated: {world.tracks:,} tracks, {world.listeners:,} listeners of 200 interactions",
        rows,
        {"tracks_reached": round(reached)},
    )


def _indexes(world: World) -> tuple[LiveIndex, LiveIndex]:
    """Return the index that is served, and the same as if nothing had been learned."""
    store = GenerationStore(world.folder / "generations")
    current = store.current()
    snapshot = current and store.open_latest(read_manifest(current).database)
    if not snapshot:
        raise SystemExit("There is no generation")
    warm_up()
    plain = replace(snapshot, hybrid=replace(snapshot.hybrid, method="none"))
    return LiveIndex(snapshot, Delta.empty(snapshot)), LiveIndex(plain, Delta.empty(plain))


def _new(live: LiveIndex, histories: Sequence[History]) -> None:
    for each in histories:
        personalized(live, taste_profile(live, each, MOMENT), k=10)


def _lists(live: LiveIndex, profiles: Sequence[TasteProfile]) -> None:
    for each in profiles:
        personalized(live, each, k=10)


def _each(
    work: Callable[[LiveIndex, Sequence[T]], None], live: LiveIndex, of: Sequence[T]
) -> float:
    started = time.process_time()
    work(live, of)
    return 1e6 * (time.process_time() - started) / len(of)
