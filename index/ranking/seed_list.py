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
from index.live import LiveIndex, TrackTable, features_of, genre_slice, sample_of
from index.ranking.diversity import ListPolicy, select_by_policy
from index.ranking.recommend import SOUND_PARTS, Ranked
from index.ranking.seeds import Seeds, resolve_seeds, seed_vector
from index.retrieval import (
    NO_FILTERS,
    Candidates,
    Filters,
    Limits,
    Query,
    merge,
    outside,
    resolve,
    search,
)
from index.snapshot import Snapshot

AUDIO = 1.0
FAMILIARITY_WEIGHT = 0.5
"""At its end, a knob makes the least and the best known track as different as cos 0 and cos 1."""
TARGETS = 0.5
"""All targets together."""
NOISE_SCALE = 0.05
BONUS = 1.2
BLEND_PARTS = (
    *SOUND_PARTS,
    "popularity",
    "novelty",
    *(f"target {name}" for name in FEATURE_NAMES),
    "chance",
)
_NONE_DEAD = np.empty(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Knobs:
    """How much each part counts, 0..1, and which draw of chance it is."""

    popularity: float = 0.2
    novelty: float = 0.0
    randomness: float = 0.0
    seed: int = 0
    genre_bonus: float = BONUS
    targets: Mapping[str, float] = field(default_factory=dict)
    """Values by feature, each in its own unit."""


@dataclass(frozen=True, slots=True, eq=False)
class SeedQuery:
    """A whole wish in numbers: what every track is scored against."""

    query: Query
    known: NDArray[np.float64]
    """(2,) weights of being known and of being little known."""
    targets: NDArray[np.float64]
    """(3, 8) values, slopes and weights."""
    temperature: float
    seed: int

    @property
    def is_sound_alone(self) -> bool:
        """Whether the trees of similar tracks find the best."""
        plain = not self.known.any() and not self.targets[2].any() and self.temperature == 0.0
        return plain and bool(self.query.vector.any())


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
        weights=live.snapshot.sound.weights,
        excluded=np.unique(np.concatenate(named)),
        boosted=favourites if knobs.genre_bonus > 1.0 else (),
        bonus=knobs.genre_bonus,
        limits=limits,
    )
    songs = live.songs_of(np.concatenate((pulling.tracks, pushing.tracks)))
    return ranked(live, wish_of(live, query, knobs), k, replace(policy, songs_left_out=songs))


def wish_of(live: LiveIndex, query: Query, knobs: Knobs) -> SeedQuery:
    """Return a wish for what ``query`` says of sound, genres and conditions."""
    return SeedQuery(
        query=query,
        known=FAMILIARITY_WEIGHT * np.array([knobs.popularity, knobs.novelty]),
        targets=_targets(live, knobs.targets),
        temperature=NOISE_SCALE * knobs.randomness,
        seed=knobs.seed,
    )


def ranked(live: LiveIndex, wish: SeedQuery, k: int, policy: ListPolicy) -> Ranked:
    """Return the ``k`` best of a wish, in the order of a policy, taken apart."""
    if wish.is_sound_alone:
        plan = "tree"
        found = select_by_policy(live, lambda size: search(live, wish.query, size, plan), k, policy)
    else:
        plan = "scan"
        found = select_by_policy(live, lambda size: scan(live, wish, size), k, policy)
    parts = parts_of(live, wish, found.rows)
    return Ranked(found.rows, found.scores, parts, BLEND_PARTS, plan, wish.query)


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


def scan(live: LiveIndex, wish: SeedQuery, k: int) -> Candidates:
    """Return the ``k`` best of all live tracks, each scored in full."""
    snapshot, n, limits = live.snapshot, len(live.snapshot.track_ids), wish.query.limits
    hidden = _NONE_DEAD if live.removed is None else live.removed
    if len(limits.ranges):
        broken = outside(snapshot.features, limits.ranges)
        hidden = broken | hidden if len(hidden) else broken
    slices = [(0, n)]
    if limits.codes is not None:
        slices = [genre_slice(live, code) for code in limits.codes]

    found = Candidates(np.empty(0, dtype=np.int64), np.empty(0))
    for start, stop in slices:
        columns = (snapshot, snapshot.features, hidden, wish.query.excluded)
        found = merge(live, found, _scan(live, wish, columns, start, stop, k), k)
    return merge(live, found, _scan_delta(live, wish, k), k)


