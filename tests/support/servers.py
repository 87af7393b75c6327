"""A running ``segue serve`` for tests and benchmarks."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.support.processes import background, free_port, wait_until

READY = "Segue is ready at"
PROMPT = {"SEGUE_INDEXER_NICENESS": "0"}
"""Where several tests run at once, an indexer that lets everybody go first builds nothing."""


@dataclass(frozen=True, slots=True)
class SegueServer:
    """A running ``segue serve``."""

    url: str
    data_dir: Path
    database_url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def segue_server(
    data_dir: Path,
    *,
    database_url: str = "",
    settings: Mapping[str, str] | None = None,
    seconds: float = 300,
) -> Iterator[SegueServer]:
    """Run ``segue serve`` on a free port until the block ends; yield when all of it is ready.

    Without ``database_url`` it is the SQLite database in ``data_dir``, which gets its tables.
    ``settings`` are environment variables, such as ``{"SEGUE_WORKERS": "2"}``.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = segue_environment(data_dir, database_url, {"PORT": str(port), **(settings or {})})
    url, log = f"http://127.0.0.1:{port}", data_dir / "serve.log"
    if not database_url:
        subprocess.run([segue_command(), "db", "upgrade"], env=environment, check=True)
    with background([segue_command(), "serve"], log=log, environment=environment) as process:
        wait_until(lambda: READY in log.read_text(), process, log, seconds=seconds)
        yield SegueServer(url, data_dir, database_url, process, log)


def segue_command() -> str:
    """Return the ``segue`` command of this environment."""
    return str(Path(sys.executable).with_name("segue"))


def segue_environment(
    data_dir: Path, database_url: str = "", settings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return this process's environment with Segue's settings replaced by the given ones."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SEGUE_") and name not in {"HOST", "PORT"}
    }
    own = {"SEGUE_DATA_DIR": str(data_dir), "SEGUE_DATABASE_URL": database_url}
    # Compiled kernels are kept beside the code, and not in each test's own data directory.
    return {**kept, **own, "NUMBA_CACHE_DIR": "", "PYTHONUNBUFFERED": "1", **(settings or {})}


def is_answering(url: str) -> bool:
    """Tell whether anything answers there, whatever it says."""
    try:
        httpx2.get(url, timeout=30)
    except httpx2.TransportError:
        return False
    return True
