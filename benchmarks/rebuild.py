"""A rebuild from MariaDB: the first one, and one after a hundredth of the rows has changed.

The database server is private, with 1 GB of buffers, on the same cores; its time counts. The
indexer is a process of its own, whose peak of memory is measured.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from matplotlib.axes import Axes
from sqlalchemy import text

from benchmarks.harness.databases import mysql_with_catalogue
from benchmarks.harness.provenance import ROOT
from benchmarks.harness.sections import Bar, Measured, Run, row
from benchmarks.harness.servers import peak_gb
from service.database import Database
from tests.support.servers import segue_environment

SERVER = (
    "--innodb-buffer-pool-size=1G",
    "--innodb-log-file-size=1G",
    "--innodb-sort-buffer-size=64M",
    "--max-allowed-packet=64M",
)
FIRST_SECONDS, CHANGED_SECONDS, PEAK_GB = Bar("<=", 60), Bar("<=", 20), Bar("<=", 1.5)
CHANGED_SHARE = 0.01

_CHANGES = (
    "UPDATE tracks SET title = CONCAT(title, ' again') WHERE id % 200 = 1",
    "UPDATE tracks SET energy = 1 - energy, popularity = 50 WHERE id % 200 = 2",
)
"""Half of the changed tracks each."""


def build(run: Run) -> Measured:
    """Measure the first build and one after changes."""
    tracks = 5_000 if run.quick else 1_000_000
    with (
        tempfile.TemporaryDirectory(prefix="segue-rebuild-") as folder,
        _filled(tracks, run) as url,
    ):
        run.progress("first build", 0.6)
        first = _rebuilt(url, Path(folder))
        run.progress("changing one in a hundred", 0.8)
        _change(url, tracks)
        run.progress("build of what changed", 0.85)
        second = _rebuilt(url, Path(folder))
    peak = max(first["peak_gb"], second["peak_gb"])
    training = max(each["with_learning"]["peak_gb"] for each in (first, second))

    def draw(axes: Axes) -> None:
        for at, found in enumerate((first, second)):
            left = 0.0
            for step, seconds in found["steps"].items():
                axes.barh(at, seconds, left=left, label=step if at == 0 else None)
                left += seconds
        axes.set_yticks((0, 1), ("first", "1 % changed"))
        axes.set_xlabel("seconds")
        axes.legend(fontsize="small")

    return Measured(
        dataset=f"generated: {tracks:,} tracks, {5 * tracks:,} interactions, in MariaDB",
        rows=[
            row("first build, s", round(first["seconds"], 1), FIRST_SECONDS),
            row("after 1 % changed, s", round(second["seconds"], 1), CHANGED_SECONDS),
            row("peak memory of the indexer until it has published, GB", round(peak, 2), PEAK_GB),
            row("... with training, after publishing, GB", round(training, 2)),
        ],
        details={"first": first, "changed": second},
        draw=draw,
    )


@contextmanager
def _filled(tracks: int, run: Run) -> Iterator[str]:
    total, done = tracks * 6.1, 0

    def written(rows: int) -> None:
        nonlocal done
        done += rows
        run.progress("filling the database", 0.6 * done / total)

    users, interactions = tracks // 10, 5 * tracks
    with mysql_with_catalogue(
        *SERVER,
        tracks=tracks,
        users=users,
        interactions=interactions,
        seed=run.seed,
        written=written,
    ) as url:
        yield url


def _change(url: str, tracks: int) -> None:
    """Change tracks by plain SQL, and add interactions, a hundredth of each."""
    database = Database(url, batch=True)
    with database.engine.begin() as connection:
        for change in _CHANGES:
            connection.execute(text(change))
        connection.execute(
            text(
                "INSERT INTO interactions (user_id, track_id, action, created_at)"
                " SELECT user_id, :tracks + 1 - track_id, 'play', NOW(6)"
                " FROM interactions WHERE id <= :count"
            ),
            {"tracks": tracks, "count": round(CHANGED_SHARE * 5 * tracks)},
        )
    database.dispose()


def _rebuilt(url: str, data_dir: Path) -> dict[str, Any]:
    """Rebuild in a process of its own; return its seconds, its peak of memory and its steps."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rebuild", str(data_dir)],
        env=os.environ | segue_environment(data_dir) | {"SEGUE_DATABASE_URL": url},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return found | {"with_starting_seconds": round(time.perf_counter() - started, 2)}


def main(folder: Path) -> None:
    """Rebuild once, as an indexer does, and print what it took until it was published.

    Training follows for a generation of its own, and is counted separately.
    """
    from index.generations import GenerationStore
    from service.indexing import run_rebuild
    from service.settings import get_settings

    steps: dict[str, float] = {}
    current, since = "starting", time.perf_counter()
    started = since
    published: dict[str, float] = {}

    def progress(doing: str, _share: float) -> None:
        nonlocal current, since
        now = time.perf_counter()
        steps[current] = steps.get(current, 0) + now - since
        if current == "Built" and not published:  # what comes after it is learning
            published.update(
                seconds=now - started, cpu_seconds=time.process_time(), peak_gb=peak_gb()
            )
        current, since = f"{doing}, after publishing" if published else doing, now

    settings = get_settings()
    run_rebuild(
        Database(settings.url, batch=True),
        GenerationStore(folder / "generations"),
        settings,
        progress,
    )
    progress("", 1.0)
    result = {
        **published,
        "with_learning": {"seconds": time.perf_counter() - started, "peak_gb": peak_gb()},
        "steps": {step: round(seconds, 3) for step, seconds in steps.items()},
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
