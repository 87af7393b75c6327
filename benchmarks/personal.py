"""CPU time of a personal list in process, against one by sound alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import World, world_of
from index.listener import NOTHING, TasteProfile, taste_profile
from index.live import Delta, History, LiveIndex, TrackTable
from index.ranking import personalized
from index.signals import PERSONAL_GENRE_BONUS

T = TypeVar("T")
LISTENERS, QUICK_LISTENERS, ROUNDS = 300, 20, 5
COMPARED = 100
BAR = Bar("<=", 1.5)
RECALL = Bar(">=", 0.98)


def personal(run: Run) -> Measured:
    """Microseconds of CPU of one list; ratios are medians of rounds in alternation."""
    world = world_of(run)
    live, by_sound = _indexes(world)
    chosen = live.snapshot.histories.user_ids
    rng = np.random.default_rng(run.seed)
    some = rng.choice(chosen, QUICK_LISTENERS if run.quick else LISTENERS, replace=False)
    histories = [found for each in some.tolist() if (found := live.history(each)) is not None]
    timed: dict[str, list[float]] = {name: [] for name in ("new", "new, sound", "cached", "sound")}
    for number in range(ROUNDS):
        run.progress(f"round {number + 1} of {ROUNDS}", number / ROUNDS)
        profiles = [taste_profile(live, each) for each in histories]
        plain = [replace(each, reach=NOTHING) for each in profiles]
        bonus = (
            PERSONAL_GENRE_BONUS + number / 1000
        )  # otherwise the list is cached with its profile
        timed["new"].append(_each(_new, live, histories))
        timed["new, sound"].append(_each(_new, by_sound, histories))
        timed["cached"].append(_each(partial(_lists, bonus), live, profiles))
        timed["sound"].append(_each(partial(_lists, bonus), live, plain))
    rows = [row(f"{name}, microseconds", round(median(values))) for name, values in timed.items()]
    for one, other, what in (
        ("new", "new, sound", "a new profile and its list, to those by sound alone"),
        ("cached", "sound", "a list from a cached profile, to one by sound alone"),
    ):
        pairs = zip(timed[one], timed[other], strict=True)
        ratio = round(median(a / b for a, b in pairs), 2)
        rows.append(row(what, ratio, BAR))
    reached = float(np.mean([len(each.reach.rows) for each in profiles]))
    return Measured(
        world.description,
        rows,
        {"tracks_reached": round(reached)},
    )


def personal_recall(world: World, run: Run, limit: int = 20) -> dict[str, Any]:
    """Compare lists, without list policies, with the score of every track of the catalogue."""
    live, _ = _indexes(world)
    everything = live.take(np.arange(len(live.snapshot.track_ids)))
    rng = np.random.default_rng(run.seed)
    count = QUICK_LISTENERS if run.quick else COMPARED
    found = total = 0
    for user in rng.choice(live.snapshot.histories.user_ids, count, replace=False).tolist():
        history = live.history(user)
        if history is None:
            continue
        profile = taste_profile(live, history)
        listed = personalized(live, profile, k=limit, diversity=0.0, max_per_artist=None)
        scores = _every_score(live, everything, profile)
        scores[profile.known] = -np.inf
        order = np.lexsort((everything.track_ids, -np.round(scores, 12)))[:limit]
        found += len(set(listed.rows.tolist()) & set(order.tolist()))
        total += len(order)
    share = round(found / total, 5)
    what = f"personalized, recall@{limit} of the whole score, {count} listeners"
    return row(what, share, RECALL)


def _every_score(live: LiveIndex, tracks: TrackTable, profile: TasteProfile) -> NDArray[np.float64]:
    """Score each track by the definition of the score, without a search."""
    weights = live.snapshot.hybrid.weights
    favourite = np.isin(tracks.genre_codes, profile.favourite_genres)
    boosts = np.where(favourite, PERSONAL_GENRE_BONUS, 1.0)
    scores = weights.audio * boosts * (1 + tracks.vectors @ profile.vector) / 2
    rows = np.arange(len(tracks.track_ids))
    scores += live.signal("prior", rows) + weights.freshness * tracks.freshness
    whole: NDArray[np.float64] = scores + profile.reach.parts_at(rows).sum(axis=1)
    return whole


def _indexes(world: World) -> tuple[LiveIndex, LiveIndex]:
    """Return the index that is served, and the same as if nothing had been learned."""
    live = world.live_index()
    plain = replace(live.snapshot, hybrid=replace(live.snapshot.hybrid, method="none"))
    return live, LiveIndex(plain, Delta.empty(plain))


def _new(live: LiveIndex, histories: Sequence[History]) -> None:
    for each in histories:
        personalized(live, taste_profile(live, each), k=10)


def _lists(bonus: float, live: LiveIndex, profiles: Sequence[TasteProfile]) -> None:
    for each in profiles:
        personalized(live, each, k=10, genre_bonus=bonus)


def _each(
    work: Callable[[LiveIndex, Sequence[T]], None], live: LiveIndex, of: Sequence[T]
) -> float:
    started = time.process_time()
    work(live, of)
    return 1e6 * (time.process_time() - started) / len(of)
