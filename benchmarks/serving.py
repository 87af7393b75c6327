"""``make bench-serving``: one core over HTTP, beside endpoints that do nothing.

The server has a core of its own, the client another one; replies are never cached, and no seed is
asked for twice in a run. Everything that is compared runs in alternation; figures are medians.
``--quick`` takes seconds and shows that a section works; its figures say little.
"""

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import numpy as np
from matplotlib.axes import Axes

from benchmarks.asked import BATCH, SIMILAR, Asked, Requests
from benchmarks.bruteforce import BruteForce
from benchmarks.catalogue import get_json
from benchmarks.load import Load, closed_loop, open_loop
from benchmarks.personal import personal, personal_recall
from benchmarks.provenance import ROOT, provenance
from benchmarks.report import as_table
from benchmarks.results_files import save_section
from benchmarks.sections import Measured, Run, progress_bar, row
from benchmarks.served import World, prepared, reference, serving, serving_by

TRACKS, QUICK_TRACKS, QUICK_LISTENERS = 1_000_000, 2_000, 50
RUNS, SECONDS, RUN_IN_SECONDS = 5, 4.0, 1.0
OVERLOAD, OVERLOAD_CONNECTIONS = 4, 2_000
REFUSED_MILLISECONDS = 300
PERCENTILES = (50, 95, 99)
GENRE_BONUSES = (1.0, 1.02, 1.05, 1.2)
BARE, SIMILAR_10 = "bare FastAPI", "similar, limit 10"
KEPT, NEW = "personalized, profiles kept", "personalized, profiles new"
REPEATED = "personalized, lists kept with their profiles"

Measurements = Sequence[tuple[str, Sequence[Load]]]
"""Loads by name, round by round."""


def throughput(world: World, run: Run) -> Measured:
    """Requests a second of everything, in alternation."""
    asked = Asked(world, run.seed)
    with ExitStack() as stack:
        segue = stack.enter_context(serving(world))
        size = _mean_size(segue, asked)
        bare = stack.enter_context(reference(world.folder, "fastapi", size=size))
        two = stack.enter_context(reference(world.folder, "fastapi-two", size=size))
        plain = stack.enter_context(reference(world.folder, "starlette", size=size))
        measured = _alternating(
            run,
            {
                BARE: (bare, asked.similar),
                "bare FastAPI, two parameters": (two, asked.similar),
                "plain Starlette": (plain, asked.similar),
                SIMILAR_10: (segue, asked.similar),
                "similar, limit 50": (segue, lambda: asked.similar(50)),
                "batch of 100": (segue, asked.batch),
                KEPT: (segue, asked.personalized_again),
                REPEATED: (segue, asked.personalized_repeatedly),
                NEW: (segue, asked.personalized),
                "trending": (segue, asked.trending),
            },
        )
    per_second = _medians(measured)
    rows = [
        row("bare FastAPI, requests/s", round(per_second[BARE]), "", reached=True),
        row(
            "bare FastAPI with two parameters only, requests/s",
            round(per_second["bare FastAPI, two parameters"]),
            "",
            reached=True,
        ),
        row("plain Starlette, requests/s", round(per_second["plain Starlette"]), "", reached=True),
        _ratio(measured, SIMILAR_10, BARE, 1.0),
        _ratio(measured, "similar, limit 50", SIMILAR_10, 0.6),
        _ratio(measured, "batch of 100", SIMILAR_10, 1.8, "tracks/s", BATCH),
        _ratio(measured, KEPT, BARE, 0.5),
        _ratio(measured, REPEATED, BARE, None),
        _ratio(measured, NEW, BARE, None),
        _ratio(measured, "trending", BARE, None),
    ]
    details = {"reply_bytes": size, "requests_per_second": per_second, "runs": _details(measured)}
    return Measured(_dataset(world), rows, details, _bars(per_second))


def parsers(world: World, run: Run) -> Measured:
    """The same without a proxy in front: by h11, which refuses oversized headers."""
    asked = Asked(world, run.seed)
    with ExitStack() as stack:
        segue = stack.enter_context(serving_by("h11", world))
        size = _mean_size(segue, asked)
        bare = stack.enter_context(reference(world.folder, "fastapi", size=size, parser="h11"))
        targets = {BARE: (bare, asked.similar), SIMILAR_10: (segue, asked.similar)}
        measured = _alternating(run, targets)
    rows = [_ratio(measured, SIMILAR_10, BARE, 1.0, "by h11")]
    details = {
        "reply_bytes": size,
        "requests_per_second": _medians(measured),
        "runs": _details(measured),
    }
    return Measured(_dataset(world), rows, details)


