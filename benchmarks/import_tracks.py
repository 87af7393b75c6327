"""Time and memory of `segue import tracks` for 114,000 real tracks.

The command runs twice on a new SQLite database and twice on a new MySQL or MariaDB one: the first
time every track is new, the second time none is.
"""

import gzip
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.exactness import DATASET, absent
from benchmarks.harness.sections import Measured, Run
from tests.support.mysql import mysql_server
from tests.support.servers import segue_command, segue_environment

QUICK_LINES = 1_000
LAUNCHER = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
report = json.loads(process.stdout.read())
used = os.wait4(process.pid, 0)[2]
cpu = used.ru_utime + used.ru_stime
print(json.dumps([time.perf_counter() - started, cpu, used.ru_maxrss, report]))
"""
"""A process starts with the peak of its parent's memory, so its parent must be a small one."""


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
    launched = [sys.executable, "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launched, env=environment, stdout=subprocess.PIPE, check=True)
    seconds, cpu_seconds, peak_kib, report = json.loads(done.stdout)
    return {
        "seconds": round(seconds, 2),
        "own_cpu_seconds": round(cpu_seconds, 2),
        "peak_mib": round(peak_kib / 1024),
        **{name: report[name] for name in ("read", "inserted", "updated", "unchanged")},
    }
