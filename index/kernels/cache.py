"""Machine code on disk, so that only the first start of a version compiles.

Numba saves and loads it; a locator names the folder. By itself, Numba takes a kernel for unchanged
while its own file is: a helper of another file could change, and the old machine code would go on
being used. Here everything that machine code depends on names the folder: all files of this
package, the table of features, the versions of Python, NumPy and Numba, and the processor.

    <NUMBA_CACHE_DIR, else the user's cache>/kernels-<digest>/
        scan.top_scores-....nbi, .nbc     one kernel each
        complete                          all kernels are there; holds their hash

A complete folder may be read-only. Without a folder, kernels are compiled at each start.
"""

import hashlib
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import njit
from numba.core.caching import _CacheLocator
from numba.core.registry import cpu_target

from index.kernels.first_start import compiling_together, one_at_a_time
from index.user_cache import user_cache

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])
jit: Any = njit  # its types lack options
_PACKAGE = Path(__file__).parent
_COMPLETE = "complete"
_SECONDS_UNUSED = 7 * 86_400


def compiled(function: F, signature: Any, *, fastmath: bool | set[str] = False) -> F:
    """Compile a function for one signature, or load what was compiled before."""
    with one_at_a_time(f"{function.__module__}.{function.__qualname__}"):
        dispatcher = _dispatcher(function, fastmath)
        try:
            dispatcher.compile(signature)
        except OSError as error:
            _unsaved.append(error)
            dispatcher = _dispatcher(function, fastmath)
            dispatcher.compile(signature)
    dispatcher.disable_compile()
    return cast(F, dispatcher)


@contextmanager
def complete_folder() -> Iterator[None]:
    """Fill the folder of this code unless it is complete, with other processes that do so."""
    if _is_intact():
        with suppress(OSError):  # a read-only folder
            (FOLDER / _COMPLETE).touch()
        yield
        return

    _unsaved.clear()
    with ExitStack() as stack:
        try:
            FOLDER.mkdir(parents=True, exist_ok=True)
            stack.enter_context(compiling_together(FOLDER, _clear))
        except OSError as error:
            _unsaved.append(error)
        yield
    _complete()


class Locator(_CacheLocator):
    """Tells Numba where the machine code of a kernel is, and what it was made from."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._module = function.__module__.rpartition(".")[2]
        self._py_file = file  # Numba names it in warnings

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "Locator | None":
        """Return a locator for a kernel; None for code of others."""
        return cls(function, file) if function.__module__.startswith(f"{__package__}.") else None

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(FOLDER)

    def get_source_stamp(self) -> str:
        """Return what changes with the code."""
        return FOLDER.name

    def get_disambiguator(self) -> str:
        """Return what tells kernels of one name apart."""
        return self._module


def _dispatcher(function: Callable[..., Any], fastmath: bool | set[str]) -> Any:
    others = numba.config.CACHE_LOCATOR_CLASSES
    numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{Locator.__name__}"
    try:
        return jit(nogil=True, fastmath=fastmath, no_cfunc_wrapper=True, cache=not _unsaved)(
            function
        )
    finally:
        numba.config.CACHE_LOCATOR_CLASSES = others


def _folder() -> Path:
    digest = hashlib.sha256()
    features = _PACKAGE.parent.glob("features.py")  # kernels hold the number of features
    for path in sorted((*_PACKAGE.rglob("*.py"), *features)):
        digest.update(f"{path.relative_to(_PACKAGE.parent)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    processor = cpu_target.target_context.codegen().magic_tuple()
    digest.update(repr((sys.version, np.__version__, numba.__version__, processor)).encode())

    base = Path(os.environ.get("NUMBA_CACHE_DIR") or user_cache() or _PACKAGE / "__pycache__")
    return base.absolute() / f"kernels-{digest.hexdigest()[:16]}"


FOLDER = _folder()
"""Where the kernels of exactly this code are."""
_unsaved: list[OSError] = []
"""Why kernels can't be saved or loaded."""


def _complete() -> None:
    """Note that all kernels are there, or say why they aren't."""
    try:
        if not _unsaved:
            _replace(FOLDER / _COMPLETE, _digest())
            _delete_unused()
    except OSError as error:
        _unsaved.append(error)
    if _unsaved:
        log.warning("Kernels are compiled at each start, as %s", _unsaved[0])


def _is_intact() -> bool:
    """Tell whether all kernels are there as they were saved: damaged machine code must not run."""
    try:
        return (FOLDER / _COMPLETE).read_bytes() == _digest()
    except OSError:
        return False


def _digest() -> bytes:
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.nb[ic]")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest().encode()


def _clear() -> None:
    """Delete what is damaged, or left by a process that was killed, if it is still so."""
    if _is_intact():
        return
    for path in (FOLDER / _COMPLETE, *FOLDER.glob("*.nb[ic]*"), *FOLDER.glob("*.new")):
        path.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees all of it or nothing."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)  # other users may start from it too
    os.replace(file.name, path)


def _delete_unused() -> None:
    """Delete the folders of versions that nobody has started from lately."""
    for folder in FOLDER.parent.glob("kernels-*"):
        with suppress(FileNotFoundError):
            used = max(path.stat().st_mtime for path in (folder, *folder.glob(_COMPLETE)))
            if time.time() - used > _SECONDS_UNUSED:
                shutil.rmtree(folder, ignore_errors=True)
