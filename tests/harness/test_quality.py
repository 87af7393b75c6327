"""The benchmark of lists on real playlists and listeners."""

import csv
from pathlib import Path

import pytest

from benchmarks.harness.sections import Run
from benchmarks.quality import playlists
from benchmarks.registry import BENCHMARKS, measure
from tests.service.files import SHARED_DATA

needs_data = pytest.mark.skipif(not SHARED_DATA.exists(), reason="needs ../shared/data")


@needs_data
@pytest.mark.harness
@pytest.mark.parametrize("section", BENCHMARKS["quality"].sections)
def test_every_section_measures_what_is_served(section: str) -> None:
    found = measure("quality", section, quick=True)
    assert any("served" in each["what"] for each in found.rows)
    assert found.draw is not None or section == "reasons"


def test_a_set_that_is_absent_is_left_out_and_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(playlists, "TIDYTUESDAY", tmp_path / "none.csv.gz")
    found = playlists.tidytuesday(Run(quick=True))
    assert [each["what"] for each in found.rows] == ["left out: no none.csv.gz"]
    assert found.rows[0]["reached"]


@needs_data
def test_listeners_at_artist_level_play_tracks_that_are_there(tmp_path: Path) -> None:
    tracks, events = playlists.by_artist(tmp_path, seed=1)
    with tracks.open() as file:
        known = {each["track_id"]: each["artist"] for each in csv.DictReader(file)}
    with events.open() as file:
        plays = list(csv.DictReader(file))

    assert len(set(known.values())) > 0.95 * len(known)
    assert {each["track_id"] for each in plays} <= set(known)
    assert len({each["playlist_id"] for each in plays}) > 1_800
    assert len(plays) > 0.7 * 92_834
