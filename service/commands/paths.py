"""Paths among the arguments of commands."""

from pathlib import Path

from service.errors import UNUSABLE, Failure
from service.paths import at_home


def given_path(path: Path | None) -> Path | None:
    """Return an argument whose leading ``~`` is replaced by the home folder."""
    try:
        return None if path is None else at_home(path)
    except ValueError as error:
        raise Failure(str(error), code=UNUSABLE) from error
