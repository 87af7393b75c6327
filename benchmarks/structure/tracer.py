"""Record the files of a tree in which functions run: a copy of this file serves as sitecustomize.

Every process that inherits ``TRACE_ROOT`` and ``TRACE_FOLDER`` appends the name of a file to
``TRACE_FOLDER/<pid>`` when the first of its functions runs. Compiled kernels run no Python code:
each is recorded as ``file:function`` when Python calls it.
"""

import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any

OPTIMIZED = 1
"""Flag of the code of functions; bodies of modules and classes lack it."""
ROOT = os.environ.get("TRACE_ROOT", "") + os.sep
PREFIXES = (f"{ROOT}index{os.sep}", f"{ROOT}service{os.sep}")
KERNEL_CACHE = ("kernels/cache.py", "kernels/caching.py")
"""The files that compile kernels: Numba has been imported when one of their functions runs."""

recorded: set[str] = set()
_names: dict[CodeType, str] = {}
_output = -1


def record(name: str) -> None:
    """Note a name, in this process and in its file."""
    if name not in recorded:
        recorded.add(name)
        if _output >= 0:
            os.write(_output, f"{name}\n".encode())


def _name(code: CodeType) -> str:
    """Return the path below the root, or nothing for foreign code and for bodies of modules."""
    if not code.co_filename.startswith(PREFIXES) or not code.co_flags & OPTIMIZED:
        return ""
    if code.co_name.startswith("<") and code.co_name != "<lambda>":
        return ""  # a comprehension may be part of the body of a module
    return code.co_filename.removeprefix(ROOT)


def _profile(frame: FrameType, event: str, _argument: Any) -> None:
    if event != "call":
        return
    code = frame.f_code
    if code not in _names:
        _names[code] = _name(code)
        if _names[code].endswith(KERNEL_CACHE):
            _record_kernels()
    if _names[code]:
        record(_names[code])


def _record_kernels() -> None:
    """Let every compiled function record itself when Python calls it."""
    dispatcher: Any = sys.modules["numba.core.dispatcher"].Dispatcher
    if "__call__" in vars(dispatcher):
        return
    call = dispatcher.__call__

    def recorded_call(self: Any, *arguments: Any, **named: Any) -> Any:
        code = self.py_func.__code__
        if code.co_filename.startswith(PREFIXES):
            record(f"{code.co_filename.removeprefix(ROOT)}:{code.co_name}")
        return call(self, *arguments, **named)

    dispatcher.__call__ = recorded_call


def install(folder: str) -> None:
    """Trace all threads of this process from now on."""
    global _output
    if folder:
        path = os.path.join(folder, str(os.getpid()))
        _output = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    threading.setprofile(_profile)
    sys.setprofile(_profile)


if "TRACE_ROOT" in os.environ:
    install(os.environ.get("TRACE_FOLDER", ""))
