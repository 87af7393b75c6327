"""Benchmarks in sections: each is measured alone, and kept with its own provenance.

A section is a function ``measure(run: Run) -> Measured``. A quick run takes seconds and shows that
the section works; its figures say little.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from matplotlib.axes import Axes
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

T = TypeVar("T")
Progress = Callable[[str, float], None]
"""Gets the name of a step and the share of the section that is done."""
RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "=": operator.eq,
}


def no_progress(_step: str, _share: float) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a section is to be measured."""

    quick: bool = False
    seed: int = 1
    progress: Progress = no_progress
    options: Mapping[str, Any] = field(default_factory=dict)
    """Values of the benchmark's own options."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a section measured."""

    dataset: str
    rows: Sequence[Mapping[str, Any]]
    """Rows made by `row`, or rows of a table with its own columns."""
    details: Mapping[str, Any] = field(default_factory=dict)
    draw: Callable[[Axes], None] | None = None
    variant: str = ""
    """Part of the section's name in the results: measurements of other variants stay."""

    @property
    def reached(self) -> bool:
        """Whether all figures reach their bars."""
        return all(row.get("reached", True) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Bar:
    """The requirement for a figure, such as ``Bar(">=", 1000)``."""

    relation: str
    value: float
    unit: str = ""

    def __str__(self) -> str:
        """Return it as it stands in tables."""
        if self.relation == "=":
            return f"{self.value:,}{self.unit}"
        return f"{self.relation} {self.value:,}{self.unit}"

    def is_reached_by(self, figure: float) -> bool:
        """Return whether a figure meets the requirement."""
        return RELATIONS[self.relation](figure, self.value)


NONE = Bar("=", 0)
"""For what must never happen."""


def row(
    what: str, figure: Any, bar: Bar | None = None, *, shown: str | None = None
) -> dict[str, Any]:
    """Return one row of a table; ``shown`` replaces the figure that the bar judges."""
    return {
        "what": what,
        "figure": figure if shown is None else shown,
        "bar": str(bar) if bar else "",
        "reached": bar is None or bool(bar.is_reached_by(figure)),
    }


@contextmanager
def progress_bar(section: str) -> Iterator[Progress]:
    """Yield a function that shows how much of a section is done.

    It draws only when it is called: a thread that draws would disturb a client that takes times.
    """
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with RichProgress(*columns, auto_refresh=False) as bar:
        task = bar.add_task(section, total=1.0)

        def progress(step: str, share: float) -> None:
            bar.update(task, description=f"{section}: {step}", completed=share, refresh=True)

        yield progress


def with_progress(
    cases: Sequence[T], progress: Progress, step: str, *, start: float = 0.0, end: float = 1.0
) -> Iterator[T]:
    """Yield each case, and report progress between ``start`` and ``end``."""
    for done, case in enumerate(cases):
        progress(f"{step}, {done} of {len(cases)}", start + (end - start) * done / len(cases))
        yield case
    progress(step, end)