def latency(world: World, run: Run) -> Measured:
    """Times at half of capacity, in an open loop, in alternation with those of a bare endpoint."""
    asked, seconds = Asked(world, run.seed), _seconds(run)
    capacities: dict[str, float] = {}
    times: dict[str, list[list[float]]] = {}
    with ExitStack() as stack:
        segue = stack.enter_context(serving(world))
        size = _mean_size(segue, asked)
        bare = stack.enter_context(reference(world.folder, "fastapi", size=size))
        targets: dict[str, tuple[int, Requests]] = {
            BARE: (bare, asked.similar),
            SIMILAR_10: (segue, asked.similar),
            KEPT: (segue, asked.personalized_again),
            NEW: (segue, asked.personalized),
        }
        for name, (port, requests) in targets.items():
            closed_loop(port, requests(), seconds=seconds)
            capacities[name] = closed_loop(port, requests(), seconds=seconds).good_per_second
        for number in range(_runs(run)):
            for at, (name, (port, requests)) in enumerate(targets.items()):
                run.progress(name, (number + at / len(targets)) / _runs(run))
                closed_loop(port, requests(), seconds=RUN_IN_SECONDS)
                rate = capacities[name] / 2
                load = open_loop(port, requests(), rate=rate, seconds=seconds, connections=64)
                times.setdefault(name, []).append([load.percentile(p) for p in PERCENTILES])
    rows, details = [], {}
    for name, rounds in times.items():
        p50, p95, p99 = np.median(rounds, axis=0).tolist()
        details[name] = {"capacity": capacities[name], "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}
        bar = 5.0 if name == KEPT else None
        what = f"{name} at half of capacity, p99 in ms (p50 {p50:.2f})"
        reached = bar is None or p99 <= bar
        rows.append(row(what, round(p99, 2), f"<= {bar}" if bar else "", reached=reached))
    return Measured(_dataset(world), rows, {**details, "runs": times})


def overload(world: World, run: Run) -> Measured:
    """Far more requests than can be answered: what is served, and how soon the rest is refused."""
    asked, seconds = Asked(world, run.seed), _seconds(run)
    connections = 100 if run.quick else OVERLOAD_CONNECTIONS
    rows, details = [], {}
    with serving(world) as segue:
        closed_loop(segue, asked.similar(), seconds=seconds)
        peak = median(
            closed_loop(segue, asked.similar(), seconds=seconds).good_per_second
            for _ in range(_runs(run))
        )
        for factor in (1, 2, OVERLOAD):
            run.progress(f"{factor} x", factor / 5)
            load = open_loop(
                segue,
                asked.similar(),
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
            rows.append(
                row(
                    f"goodput at {factor} x the load, share of peak",
                    round(goodput, 2),
                    ">= 0.8",
                    reached=goodput >= 0.8,
                )
            )
            if refused := load.percentile(99, 503):
                what = f"refused at {factor} x the load, p99 in ms"
                soon = refused <= REFUSED_MILLISECONDS
                bar = f"<= {REFUSED_MILLISECONDS}"
                rows.append(row(what, round(refused), bar, reached=soon))
    return Measured(_dataset(world), rows, {"peak": peak, **details})


def quality(world: World, run: Run) -> Measured:
    """Served lists against brute force over the raw features of the whole catalogue."""
    truth = BruteForce(world.raw_tracks())
    seeds = np.random.default_rng(run.seed).choice(world.tracks, 5 if run.quick else 100, False)
    rows = []
    with serving(world) as port:
        for at, bonus in enumerate(GENRE_BONUSES):
            found = total = 0
            for number, seed in enumerate(seeds.tolist()):
                run.progress(f"bonus {bonus}", (at + number / len(seeds)) / len(GENRE_BONUSES))
                url = f"http://127.0.0.1:{port}"
                asked = {"limit": 20, "genre_bonus": bonus, "collapse_versions": "false"}
                reply = get_json(url, SIMILAR, track_id=seed + 1, **asked)
                true = {int(each) + 1 for each in truth.similar(seed, genre_bonus=bonus, k=20)}
                found += len(true & {int(item["id"]) for item in reply["items"]})
                total += len(true)
            share = round(found / total, 5)
            bar = ">= 0.999"
            rows.append(row(f"recall@20, bonus {bonus}", share, bar, reached=share >= 0.999))
    rows.append(personal_recall(world, run))
    return Measured(_dataset(world), rows, {"seeds": len(seeds)})


SECTIONS: dict[str, Callable[[World, Run], Measured]] = {
    "throughput": throughput,
    "latency": latency,
    "overload": overload,
    "parsers": parsers,
    "quality": quality,
    "personal": personal,
}


def _alternating(run: Run, targets: Mapping[str, tuple[int, Requests]]) -> Measurements:
    """Load each target in turn, again and again, each after a moment that does not count.

    In that moment profiles are made that the target before has displaced.
    """
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    for number in range(_runs(run)):
        for at, (name, (port, requests)) in enumerate(targets.items()):
            run.progress(name, (number + at / len(targets)) / _runs(run))
            for seconds in (RUN_IN_SECONDS, _seconds(run)):
                load = closed_loop(port, requests(), seconds=seconds)
                if set(load.statuses) != {200}:
                    raise SystemExit(f"{name}: {dict(load.statuses)}")
            loads[name].append(load)
    return list(loads.items())


def _details(measured: Measurements) -> dict[str, Any]:
    return {
        name: [
            {"per_second": round(load.good_per_second, 1), "p50_ms": load.percentile(50)}
            for load in loads
        ]
        for name, loads in measured
    }


def _mean_size(port: int, asked: Asked) -> int:
    """Return the mean size of replies, which the constant ones shall have too."""
    sizes = []
    for request in itertools.islice(asked.similar(), 50):
        path = request.split(b" ", 2)[1].decode()
        with urlopen(f"http://127.0.0.1:{port}{path}") as reply:
            sizes.append(len(reply.read()))
    return round(sum(sizes) / len(sizes))


def _medians(measured: Measurements) -> dict[str, float]:
    return {name: median(load.good_per_second for load in loads) for name, loads in measured}


def _ratio(
    measured: Measurements,
    one: str,
    other: str,
    bar: float | None,
    by: str = "requests/s",
    factor: float = 1.0,
) -> dict[str, Any]:
    """Return the median of the rounds' ratios: what is noise for both in a round is none of it."""
    rounds = zip(dict(measured)[one], dict(measured)[other], strict=True)
    ratio = median(factor * a.good_per_second / b.good_per_second for a, b in rounds)
    reached = bar is None or ratio >= bar
    what = f"{one}, to {other}, {by}"
    return row(what, round(ratio, 2), f">= {bar}" if bar else "", reached=reached)


def _bars(per_second: Mapping[str, float]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        axes.barh(list(per_second), list(per_second.values()))
        axes.invert_yaxis()
        axes.set_xlabel("requests a second of one core")

    return draw


def _dataset(world: World) -> str:
    return f"generated: {world.tracks:,} tracks, {world.listeners:,} listeners of 200 interactions"


def _runs(run: Run) -> int:
    return 1 if run.quick else RUNS


def _seconds(run: Run) -> float:
    return 0.3 if run.quick else SECONDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a bar was missed."""
    options = _options(arguments)
    missed = False
    with ExitStack() as stack:
        if options.quick:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
            world = prepared(folder, tracks=QUICK_TRACKS, listeners=QUICK_LISTENERS)
        else:
            world = prepared(ROOT / "data" / f"serving-{options.tracks}", tracks=options.tracks)
        for name in options.only or SECTIONS:
            with progress_bar(name) as progress:
                measured = SECTIONS[name](world, Run(options.quick, options.seed, progress))
            print(f"\n{name}\n\n{as_table(measured.rows)}\n", flush=True)
            missed |= not all(each["reached"] for each in measured.rows)
            if not options.quick:
                origin = {"provenance": provenance(dataset=measured.dataset, seed=options.seed)}
                payload = {**origin, **measured.details}
                save_section("serving", name, payload, measured.rows, measured.draw)
    return 1 if missed and not options.quick else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="measure only these sections")
    parser.add_argument("--tracks", type=int, default=TRACKS, help="size of the catalogue")
    parser.add_argument("--seed", type=int, default=1, help="seed of every random choice")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
