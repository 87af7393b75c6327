"""The plain methods that lists are compared with.

Each is fitted on a `Problem` and then scores all songs for any histories, of listeners that it has
learnt from or not: nothing is kept per listener. Songs with equal scores come best known first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from index.evaluation.ease import Ease
from index.evaluation.factors import Factorisation
from index.evaluation.problem import Matrix, Problem

Scores = NDArray[np.float64]


class Method(Protocol):
    """Something that scores songs."""

    def scores(self, histories: Matrix) -> Scores:
        """Return a score for each song, (lists, songs); higher is better."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Random:
    """Any song as well as any other."""

    songs: int
    generator: np.random.Generator

    def scores(self, histories: Matrix) -> Scores:
        """Return uniform random numbers."""
        return self.generator.random((histories.shape[0], self.songs))


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """What is on most lists, the same for everybody."""

    problem: Problem

    def scores(self, histories: Matrix) -> Scores:
        """Return the number of lists of each song."""
        listeners = self.problem.listeners.astype(np.float64)
        return np.repeat(listeners[np.newaxis], histories.shape[0], axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What sounds like the mean of the history."""

    problem: Problem

    def scores(self, histories: Matrix) -> Scores:
        """Return the product of each song's vector with the sum of the history's."""
        vectors = self.problem.songs.vectors
        return np.asarray((histories @ vectors) @ vectors.T)


class ArtistAffinity:
    """Songs of the artists in the history, by how many of theirs it holds times how known they are.

    score = songs of its artist in the history * (log(1 + lists that hold it) + 0.001)
    """

    def __init__(self, problem: Problem) -> None:
        artists = problem.songs.artists
        known = np.flatnonzero(artists >= 0)
        shape = len(artists), int(artists.max(initial=-1)) + 1
        self._artists = csr_array((np.ones(len(known)), (known, artists[known])), shape=shape)
        self._known = np.log1p(problem.listeners) + 1e-3

    def scores(self, histories: Matrix) -> Scores:
        """Return affinity times popularity."""
        counts = histories @ self._artists
        return np.asarray((counts @ self._artists.T).toarray() * self._known)


class ItemItem:
    """The sum of each song's cosines with those of the history; the cosine is that of their lists.

    cos(i, j) = lists that hold both / sqrt(lists that hold i * lists that hold j)
    """

    def __init__(self, problem: Problem) -> None:
        norms = diags_array(1 / np.sqrt(np.maximum(problem.listeners, 1)))
        self._normed = (problem.lists @ norms).tocsr()
        self._shared = (norms @ problem.lists.T).tocsr()

    def scores(self, histories: Matrix) -> Scores:
        """Return the sums of cosines, by way of the lists: no matrix of songs by songs is made."""
        return np.asarray((histories @ self._shared @ self._normed).toarray())


METHODS: Mapping[str, Callable[[Problem, int], Method]] = {
    "random": lambda problem, seed: Random(len(problem.songs), np.random.default_rng(seed)),
    "popularity": lambda problem, _seed: Popularity(problem),
    "content": lambda problem, _seed: Content(problem),
    "artist affinity": lambda problem, _seed: ArtistAffinity(problem),
    "item-item": lambda problem, _seed: ItemItem(problem),
    "matrix factorisation": Factorisation,
    "EASE": lambda problem, _seed: Ease(problem),
}
"""Name -> how to fit it, given a seed of what is random in it."""
