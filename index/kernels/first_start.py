"""The first start of a version: processes share the kernels that are to be compiled.

Each imports all modules of the package, and takes a lock on a kernel while it compiles it. A
process that finds a kernel locked waits, and loads what the other has saved. A helper process
imports the modules in the opposite order, so that both meet halfway.
"""

import fcntl
import gc
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

_PACKAGE = Path(__file__).parent
HELPER = "SEGUE_COMPILE_BACKWARDS"
"""Set in the environment of a helper."""
_PATIENCE_SECONDS = 45.0
_POLL_SECONDS = 0.02
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Python's 700 let the collector take a tenth of the time of a compiler."""

_locks: list[int] = []
"""The file in which kernels are locked, by a byte each, during a first start."""


@contextmanager
def compiling_together(folder: Path, clear: Callable[[], None]) -> Iterator[None]:
    """Import all modules of this package, along with other processes, and lock each kernel.

    ``clear`` is called first if no other process is compiling.
    """
    present = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    _locks.append(os.open(folder / ".kernels", os.O_RDWR | os.O_CREAT, 0o644))
    thresholds = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        _join(present, clear)
        with _helper():
            _import_modules()
            yield
    finally:
        gc.set_threshold(*thresholds)
        os.close(_locks.pop())
        os.close(present)


@contextmanager
def one_at_a_time(kernel: str) -> Iterator[None]:
    """Wait while another process compiles a kernel during a first start, but not forever.

    Its holder may be stopped or starved. It is safe to compile beside it: both write the same.
    """
    if not _locks:
        yield
        return
    at = zlib.crc32(kernel.encode())
    locked = _patiently(lambda: fcntl.lockf(_locks[-1], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at))
    try:
        yield
    finally:
        if locked:
            fcntl.lockf(_locks[-1], fcntl.LOCK_UN, 1, at)


def _join(present: int, clear: Callable[[], None]) -> None:
    """Share a lock with all that are compiling; the first of them clears the folder."""
    try:
        fcntl.flock(present, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # others are there, or the file system has no locks
        pass
    else:
        clear()
    _patiently(lambda: fcntl.flock(present, fcntl.LOCK_SH | fcntl.LOCK_NB))


def _patiently(lock: Callable[[], None]) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            lock()
        except (BlockingIOError, PermissionError):
            time.sleep(_POLL_SECONDS)
        except OSError:  # a file system without locks
            return False
        else:
            return True
    return False


@contextmanager
def _helper() -> Iterator[None]:
    """Run a process that compiles from the other end, where there is a core for it."""
    if _is_helper() or (os.cpu_count() or 1) == 1:
        yield
        return
    paths = (str(_PACKAGE.parent.parent), *filter(None, [os.environ.get("PYTHONPATH")]))
    helper = subprocess.Popen(  # noqa: S603 (this program)
        [sys.executable, "-c", f"import {__package__}"],
        env={**os.environ, HELPER: "1", "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # what goes wrong there goes wrong here too
    )
    try:
        yield
    finally:
        helper.kill()
        helper.wait()


def _is_helper() -> bool:
    return bool(os.environ.get(HELPER))


def _import_modules() -> None:
    for path in sorted(_PACKAGE.glob("*.py"), reverse=_is_helper()):
        if path.stem != "__init__":
            import_module(f"{__package__}.{path.stem}")
