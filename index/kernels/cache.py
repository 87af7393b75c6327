"""Machine code on disk, so that only the first start of a version compiles.

Numba's own cache takes a kernel for unchanged while its own file is: a helper of another file, or a
constant, could change and the former machine code would go on being used. Here everything that
machine code depends on names the folder that it is kept in: all files of this package, the table of
features, the versions
of Python, NumPy and Numba, and the processor. Each file holds one kernel and its hash.

    <NUMBA_CACHE_DIR, else __pycache__>/kernels-<digest>/
        scans.top_scores-<signature>.kernel
        complete        all kernels are there
        .lock           held while they are not: processes that start together compile once

A folder that can only be read is read. Where there is none, and none can be made, kernels are
compiled at each start.
"""

import fcntl
import hashlib
import logging
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import njit
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.serialize import dumps as dumps_code

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])
rebuild: Any = CompileResult._rebuild  # both are untyped
dumps: Any = dumps_code
_PACKAGE = Path(__file__).parent
_COMPLETE = "complete"
_KEPT_SECONDS = 7 * 86_400
_PATIENCE_SECONDS = 45.0
"""Compiling everything takes half of that."""
_HASH_BYTES = 32


def compiled(function: F, signature: Any, *, fastmath: bool | set[str] = False) -> F:
    """Compile a function for one signature, or load what was compiled before."""
    dispatcher: Any = njit(nogil=True, fastmath=fastmath)(function)
    dispatcher._cache = _KernelCache(f"{function.__module__}.{function.__qualname__}")
    dispatcher.compile(signature)
    dispatcher.disable_compile()
    return cast(F, dispatcher)


@contextmanager
def one_compiler() -> Iterator[None]:
    """Wait while another process fills the folder of this code; fill it if it is not complete."""
    if (FOLDER / _COMPLETE).exists():
        with suppress(OSError):  # a folder that can only be read
            (FOLDER / _COMPLETE).touch()
        yield
        return

    _unsaved.clear()
    with _folder_locked():
        yield
        if _unsaved:
            log.warning("Kernels are compiled at each start, as %s", _unsaved[0])
            return
        (FOLDER / _COMPLETE).touch()
        _clear_old()


class _KernelCache(_Cache):
    """The machine code of one kernel: what Numba asks before it compiles, and tells afterwards."""

    def __init__(self, name: str) -> None:
        self._name = name.removeprefix(f"{__package__}.")

    @property
    def cache_path(self) -> str:
        """The folder, where people look for it."""
        return str(FOLDER)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was compiled for a signature; None where it is absent or damaged."""
        target_context.refresh()
        try:
            content = self._path(sig).read_bytes()
        except OSError:
            return None
        payload = content[_HASH_BYTES:]
        if hashlib.sha256(payload).digest() != content[:_HASH_BYTES]:
            return None
        return rebuild(target_context, *pickle.loads(payload))  # noqa: S301

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, unless nothing can be written."""
        payload = dumps(data._reduce())
        try:
            _replace(self._path(sig), hashlib.sha256(payload).digest() + payload)
        except OSError as error:
            _unsaved.append(error)

    def enable(self) -> None:
        """Do nothing: it is always enabled."""

    def disable(self) -> None:
        """Do nothing: it is always enabled."""

    def flush(self) -> None:
        """Do nothing: another version has another folder."""

    def _path(self, sig: Any) -> Path:
        signature = hashlib.sha256(repr(sig).encode()).hexdigest()[:16]
        return FOLDER / f"{self._name}-{signature}.kernel"


def _folder() -> Path:
    digest = hashlib.sha256()
    features = _PACKAGE.parent.glob("features.py")  # kernels hold the number of features
    for path in sorted((*_PACKAGE.rglob("*.py"), *features)):
        digest.update(f"{path.relative_to(_PACKAGE.parent)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    processor = cpu_target.target_context.codegen().magic_tuple()
    digest.update(repr((sys.version, np.__version__, numba.__version__, processor)).encode())

    base = Path(os.environ.get("NUMBA_CACHE_DIR") or _PACKAGE / "__pycache__")
    return base.absolute() / f"kernels-{digest.hexdigest()[:16]}"


FOLDER = _folder()
"""Where the kernels of exactly this code are kept."""
_unsaved: list[OSError] = []


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads it meanwhile sees all of it or none."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)  # other users may start from it too
    os.replace(file.name, path)


@contextmanager
def _folder_locked() -> Iterator[None]:
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(FOLDER / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        _unsaved.append(error)
        yield
        return
    try:
        _wait_for_lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _wait_for_lock(descriptor: int) -> None:
    """Return with the lock, or without it when its holder is stopped or starved: that is safe.

    Two that compile the same write the same, each file in one step.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and not (FOLDER / _COMPLETE).exists():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:  # a file system without locks
            return
        else:
            return


def _clear_old() -> None:
    """Delete what a compiler that died left here, and folders that nobody started from lately."""
    for path in FOLDER.glob("*.new"):
        path.unlink(missing_ok=True)
    for folder in FOLDER.parent.glob("kernels-*"):
        with suppress(FileNotFoundError):
            used = max(path.stat().st_mtime for path in (folder, *folder.glob(_COMPLETE)))
            if time.time() - used > _KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
