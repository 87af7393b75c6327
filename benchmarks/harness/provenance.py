"""Where a figure comes from: without this a measurement says nothing."""

import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("faiss-cpu", "fastapi", "locust", "numba", "numpy", "sqlalchemy", "uvicorn")


def _processor_time() -> tuple[float, float]:
    """Return what the host has taken from this machine's processors since it runs, and all."""
    try:
        # user nice system idle iowait irq softirq steal
        times = [float(each) for each in Path("/proc/stat").read_text().split()[1:9]]
    except FileNotFoundError:
        return 0.0, 0.0
    return times[7], sum(times)


_BEGUN = _processor_time()


def stolen_share() -> float:
    """Return which share of the processors' time the host gave to others since this was begun.

    A figure that was measured while others took a tenth says more about them.
    """
    stolen, all_time = (now - then for now, then in zip(_processor_time(), _BEGUN, strict=True))
    return round(stolen / all_time, 3) if all_time else 0.0


def provenance(*, dataset: str, seed: int) -> dict[str, Any]:
    """Return what somebody needs to make the same measurement again."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "command": shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git(*_STATUS, ".", ":!benchmarks/results")),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "stolen_share": stolen_share(),
        "dataset": dataset,
        "seed": seed,
    }


_STATUS = ("status", "--porcelain", "--untracked-files=no", "--")


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None
