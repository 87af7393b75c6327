"""Memory that the allocator keeps after many small arrays became a few large ones."""

import ctypes
import sys


def trim_heap() -> None:
    """Return freed memory to the system, where the C library can: glibc keeps it otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
