"""Time and memory of `segue import tracks` for 114,000 real tracks.

The command runs twice on a new SQLite database and twice on a new MySQL or MariaDB one: the first
time every track is new, the second time none is.
"""

import gzip
import json
import os
import subprocess
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.exactness import DATASET, absent
from benchmarks.harness.sections import Measured, Run
from tests.support.mysql import mysql_server
from tests.support.servers import segue_command, segue_environment

QUICK_LINES = 1_000


def measure(run: Run) -> Measured:
    """Import on both kinds of database."""
    if not DATASET.exists():
        return absent(DATASET)
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder, mysql_server() as server:
        file = _first_lines(Path(folder)) if run.quick else DATASET
        for kind, url in (("sqlite", ""), ("mysql", server.create_database())):
            for which in ("new", "again"):
                run.progress(f"{kind}, {which}", len(rows) / 4)
                figures = imported(file, Path(folder), url)
                rows.append({"database": kind, "run": which, **figures})
    return Measured(DATASET.name, rows)


def _first_lines(folder: Path) -> Path:
    path = folder / "tracks.csv"
    with gzip.open(DATASET, "rt", encoding="utf-8") as lines, path.open("w") as file:
        file.writelines(islice(lines, QUICK_LINES))
    return path


def imported(file: Path, folder: Path, url: str) -> dict[str, Any]:
    """Import a file once and return the time and the memory of the command."""
    command = [segue_command(), "import", "tracks", str(file), "--json"]
    environment = segue_environment(folder, url)
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    report = json.loads(process.stdout.read())
    # Unlike the sum over all children, this is the peak of exactly this process.
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "own_cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024),
        **{name: report[name] for name in ("read", "inserted", "updated", "unchanged")},
    }
