"""Figures of recommendation lists, as pure functions; most give one figure per list.

``recommended`` (lists, k) holds song numbers, best first, `NOTHING` where a list is shorter.
``hits`` (lists, k) tells which places hold a song that was hidden, ``hidden`` (lists,) how many
songs were hidden of each list, at least 1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NOTHING = -1
"""A place without a song."""

Numbers = NDArray[np.int64]
Figures = NDArray[np.float64]
Hits = NDArray[np.bool_]


def hits_of(recommended: Numbers, hidden: Sequence[Numbers]) -> Hits:
    """Return which places hold a hidden song, (lists, k); a song counts at its first place only."""
    hits = np.zeros(recommended.shape, dtype=np.bool_)
    for hit, songs, wanted in zip(hits, recommended, hidden, strict=True):
        found, first = np.unique(songs, return_index=True)
        hit[first[np.isin(found, wanted) & (found != NOTHING)]] = True
    return hits


def recall_at_k(hits: Hits, hidden: Numbers, k: int) -> Figures:
    """Return the share of the hidden songs that stand in the first ``k`` places, (lists,)."""
    return np.asarray(hits[:, :k].sum(axis=1) / hidden)


def ndcg_at_k(hits: Hits, hidden: Numbers, k: int) -> Figures:
    """Return the normalised discounted cumulative gain of the first ``k`` places, (lists,).

    A hit at place ``i`` (from 1) gains ``1 / log2(i + 1)``; the best list there could be, with
    ``min(k, hidden)`` hits in front, has 1 (Järvelin and Kekäläinen 2002).
    """
    gains = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(hidden, k) - 1]
    return np.asarray(hits[:, :k] @ gains[: hits.shape[1]] / best)


def hit_rate_at_k(hits: Hits, k: int) -> Figures:
    """Return 1 where the first ``k`` places hold any hidden song, else 0, (lists,)."""
    return np.asarray(hits[:, :k].any(axis=1), dtype=np.float64)


def reciprocal_rank(hits: Hits) -> Figures:
    """Return 1 / the first place of a hidden song, 0 where there is none, (lists,).

    Its mean is the MRR.
    """
    return np.asarray(np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1.0), 0.0))


def novelty(recommended: Numbers, listeners: Numbers, lists: int) -> Figures:
    """Return the mean self-information of the recommended songs in bits, (lists,).

    A song has ``-log2((listeners + 1) / (lists + 1))``: what everybody knows has 0, what one in a
    thousand knows has 10 (Zhou et al. 2010; the 1 keeps what nobody knows finite).

    Parameters
    ----------
    listeners : (songs,) how many visible lists hold each song
    lists : how many lists there are

    """
    information = np.append(-np.log2((listeners + 1) / (lists + 1)), 0.0)  # the last is NOTHING's
    count = np.maximum((recommended != NOTHING).sum(axis=1), 1)
    return np.asarray(information[recommended].sum(axis=1) / count)


def intra_list_diversity(recommended: Numbers, vectors: Figures) -> Figures:
    """Return 1 - the mean cosine of all pairs of a list, (lists,); NaN for less than two songs.

    Parameters
    ----------
    vectors : (songs, d) of unit length; a zero vector has the cosine 0 to all others

    """
    filled = np.vstack([vectors, np.zeros(vectors.shape[1])])
    count = (recommended != NOTHING).sum(axis=1)
    found = np.full(len(recommended), np.nan)
    for at in np.flatnonzero(count > 1):
        own = filled[recommended[at]]
        # The cosines of all ordered pairs and of each song with itself make up |sum|^2.
        pairs = float((own.sum(axis=0) ** 2).sum() - (own**2).sum())
        found[at] = 1 - pairs / (count[at] * (count[at] - 1))
    return found


def coverage(recommended: Numbers, songs: int) -> float:
    """Return the share of all songs that stand in any list."""
    shown = np.unique(recommended[recommended != NOTHING])
    return len(shown) / songs if songs else 0.0


def exposures(recommended: Numbers, songs: int) -> Numbers:
    """Return how many places each song has in all lists together, (songs,)."""
    return np.bincount(recommended[recommended != NOTHING], minlength=songs).astype(np.int64)


def gini(counts: NDArray[np.int64]) -> float:
    """Return the Gini coefficient of counts: 0 where all are equal, near 1 where one has all."""
    total, n = counts.sum(), len(counts)
    if not total:
        return 0.0
    ranks = np.arange(1, n + 1)
    return float((2 * ranks - n - 1) @ np.sort(counts) / (n * total))
