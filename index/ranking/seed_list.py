"""Lists that are asked for by seeds, targets and knobs, without a listener.

    score = AUDIO * boost * (1 + cos) / 2
          + KNOWN * popularity * P  +  KNOWN * novelty * (1 - P)
          + TARGETS / n * sum of 1 / (1 + |value - target| / spread) over the n targets
          + CHANCE * randomness * Gumbel noise

*cos* compares a track with the blend of all seeds (`index.ranking.seeds`), *boost* is the genre
bonus in their genres, *P* the popularity signal. Without a seed the first
line is left out. The *spread* of a feature is the distance in which four fifths of the catalogue
lie; an unknown value is not close to any target.

Noise is drawn from a seed and the track id: the same seed on the same index gives the same list,
and drawing by it is drawing without replacement with weights ``exp(score / (CHANCE *
randomness))`` (Gumbel top-k; Vieira 2014). "Top k" is the top k of the whole score.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from index import kernels
from index.features import DIMENSIONS, FEATURE_NAMES
from index.kernels import Search, Tracks, Wishes
from index.live import LiveIndex, sample_of
from index.ranking.diversity import ListPolicy
from index.ranking.recommend import Ranked, ranked
from index.ranking.seeds import Seeds, resolve_seeds, seed_vector
from index.retrieval import (
    NO_FILTERS,
    SOUND_PARTS,
    Candidates,
    Filters,
    Limits,
    Plan,
    Query,
    choose_plan,
    resolve,
    scan_all,
    search_of,
    sound_parts,
)
from index.signals import SIMILAR_GENRE_BONUS

AUDIO = 1.0
FAMILIARITY_WEIGHT = 0.5
"""At its end, a knob makes the least and the best known track as different as cos 0 and cos 1."""
TARGETS = 0.5
"""All targets together."""
NOISE_SCALE = 0.05
BLEND_PARTS = (
    *SOUND_PARTS,
    "popularity",
    "novelty",
    *(f"target {name}" for name in FEATURE_NAMES),
    "chance",
)


@dataclass(frozen=True, slots=True)
class Knobs:
    """How much each part counts, 0..1, and which draw of chance it is."""

    popularity: float = 0.2
    novelty: float = 0.0
    randomness: float = 0.0
    seed: int = 0
    genre_bonus: float = SIMILAR_GENRE_BONUS
    targets: Mapping[str, float] = field(default_factory=dict)
    """Values by feature, each in its own unit."""


@dataclass(frozen=True, slots=True, eq=False)
class SeedPlan:
    """Searches for seeds, targets and knobs, and explains what it has found."""

    live: LiveIndex
    query: Query
    wishes: Wishes
    nearest: Plan | None
    """By trees, for a query that is about sound alone; None where every track must be scored."""

    @property
    def name(self) -> str:
        """The name that a reply tells."""
        return "scan" if self.nearest is None else self.nearest.name

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of the parts of a score."""
        return BLEND_PARTS

    @property
    def _search(self) -> Search:
        audio_weight = AUDIO if self.query.vector.any() else 0.0
        return search_of(self.live, self.query, audio_weight)

    def best(self, k: int) -> Candidates:
        """Return the exact ``k`` best live tracks, fewer where there are no more."""
        return self.scan(k) if self.nearest is None else self.nearest.best(k)

    def scan(self, k: int) -> Candidates:
        """Return the ``k`` best of all live tracks, each scored in full."""
        live, snapshot = self.live, self.live.snapshot
        columns = (
            snapshot.scorings["similar"].tracks._replace(static=snapshot.popularity),
            live.added_for("similar").tracks._replace(static=live.added.popularity),
        )

        def top_of(
            tracks: Tracks, search: Search, *span: int
        ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
            return kernels.top_blend(tracks, search, self.wishes, *span)

        return scan_all(live, columns, self._search, self.query.limits, k, top_of)

    def parts(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return `BLEND_PARTS` of each row; they sum to its score."""
        live, wishes = self.live, self.wishes
        popularity, values = live.signal("popularity", rows), live.features_of(rows)
        parts = np.zeros((len(rows), len(BLEND_PARTS)))
        sound = len(SOUND_PARTS)
        parts[:, :sound] = sound_parts(live, self._search, rows)
        parts[:, sound] = wishes.known[0] * popularity
        parts[:, sound + 1] = wishes.known[1] * (1.0 - popularity)
        wanted, slopes, weights = wishes.targets
        close = weights / (1.0 + np.abs(values - wanted) * slopes)
        parts[:, sound + 2 : -1] = np.where(np.isnan(close), 0.0, close)
        if wishes.temperature > 0.0:
            parts[:, -1] = wishes.temperature * kernels.noise(wishes.seed, live.ids_of(rows))
        return parts


def from_seeds(
    live: LiveIndex,
    seeds: Seeds,
    negative: Seeds,
    knobs: Knobs,
    *,
    k: int,
    policy: ListPolicy,
    filters: Filters = NO_FILTERS,
) -> Ranked:
    """Return the ``k`` best tracks of a wish; see the top of this module for the score.

    Seeds that are tracks don't come themselves; what a negative seed names never comes. Where
    versions collapse, no other version of those tracks does either. Raises `UnknownSeeds`.
    """
    pulling, pushing = resolve_seeds(live, seeds), resolve_seeds(live, negative)
    vector, favourites = seed_vector(pulling, pushing)
    limits = without_genres(live, resolve(live, filters), pushing.codes)
    named = (limits.excluded, pulling.tracks, pushing.rows)
    query = Query(
        vector=vector,
        excluded=np.unique(np.concatenate(named)),
        boosted=favourites if knobs.genre_bonus > 1.0 else (),
        bonus=knobs.genre_bonus,
        limits=limits,
    )
    songs = live.songs_of(np.concatenate((pulling.tracks, pushing.tracks)))
    plan = seed_plan(live, query, knobs, k)
    return ranked(live, plan, k, replace(policy, songs_left_out=songs))


def seed_plan(live: LiveIndex, query: Query, knobs: Knobs, k: int) -> SeedPlan:
    """Return the plan for what ``query`` says of sound, genres and conditions, and for knobs."""
    wishes = Wishes(
        known=FAMILIARITY_WEIGHT * np.array([knobs.popularity, knobs.novelty]),
        targets=_targets(live, knobs.targets),
        temperature=NOISE_SCALE * knobs.randomness,
        seed=knobs.seed,
    )
    plain = not wishes.known.any() and not wishes.targets[2].any() and wishes.temperature == 0.0
    by_trees = plain and bool(query.vector.any())
    return SeedPlan(live, query, wishes, choose_plan(live, query, k) if by_trees else None)


def without_genres(live: LiveIndex, limits: Limits, codes: tuple[int, ...]) -> Limits:
    """Return limits under which no track of these genres comes."""
    if not codes:
        return limits
    known = len(live.snapshot.genres.names) + len(live.delta.new_genres)
    allowed = range(known) if limits.codes is None else limits.codes
    kept = tuple(code for code in allowed if code not in codes)
    return Limits(kept, limits.ranges, limits.excluded)


def spreads(live: LiveIndex) -> NDArray[np.float64]:
    """Return the distance (8,) between first and last decile of each feature; never 0."""
    deciles = (np.quantile(sample_of(live, j), (0.1, 0.9)) for j in range(DIMENSIONS))
    widths = [(high - low, max(abs(high), 1.0)) for low, high in deciles]
    return np.array([width if width > 0 else instead for width, instead in widths])


def _targets(live: LiveIndex, targets: Mapping[str, float]) -> NDArray[np.float64]:
    found = np.zeros((3, DIMENSIONS))
    if targets:
        found[1] = 1.0 / spreads(live)
    for name, value in targets.items():
        j = FEATURE_NAMES.index(name)
        found[0, j], found[2, j] = value, TARGETS / len(targets)
    return found
