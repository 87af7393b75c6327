"""Claims on lists from seeds: the exact best of the whole score, made of its named parts."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.features import FEATURE_NAMES
from index.live import LiveIndex
from index.ranking import Knobs, ListPolicy, Seeds, UnknownSeeds, from_seeds
from index.ranking.seed_list import BLEND_PARTS, FAMILIARITY_WEIGHT, NOISE_SCALE, TARGETS, spreads
from index.ranking.seeds import PUSH
from index.retrieval import Filters
from tests.index.reference import Floats, live_rows
from tests.index.worlds import random_live

ORDER = ListPolicy()
MASK = (1 << 64) - 1


def gumbel(seed: int, track_id: int) -> float:
    """Twin of `index.kernels.blend_scan.gumbel`, in Python's own integers."""
    mixed = seed
    for each in (0, track_id):
        mixed = ((mixed ^ each) + 0x9E3779B97F4A7C15) & MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        mixed ^= mixed >> 31
    return -math.log(-math.log(((mixed >> 11) + 0.5) / 2**53))


def whole_score(
    live: LiveIndex, pull: Floats, push: Floats, boosted: set[int], knobs: Knobs
) -> dict[int, float]:
    """Return the score of every live track by id, worked out term by term."""
    vector = np.zeros(8)
    if len(pull):
        vector += pull.mean(axis=0)
    if len(push):
        vector -= PUSH * push.mean(axis=0)
    norm = np.linalg.norm(vector)
    vector = vector / norm if norm > 0 else vector
    rows = live_rows(live)
    tracks, values, width = live.take(rows), live.features_of(rows), spreads(live)
    found = {}
    for i, track_id in enumerate(tracks.track_ids.tolist()):
        boost = knobs.genre_bonus if int(tracks.genre_codes[i]) in boosted else 1.0
        score = boost * (1 + tracks.vectors[i] @ vector) / 2 if norm > 0 else 0.0
        known = tracks.popularity[i]
        score += FAMILIARITY_WEIGHT * (knobs.popularity * known + knobs.novelty * (1 - known))
        for name, wanted in knobs.targets.items():
            j = FEATURE_NAMES.index(name)
            distance = abs(values[i, j] - wanted) / width[j]
            score += TARGETS / len(knobs.targets) / (1 + distance)
        if knobs.randomness:
            score += NOISE_SCALE * knobs.randomness * gumbel(knobs.seed, track_id)
        found[track_id] = score
    return found


knobs = st.builds(
    Knobs,
    popularity=st.sampled_from([0.0, 0.2, 1.0]),
    novelty=st.sampled_from([0.0, 0.5]),
    randomness=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 2**63 - 1),
    targets=st.dictionaries(st.sampled_from(FEATURE_NAMES), st.floats(0, 1), max_size=3),
)


@settings(max_examples=150)
@given(world=st.integers(0, 5), wanted=knobs, data=st.data())
def test_the_best_of_the_whole_score_come_and_their_parts_sum_to_it(
    world: int, wanted: Knobs, data: st.DataObject
) -> None:
    live = random_live(world, n=60, m=15, exact=bool(world % 2))
    ids = st.sampled_from(live.ids_of(live_rows(live)).tolist())
    pull, push = data.draw(st.lists(ids, max_size=4)), data.draw(st.lists(ids, max_size=2))

    ranked = from_seeds(live, Seeds(tuple(pull)), Seeds(tuple(push)), wanted, k=10, policy=ORDER)

    at = {
        name: live.take(live.rows_of(np.array(these, np.int64)))
        for name, these in (("pull", pull), ("push", push))
    }
    assert ranked.query is not None
    boosted = set(ranked.query.boosted)
    scores = whole_score(live, at["pull"].vectors, at["push"].vectors, boosted, wanted)
    best = sorted(
        (-score, track_id) for track_id, score in scores.items() if track_id not in {*pull, *push}
    )[:10]
    np.testing.assert_allclose(ranked.scores, [-score for score, _ in best], atol=1e-9)
    found = live.ids_of(ranked.rows).tolist()
    np.testing.assert_allclose([scores[each] for each in found], ranked.scores, atol=1e-9)
    np.testing.assert_allclose(ranked.parts.sum(axis=1), ranked.scores, atol=1e-9)
    assert ranked.parts.shape == (len(found), len(BLEND_PARTS))