Source = tuple[Snapshot | TrackTable, NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]
"""Columns, raw features, rows that are gone, rows left out."""


def _scan_delta(live: LiveIndex, wish: SeedQuery, k: int) -> Candidates:
    n, limits, hidden = len(live.snapshot.track_ids), wish.query.limits, live.added_hidden
    features = live.delta.tracks["features"]
    if limits.codes is not None:
        hidden = hidden | ~np.isin(live.added.genre_codes, limits.codes)
    if len(limits.ranges):
        hidden = hidden | outside(features, limits.ranges)
    excluded = wish.query.excluded
    late = excluded[np.searchsorted(excluded, n) :] - n
    found = _scan(live, wish, (live.added, features, hidden, late), 0, len(features), k)
    return Candidates(found.rows + n, found.scores)


def _scan(
    live: LiveIndex, wish: SeedQuery, source: Source, start: int, stop: int, k: int
) -> Candidates:
    columns, features, hidden, excluded = source
    return Candidates(
        *kernels.top_blend(
            columns.vectors,
            features,
            columns.track_ids,
            columns.genre_codes,
            columns.popularity,
            hidden,
            excluded,
            wish.query.vector,
            _audio_weight(wish) / 2 * _boosts(live, wish),
            wish.known,
            wish.targets,
            wish.temperature,
            wish.seed,
            start,
            stop,
            min(k, stop - start),
        )
    )


def parts_of(live: LiveIndex, wish: SeedQuery, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return `BLEND_PARTS` of each row; they sum to its score."""
    tracks, values = live.take(rows), features_of(live, rows)
    parts = np.zeros((len(rows), len(BLEND_PARTS)))
    sound = len(SOUND_PARTS)
    parts[:, :sound] = _sound_parts(live, wish, tracks)
    parts[:, sound] = wish.known[0] * tracks.popularity
    parts[:, sound + 1] = wish.known[1] * (1.0 - tracks.popularity)
    wanted, slopes, weights = wish.targets
    close = weights / (1.0 + np.abs(values - wanted) * slopes)
    parts[:, sound + 2 : -1] = np.where(np.isnan(close), 0.0, close)
    if wish.temperature > 0.0:
        parts[:, -1] = wish.temperature * kernels.noise(wish.seed, tracks.track_ids)
    return parts


def _sound_parts(live: LiveIndex, wish: SeedQuery, tracks: TrackTable) -> NDArray[np.float64]:
    half = _audio_weight(wish) / 2
    products = tracks.vectors * wish.query.vector
    boosts = _boosts(live, wish)[tracks.genre_codes]
    parts = np.empty((len(products), len(SOUND_PARTS)))
    parts[:, 0] = half
    parts[:, 1:-1] = half * products
    parts[:, -1] = half * (boosts - 1.0) * (1.0 + products.sum(axis=1))
    return parts


def _audio_weight(wish: SeedQuery) -> float:
    return AUDIO if wish.query.vector.any() else 0.0


def _boosts(live: LiveIndex, wish: SeedQuery) -> NDArray[np.float64]:
    boosts = np.ones(len(live.snapshot.genres.names) + len(live.delta.new_genres))
    boosts[list(wish.query.boosted)] = wish.query.bonus
    return boosts


def _targets(live: LiveIndex, targets: Mapping[str, float]) -> NDArray[np.float64]:
    found = np.zeros((3, DIMENSIONS))
    if targets:
        found[1] = 1.0 / spreads(live)
    for name, value in targets.items():
        j = FEATURE_NAMES.index(name)
        found[0, j], found[2, j] = value, TARGETS / len(targets)
    return found
