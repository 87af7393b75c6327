"""A benchmark command in sections: each is measured alone, and kept with its own provenance.

Each section is a measurement of its own, a function ``measure(run: Run) -> Measured``.
``--quick`` takes seconds and shows that a section works; its figures say little.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from matplotlib.axes import Axes
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.provenance import provenance
from benchmarks.report import as_table
from benchmarks.results_files import save_section


@dataclass(frozen=True, slots=True)
class Run:
    """How a section is to be measured."""

    quick: bool
    seed: int
    progress: Callable[[str, float], None]
    """Told what is being done and which share of the section is done."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a section found."""

    dataset: str
    rows: Sequence[Mapping[str, Any]]
    """Each with what, figure, bar, reached."""
    details: Mapping[str, Any] = field(default_factory=dict)
    draw: Callable[[Axes], None] | None = None


def row(what: str, figure: Any, bar: str, *, reached: bool) -> dict[str, Any]:
    """Return one row of a table."""
    return {"what": what, "figure": figure, "bar": bar, "reached": reached}


@contextmanager
def progress_bar(section: str) -> Iterator[Callable[[str, float], None]]:
    """Yield what to tell how far a section is.

    Drawn only when told: a thread that draws would take turns with a client that takes times.
    """
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, auto_refresh=False) as bar:
        task = bar.add_task(section, total=1.0)

        def progress(doing: str, share: float) -> None:
            bar.update(task, description=f"{section}: {doing}", completed=share, refresh=True)

        yield progress


@dataclass(frozen=True, slots=True)
class Command:
    """A command of several sections."""

    name: str
    about: str
    sections: Mapping[str, str]
    """Section -> ``module:function`` that measures it."""

    def measure(self, section: str, run: Run) -> Measured:
        """Measure one section."""
        module, function = self.sections[section].split(":")
        measured: Callable[[Run], Measured] = getattr(import_module(module), function)
        return measured(run)

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Measure, print and write; 1 if a bar was missed."""
        options = self._options(arguments)
        missed = False
        for section in options.only or self.sections:
            with progress_bar(section) as progress:
                measured = self.measure(section, Run(options.quick, options.seed, progress))
            print(f"\n{section}\n\n{as_table(measured.rows)}\n", flush=True)
            missed |= not all(each["reached"] for each in measured.rows)
            if not options.quick:
                payload = {
                    "provenance": provenance(dataset=measured.dataset, seed=options.seed),
                    **measured.details,
                }
                save_section(self.name, section, payload, measured.rows, measured.draw)
        return 1 if missed and not options.quick else 0

    def _options(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        parser = argparse.ArgumentParser(description=self.about)
        parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
        parser.add_argument(
            "--only", nargs="+", choices=self.sections, help="measure only these sections"
        )
        parser.add_argument("--seed", type=int, default=1, help="seed of every random choice")
        return parser.parse_args(arguments)