def test_trees_find_what_a_scan_finds() -> None:
    live = random_live(3, n=400, m=20, exact=False)
    seeds = Seeds(tuple(live.ids_of(live_rows(live)[:3]).tolist()))
    plain = Knobs(popularity=0.0)

    by_tree = from_seeds(live, seeds, Seeds(), plain, k=20, policy=ORDER)
    by_scan = from_seeds(live, seeds, Seeds(), replace(plain, novelty=1e-13), k=20, policy=ORDER)

    assert (by_tree.plan, by_scan.plan) == ("tree", "scan")
    assert by_tree.rows.tolist() == by_scan.rows.tolist()
    np.testing.assert_allclose(by_tree.scores, by_scan.scores, atol=1e-9)


def test_the_same_seed_repeats_a_list_and_another_one_does_not() -> None:
    live = random_live(1, n=300, m=0, exact=False)

    def drawn(seed: int) -> list[int]:
        wanted = Knobs(randomness=0.5, seed=seed)
        found: list[int] = from_seeds(
            live, Seeds((5,)), Seeds(), wanted, k=20, policy=ORDER
        ).rows.tolist()
        return found

    assert drawn(7) == drawn(7)
    assert len({tuple(drawn(seed)) for seed in range(20)}) > 15


def test_chance_draws_by_weight() -> None:
    """With nothing but chance every track comes first equally often."""
    live = random_live(2, n=8, m=0, exact=False)
    wanted = [Knobs(popularity=0.0, randomness=1.0, seed=seed) for seed in range(4_000)]
    rows = [from_seeds(live, Seeds(), Seeds(), w, k=1, policy=ORDER).rows[0] for w in wanted]

    counts = np.bincount(rows)[live_rows(live)]
    expected = len(wanted) / len(counts)
    assert np.abs(counts - expected).max() < 5 * math.sqrt(expected)


def test_negative_seeds_never_come_and_push_their_like_away() -> None:
    live = random_live(4, n=200, m=20, exact=False)
    first, other = live.ids_of(live_rows(live)[:2]).tolist()
    plain = Knobs(popularity=0.0, genre_bonus=1.0)

    without = from_seeds(live, Seeds((first,)), Seeds(), plain, k=50, policy=ORDER)
    pushed = from_seeds(live, Seeds((first,)), Seeds((other,)), plain, k=50, policy=ORDER)

    away = live.take(live.rows_of(np.array([other]))).vectors[0]
    assert other not in live.ids_of(pushed.rows)
    assert (live.take(pushed.rows).vectors @ away).mean() < (
        live.take(without.rows).vectors @ away
    ).mean()


@pytest.mark.parametrize("wanted", [Knobs(), Knobs(popularity=0.0)])
def test_a_negative_genre_stays_out(wanted: Knobs) -> None:
    live = random_live(5, n=100, m=20, exact=False)
    code = live.genre_code("genre 2")

    found = from_seeds(
        live, Seeds(genres=("Genre 1 ",)), Seeds(genres=("GENRE 2",)), wanted, k=100, policy=ORDER
    )

    assert len(found.rows)
    assert code not in live.take(found.rows).genre_codes


def test_an_unknown_value_is_not_close_to_any_target() -> None:
    live = random_live(6, n=20, m=0, exact=False)
    live.snapshot.features[:, 1] = np.nan
    ranked = from_seeds(live, Seeds(), Seeds(), Knobs(targets={"energy": 0.5}), k=20, policy=ORDER)

    assert not ranked.parts[:, BLEND_PARTS.index("target energy")].any()
    assert np.isfinite(ranked.scores).all()


def test_filters_hold() -> None:
    live = random_live(7, n=100, m=20, exact=False)
    filters = Filters(genres=("genre 1",), minimum={"energy": 0.3}, excluded_track_ids=[1, 2, 3])

    ranked = from_seeds(
        live,
        Seeds(),
        Seeds(),
        Knobs(targets={"tempo": 0.5}),
        k=100,
        policy=ORDER,
        filters=filters,
    )

    assert set(live.take(ranked.rows).genre_codes.tolist()) == {1}
    assert (live.features_of(ranked.rows)[:, 1] >= 0.3).all()
    assert not {1, 2, 3} & set(live.ids_of(ranked.rows).tolist())


def test_unknown_seeds_are_named() -> None:
    live = random_live(8, n=20, m=0, exact=False)

    with pytest.raises(UnknownSeeds) as raised:
        from_seeds(live, Seeds(genres=("genre 1", "polka")), Seeds(), Knobs(), k=1, policy=ORDER)
    assert (raised.value.kind, raised.value.names) == ("genres", ["polka"])
