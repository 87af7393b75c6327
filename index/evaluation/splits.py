"""What of each list is shown to the methods, and what is hidden from them.

The *test* part is the last share of a list. The *validation* part is the last share of what comes
before it: whatever is chosen or tuned by it has never seen the test part.

    |---------------- shown ----------------|-- validation --|-- test --|      validation split
    |------------------------ shown ------------------------|-- test --|      test split
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

HOLDOUT = 0.2
LEAST_ITEMS = 10
"""Shorter lists are shown whole: they train, and are not tested."""

Numbers = NDArray[np.int64]


class Part(StrEnum):
    """Which part of a list is hidden."""

    TEST = "test"
    VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where lists are cut: places ``[0, shown)`` are shown, ``[shown, end)`` are to be found."""

    shown: Numbers
    """(lists,) number of places."""
    end: Numbers
    """(lists,) places from here on are used by nothing."""


def cuts(
    lengths: Numbers,
    *,
    share: float = HOLDOUT,
    part: Part = Part.TEST,
    least: int = LEAST_ITEMS,
) -> Cuts:
    """Return where lists of these lengths are cut.

    Of a list of at least ``least`` items the last ``share`` is hidden, rounded, but at least one
    item and never all. Of a shorter one nothing is.
    """
    if not 0 < share < 1:
        raise ValueError("the share that is hidden lies between 0 and 1")
    long = lengths >= max(least, 2)
    shown = np.where(long, _without_last(lengths, share), lengths)
    if part is Part.TEST:
        return Cuts(shown, lengths.copy())
    return Cuts(np.where(long, _without_last(shown, share), shown), shown)


def hidden_songs(songs: Sequence[Numbers], where: Cuts) -> list[Numbers]:
    """Return the songs to be found of each list: each once, and none that is shown already.

    Parameters
    ----------
    songs : the songs of each list by place
    where : the cuts of these lists

    """
    bounds = zip(songs, where.shown.tolist(), where.end.tolist(), strict=True)
    return [np.setdiff1d(own[shown:end], own[:shown]) for own, shown, end in bounds]


def _without_last(lengths: Numbers, share: float) -> Numbers:
    hidden = np.maximum(np.rint(share * lengths).astype(np.int64), 1)
    return np.asarray(np.maximum(lengths - hidden, 1))
