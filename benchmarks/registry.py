"""All benchmarks by name: ``python -m benchmarks NAME [--only SECTION] [--quick]``."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.harness.provenance import provenance
from benchmarks.harness.results import save_section
from benchmarks.harness.sections import Measured, Progress, Run, no_progress, progress_bar
from benchmarks.harness.tables import as_table


@dataclass(frozen=True, slots=True)
class Option:
    """A number or a text that a benchmark takes besides the options of all benchmarks."""

    name: str
    default: Any
    quick: Any
    """The default of a quick run."""
    about: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark of one or several sections."""

    about: str
    sections: Mapping[str, str]
    """Section -> ``module:function`` below `benchmarks` that measures it."""
    options: Sequence[Option] = ()
    exact: frozenset[str] = frozenset()
    """Sections whose bars a quick run has to reach, too."""


WORLD = (Option("tracks", 1_000_000, 2_000, "size of the generated catalogue"),)
BENCHMARKS: Mapping[str, Benchmark] = {
    "locust": Benchmark(
        "The demo under the load of simulated listeners: times and recall of the lists served.",
        {
            "calm": "locust_run:calm",
            "busy": "locust_run:busy",
            "recall": "locust_run:recall",
        },
        (
            Option("seconds", 30, 8, "length of each run"),
            Option("users", 26, 13, "simulated listeners, 13 or more"),
            Option("workers", 1, 1, "serving processes"),
            Option("seeds", 200, 10, "tracks whose lists are compared"),
        ),
        frozenset({"recall"}),
    ),
    "ann": Benchmark(
        "Similar tracks against five nearest-neighbour libraries: recall and time of a query.",
        {"quality": "ann:quality", "latency": "ann:latency"},
        (
            *WORLD,
            Option("seeds", 300, 30, "queries that are timed"),
            Option("rounds", 7, 1, "rounds of all queries"),
            Option("oracle", 150, 12, "lists that are compared with the oracle"),
        ),
        frozenset({"quality"}),
    ),
    "exactness": Benchmark(
        "Similar tracks of a real catalogue against an independent brute force.",
        {"similar": "exactness:measure"},
        (
            Option("seeds", 1_000, 20, "lists that are compared"),
            Option("k", 20, 20, "length of each list"),
        ),
        frozenset({"similar"}),
    ),
    "serving": Benchmark(
        "Requests a second and latencies of one core, against endpoints that do nothing.",
        {
            "throughput": "serving:throughput",
            "latency": "serving:latency",
            "overload": "serving:overload",
            "parsers": "serving:parsers",
            "quality": "serving:quality",
            "personal": "personal:personal",
        },
        WORLD,
    ),
    "rebuild": Benchmark(
        "Rebuilds from MariaDB, and requests while generations are swapped.",
        {"build": "rebuild:build", "swaps": "rebuild_under_load:swaps"},
    ),
    "scale": Benchmark(
        "Builds, memory of workers and training as the catalogue grows.",
        {
            "build": "scale.catalogue_growth:build",
            "memory": "scale.memory:memory",
            "learning": "scale.learning:learning",
        },
    ),
    "faults": Benchmark(
        "Failures of the database, files and processes; writes; changes between rebuilds; starts.",
        {
            "database-down": "faults.outage:database_down",
            "database-hung": "faults.outage:database_hung",
            "writes": "writes:writes",
            "delta": "delta:delta",
            "damage": "faults.corruption:damage",
            "publishing": "faults.publishing:publishing",
            "crashes": "faults.kills:crashes",
            "crashes-on-sqlite": "faults.kills:crashes_on_sqlite",
            "starts": "starts:starts",
        },
    ),
    "quality": Benchmark(
        "Lists against plain methods on real playlists and listeners; sums of explanations.",
        {
            "playlists": "quality.playlists:playlists",
            "tidytuesday": "quality.playlists:tidytuesday",
            "lastfm": "quality.playlists:lastfm",
            "cold-start": "quality.cold_start:measure",
            "reasons": "quality.reasons:measure",
        },
    ),
    "content": Benchmark(
        "Share of the most similar tracks that have the seed's genre and artist.",
        {"neighbours": "quality.content:neighbours", "versions": "quality.content:versions"},
        (
            Option("seeds", 1_000_000, 200, "most lists that are counted"),
            Option("lists", 2_000, 50, "lists in which versions of a song are counted"),
        ),
    ),
    "import-tracks": Benchmark(
        "Time and memory of `segue import tracks` for 114,000 real tracks.",
        {"import": "import_tracks:measure"},
    ),
    "structure": Benchmark(
        "Rooms, imports, lines, wide kernels and the files of five trips, also of another commit.",
        {"code": "structure.report:code", "trips": "structure.report:trips"},
        (Option("commit", "", "", "revision that is measured side by side"),),
    ),
}


def measure(
    name: str,
    section: str,
    *,
    quick: bool = False,
    seed: int = 1,
    progress: Progress = no_progress,
    **options: Any,
) -> Measured:
    """Measure one section; options that are None or absent have their defaults."""
    benchmark = BENCHMARKS[name]
    module, function = benchmark.sections[section].split(":")
    measured: Callable[[Run], Measured] = getattr(import_module(f"benchmarks.{module}"), function)
    values = {
        option.name: option.quick if quick else option.default for option in benchmark.options
    }
    given = {name: value for name, value in options.items() if value is not None}
    return measured(Run(quick, seed, progress, values | given))


def listing() -> str:
    """Return the names of all benchmarks, a line each."""
    lines = [f"  {name:14} {each.about}" for name, each in BENCHMARKS.items()]
    return "\n".join(["python -m benchmarks NAME [--only SECTION ...] [--quick]", "", *lines])


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write; return 1 if a bar is missed, 2 if there is no such benchmark."""
    if not arguments or arguments[0] not in BENCHMARKS:
        print(listing())
        return 2 if arguments and arguments[0] not in {"-h", "--help"} else 0
    name, benchmark = arguments[0], BENCHMARKS[arguments[0]]
    given = vars(_parser(name, benchmark).parse_args(arguments[1:]))
    quick, seed, only = given.pop("quick"), given.pop("seed"), given.pop("only")
    missed = False
    for section in only or benchmark.sections:
        with progress_bar(section) as progress:
            measured = measure(name, section, quick=quick, seed=seed, progress=progress, **given)
        print(f"\n{section}\n\n{as_table(measured.rows)}\n", flush=True)
        missed |= not measured.reached and (not quick or section in benchmark.exact)
        if not quick:
            origin = provenance(dataset=measured.dataset, seed=seed)
            payload = {"provenance": origin, **measured.details}
            kept_as = f"{section}-{measured.variant}" if measured.variant else section
            save_section(name.replace("-", "_"), kept_as, payload, measured.rows, measured.draw)
    return 1 if missed else 0


def _parser(name: str, benchmark: Benchmark) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m benchmarks {name}", description=benchmark.about)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--only", nargs="+", choices=benchmark.sections, help="only these sections")
    parser.add_argument("--seed", type=int, default=1, help="seed of every random choice")
    for option in benchmark.options:
        parser.add_argument(f"--{option.name}", type=type(option.default), help=option.about)
    return parser
