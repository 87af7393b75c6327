"""Requests a second and times of one core over HTTP, against endpoints that do nothing.

The server has a core of its own, the client another one; replies are never cached, and no seed
occurs twice in a run. Everything that is compared runs in alternation; figures are medians.
"""

import itertools
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from statistics import median

import numpy as np
from matplotlib.axes import Axes

from benchmarks.harness.alternation import (
    RUN_IN_SECONDS,
    alternating,
    details_of,
    medians,
    ratio_row,
    rounds_of,
    seconds_of,
)
from benchmarks.harness.http_client import Client
from benchmarks.harness.load import closed_loop, open_loop
from benchmarks.harness.oracle import BruteForce
from benchmarks.harness.recall import GENRE_BONUSES, REQUIRED, Agreement, K
from benchmarks.harness.requests import BATCH, SIMILAR, ListRequests, Requests
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import reference, serving_by, serving_world, world_of
from benchmarks.personal import personal_recall

OVERLOAD, OVERLOAD_CONNECTIONS = 4, 2_000
REFUSED_MS = Bar("<=", 300)
GOODPUT, CACHED_P99_MS = Bar(">=", 0.8), Bar("<=", 5.0)
PERCENTILES = (50, 95, 99)
BARE, SIMILAR_10 = "bare FastAPI", "similar, limit 10"
BARE_OF_TWO = "bare FastAPI, two parameters"
CACHED, NEW = "personalized, profiles cached", "personalized, profiles new"
REPEATED = "personalized, lists cached with their profiles"


def throughput(run: Run) -> Measured:
    """Requests a second of everything, in alternation."""
    world = world_of(run)
    lists = ListRequests(world, run.seed)
    with ExitStack() as stack:
        segue = stack.enter_context(serving_world(world))
        size = _mean_size(segue, lists)
        bare = stack.enter_context(reference(world.folder, "fastapi", size=size))
        two = stack.enter_context(reference(world.folder, "fastapi-two", size=size))
        plain = stack.enter_context(reference(world.folder, "starlette", size=size))
        measured = alternating(
            run,
            {
                BARE: (bare, lists.similar),
                BARE_OF_TWO: (two, lists.similar),
                "plain Starlette": (plain, lists.similar),
                SIMILAR_10: (segue, lists.similar),
                "similar, limit 50": (segue, lambda: lists.similar(50)),
                "batch of 100": (segue, lists.batch),
                CACHED: (segue, lists.personalized_again),
                REPEATED: (segue, lists.personalized_repeatedly),
                NEW: (segue, lists.personalized),
                "trending": (segue, lists.trending),
            },
        )
    per_second = medians(measured)
    rows = [
        row("bare FastAPI, requests/s", round(per_second[BARE])),
        row("bare FastAPI with two parameters only, requests/s", round(per_second[BARE_OF_TWO])),
        row("plain Starlette, requests/s", round(per_second["plain Starlette"])),
        ratio_row(measured, SIMILAR_10, BARE, 1.0),
        ratio_row(measured, "similar, limit 50", SIMILAR_10, 0.6),
        ratio_row(measured, "batch of 100", SIMILAR_10, 1.8, "tracks/s", BATCH),
        ratio_row(measured, CACHED, BARE, 0.5),
        ratio_row(measured, REPEATED, BARE, None),
        ratio_row(measured, NEW, BARE, None),
        ratio_row(measured, "trending", BARE, None),
    ]
    details = {"reply_bytes": size, "requests_per_second": per_second, "runs": details_of(measured)}
    return Measured(world.description, rows, details, _bars(per_second))


def parsers(run: Run) -> Measured:
    """The same without a proxy in front: by h11, which refuses oversized headers."""
    world = world_of(run)
    lists = ListRequests(world, run.seed)
    with ExitStack() as stack:
        segue = stack.enter_context(serving_by("h11", world))
        size = _mean_size(segue, lists)
        bare = stack.enter_context(reference(world.folder, "fastapi", size=size, parser="h11"))
        targets = {BARE: (bare, lists.similar), SIMILAR_10: (segue, lists.similar)}
        measured = alternating(run, targets)
    rows = [ratio_row(measured, SIMILAR_10, BARE, 1.0, "by h11")]
    details = {
        "reply_bytes": size,
        "requests_per_second": medians(measured),
        "runs": details_of(measured),
    }
    return Measured(world.description, rows, details)


