"""How long `segue import tracks` takes on the real 114,000 tracks, and how much memory it needs.

    python -m benchmarks.import_tracks [FILE]

Runs the command twice on a new SQLite database and twice on a new MySQL or MariaDB one: the first
time every track is new, the second time none is. Writes results/import_tracks.json.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.provenance import ROOT, provenance
from benchmarks.report import as_table
from tests.support.mysql import mysql_server
from tests.support.servers import segue_command, segue_environment

DEFAULT = ROOT.parent / "shared" / "data" / "spotify_tracks_114k.csv.gz"
RESULT = ROOT / "benchmarks" / "results" / "import_tracks.json"


def measure(file: Path, folder: Path, url: str) -> dict[str, Any]:
    """Import a file once and return what it took."""
    command = [segue_command(), "import", "tracks", str(file), "--json"]
    environment = segue_environment(folder, url)
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    report = json.loads(process.stdout.read())
    # Unlike the sum over all children, this is the peak of exactly this process.
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "own_cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024),
        **{name: report[name] for name in ("read", "inserted", "updated", "unchanged")},
    }


def main() -> int:
    """Measure on both kinds of database, print a table and keep the figures."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not file.exists():
        print(f"There is no {file}: nothing is measured.", file=sys.stderr)
        return 2
    rows = []
    with TemporaryDirectory() as folder, mysql_server() as server:
        for kind, url in (("sqlite", ""), ("mysql", server.create_database())):
            for run in ("new", "again"):
                row = {"database": kind, "run": run, **measure(file, Path(folder), url)}
                rows.append(row)
                print(f"{kind}, {run}: {row['seconds']} s", flush=True)
    print(as_table(rows))
    RESULT.write_text(
        json.dumps({"provenance": provenance(dataset=file.name, seed=0), "rows": rows}, indent=2)
        + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
