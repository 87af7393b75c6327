"""The benchmark of lists on real playlists and listeners."""

import csv
from pathlib import Path

import pytest

from benchmarks import replays
from benchmarks.quality import QUALITY
from benchmarks.sections import Run
from tests.service.files import SHARED_DATA

needs_data = pytest.mark.skipif(not SHARED_DATA.exists(), reason="needs ../shared/data")


def quick() -> Run:
    return Run(quick=True, seed=1, progress=lambda _doing, _share: None)


@needs_data
@pytest.mark.harness
@pytest.mark.parametrize("section", QUALITY.sections)
def test_every_section_measures_what_is_served(section: str) -> None:
    found = QUALITY.measure(section, quick())
    assert any("served" in each["what"] for each in found.rows)
    assert found.draw is not None or section == "reasons"


def test_a_set_that_is_absent_is_left_out_and_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(replays, "TIDYTUESDAY", tmp_path / "none.csv.gz")
    found = replays.tidytuesday(quick())
    assert [each["what"] for each in found.rows] == ["left out: no none.csv.gz"]
    assert found.rows[0]["reached"]


@needs_data
def test_listeners_at_artist_level_play_tracks_that_are_there(tmp_path: Path) -> None:
    tracks, events = replays.by_artist(tmp_path, seed=1)
    with tracks.open() as file:
        known = {each["track_id"]: each["artist"] for each in csv.DictReader(file)}
    with events.open() as file:
        plays = list(csv.DictReader(file))

    assert len(set(known.values())) > 0.95 * len(known)
    assert {each["track_id"] for each in plays} <= set(known)
    assert len({each["playlist_id"] for each in plays}) > 1_800
    assert len(plays) > 0.7 * 92_834
