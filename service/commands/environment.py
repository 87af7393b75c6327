"""Environment variables that must be set before NumPy is imported."""

import os
from pathlib import Path
from tempfile import TemporaryFile

from index.user_cache import user_cache
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
    if not os.environ.get("NUMBA_CACHE_DIR"):
        os.environ["NUMBA_CACHE_DIR"] = str(kernel_cache(settings.data_dir))


def kernel_cache(data_dir: Path) -> Path:
    """Return the folder for compiled kernels: the user's, or the data's if that is read-only."""
    folder = user_cache()
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    except OSError:
        pass
    return data_dir.absolute() / "cache"


def compiling() -> str:
    """Return what to tell someone who waits for kernels to be compiled; nothing if they are."""
    cache = os.environ.get("NUMBA_CACHE_DIR")
    compiled = not cache or any(Path(cache).glob("kernels-*/complete"))
    return "" if compiled else ", and compiling kernels, which takes about half a minute, once"


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
