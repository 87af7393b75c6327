"""Where this user keeps what can be made anew: compiled kernels."""

import os
from pathlib import Path


def user_cache() -> Path | None:
    """Return the cache folder of this user; None for a user without a home."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():  # the specification says to ignore relative ones
        return Path(named) / "segue"
    try:
        return Path.home() / ".cache" / "segue"
    except RuntimeError:
        return None
