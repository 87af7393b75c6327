"""Paths as people write them."""

from pathlib import Path


def at_home(path: Path) -> Path:
    """Return a path whose leading ``~`` or ``~name`` is replaced by the home folder.

    A shell does so only where nothing is quoted and no ``=`` stands before it.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder {path.parts[0]}") from None
