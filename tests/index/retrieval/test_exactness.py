"""On a real catalogue similar tracks are exactly what brute force says, position by position."""

import pytest

from benchmarks.exactness import DATASET, build_live, compare
from benchmarks.harness.oracle import RawTracks, read_tracks
from index.live import LiveIndex

if DATASET.exists():  # where it does not, the summary of the run names what was left out

    @pytest.fixture(scope="module")
    def tracks() -> RawTracks:
        return read_tracks(DATASET)

    @pytest.fixture(scope="module")
    def live(tracks: RawTracks, tmp_path_factory: pytest.TempPathFactory) -> LiveIndex:
        return build_live(tracks, tmp_path_factory.mktemp("generations"))

    def test_real_similar_tracks_equal_brute_force_at_every_bonus(
        live: LiveIndex, tracks: RawTracks
    ) -> None:
        rows = compare(live, tracks, seeds=60, k=20, seed=7)

        assert [row["genre_bonus"] for row in rows] == [1.0, 1.02, 1.05, 1.2]
        assert [row["positions_equal"] for row in rows] == [1.0] * 4
        shares = [row["within_genre"] for row in rows]
        assert shares == sorted(shares)
