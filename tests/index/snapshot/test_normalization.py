"""Raw features become unit vectors: by rank, by weight, and the same for equal features."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.features import FEATURE_NAMES, FEATURES
from index.snapshot import Scaler, genre_medians, impute, unit_rows
from tests.index import reference

SEEDS = st.integers(0, 2**32 - 1)


def raw_features(seed: int, n: int, *, steps: int = 20, unknown: float = 0.1) -> reference.Floats:
    """Return features on a coarse grid, so that there are ties, some of them unknown."""
    generator = np.random.default_rng(seed)
    raw = generator.integers(0, steps, (n, 8)) / steps
    raw[generator.random((n, 8)) < unknown] = np.nan
    return np.asarray(raw)


@given(seed=SEEDS, n=st.integers(1, 60))
def test_a_known_value_becomes_a_score_of_its_rank_and_of_itself(seed: int, n: int) -> None:
    raw = raw_features(seed, n)
    scaled = Scaler.fit(raw).transform(np.nan_to_num(raw, nan=0.5))

    for i, j in zip(*np.nonzero(~np.isnan(raw)), strict=True):
        wanted = reference.feature_score(raw[:, j], float(raw[i, j]), FEATURES[j].evenly)
        assert scaled[i, j] == pytest.approx(wanted, abs=1e-9)


def test_values_between_known_ones_are_interpolated_and_outer_ones_clipped() -> None:
    raw = np.repeat([[0.0], [1.0], [2.0]], 8, axis=1)
    scaler = Scaler.fit(raw)
    outer = reference.feature_score(raw[:, 0], 2.0, FEATURES[0].evenly)

    scaled = scaler.transform(np.repeat([[-9.0], [1.0], [1.5], [9.0]], 8, axis=1))

    np.testing.assert_allclose(scaled[:, 0], [-outer, 0.0, outer / 2, outer], atol=1e-12)


def test_a_feature_that_is_the_same_everywhere_says_nothing() -> None:
    raw = raw_features(1, 10)
    raw[:, 2] = 0.7

    assert not Scaler.fit(raw).transform(np.full((4, 8), 0.7))[:, 2].any()


@pytest.mark.parametrize("n", [0, 10])
def test_a_feature_never_known_is_judged_by_its_typical_range(n: int) -> None:
    scaler = Scaler.fit(np.full((n, 8), np.nan))
    low, high = np.array([feature.typical for feature in FEATURES]).T

    scaled = scaler.transform(np.stack([low, (low + high) / 2, high]))

    assert (scaled[0] < -1).all()
    np.testing.assert_allclose(scaled[1], 0, atol=1e-12)
    np.testing.assert_allclose(scaled[2], -scaled[0], atol=1e-12)


def test_no_value_is_left_out_however_many_there_are() -> None:
    raw = np.random.default_rng(0).random((100_000, 8))
    ranked = next(j for j, feature in enumerate(FEATURES) if feature.evenly == 1.0)

    scaled = Scaler.fit(raw).transform(raw)[:50, ranked]

    order = np.sort(raw[:, ranked])
    shares = (np.searchsorted(order, raw[:50, ranked]) + 0.5) / len(order)
    wanted = [NormalDist().inv_cdf(share) for share in np.clip(shares, 0.001, 0.999).tolist()]
    np.testing.assert_allclose(scaled, wanted, rtol=0, atol=1e-12)


def test_what_is_not_finite_is_refused() -> None:
    scaler = Scaler.fit(raw_features(0, 10))

    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            scaler.transform(np.full((1, 8), value))


@given(seed=SEEDS, n=st.integers(0, 30))
def test_a_scaler_survives_being_kept_in_files(seed: int, n: int) -> None:
    raw = raw_features(seed, n)
    scaler = Scaler.fit(raw)

    again = Scaler.from_arrays(scaler.to_arrays())

    filled = np.nan_to_num(raw, nan=0.3)
    np.testing.assert_array_equal(scaler.transform(filled), again.transform(filled))


@given(seed=SEEDS, n=st.integers(1, 50))
def test_products_of_unit_rows_are_weighted_cosines(seed: int, n: int) -> None:
    scaled = np.random.default_rng(seed).normal(size=(n, 8))
    weights = np.array([feature.weight for feature in FEATURES])

    vectors = unit_rows(scaled)

    a, b = scaled[0], scaled[-1]
    norms = np.sqrt((weights * a * a).sum() * (weights * b * b).sum())
    assert vectors[0] @ vectors[-1] == pytest.approx((weights * a * b).sum() / norms, abs=1e-12)


def test_a_row_of_zeros_stays_zero() -> None:
    assert not unit_rows(np.zeros((3, 8))).any()


@given(seed=SEEDS, n=st.integers(2, 60))
def test_equal_features_give_equal_vectors_however_many_are_worked_on(seed: int, n: int) -> None:
    raw = raw_features(seed, n, unknown=0)
    raw[-1] = raw[0]
    scaler = Scaler.fit(raw)

    together = unit_rows(scaler.transform(raw))
    alone = unit_rows(scaler.transform(raw[:1]))

    assert together[0].tobytes() == together[-1].tobytes() == alone[0].tobytes()


@given(seed=SEEDS, n=st.integers(0, 60))
def test_medians_are_those_of_each_genre_and_of_the_whole_catalogue(seed: int, n: int) -> None:
    raw = raw_features(seed, n, unknown=0.5)
    codes = np.random.default_rng(seed).integers(0, 4, n).astype(np.int32)

    medians = genre_medians(raw, codes, 5)

    for j, feature in enumerate(FEATURES):
        known = raw[~np.isnan(raw[:, j])]
        everywhere = np.median(known[:, j]) if len(known) else sum(feature.typical) / 2
        assert medians[0, j] == everywhere
        assert medians[4, j] == everywhere
        for code in (1, 2, 3):
            own = raw[(codes == code) & ~np.isnan(raw[:, j]), j]
            assert medians[code, j] == (np.median(own) if len(own) else everywhere)


def test_unknown_features_take_the_median_of_the_genre_and_are_named() -> None:
    medians = np.arange(16, dtype=np.float64).reshape(2, 8)
    raw = np.full((3, 8), 0.5)
    raw[0, 1] = raw[1, [0, 7]] = raw[2, 3] = np.nan

    filled, imputed = impute(raw, np.array([1, 0, 9], dtype=np.int32), medians)

    assert filled[0].tolist() == [0.5, 9.0] + [0.5] * 6
    assert filled[1].tolist() == [0.0] + [0.5] * 6 + [7.0]
    assert filled[2, 3] == 3.0, "a genre without medians takes the catalogue's"
    assert imputed.tolist() == [0b10, 0b1000_0001, 0b1000]
    assert FEATURE_NAMES[1] == "energy"
