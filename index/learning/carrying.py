"""What one generation has learned, in the words of the next."""

import numpy as np

from index.learning.groups import NO_GROUP, Groups
from index.learning.item_item import Neighbours
from index.learning.model import LearnedModel
from index.learning.preferences import Preferences
from index.learning.trained import Trained
from index.learning.training import Tracks, artists_of, listener_counts
from index.storage import offsets_of, release_pages

_OWNERS_AT_ONCE = 100_000


def carried(previous: LearnedModel, tracks: Tracks, lists: Preferences) -> Trained:
    """Return what ``previous`` has learned for the present tracks; fame is counted anew.

    Songs and artists that are new lead nowhere yet, those that are gone are forgotten.
    """
    tables, liked = previous.tables, lists.liked()
    return Trained(
        near=_translated(tables.near, tables.songs, tracks.songs),
        related=_translated(tables.related, tables.artists, tracks.artists),
        factors=tables.factors.of(tables.songs.codes_of(tracks.songs.keys)),
        fame=listener_counts(tracks, liked, artists_of(tracks, liked)),
        weights=previous.weights,
        method=previous.method,
    )


def _translated(near: Neighbours, previous: Groups, groups: Groups) -> Neighbours:
    codes = groups.codes_of(previous.keys)
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
        release_pages(near.items)
    return Neighbours(offsets_of(counts), items[:filled], weights[:filled])