def latency(run: Run) -> Measured:
    """Times at half of capacity, in an open loop, in alternation with those of a bare endpoint."""
    world = world_of(run)
    lists, seconds = ListRequests(world, run.seed), seconds_of(run)
    capacities: dict[str, float] = {}
    times: dict[str, list[list[float]]] = {}
    with ExitStack() as stack:
        segue = stack.enter_context(serving_world(world))
        size = _mean_size(segue, lists)
        bare = stack.enter_context(reference(world.folder, "fastapi", size=size))
        targets: dict[str, tuple[int, Requests]] = {
            BARE: (bare, lists.similar),
            SIMILAR_10: (segue, lists.similar),
            CACHED: (segue, lists.personalized_again),
            NEW: (segue, lists.personalized),
        }
        for name, (port, requests) in targets.items():
            closed_loop(port, requests(), seconds=seconds)
            capacities[name] = closed_loop(port, requests(), seconds=seconds).good_per_second
        for number in range(rounds_of(run)):
            for at, (name, (port, requests)) in enumerate(targets.items()):
                run.progress(name, (number + at / len(targets)) / rounds_of(run))
                closed_loop(port, requests(), seconds=RUN_IN_SECONDS)
                rate = capacities[name] / 2
                load = open_loop(port, requests(), rate=rate, seconds=seconds, connections=64)
                times.setdefault(name, []).append([load.percentile(p) for p in PERCENTILES])
    rows, details = [], {}
    for name, rounds in times.items():
        p50, p95, p99 = np.median(rounds, axis=0).tolist()
        details[name] = {"capacity": capacities[name], "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}
        what = f"{name} at half of capacity, p99 in ms (p50 {p50:.2f})"
        rows.append(row(what, round(p99, 2), CACHED_P99_MS if name == CACHED else None))
    return Measured(world.description, rows, {**details, "runs": times})


def overload(run: Run) -> Measured:
    """Far more requests than can be answered: what is served, and how soon the rest is refused."""
    world = world_of(run)
    lists, seconds = ListRequests(world, run.seed), seconds_of(run)
    connections = 100 if run.quick else OVERLOAD_CONNECTIONS
    rows, details = [], {}
    with serving_world(world) as segue:
        closed_loop(segue, lists.similar(), seconds=seconds)
        peak = median(
            closed_loop(segue, lists.similar(), seconds=seconds).good_per_second
            for _ in range(rounds_of(run))
        )
        for factor in (1, 2, OVERLOAD):
            run.progress(f"{factor} x", factor / 5)
            load = open_loop(
                segue,
                lists.similar(),
                rate=factor * peak,
                seconds=2 * seconds,
                connections=connections,
            )
            goodput = load.good_per_second / peak
            details[f"{factor}x"] = {
                "goodput": goodput,
                "statuses": {str(status): n for status, n in load.statuses.items()},
                "unsent": load.unsent,
                "p99_ms": {str(each): load.percentile(99, each) for each in load.statuses},
            }
            what = f"goodput at {factor} x the load, share of peak"
            rows.append(row(what, round(goodput, 2), GOODPUT))
            if refused := load.percentile(99, 503):
                what = f"refused at {factor} x the load, p99 in ms"
                rows.append(row(what, round(refused), REFUSED_MS))
    return Measured(world.description, rows, {"peak": peak, **details})


def quality(run: Run) -> Measured:
    """Compare served lists with the oracle over the raw features of the whole catalogue."""
    world = world_of(run)
    oracle = BruteForce(world.raw_tracks())
    seeds = np.random.default_rng(run.seed).choice(world.tracks, 5 if run.quick else 100, False)
    rows = []
    with serving_world(world) as port, Client(port) as client:
        for at, bonus in enumerate(GENRE_BONUSES):
            agreement = Agreement()
            for number, seed in enumerate(seeds.tolist()):
                run.progress(f"bonus {bonus}", (at + number / len(seeds)) / len(GENRE_BONUSES))
                options = {"limit": K, "genre_bonus": bonus, "collapse_versions": "false"}
                reply = client.get(SIMILAR, track_id=seed + 1, **options)
                true = oracle.similar(seed, genre_bonus=bonus, k=K)
                agreement.add((item["id"] - 1 for item in reply["items"]), true.tolist())
            rows.append(row(f"recall@{K}, bonus {bonus}", agreement.recall, REQUIRED))
    rows.append(personal_recall(world, run))
    return Measured(world.description, rows, {"seeds": len(seeds)})


def _mean_size(port: int, lists: ListRequests) -> int:
    """Return the mean size of replies; the constant replies get the same."""
    with Client(port) as client:
        paths = (request.split(b" ", 2)[1].decode() for request in lists.similar())
        sizes = [len(client.send("GET", path).body) for path in itertools.islice(paths, 50)]
    return round(sum(sizes) / len(sizes))


def _bars(per_second: Mapping[str, float]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        axes.barh(list(per_second), list(per_second.values()))
        axes.invert_yaxis()
        axes.set_xlabel("requests a second of one core")

    return draw
