"""Slow NumPy twins of the kernels and of the definitions in `index`: obvious rather than fast."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.live import LiveIndex
from index.ranking import WINDOW, ListPolicy
from index.signals import AUDIO_WEIGHTS, Kind, default_weights
from index.trending import WINDOWS, event_weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def ordered(rows: Ints, scores: Floats, ids: Ints, k: int) -> tuple[Ints, Floats]:
    """Return the best ``k``, ties by ascending track id."""
    order = np.lexsort((ids, -scores))[:k]
    return rows[order], scores[order]


def scores_of(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    static: Floats,
    rows: Ints,
    query: Floats,
    boosts: Floats,
    audio_weight: float,
) -> Floats:
    """Twin of `index.kernels.score.score_of`, for many rows."""
    cosines = vectors[rows] @ query
    sound = boosts[genre_codes[rows]] * (1 + cosines) / 2
    return np.asarray(audio_weight * sound + static[rows])


def listed(
    n: int, dead: NDArray[np.bool_], excluded: Ints, start: int = 0, stop: int | None = None
) -> Ints:
    """Return the rows of a range that are neither dead nor excluded."""
    gone = set(np.flatnonzero(dead).tolist()) | set(excluded.tolist())
    rows = [row for row in range(n)[start:stop] if row not in gone]
    return np.array(rows, dtype=np.int64)


def select_diverse(
    vectors: Floats,
    scores: Floats,
    artists: Ints,
    albums: Ints,
    songs: Ints,
    k: int,
    policy: ListPolicy,
    *,
    window: int = WINDOW,
    lookahead: int | None = None,
) -> list[int]:
    """Twin of `index.ranking.diversity` on a pool that is the whole catalogue in exact order."""
    positions: list[int] = []

    def held(keys: Ints, position: int, contains_code: int) -> int:
        last = positions[max(0, len(positions) - contains_code) :]
        return sum(1 for place in last if keys[place] == keys[position] != 0)

    def is_eligible(position: int) -> bool:
        song = songs[position]
        if position in positions:
            return False
        is_known = song in policy.songs_left_out or song in songs[positions]
        if policy.collapse_versions and song != 0 and is_known:
            return False
        return all(
            most is None or held(keys, position, window - 1) < most
            for keys, most in ((artists, policy.max_per_artist), (albums, policy.max_per_album))
        )

    while len(positions) < k:
        eligible = [position for position in range(len(scores)) if is_eligible(position)]
        if not eligible:
            break
        candidates = eligible[: lookahead or policy.lookahead]
        if policy.spacing:
            apart = [
                position for position in candidates if not held(artists, position, policy.spacing)
            ]
            candidates = apart or candidates
        values = [
            (1 - policy.diversity) * scores[position]
            - policy.diversity * _nearest(vectors, position, positions)
            for position in candidates
        ]
        positions.append(candidates[int(np.argmax(values))])
    return positions


def _nearest(vectors: Floats, position: int, positions: Sequence[int]) -> float:
    return max(
        ((1 + float(vectors[position] @ vectors[place])) / 2 for place in positions), default=0.0
    )


def taste(
    vectors: Floats,
    genre_codes: NDArray[np.int32],
    weights: Floats,
    n_codes: int,
    negative_pull: float,
) -> tuple[Floats, Floats]:
    """Twin of `index.kernels.profile`."""
    vector = np.zeros(8)
    if (weights > 0).any():
        vector += np.average(vectors[weights > 0], axis=0, weights=weights[weights > 0])
    if (weights < 0).any():
        away = np.average(vectors[weights < 0], axis=0, weights=-weights[weights < 0])
        vector -= negative_pull * away
    norm = np.linalg.norm(vector)
    genres = np.array(
        [weights[(genre_codes == code) & (weights > 0)].sum() for code in range(n_codes)]
    )
    return vector / norm if norm > 0 else vector, genres


def live_rows(live: LiveIndex) -> Ints:
    """Return every row of snapshot and delta that is a track now."""
    n = len(live.snapshot.track_ids)
    removed = np.zeros(n, dtype=np.bool_) if live.removed is None else live.removed
    return np.concatenate((np.flatnonzero(~removed), n + np.flatnonzero(live.added_alive)))


def everything(
    live: LiveIndex,
    query: Floats,
    *,
    genres: Sequence[int],
    bonus: float,
    kind: Kind,
    excluded: Sequence[int],
) -> tuple[Ints, Floats]:
    """Return all live rows but the excluded in the exact order of the whole score, and scores."""
    rows = np.array([row for row in live_rows(live) if row not in set(excluded)], dtype=np.int64)
    tracks = live.take(rows)
    favoured = np.isin(tracks.genre_codes, [code for code in genres if code != 0])
    boosts = np.where(favoured, bonus, 1.0)
    sound = boosts * (1 + tracks.vectors @ query) / 2
    weights = default_weights(kind)
    scores = AUDIO_WEIGHTS[kind] * sound + weights["popularity"] * tracks.popularity
    scores += weights["freshness"] * tracks.freshness
    return ordered(rows, scores, tracks.track_ids, len(rows))


def feature_score(column: Floats, value: float, evenly: float) -> float:
    """Return the score of a known value: ``ndtri`` of its mid-rank, mixed with a standard score."""
    from statistics import NormalDist, fmean, pstdev

    known = column[~np.isnan(column)]

    def share(of: float) -> float:
        return float(((known < of).sum() + (known == of).sum() / 2) / len(known))

    within = [each for each in set(known.tolist()) if 0.001 <= share(each) <= 0.999]
    clipped = np.clip(known, min(within), max(within)).tolist()
    deviation = pstdev(clipped)
    away = min(max(value, min(within)), max(within)) - fmean(clipped)
    by_rank = NormalDist().inv_cdf(min(max(share(value), 0.001), 0.999))
    return evenly * by_rank + (1 - evenly) * (away / deviation if deviation > 0 else 0.0)


def trending_counts(live: LiveIndex, window: int, now: float) -> Floats:
    """Count anew what every row of snapshot and delta has in a window, one event after another."""
    snapshot, delta, kind = live.snapshot, live.delta, WINDOWS[window]
    n, histories = len(snapshot.track_ids), live.snapshot.histories
    values = np.zeros(n + len(delta.tracks))
    values[:n] = snapshot.trending[window]

    for user_id in delta.user_cuts:
        at = snapshot.user_position(user_id)
        events = slice(*histories.offsets[at : at + 2].tolist()) if at is not None else slice(0)
        added = event_weights(
            kind, histories.actions[events], histories.at[events], snapshot.built_at
        )
        for row, weight in zip(histories.rows[events].tolist(), added.tolist(), strict=True):
            values[row] -= weight
    values[np.abs(values) < 1e-9] = 0

    for row in [] if live.removed is None else np.flatnonzero(live.removed).tolist():
        track_id = int(snapshot.track_ids[row])
        current_row = None if track_id in delta.track_cuts else live.row_of(track_id)
        if current_row is not None:
            values[current_row] = values[row]
        values[row] = 0
    values *= kind.decay(now - snapshot.built_at)

    log = delta.events
    for place, (user_id, track_id) in enumerate(
        zip(log["user_ids"].tolist(), log["track_ids"].tolist(), strict=True)
    ):
        row = live.row_of(track_id)
        cut = max(delta.user_cuts.get(user_id, -1), delta.track_cuts.get(track_id, -1))
        if row is not None and place >= cut:
            one = slice(place, place + 1)
            values[row] += event_weights(kind, log["actions"][one], log["at"][one], now)[0]
    return values


def counts_of(live: LiveIndex, window: int, now: float) -> Floats:
    """Return what the index itself counts for every row: the snapshot's counts, or changed ones."""
    counts, n = live.trends(window, now), len(live.snapshot.track_ids)
    values = np.zeros(n + len(live.delta.tracks))
    values[:n] = live.snapshot.trending[window]
    values[:n] *= counts.window.decay(now - live.snapshot.built_at)
    values[counts.rows] = counts.values * counts.decay(now)
    if live.removed is not None:
        values[:n][live.removed] = 0
    return values
