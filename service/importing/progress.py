"""Progress bars on the terminal, and nothing at all where there is none."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from service.importing.source import Source

T = TypeVar("T")
Advance = Callable[[int], None]

_EVERY_ROWS = 500


class Progress:
    """Shows how far long work has come, on standard error and only if that is a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[Advance]:
        """Show a bar of ``total`` steps; the work calls what it gets with the steps it has done."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        bars = Bars(
            *columns,
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        with bars:
            bar = bars.add_task(label, total=total)
            yield lambda steps: bars.advance(bar, steps)

    def reading(self, source: Source, rows: Iterable[T]) -> Iterator[T]:
        """Pass rows through while showing how much of their file has been taken."""
        with self.task("Reading", source.size) as advance:
            shown = 0
            for count, row in enumerate(rows):
                if count % _EVERY_ROWS == 0:
                    position = source.position()
                    advance(position - shown)
                    shown = position
                yield row
