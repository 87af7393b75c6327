"""A progress bar for a rebuild."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn


class RebuildBar:
    """Called with what a rebuild does and how far it is; the bar goes away at its end."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None

    def __call__(self, doing: str, share: float) -> None:
        """Show how far it is."""
        if not self._console.is_terminal:
            return
        if self._bar is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task(doing, total=1.0)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], description=doing, completed=share)
        if share >= 1:
            self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
