"""What one generation has learned, in the words of the next."""

import numpy as np

from index.arrays import let_go, offsets_of
from index.hybrid.file import Hybrid
from index.hybrid.groups import NO_GROUP, Groups
from index.hybrid.lists import Lists
from index.hybrid.neighbours import Neighbours
from index.hybrid.trained import Trained
from index.hybrid.training import Tracks, artists_of, fame_of

_OWNERS_AT_ONCE = 100_000


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
    counts = np.zeros(len(groups.keys), dtype=np.int64)
    items, weights = np.empty_like(near.items), np.empty_like(near.weights)
    filled = 0
    for start in range(0, len(codes), _OWNERS_AT_ONCE):  # what lies between takes memory, too
        own = codes[start : start + _OWNERS_AT_ONCE]
        edges = near.offsets[start : start + len(own) + 1]
        part = slice(edges[0], edges[-1])
        owners = np.repeat(np.arange(len(own), dtype=np.int32), np.diff(edges))
        found = codes[near.items[part]]
        known = (own[owners] != NO_GROUP) & (found != NO_GROUP)  # songs go, but seldom
        here, stays = np.bincount(owners[known], minlength=len(own)), own != NO_GROUP
        # Keys ascend in both generations, so the order of owners is kept.
        counts[own[stays]] = here[stays]
        taken = slice(filled, filled + int(here.sum()))
        items[taken], weights[taken] = found[known], near.weights[part][known]
        filled = taken.stop
        let_go(near.items)
    return Neighbours(offsets_of(counts), items[:filled], weights[:filled])
