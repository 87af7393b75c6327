"""Environment variables that must be set before NumPy is imported."""

import os
from pathlib import Path
from tempfile import TemporaryFile

from service.errors import UNUSABLE, Failure
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


def prepare_data_dir(folder: Path) -> None:
    """Make the data folder; raise `Failure` if a new one cannot be written.

    One that holds an index is served even where it has become read-only or full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "generations").exists():
            with TemporaryFile(dir=folder):
                pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"The data folder {folder.absolute()} cannot be written: {reason}"
        raise Failure(message, code=UNUSABLE) from error
