"""What one generation has learned, in the words of the next."""

import numpy as np
from numpy.typing import NDArray

from index.arrays import offsets_of
from index.hybrid.file import Hybrid
from index.hybrid.groups import NO_GROUP, Groups
from index.hybrid.lists import Lists
from index.hybrid.neighbours import Neighbours
from index.hybrid.trained import Trained
from index.hybrid.training import Tracks, artists_of, fame_of


def carried(former: Hybrid, tracks: Tracks, lists: Lists) -> Trained:
    """Return what ``former`` has learned for the present tracks; fame is counted anew.

    Songs and artists that are new lead nowhere yet, those that are gone are forgotten.
    """
    tables, liked = former.tables, lists.liked()
    return Trained(
        near=_translated(tables.near, tables.songs, tracks.songs),
        related=_translated(tables.related, tables.artists, tracks.artists),
        factors=tables.factors.of(tables.songs.codes_of(tracks.songs.keys)),
        fame=fame_of(tracks, liked, artists_of(tracks, liked)),
        weights=former.weights,
        method=former.method,
    )


def _translated(near: Neighbours, former: Groups, groups: Groups) -> Neighbours:
    codes = groups.codes_of(former.keys)
    owners, items, weights = (
        np.repeat(codes, np.diff(near.offsets)),
        codes[near.items],
        near.weights,
    )
    known: NDArray[np.bool_] = (owners != NO_GROUP) & (items != NO_GROUP)
    if not known.all():  # songs go, but seldom
        owners, items, weights = owners[known], items[known], weights[known]

    # Keys ascend in both generations, so the order of owners is kept.
    counts = np.bincount(owners, minlength=len(groups.keys))
    offsets = offsets_of(counts)
    return Neighbours(offsets, items, weights)
