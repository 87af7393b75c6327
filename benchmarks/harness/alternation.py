"""Loads of several targets in alternation, round by round."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.harness.load import Load, closed_loop
from benchmarks.harness.requests import Requests
from benchmarks.harness.sections import Bar, Run, row

RUNS, SECONDS, RUN_IN_SECONDS = 5, 4.0, 1.0
Measurements = Sequence[tuple[str, Sequence[Load]]]
"""Loads by name, round by round."""


def alternating(run: Run, targets: Mapping[str, tuple[int, Requests]]) -> Measurements:
    """Load each target in turn, again and again, each after a moment that does not count.

    In that moment profiles are made that the target before has displaced.
    """
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    for number in range(rounds_of(run)):
        for at, (name, (port, requests)) in enumerate(targets.items()):
            run.progress(name, (number + at / len(targets)) / rounds_of(run))
            for seconds in (RUN_IN_SECONDS, seconds_of(run)):
                load = closed_loop(port, requests(), seconds=seconds)
                if set(load.statuses) != {200}:
                    raise SystemExit(f"{name}: {dict(load.statuses)}")
            loads[name].append(load)
    return list(loads.items())


def details_of(measured: Measurements) -> dict[str, Any]:
    """Return rates and times of all loads."""
    return {
        name: [
            {"per_second": round(load.good_per_second, 1), "p50_ms": load.percentile(50)}
            for load in loads
        ]
        for name, loads in measured
    }


def medians(measured: Measurements) -> dict[str, float]:
    """Return the median rate of each target."""
    return {name: median(load.good_per_second for load in loads) for name, loads in measured}


def ratio_row(
    measured: Measurements,
    one: str,
    other: str,
    bar: float | None,
    by: str = "requests/s",
    factor: float = 1.0,
) -> dict[str, Any]:
    """Return the median of the ratios of the rounds: noise that lasts for a round cancels out."""
    rounds = zip(dict(measured)[one], dict(measured)[other], strict=True)
    ratio = median(factor * a.good_per_second / b.good_per_second for a, b in rounds)
    return row(f"{one}, to {other}, {by}", round(ratio, 2), Bar(">=", bar) if bar else None)


def rounds_of(run: Run) -> int:
    """Return the number of rounds."""
    return 1 if run.quick else RUNS


def seconds_of(run: Run) -> float:
    """Return the length of a load."""
    return 0.3 if run.quick else SECONDS
