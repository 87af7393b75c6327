"""Environment variables that must be set before NumPy is imported."""

import os

from service.settings import Settings

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Segue uses more cores by more processes; threads of libraries would only get in their way. What
builds an index may use several."""


BUILDING = ("indexer", "rebuild", "evaluate")


def prepare_environment(settings: Settings, *, threads: int = 1) -> None:
    """Set what libraries read when they are imported, for this process and its children."""
    for name in THREADS:
        os.environ.setdefault(name, str(threads))
    os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.data_dir.absolute() / "cache"))
